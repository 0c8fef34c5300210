"""Announced work: for what it was announced, when, and how long before. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from dcim.availability.category import Microseconds, Period
from dcim.availability.knowledge import FOREVER, micros
from dcim.ledger import Entry
from dcim.model.fact import FactKind

LONGEST: Final = 31 * 86_400_000_000
"""Microseconds. No window is open for longer, so that none that began earlier reaches into a period."""


class Work(NamedTuple):
    """A window that began. It explains nothing before ``announced``, and nothing that it did not cover."""

    id: str
    start: Microseconds
    end: Microseconds
    announced: Microseconds
    sequence: int
    everything: bool
    covered: frozenset[str]
    reason: str = ""
    ticket: str = ""
    who: str = ""

    @property
    def notice(self) -> Microseconds:
        """Return how long before its start it was announced; negative: after it."""
        return self.start - self.announced

    @property
    def span(self) -> Period:
        """Return the time that it explains."""
        return Period(max(self.start, self.announced), self.end)

    def covers(self, subject: str) -> bool:
        """Whether it was announced for a subject."""
        return self.everything or subject in self.covered


def works(entries: Iterable[Entry]) -> tuple[Work, ...]:
    """Return the windows that facts say began, given in the order of their sequences; others are passed by.

    One ends at its planned end, or when it was ended before that.
    """
    found: list[Work] = []
    open_: dict[str, int] = {}
    for entry in entries:
        if entry.kind != FactKind.MAINTENANCE:
            continue
        body: Mapping[str, Any] = json.loads(entry.body)
        if body.get("change") == "started":
            open_[entry.subject] = len(found)
            found.append(_began(entry, body))
        elif body.get("change") == "ended" and (number := open_.pop(entry.subject, None)) is not None:
            found[number] = found[number]._replace(end=min(entry.at, found[number].end))
    return tuple(one for one in found if one.span.length > 0)


def _began(entry: Entry, body: Mapping[str, Any]) -> Work:
    """Read the start of a window; one of before these were recorded was announced as it began."""
    start = micros(body["start"]) if "start" in body else entry.at
    covered = body.get("covered", body.get("services")) or ()
    return Work(
        id=entry.subject,
        start=start,
        end=micros(body["end"]) if "end" in body else FOREVER,
        announced=micros(body["announced"]) if "announced" in body else entry.at,
        sequence=entry.sequence,
        everything=bool(body.get("everything")),
        covered=frozenset(str(one) for one in covered),
        reason=str(body.get("reason", "")),
        ticket=str(body.get("ticket", "")),
        who=str(body.get("who", "")),
    )
