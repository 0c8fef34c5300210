"""The lines of the ledger that a statement of availability rests on, for whoever computes it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from operator import attrgetter
from typing import Final

from dcim.availability import Evidence
from dcim.availability.knowledge import SITE_KINDS
from dcim.availability.statement import STATE_KINDS
from dcim.ledger import Entry
from dcim.model.fact import FactKind
from dcim.reports.matter import Matter

MOST: Final = 20_000
"""Lines that are attached to a report at most: beyond that, the export of the ledger holds them."""

_FEW: Final = 64
"""Subjects whose facts are asked for one by one; for more, all facts of the period are gone through."""

_OTHERS: Final = (*SITE_KINDS, FactKind.MAINTENANCE, FactKind.RECLASSIFIED)
_KINDS: Final = (*_OTHERS, *STATE_KINDS)


def facts_of(matter: Matter, found: Evidence, subjects: Sequence[str]) -> Iterator[str]:
    """Yield the lines of facts about some subjects: those of the period, and the last on each before it.

    A tenant's report has only what is about its own subjects and the daemon itself: announced work may name
    others, and is left to the export of the ledger.
    """
    wanted, tenant = frozenset(subjects), matter.scope.axis == "tenant"
    lines = {entry.sequence: entry for entry in _before(matter, subjects)}
    within = _few(matter, found, subjects) if len(wanted) <= _FEW else matter.pages(_low(matter), _KINDS)
    for entry in within:
        if entry.sequence > found.read_until or len(lines) >= MOST:
            break
        if _concerns(entry, wanted, matter.site.id, tenant=tenant):
            lines[entry.sequence] = entry
    yield from (lines[sequence].line() for sequence in sorted(lines))


def _low(matter: Matter) -> int:
    return matter.first_around(matter.period.since)


def _few(matter: Matter, found: Evidence, subjects: Sequence[str]) -> Iterator[Entry]:
    """Yield the facts about few subjects, and those that are about all, in order: no others are read."""
    low, until = _low(matter), found.read_until
    told = (matter.record.facts_of(kind, one, low, until) for kind in STATE_KINDS for one in subjects)
    return merge(matter.pages(low, _OTHERS), *told, key=attrgetter("sequence"))


def _concerns(entry: Entry, wanted: frozenset[str], site: str, *, tenant: bool) -> bool:
    if entry.kind == FactKind.MAINTENANCE:
        return not tenant
    return entry.subject in wanted or entry.subject == site


def _before(matter: Matter, subjects: Iterable[str]) -> Iterator[Entry]:
    low = _low(matter)
    for kind in STATE_KINDS:
        yield from matter.newest_before(kind, frozenset(subjects), low).values()
    for kind in SITE_KINDS:
        yield from matter.newest_before(kind, {matter.site.id}, low).values()
