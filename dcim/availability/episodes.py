"""Outages and redundancy events: when each began and ended, as far as that is known. Pure.

up ────[ ? ]lost ──────[ ? ]lost ────[ ? ]up ───
       ├ begins_from           ends_from ┤└ ends_until
       └──▶ begins_until       nobody saw it end in between: one outage, its blind time named
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction
from types import MappingProxyType
from typing import Final

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


@dataclass(frozen=True, slots=True)
class Episode:
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
    lasted: Mapping[Category, Microseconds] = field(default_factory=lambda: MappingProxyType({}))
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


@dataclass(slots=True)
class _Open:
    """An episode under way; ``dark`` is the blind time since it was last known to be so."""

    begins_from: Microseconds
    begins_until: Microseconds
    ends_from: Microseconds = 0
    lasted: list[Microseconds] = field(default_factory=lambda: [0] * (len(Category) + 1))
    evidence: set[int] = field(default_factory=set)
    dark: Microseconds = 0
    blind: Microseconds = 0

    def grow(self, each: Slice) -> None:
        """Take one more slice in which it is so."""
        start, end, category, _, sequence, by = each
        self.blind, self.dark = self.blind + self.dark, 0
        self.ends_from = end
        self.lasted[category] += end - start
        self.evidence.add(sequence)
        self.evidence.add(by)

    def closed(self, kind: Kind, ends_until: Microseconds) -> Episode:
        """Return it as over."""
        lasted = {one: length for one, length in zip(_PLACES, self.lasted, strict=True) if one and length}
        times = (self.begins_from, self.begins_until, self.ends_from, ends_until)
        self.evidence.discard(0)
        return Episode(
            kind, *times, MappingProxyType(lasted), self.blind, evidence=tuple(sorted(self.evidence))
        )


def _episodes(account: Account, kind: Kind) -> tuple[Episode, ...]:
    found: list[Episode] = []
    open_: _Open | None = None
    last_no, table = account.period.start, _IS[kind]
    for each in account.slices:
        is_ = table[each[2]][each[3]]
        if is_ == _NO:
            if open_ is not None:
                found.append(open_.closed(kind, each[0]))
                open_ = None
            last_no = each[1]
        elif is_ == _YES:
            if open_ is None:
                open_ = _Open(last_no, each[0])
            open_.grow(each)
        elif open_ is not None:
            open_.dark += each[1] - each[0]
    if open_ is not None:
        found.append(replace(open_.closed(kind, account.period.end), goes_on=True))
    return _since_before(found, account, kind)


def _since_before(found: Sequence[Episode], account: Account, kind: Kind) -> tuple[Episode, ...]:
    if not found or found[0].begins_until > account.period.start:
        return tuple(found)
    if _is(kind, account.before, True) != _YES:
        return tuple(found)
    return (replace(found[0], began_before=True), *found[1:])


def begun(episodes: Iterable[Episode], category: Category) -> int:
    """Count the episodes that began in their period and were in a category for any time."""
    return sum(category in one.lasted and not one.began_before for one in episodes)


def within(episodes: Iterable[Episode], span: Period) -> tuple[Episode, ...]:
    """Return the episodes of which any known part lies in a time."""
    return tuple(one for one in episodes if one.begins_until < span.end and one.ends_from > span.start)
