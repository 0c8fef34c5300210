"""By which clock a report tells times, how far it was off, when the daemon ran and when nobody watched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dcim.availability import Period as Span
from dcim.model.fact import FactKind
from dcim.reports.blocks import cols, table
from dcim.reports.matter import Matter, body_of, section
from dcim.reports.model import Facts, Length, Microseconds, Moment, Name, Number, Say, Section, Value

_SAID: Final = frozenset({"crash", "stopped", "clock", "stalled", "unrecorded", "first", "tail"})
"""The reasons that have words: those of facts, before the first fact, after the last."""

_Row = tuple[Value, ...]


def clock(matter: Matter) -> Section:
    """Say by which clock the times are, how far it was off, and when nobody watched."""
    rows = sorted([*_runs(matter), *_nights(matter)], key=lambda one: one[0])
    steps = [float(body_of(one)["offset"]) for one in matter.entries((FactKind.CLOCK_STEPPED,))]
    worst = max(steps, key=abs, default=0.0)
    return section(
        "clock",
        Facts(
            (
                (Say("report.clock.source"), Say("report.clock.host")),
                (Say("report.clock.zone"), Name(matter.period.zone)),
                (Say("report.clock.steps"), Number(len(steps))),
                (
                    Say("report.clock.worst"),
                    Length(round(worst * 1e6)) if steps else Say("report.clock.none"),
                ),
            )
        ),
        table(
            "lives",
            "report.lives",
            cols("what when:1.2 lasted> why"),
            (row for _, row in rows),
        ),
    )


def _runs(matter: Matter) -> Iterator[tuple[Microseconds, _Row]]:
    """Yield the starts and stops of the daemon."""
    for entry in matter.entries((FactKind.DAEMON_STARTED, FactKind.DAEMON_STOPPED)):
        if entry.kind == FactKind.DAEMON_STARTED:
            version = Name(f"dcim {body_of(entry).get('version', '')}")
            yield entry.at, (Say("report.life.started"), Moment(entry.at), None, version)
        else:
            yield entry.at, (Say("report.life.stopped"), Moment(entry.at), None, None)


def _nights(matter: Matter) -> Iterator[tuple[Microseconds, _Row]]:
    """Yield the times of the period so far in which nobody watched, apart, each with its first reason.

    Also those that begin before the period or end after it: of them what lies in it.
    """
    for span, reason in _apart(matter):
        why = Say(f"report.blind.{reason}") if reason in _SAID else Name(reason)
        yield span.start, (Say("report.life.blind"), Moment(span.start), Length(span.length), why)


def _apart(matter: Matter) -> Iterator[tuple[Span, str]]:
    """Yield when nobody watched, in order, and why: before the first fact, as facts say, after the last."""
    known = matter.knowledge()
    if known is None:
        return
    tail = matter.unrecorded()
    found = [
        *((one, "first") for one in matter.before_first()),
        *((Span(one.start, one.end), one.reason) for one in known.nights("")),
        *((one, "tail") for one in (tail,) if one),
    ]
    rest = Span(matter.period.since, matter.until)
    for one, reason in sorted(found):
        part = one.cut(rest)
        if part.start < part.end:
            yield part, reason
            rest = Span(part.end, rest.end)
