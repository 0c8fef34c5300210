"""What the states of points can say, and what they could say before. Each vocabulary is there once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Words: TypeAlias = tuple[tuple[float, str], ...]
"""Codes with their words: what a state can be at one time."""


class Distinct:
    """Numbers for things that many points share, in the order in which they came."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self.things: list[Any] = []

    def number(self, thing: Any) -> int:
        """Return the number of a thing; a new one when it is new."""
        found = self._numbers.get(thing)
        if found is None:
            found = self._numbers[thing] = len(self.things)
            self.things.append(thing)
        return found


class Vocabularies:
    """Numbers for the vocabularies that a point had, the newest last; for having none as well."""

    def __init__(self) -> None:
        self._rows = Distinct()
        self._said: dict[int, Mapping[float, str]] = {}
        self._beside: dict[tuple[int, float], tuple[float, ...]] = {}

    def number(self, words: Words | None) -> int:
        """Return the number of a point with these words, and none before; None: it is no state."""
        return self._rows.number(() if words is None else (words,))

    def followed(self, before: int, now: int) -> int:
        """Return the number of a point that had those words and has these: readings of then keep theirs.

        One that is no state any more has none of them, as ``history.lines`` says.
        """
        had, has = self._rows.things[before], self._rows.things[now]
        return self._rows.number((*(one for one in had if one not in has), *has)) if has else now

    def said(self, number: int) -> Mapping[float, str] | None:
        """Return all words by their codes, the newest word of each; None of what is no state."""
        if number not in self._said:
            self._said[number] = {code: word for one in self._rows.things[number] for code, word in one}
        return self._said[number] if self._rows.things[number] else None

    def beside(self, number: int, code: float) -> tuple[float, ...]:
        """Return the codes of the words that the point could say when it could say this one."""
        found = self._beside.get((number, code))
        if found is None:
            mine = [dict(one) for one in self._rows.things[number]]
            found = tuple(dict.fromkeys(other for one in mine if code in one for other in one))
            self._beside[number, code] = found
        return found
