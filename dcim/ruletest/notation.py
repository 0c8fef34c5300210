"""What a point says over time, as one line of text. Pure.

utility for 60 s, battery for 3 polls, utility            words; the last one stays
20 degC to 32 degC for 10 min                              a ramp
(on for 10 s, off for 10 s) x 4, off                       again and again
gap absent for 1 min, fault/critical                       a gap and its reason; a word and its health
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from math import inf
from typing import Final

from dcim.alerts.quantity import Quantity
from dcim.model import Gap, GapReason, Health
from dcim.record import dataclass
from dcim.settings.values.written import seconds
from dcim.yaml import found, nearest

MOST: Final = 10_000
"""Stretches of one point, repeats told each time: more is no story."""

_PIECE: Final = re.compile(r"\s*([(),]|[^(),]+)")
_REPEAT: Final = re.compile(r"x ?([0-9]{1,5})")
_FOR: Final = re.compile(r"(.*\S)\s+for\s+(\S.*)", re.DOTALL)
_POLLS: Final = re.compile(r"([0-9]{1,6}) polls?")
_NUMBER: Final = re.compile(r"[+-]?(\d|\.\d).*")
_WORD: Final = re.compile(r"([a-z][a-z0-9_]*)(?:/([a-z]+))?")


@dataclass(frozen=True, slots=True)
class Word:
    """A state's word; ``health`` None: nobody says how bad that is."""

    word: str
    health: Health | None = None

    def __str__(self) -> str:
        """Read as it was written."""
        return self.word if self.health is None else f"{self.word}/{self.health}"


@dataclass(frozen=True, slots=True)
class Ramp:
    """A number that goes evenly from one value to another, in the unit it was written in."""

    first: Quantity
    last: Quantity

    def at(self, share: float) -> float:
        """Return the value in the base unit after a share of the time, 0 to 1."""
        return self.first.in_base + (self.last.in_base - self.first.in_base) * share


What = Word | Ramp | Gap


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a point says from ``start`` to ``end``, seconds since the story began; the end is not in it."""

    start: float
    end: float
    what: What


@dataclass(frozen=True, slots=True)
class Course:
    """All that one point says, from the beginning of a story to its end. The last stretch does not end."""

    stretches: tuple[Stretch, ...]

    def at(self, time: float) -> Word | float | Gap:
        """Return what is said at a time: a word, a number in its base unit, or a gap."""
        place = bisect_right(self.stretches, time, key=lambda one: one.start) - 1
        stretch = self.stretches[max(place, 0)]
        if not isinstance(stretch.what, Ramp):
            return stretch.what
        whole = stretch.end - stretch.start
        return stretch.what.at(0.0 if whole == inf else (time - stretch.start) / whole)

    @property
    def told(self) -> float:
        """Return the seconds until the last stretch begins."""
        return self.stretches[-1].start


def course(text: str, interval: float) -> Course:
    """Read what a point says; ``interval`` is how long a poll is, in seconds. Raise ValueError with why not.

    Only the last stretch may leave out how long it lasts: it stays until the story is over.
    """
    parts = list(_Reader(text, interval).parts())
    if not parts:
        msg = "expected at least one value"
        raise ValueError(msg)
    stretches, start = [], 0.0
    for place, (what, lasts) in enumerate(parts):
        if lasts is None and place < len(parts) - 1:
            msg = f"{_shown(what)} does not say for how long, and is not the last"
            raise ValueError(msg)
        end = start + (inf if lasts is None else lasts)
        stretches.append(Stretch(start, end, what))
        start = end
    return Course(tuple(stretches))


def _shown(what: What) -> str:
    if isinstance(what, Gap):
        return f"gap {what.reason}"
    return str(what.first) if isinstance(what, Ramp) else str(what)


_Part = tuple[What, float | None]


class _Reader:
    """Reads one line, piece by piece."""

    def __init__(self, text: str, interval: float) -> None:
        self._left = [piece for one in _PIECE.findall(text) if (piece := one.strip())]
        self._interval = interval
        self._made = 0

    def parts(self) -> Iterator[_Part]:
        """Yield every stretch in its order."""
        yield from self._list(closing=False)
        if self._left:
            msg = f"unexpected {self._left[0]!r}"
            raise ValueError(msg)

    def _list(self, *, closing: bool) -> list[_Part]:
        made: list[_Part] = []
        while True:
            made += self._item()
            if not self._left or self._left[0] != ",":
                break
            self._left.pop(0)
        if closing and (not self._left or self._left.pop(0) != ")"):
            msg = "a bracket is not closed"
            raise ValueError(msg)
        return made

    def _item(self) -> list[_Part]:
        if not self._left:
            msg = "a value is missing at the end"
            raise ValueError(msg)
        piece = self._left.pop(0)
        if piece in {",", ")"}:
            msg = f"expected a value, found {piece!r}"
            raise ValueError(msg)
        if piece != "(":
            return self._count([_stretch(piece, self._interval)], 1)
        inside = self._list(closing=True)
        form = _REPEAT.fullmatch(self._left.pop(0)) if self._left else None
        if form is None:
            msg = "expected how often behind the bracket, such as x 4"
            raise ValueError(msg)
        return self._count(inside, int(form[1]))

    def _count(self, parts: list[_Part], times: int) -> list[_Part]:
        self._made += len(parts) * times
        if self._made > MOST:
            msg = f"more than {MOST} stretches"
            raise ValueError(msg)
        return parts * times


def _stretch(piece: str, interval: float) -> _Part:
    form = _FOR.fullmatch(piece)
    if form is None:
        return _what(piece), None
    polls = _POLLS.fullmatch(form[2])
    lasts = int(polls[1]) * interval if polls else seconds(form[2])
    if lasts <= 0:
        msg = f"expected a time above 0, found {found(form[2])}"
        raise ValueError(msg)
    return _what(form[1]), lasts


def _what(text: str) -> What:
    if text.startswith("gap "):
        return Gap(GapReason(_known(text[4:].strip(), [str(one) for one in GapReason], "reason of a gap")))
    if _NUMBER.fullmatch(text):
        first, _, last = text.partition(" to ")
        begins = Quantity.parse(first)
        return Ramp(begins, Quantity.parse(last) if last else begins)
    form = _WORD.fullmatch(text)
    if form is None:
        msg = f"expected a number with its unit, a word or 'gap REASON', found {found(text)}"
        raise ValueError(msg)
    health = Health(_known(form[2], [str(one) for one in Health], "health")) if form[2] else None
    return Word(form[1], health)


def _known(word: str, words: list[str], what: str) -> str:
    if word not in words:
        msg = f"no {what} {found(word)}{nearest(word, words)}"
        raise ValueError(msg)
    return word
