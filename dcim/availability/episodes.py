"""Outages and redundancy events: when each began and ended, as far as that is known. Pure.

up ────[ ? ]lost ──────[ ? ]lost ────[ ? ]up ───
       ├ begins_from           ends_from ┤└ ends_until
       └──▶ begins_until       nobody saw it end in between: one outage, its blind time named
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from fractions import Fraction
from typing import Final, NamedTuple

from dcim.availability.account import Account, Slice
from dcim.availability.category import LOST, Category, Microseconds, Period


class Kind(Enum):
    """What is looked for."""

    OUTAGE = "outage"
    REDUNDANCY = "redundancy"


_NO, _YES, _UNKNOWN = 0, 1, 2
_PLACES: Final = (None, *Category)


def _is(kind: Kind, category: Category | None, decided: bool) -> int:
    """Say whether a category is what is looked for; None is no category, so that they count from 1."""
    if category is Category.BLIND or (kind is Kind.REDUNDANCY and not decided):
        return _UNKNOWN
    wanted = category in LOST if kind is Kind.OUTAGE else category is Category.DEGRADED
    return _YES if wanted else _NO


class Episode(NamedTuple):
    """One outage or redundancy event in a period.

    It began between ``begins_from`` and ``begins_until`` and ended between ``ends_from`` and ``ends_until``;
    each pair is one moment where that is known exactly. ``lasted`` says how long it was known to be so, by
    category; ``blind`` is the time between that in which nobody could tell. ``evidence``: sequences of facts.
    """

    kind: Kind
    begins_from: Microseconds
    begins_until: Microseconds
    ends_from: Microseconds
    ends_until: Microseconds
    lasted: Mapping[Category, Microseconds]
    blind: Microseconds = 0
    began_before: bool = False  # it was so before the period
    goes_on: bool = False  # nobody saw it end in the period
    evidence: tuple[int, ...] = ()

    @property
    def least(self) -> Microseconds:
        """Return how long it was known to be so."""
        return sum(self.lasted.values())

    @property
    def most(self) -> Microseconds:
        """Return how long it may have been."""
        return self.ends_until - self.begins_from

    @property
    def category(self) -> Category:
        """Return the category that it counts under: the least excusable of those it was in."""
        return max(self.lasted)

    @property
    def begins(self) -> tuple[Fraction, Fraction]:
        """Return when it began: the middle of what is possible, and how far it may be from that."""
        return _middle(self.begins_from, self.begins_until)

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """Return when it ended, in the same way."""
        return _middle(self.ends_from, self.ends_until)


def _middle(low: Microseconds, high: Microseconds) -> tuple[Fraction, Fraction]:
    return Fraction(low + high, 2), Fraction(high - low, 2)


def outages(account: Account) -> tuple[Episode, ...]:
    """Return the times in which a service was lost, whatever the category."""
    return _episodes(account, Kind.OUTAGE)


def redundancy_events(account: Account) -> tuple[Episode, ...]:
    """Return the times in which it worked and something was missing."""
    return _episodes(account, Kind.REDUNDANCY)


_IS: Final = {
    kind: tuple((_is(kind, category, False), _is(kind, category, True)) for category in _PLACES)
    for kind in Kind
}
"""What a slice is by its category and by whether its redundancy was decided."""


class _Run(NamedTuple):
    """Slices from the first to the last in which it is so, and what lies before and after them."""

    first: int
    last: int
    begins_from: Microseconds
    ends_until: Microseconds
    goes_on: bool


def _runs(slices: Sequence[Slice], table: Sequence[tuple[int, int]], period: Period) -> Iterator[_Run]:
    first = last = -1
    last_no = period.start
    for number, each in enumerate(slices):
        is_ = table[each[2]][each[3]]
        if is_ == _NO:
            if first >= 0:
                yield _Run(first, last, last_no, each[0], False)
                first = -1
            last_no = each[1]
        elif is_ == _YES:
            last = number
            if first < 0:
                first = number
    if first >= 0:
        yield _Run(first, last, last_no, period.end, True)


def _episodes(account: Account, kind: Kind) -> tuple[Episode, ...]:
    slices, table = account.slices, _IS[kind]
    found = [_episode(kind, slices, table, run) for run in _runs(slices, table, account.period)]
    return _since_before(found, account, kind)


def _episode(kind: Kind, slices: Sequence[Slice], table: Sequence[tuple[int, int]], run: _Run) -> Episode:
    first, last = slices[run.first], slices[run.last]
    lasted: dict[Category, Microseconds] = {}
    evidence: set[int] = set()
    for start, end, category, decided, sequence, by in slices[run.first : run.last + 1]:
        if table[category][decided] == _YES:
            lasted[category] = lasted.get(category, 0) + end - start
            evidence.add(sequence)
            evidence.add(by)
    evidence.discard(0)
    return Episode(
        kind,
        run.begins_from,
        first.start,
        last.end,
        run.ends_until,
        lasted,
        last.end - first.start - sum(lasted.values()),
        False,
        run.goes_on,
        tuple(sorted(evidence)),
    )


def _since_before(found: Sequence[Episode], account: Account, kind: Kind) -> tuple[Episode, ...]:
    if not found or found[0].begins_until > account.period.start:
        return tuple(found)
    if _is(kind, account.before, account.before_decided) != _YES:
        return tuple(found)
    return (found[0]._replace(began_before=True), *found[1:])


def begun(episodes: Iterable[Episode], category: Category) -> int:
    """Count the episodes that began in their period and were in a category for any time."""
    return sum(category in one.lasted and not one.began_before for one in episodes)


def within(episodes: Iterable[Episode], span: Period) -> tuple[Episode, ...]:
    """Return the episodes of which any known part lies in a time."""
    return tuple(one for one in episodes if one.begins_until < span.end and one.ends_from > span.start)
