"""What a moment of a service is: one of five levels, and for the accounts one of seven categories."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple, TypeAlias

Microseconds: TypeAlias = int
"""Whole microseconds: of time since 1970 UTC, or of a length."""


class Level(IntEnum):
    """How a service stands. The order is that of the fold's tables, nothing more."""

    UNKNOWN = 0  # its function cannot be decided
    DOWN = 1
    WORKING = 2  # it works; whether anything is missing cannot be decided
    REDUCED = 3  # it works, and something is missing
    FULL = 4


class Category(IntEnum):
    """The seven exclusive categories after IEC 61400-26-1, by priority: every moment is in exactly one."""

    BLIND = 1
    FORCE_MAJEURE = 2
    SCHEDULED = 3
    PLANNED = 4
    FORCED = 5
    DEGRADED = 6
    FULL = 7

    @property
    def word(self) -> str:
        """Return the word that facts, claims and settings call it by."""
        return _WORDS[self]


_WORDS: Final = {
    Category.BLIND: "blind",
    Category.FORCE_MAJEURE: "force_majeure",
    Category.SCHEDULED: "scheduled_maintenance",
    Category.PLANNED: "planned_corrective",
    Category.FORCED: "forced_outage",
    Category.DEGRADED: "degraded",
    Category.FULL: "full",
}
CATEGORIES: Final = {word: category for category, word in _WORDS.items()}
"""Every category by its word."""

LOST: Final = frozenset({Category.FORCE_MAJEURE, Category.SCHEDULED, Category.PLANNED, Category.FORCED})
"""The service did not do what it is for, whoever answers for that."""

WORKING: Final = frozenset({Category.DEGRADED, Category.FULL})


class Period(NamedTuple):
    """A time from ``start`` until just before ``end``, microseconds since 1970 UTC."""

    start: Microseconds
    end: Microseconds

    @property
    def length(self) -> Microseconds:
        """Return how long it is."""
        return self.end - self.start

    def cut(self, other: Period) -> Period:
        """Return what it shares with another; of length 0 or less if nothing."""
        return Period(max(self.start, other.start), min(self.end, other.end))
