"""What a statement rests on: the devices behind services, how they are read, when they did not answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Final

from dcim.availability import Period
from dcim.availability.knowledge import joined
from dcim.availability.statement import statement
from dcim.ledger import Entry
from dcim.model.fact import FactKind
from dcim.reports.blocks import cols, table
from dcim.reports.kinds.bounds import of_device
from dcim.reports.matter import Matter, body_of
from dcim.reports.model import (
    Block,
    Code,
    Length,
    Microseconds,
    Name,
    Number,
    Paragraph,
    Ratio,
    Say,
    Value,
    Word,
)

_MOST: Final = 400
_LIVES: Final = (
    FactKind.DEVICE_STATE,
    FactKind.DAEMON_STARTED,
    FactKind.DAEMON_STOPPED,
    FactKind.BLIND,
)


def behind(matter: Matter, services: Sequence[str]) -> tuple[str, ...]:
    """Return the devices that services stand on: their parts, what feeds and cools those, their meters."""
    topology = matter.site.topology
    found: dict[str, None] = {}
    waiting = list(services)
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        if service := topology.services.get(name):
            waiting += service.parts
            continue
        for part in (name, *topology.ancestors(name)):
            found[part] = None
    meters = [one.id for one in matter.site.wiring.nodes if one.measures in found]
    return tuple(one for one in (*found, *meters) if one in matter.site.things)


def silent(matter: Matter, devices: Iterable[str]) -> dict[str, list[tuple[Microseconds, Microseconds]]]:
    """Return for each device the times in the period when it did not answer or nobody watched, in order."""
    wanted = frozenset(devices)
    low = matter.first_around(matter.period.since)
    since, until = matter.period.since, matter.until
    found: dict[str, list[tuple[Microseconds, Microseconds]]] = {name: [] for name in wanted}
    begun: dict[str, Microseconds | None] = {}
    before = matter.newest_before(FactKind.DEVICE_STATE, wanted, low)
    for name in wanted:
        begun[name] = None if name in before and _answers(before[name]) else since
    for entry in takewhile(lambda one: one.at < until, matter.pages(low, _LIVES)):
        _take(entry, matter.site.id, begun, found, since)
    for name, at in begun.items():
        if at is not None:
            found[name].append((max(at, since), until))
    nobody = [(one.start, one.end) for one in matter.dark()]  # after the last fact too: no fact says that
    return {name: _joined([*spans, *nobody], Period(since, until)) for name, spans in found.items()}


def _take(
    entry: Entry,
    site: str,
    begun: dict[str, Microseconds | None],
    found: dict[str, list[tuple[int, int]]],
    since: Microseconds,
) -> None:
    """Take one fact: from a start or stop of the daemon on nothing is known until it is said."""
    if entry.kind == FactKind.BLIND:
        _dark(entry, site, begun, found)
    elif entry.kind in (FactKind.DAEMON_STARTED, FactKind.DAEMON_STOPPED):
        begun.update({name: entry.at for name, at in begun.items() if at is None})
    elif entry.subject in begun:
        _note(entry, begun, found, since)


def _joined(spans: Iterable[tuple[int, int]], period: Period) -> list[tuple[Microseconds, Microseconds]]:
    return [(one.start, one.end) for one in joined(Period(*span).cut(period) for span in spans)]


def _dark(
    entry: Entry, site: str, begun: dict[str, Microseconds | None], found: dict[str, list[tuple[int, int]]]
) -> None:
    """Add time in which nobody watched, or not this device."""
    body = body_of(entry)
    span = (round(float(body["from"]) * 1e6), round(float(body["to"]) * 1e6))
    for name in begun if entry.subject == site else {entry.subject} & begun.keys():
        found[name].append(span)


def _note(
    entry: Entry, begun: dict[str, Microseconds | None], found: dict[str, list[tuple[int, int]]], since: int
) -> None:
    at = begun[entry.subject]
    if _answers(entry):
        if at is not None:
            found[entry.subject].append((max(at, since), entry.at))
            begun[entry.subject] = None
    elif at is None:
        begun[entry.subject] = entry.at


def _answers(entry: Entry) -> bool:
    return statement(entry).level > 0


def observed(matter: Matter, services: Sequence[str], named: Sequence[str] = ()) -> Iterable[Block]:
    """Yield the list of devices behind services, or those named: profile, poll interval, gaps."""
    devices = named or behind(matter, services)
    gaps = silent(matter, devices)
    lasts = max(1, matter.until - matter.period.since)
    yield Paragraph(Say("report.points.how", (Number(len(devices)),)))
    yield Paragraph(Say("report.points.unseen"))
    yield table(
        "points",
        "",
        cols("device:1.7 kind profile:1.4 interval>:0.7 unseen>:1.1 gaps>:0.6 silent> answered>:0.9"),
        (_device(matter, name, gaps[name], lasts) for name in devices[:_MOST]),
        "report.points.none",
    )


def _device(
    matter: Matter, name: str, gaps: Sequence[tuple[Microseconds, Microseconds]], lasts: Microseconds
) -> tuple[Value, ...]:
    thing = matter.site.things[name]
    dark = sum(end - start for start, end in gaps)
    profile = ", ".join(thing.profiles) or "–"
    return (
        Name(thing.name or thing.id),
        Word("kind", str(thing.kind)),
        Code(f"{profile} ({thing.collector})") if thing.collector else Name(profile),
        Length(round(thing.interval * 1e6)),
        of_device(thing.interval),
        Number(len(gaps)),
        Length(dark),
        Ratio(lasts - dark, lasts, 2),
    )
