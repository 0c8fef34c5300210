"""The account of a period: every moment in exactly one of seven categories. Pure.

seen ─▶ announced work over lost time ─▶ account as seen ─▶ what people said later ─▶ account as reclassified
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from dcim.availability.category import Category, Level, Microseconds, Period
from dcim.availability.columns import Ints, inside, parted
from dcim.availability.reclassified import Reclassified
from dcim.availability.slices import Slices
from dcim.availability.timeline import Stretches
from dcim.availability.work import Work
from dcim.contracts import LOOSE, Contract
from dcim.late import np

_CATEGORY: Final = (Category.BLIND, Category.FORCED, Category.DEGRADED, Category.DEGRADED, Category.FULL)
"""By level."""
_DECIDED: Final = tuple(level is not Level.WORKING for level in Level)


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


@dataclass(frozen=True)
class Account:
    """A subject's period in slices that follow each other.

    ``before``: the category just before the period, and whether its redundancy was decided.
    """

    subject: str
    period: Period
    slices: Slices
    before: Category
    before_decided: bool = True

    @cached_property
    def tally(self) -> Tally:
        """Return how long each category lasted."""
        slices, lengths = self.slices, self.slices.lengths
        times = np.bincount(slices.categories, lengths, len(Category) + 1)  # exact: below 2 ** 53, 285 years
        return Tally(tuple(map(int, times.tolist())), int(lengths[~slices.decided].sum()))


def sliced(found: Stretches, subject: str, works: Sequence[Work], notice: Microseconds) -> Slices:
    """Return the categories of what was seen: lost time is forced unless work was announced for it.

    Where several windows lie, the one announced in time counts; of those, the one recorded first.
    """
    edges, levels, sequences = found.edges, found.levels, found.sequences
    mine = [one for one in works if one.covers(subject) and one.span.cut(_of(edges)).length > 0]
    if mine:
        at = np.array([one.span for one in mine], np.int64).ravel()
        edges, place = parted(edges, at, levels == Level.DOWN)
        levels, sequences = levels[place], sequences[place]
    categories, by = np.array(_CATEGORY, np.uint8)[levels], np.zeros(len(levels), np.int64)
    mine.reverse()
    for one in sorted(mine, key=lambda one: one.notice >= notice):  # the last of them is what counts
        first, last = np.searchsorted(edges, one.span)
        lost = levels[first:last] == Level.DOWN
        categories[first:last][lost] = Category.SCHEDULED if one.notice >= notice else Category.PLANNED
        by[first:last][lost] = one.sequence
    return Slices.between(edges, categories, np.array(_DECIDED)[levels], sequences, by)


def _of(edges: Ints) -> Period:
    return Period(int(edges[0]), int(edges[-1]))


def moved(slices: Slices, said: Iterable[Reclassified], contract: Contract = LOOSE) -> Slices:
    """Return the slices as people reclassified them, one after the other, each what the one before left."""
    for one in said:
        if one.holds_under(contract) and one.start < one.end:
            slices = _moved(slices, one)
    return slices


def _moved(slices: Slices, said: Reclassified) -> Slices:
    edges, place = parted(slices.edges, np.array(said.span, np.int64), slices.categories == said.was)
    categories, decided, sequences, by = (one[place] for one in slices.columns[2:])
    there = inside([said.span], edges[:-1]) & (categories == said.was)
    return Slices.between(
        edges,
        np.where(there, np.uint8(said.now), categories),
        decided | there,
        sequences,
        np.where(there, said.sequence, by),
    )


def account(subject: str, wide: Slices, period: Period) -> Account:
    """Return the account of slices that begin one microsecond before the period: that one is ``before``."""
    first = wide[0]
    return Account(subject, period, wide.cut(period), first.category, first.decided)


def wide(period: Period) -> Period:
    """Return the period from one microsecond before: what was so then has not begun in it."""
    return Period(period.start - 1, period.end)
