"""How long a change may last unseen: of each service as the ledger says, of each device by its interval.

facts that define services ─▶ the bounds that held in the period ─▶ of each the shortest and the longest
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from dcim.ledger import Entry
from dcim.model import Lane
from dcim.model.fact import FactKind
from dcim.reports.matter import Matter, body_of
from dcim.reports.model import Block, Length, Microseconds, Paragraph, Say, Value
from dcim.series.freshness import Freshness

Bound = tuple[Microseconds, Microseconds]
"""The shortest and the longest that held at any moment of a period."""

_FRESHNESS: Final = Freshness()


def bounds(matter: Matter, services: Iterable[str]) -> dict[str, Bound]:
    """Return for how long a change of each service could go unseen; nothing of one that no fact defines."""
    names, kind = frozenset(services), str(FactKind.SERVICE_DEFINED)
    first = matter.first_around(matter.period.since)
    said = {name: [entry] for name, entry in matter.newest_before(kind, names, first).items()}
    for entry in matter.pages(first, (kind,)):
        if entry.subject in names and entry.at < matter.until:
            said.setdefault(entry.subject, []).append(entry)
    held = {name: list(_held(entries, matter.period.since)) for name, entries in said.items()}
    return {name: (min(lasts), max(lasts)) for name, lasts in held.items() if lasts}


def _held(entries: Sequence[Entry], since: Microseconds) -> Iterator[Microseconds]:
    """Yield the bounds of a service that were not replaced before the period began."""
    for number, entry in enumerate(entries):
        later = entries[number + 1] if number + 1 < len(entries) else None
        bound = body_of(entry).get("bound")
        if bound is not None and (later is None or later.at > since):
            yield round(float(bound) * 1e6)


def of_device(interval: float) -> Value:
    """Return for how long what a device says counts: read each time, and read once a minute."""
    if interval <= 0:
        return None
    least, most = (round(_FRESHNESS.lasts(lane, interval) * 1e6) for lane in (Lane.FAST, Lane.SLOW))
    return shown((least, most))


def shown(bound: Bound | None) -> Value:
    """Return a bound as it is shown: one length, or the shortest and the longest; a dash where none is."""
    if bound is None:
        return None
    least, most = map(Length, bound)
    return least if least == most else Say("report.from_to", (least, most))


def scope_blocks(found: Mapping[str, Bound], services: int) -> Iterator[Block]:
    """Yield what the bounds of all services come to, and of how many the ledger says none."""
    if found:
        least, most = min(one for one, _ in found.values()), max(one for _, one in found.values())
        yield Paragraph(Say("report.uptime.unseen", (Length(least), Length(most))))
    if len(found) < services:
        yield Paragraph(Say("report.uptime.unseen_unsaid"))
