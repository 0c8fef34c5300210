"""Which incidents a route is for."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from dcim.model import Severity
from dcim.record import dataclass

_ANY: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """What routes look at of an incident. ``rooms``, ``tenants`` and ``services`` are those that it hits."""

    severity: Severity
    rule: str = ""
    kind: str = ""
    rooms: frozenset[str] = _ANY
    tenants: frozenset[str] = _ANY
    services: frozenset[str] = _ANY
    tags: frozenset[str] = _ANY


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of the day on the wall of ``zone``, on some days of the week (0 is Monday).

    ``start`` belongs to it, ``end`` does not. One that ends before it starts goes over midnight and belongs
    to the day on which it starts; one that ends when it starts is the whole day.
    """

    start: time
    end: time
    zone: ZoneInfo
    days: frozenset[int] = frozenset(range(7))

    def __contains__(self, at: float) -> bool:
        """Whether ``at`` (UTC seconds) lies in it."""
        wall = datetime.fromtimestamp(at, self.zone)
        hour, today = wall.time(), wall.weekday()
        if self.start < self.end:
            return today in self.days and self.start <= hour < self.end
        late = today in self.days and hour >= self.start
        return late or ((today - 1) % 7 in self.days and hour < self.end)


@dataclass(frozen=True, slots=True)
class Match:
    """Every list that is not empty must name something of the case; without any list everything fits."""

    severities: frozenset[Severity] = frozenset()
    rules: frozenset[str] = _ANY
    kinds: frozenset[str] = _ANY
    rooms: frozenset[str] = _ANY
    tenants: frozenset[str] = _ANY
    services: frozenset[str] = _ANY
    tags: frozenset[str] = _ANY
    hours: tuple[Hours, ...] = ()

    def fits(self, case: Case, at: float) -> bool:
        """Whether a case at ``at`` (UTC seconds) is meant."""
        if self.severities and case.severity not in self.severities:
            return False
        if self.hours and not any(at in hours for hours in self.hours):
            return False
        pairs = (
            (self.rules, {case.rule}),
            (self.kinds, {case.kind}),
            (self.rooms, case.rooms),
            (self.tenants, case.tenants),
            (self.services, case.services),
            (self.tags, case.tags),
        )
        return all(not wanted or not wanted.isdisjoint(given) for wanted, given in pairs)


ANY: Final = Match()
"""Fits every case."""
