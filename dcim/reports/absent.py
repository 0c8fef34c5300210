"""What an empty table says: that nothing happened, only where somebody would have seen it. Pure.

all of it watched ─▶ "No outage was seen"   some ─▶ "nothing was seen, but only …"   nobody ─▶ "not known"
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final, NamedTuple

from dcim.record import replace
from dcim.reports.blocks import share
from dcim.reports.model import Block, Kind, Microseconds, Say, Section, Table
from dcim.standards import constant

_HAPPENED: Final = frozenset(
    f"report.{one}"
    for one in (
        "uptime.no_outages",
        "uptime.no_redundancy_events",
        "alarms.no_flood",
        "quality.no_gap",
        "quality.no_doubt",
        "tests.none",
        "incident.none",
        "thermal.no_excursion",
        "thermal.no_swing",
    )
)
"""What is said of a table of things that would have been seen if anybody had looked."""

_LISTS: Final = frozenset({Kind.ALARMS, Kind.QUALITY})
"""Kinds in which every table is one of those, also where no sentence of its own says that it is empty."""


class Watched(NamedTuple):
    """How long of a time somebody watched one of the things that a table is about."""

    known: Microseconds
    whole: Microseconds

    @property
    def enough(self) -> bool:
        """Whether so much was watched that nothing seen is nothing that happened."""
        return self.known >= constant("coverage_least") * self.whole > 0


def told(
    sections: Iterable[Section], kind: Kind, watched: Sequence[Watched], redundancy: Sequence[Watched] = ()
) -> tuple[Section, ...]:
    """Return sections whose empty tables claim no more than was watched.

    ``watched``: each thing that the report is about; ``redundancy``: how long it was known whether anything
    of it was missing, where that is another time.
    """

    def honest(block: Block) -> Block:
        if not isinstance(block, Table) or block.rows:
            return block
        key = block.empty.key
        if key not in _HAPPENED and not (key == "report.none" and kind in _LISTS):
            return block
        missing = redundancy if key == "report.uptime.no_redundancy_events" else ()
        return replace(block, empty=_empty(block.empty, missing or watched))

    return tuple(replace(one, blocks=tuple(map(honest, one.blocks))) for one in sections)


def _empty(said: Say, watched: Sequence[Watched]) -> Say:
    if all(one.enough for one in watched):
        return said
    known, whole = sum(one.known for one in watched), sum(one.whole for one in watched)
    if known <= 0 or whole <= 0:
        return Say("report.absent.nobody")
    return Say("report.absent.little", (share(Fraction(known, whole), 2),))
