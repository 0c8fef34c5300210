"""Who was told of an incident, through which channel, and how soon."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dcim.ledger import Entry
from dcim.reports.blocks import cols, table
from dcim.reports.model import Block, Code, Figure, Length, Microseconds, Moment, Name, Say, Word

Deliveries = Iterable[tuple[Entry, Mapping[str, Any]]]


def told_after(deliveries: Deliveries, opened: Microseconds) -> Figure:
    """Return how long after its opening the first message was delivered, and where: a log is no person."""
    label = Say("report.incident.told_after")
    found = [
        (entry.at, str(body.get("channel", "")))
        for entry, body in deliveries
        if body.get("outcome") == "delivered"
    ]
    if not found:
        return Figure(label, None)
    at, channel = min(found)
    return Figure(label, Length(at - opened), Say("report.incident.through", (Name(channel),)))


def told(deliveries: Deliveries) -> Block:
    """Return what became of each message, in the order in which that was known."""
    return table(
        "told",
        "",
        cols("when:1.2 incident.channel incident.outcome incident.waited> evidence>:0.7"),
        (
            (
                Moment(entry.at),
                Name(str(body.get("channel", ""))),
                Word("outcome", str(body.get("outcome", ""))),
                Length(round(float(body["waited"]) * 1e6)) if "waited" in body else None,
                Code(f"#{entry.sequence}"),
            )
            for entry, body in deliveries
        ),
        "report.incident.nobody",
    )
