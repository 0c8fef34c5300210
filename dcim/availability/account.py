"""The account of a period: every moment in exactly one of seven categories. Pure.

seen ─▶ announced work over lost time ─▶ account as seen ─▶ what people said later ─▶ account as reclassified
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from dcim.availability.category import Category, Level, Microseconds, Period
from dcim.availability.reclassified import Reclassified
from dcim.availability.timeline import Stretch
from dcim.availability.work import Work, explained
from dcim.contracts import LOOSE, Contract


class Slice(NamedTuple):
    """A time in one category. ``decided``: also whether anything is missing.

    ``sequence`` is that of the fact that said how the subject stands, ``by`` that of the window or of the
    person's word that put it into its category (0: none).
    """

    start: Microseconds
    end: Microseconds
    category: Category
    decided: bool
    sequence: int
    by: int


_new: Final = tuple.__new__  # half the time of calling the class, a million times
_PLAIN: Final = (  # by level
    (Category.BLIND, True),
    (Category.FORCED, True),
    (Category.DEGRADED, False),
    (Category.DEGRADED, True),
    (Category.FULL, True),
)


class Tally(NamedTuple):
    """How long each category lasted: ``times[category]`` in microseconds, ``times[0]`` is always 0.

    ``undecided`` is the part of ``DEGRADED`` in which nobody could tell whether anything was missing.
    """

    times: tuple[Microseconds, ...]
    undecided: Microseconds

    @property
    def length(self) -> Microseconds:
        """Return how long all of it lasted."""
        return sum(self.times)

    @property
    def lost(self) -> Microseconds:
        """Return for how long the service did not do what it is for, whoever answers for that."""
        return sum(self.times[Category.FORCE_MAJEURE : Category.FORCED + 1])

    @property
    def up(self) -> Microseconds:
        """Return for how long it did."""
        return self.times[Category.DEGRADED] + self.times[Category.FULL]

    @property
    def blind(self) -> Microseconds:
        """Return for how long nobody could tell."""
        return self.times[Category.BLIND]

    def joined(self, other: Tally) -> Tally:
        """Return the tally of two periods together."""
        times = tuple(mine + theirs for mine, theirs in zip(self.times, other.times, strict=True))
        return Tally(times, self.undecided + other.undecided)


@dataclass(frozen=True)
class Account:
    """A subject's period in slices that follow each other.

    ``before``: the category just before the period, and whether its redundancy was decided.
    """

    subject: str
    period: Period
    slices: tuple[Slice, ...]
    before: Category
    before_decided: bool = True

    @cached_property
    def tally(self) -> Tally:
        """Return how long each category lasted."""
        times = [0] * (len(Category) + 1)
        undecided = 0
        for start, end, category, decided, _, _ in self.slices:
            times[category] += end - start
            if not decided:
                undecided += end - start
        return Tally(tuple(times), undecided)


def sliced(
    stretches: Iterable[Stretch], subject: str, works: Sequence[Work], notice: Microseconds
) -> list[Slice]:
    """Return the categories of what was seen: lost time is forced unless work was announced for it."""
    mine = [one for one in works if one.covers(subject)]
    if not mine:
        return [
            _new(Slice, (start, end, *_PLAIN[level], sequence, 0))
            for start, end, level, sequence in stretches
        ]
    found: list[Slice] = []
    for start, end, level, sequence in stretches:
        if level is Level.DOWN:
            lost = explained(Period(start, end), mine, notice)
            found += [Slice(*span, category, True, sequence, by) for span, category, by in lost]
        else:
            found.append(Slice(start, end, *_PLAIN[level], sequence, 0))
    return found


def moved(slices: Sequence[Slice], said: Iterable[Reclassified], contract: Contract = LOOSE) -> list[Slice]:
    """Return the slices as people reclassified them, one after the other, each what the one before left."""
    found = list(slices)
    for one in said:
        if one.holds_under(contract):
            found = [part for each in found for part in _moved(each, one)]
    return found


def _moved(each: Slice, said: Reclassified) -> Iterable[Slice]:
    low, high = each.start if each.start > said.start else said.start, min(each.end, said.end)
    if each.category is not said.was or low >= high:
        yield each
        return
    if each.start < low:
        yield each._replace(end=low)
    yield Slice(low, high, said.now, True, each.sequence, said.sequence)
    if high < each.end:
        yield each._replace(start=high)


def account(subject: str, wide: Sequence[Slice], period: Period) -> Account:
    """Return the account of slices that begin one microsecond before the period: that one is ``before``."""
    first = wide[0]
    rest = wide[1:] if first.end == period.start else (first._replace(start=period.start), *wide[1:])
    return Account(subject, period, tuple(rest), first.category, first.decided)


def wide(period: Period) -> Period:
    """Return the period from one microsecond before: what was so then has not begun in it."""
    return Period(period.start - 1, period.end)
