"""What the states of points can say, and what they could say before. Each vocabulary is there once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

Words: TypeAlias = tuple[tuple[float, str], ...]
"""Codes with their words: what a state can be at one time."""

_NOTHING: Final = -1


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
    """Numbers for what points could say, the newest vocabulary last; for being no state as well.

    A number is a vocabulary behind another number, so one more vocabulary costs one more number, however many
    a point had before; points with the same past share theirs.
    """

    def __init__(self) -> None:
        self._vocabularies, self._numbers = Distinct(), Distinct()
        self._alone: dict[int, Mapping[float, str]] = {}
        self._pairs: list[frozenset[tuple[float, str]]] = []

    def number(self, words: Words | None) -> int:
        """Return the number of a point with these words, and none before; None: it is no state."""
        found: int = self._vocabularies.number(words)
        if found == len(self._pairs):
            self._pairs.append(frozenset(words or ()))
        return self._numbers.number((_NOTHING, found))

    def followed(self, before: int, now: int) -> int:
        """Return the number of a point that had those words and has these: readings of then keep theirs.

        A vocabulary that another one has whole adds nothing: a code means one word for ever. A point that is
        no state any more has none of them, as ``history.lines`` says.
        """
        _, new = self._numbers.things[now]
        if not (self.is_state(before) and self.is_state(now)):
            return now
        if self._within(before, self._pairs[new]):
            return before
        while before != _NOTHING and self._pairs[self._numbers.things[before][1]] <= self._pairs[new]:
            before, _ = self._numbers.things[before]
        return self._numbers.number((before, new))

    def said(self, number: int) -> Mapping[float, str] | None:
        """Return all words by their codes, the newest word of each; None of what is no state.

        Kept of those with one vocabulary, which most points share; made anew of the others.
        """
        if not self.is_state(number):
            return None
        before, vocabulary = self._numbers.things[number]
        if before != _NOTHING:
            return {code: word for one in self._all(number) for code, word in one}
        if vocabulary not in self._alone:
            self._alone[vocabulary] = dict(self._vocabularies.things[vocabulary])
        return self._alone[vocabulary]

    def together(self, number: int) -> Mapping[float, tuple[float, ...]]:
        """Return of each code those of the words that the point could say when it could say this one."""
        mine = [[code for code, _ in one] for one in self._all(number)]
        within: dict[float, tuple[int, ...]] = {}
        for place, codes in enumerate(mine):
            for code in codes:
                within[code] = (*within.get(code, ()), place)
        joined = {
            places: tuple(dict.fromkeys(code for place in places for code in mine[place]))
            for places in set(within.values())
        }
        return {code: joined[places] for code, places in within.items()}

    def is_state(self, number: int) -> bool:
        """Whether a point of this number has words."""
        return self._vocabularies.things[self._numbers.things[number][1]] is not None

    def _within(self, number: int, wanted: frozenset[tuple[float, str]]) -> bool:
        """Whether one of the vocabularies of a number has all of these words."""
        links, pairs = self._numbers.things, self._pairs
        while number != _NOTHING:
            number, one = links[number]
            if wanted <= pairs[one]:
                return True
        return False

    def _past(self, number: int) -> Iterator[int]:
        """Yield the vocabularies of a number, the newest first."""
        while number != _NOTHING:
            number, vocabulary = self._numbers.things[number]
            yield vocabulary

    def _all(self, number: int) -> list[Words]:
        """Return all vocabularies of a state, the newest last."""
        return [self._vocabularies.things[one] or () for one in self._past(number)][::-1]
