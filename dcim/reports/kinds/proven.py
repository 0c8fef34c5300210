"""Redundancy proven, minute by minute: how long it was known that no single loss would take a service down.

facts of single losses ─▶ survives, falls or unknown from then on ─▶ without the time in which nobody watched

A daemon that starts has tried nothing yet: what the one before had found says nothing of its time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from dcim.availability import Answer, Category
from dcim.ledger import Entry
from dcim.model.fact import FactKind
from dcim.record import dataclass
from dcim.reports.blocks import cols, table
from dcim.reports.matter import Matter
from dcim.reports.model import (
    Block,
    Length,
    List,
    Microseconds,
    Paragraph,
    Ratio,
    Say,
    Stretch,
    Timeline,
    Tone,
    Value,
)

_MOST_BARS: Final = 36
_TONES: Final = {"survives": Tone.GOOD, "falls": Tone.WARNING, "unknown": Tone.UNKNOWN}
_OPEN: Final = "unknown"
_KIND: Final = str(FactKind.SINGLE_LOSS)
_STARTED: Final = str(FactKind.DAEMON_STARTED)


@dataclass(frozen=True, slots=True)
class Proven:
    """How a service stood against any single loss: stretches with the word for each, and by which loss."""

    service: str
    stretches: tuple[tuple[Microseconds, Microseconds, str], ...]
    by: tuple[str, ...]

    def lasts(self, word: str) -> Microseconds:
        """Return for how long it stood so."""
        return sum(end - start for start, end, said in self.stretches if said == word)


def proven(matter: Matter, answers: Sequence[Answer]) -> list[Proven]:
    """Return what is on record of each service; empty where losses were never tried."""
    names = [one.subject for one in answers]
    first = matter.first_around(matter.period.since)
    begun = matter.newest_before(_STARTED, (matter.site.id,), first).values()
    run = max((entry.sequence for entry in begun), default=0)
    before = matter.newest_before(_KIND, set(names), first)
    said = {name: [before[name]] if name in before and before[name].sequence > run else [] for name in names}
    for entry in matter.pages(first, (_KIND, _STARTED)):
        if entry.at >= matter.until:
            continue
        for name in names if entry.kind == _STARTED else said.keys() & {entry.subject}:
            said[name].append(entry)
    if not any(entry.kind == _KIND for entries in said.values() for entry in entries):
        return []
    return [_of(one, said[one.subject], matter) for one in answers]


def _of(answer: Answer, said: Sequence[Entry], matter: Matter) -> Proven:
    slices = answer.final.account.slices
    unseen = slices.where(slices.are(frozenset({Category.BLIND})))
    blind = list(zip(unseen.starts.tolist(), unseen.ends.tolist(), strict=True))
    whole = list(_said(said, matter.period.since, matter.until))
    by = dict.fromkeys(
        str(body.get("by") or "") for entry in said if (body := entry.read()).get("survival") == "falls"
    )
    found = tuple(part for start, end, word in whole for part in _watched(start, end, word, blind))
    return Proven(answer.subject, found, tuple(filter(None, by)))


def _said(
    said: Sequence[Entry], since: Microseconds, until: Microseconds
) -> Iterator[tuple[Microseconds, Microseconds, str]]:
    """Yield the period in stretches of what was on record then: nothing before the first word of a daemon."""
    start, word = since, _OPEN
    for entry in said:
        at = min(max(entry.at, since), until)
        if at > start:
            yield start, at, word
            start = at
        word = str(entry.read().get("survival") or _OPEN)
    if until > start:
        yield start, until, word


def _watched(
    start: Microseconds, end: Microseconds, word: str, blind: Iterable[tuple[Microseconds, Microseconds]]
) -> Iterator[tuple[Microseconds, Microseconds, str]]:
    """Yield a stretch with what of it was blind told as unknown."""
    for dark, light in blind:
        if light <= start or dark >= end:
            continue
        if dark > start:
            yield start, dark, word
        yield max(start, dark), min(end, light), _OPEN
        start = min(end, light)
    if start < end:
        yield start, end, word


def proven_blocks(found: Sequence[Proven], matter: Matter) -> Iterator[Block]:
    """Yield how long each service was proven to survive any single loss at the load of then."""
    yield Paragraph(Say("report.proven.how"))
    worst = sorted(found, key=lambda one: (one.lasts("survives"), -one.lasts("falls")))[:_MOST_BARS]
    shown = {one.service for one in worst}
    yield Timeline(
        "proven",
        Say("report.proven.timeline"),
        matter.period.since,
        matter.until,
        tuple(
            (
                matter.site.called(one.service),
                tuple(
                    Stretch(start, end, _TONES.get(word, Tone.UNKNOWN)) for start, end, word in one.stretches
                ),
            )
            for one in found
            if one.service in shown
        ),
        tuple((tone, Say(f"report.proven.{word}")) for word, tone in _TONES.items()),
    )
    yield table(
        "single_losses",
        "",
        cols("service:1.6 proven.survives> proven.share>:1.7 proven.falls> proven.unknown> proven.by:1.6"),
        [_row(one, matter) for one in found],
    )


def _row(one: Proven, matter: Matter) -> tuple[Value | None, ...]:
    whole = matter.until - matter.period.since
    return (
        matter.site.called(one.service),
        Length(one.lasts("survives")),
        _share(one.lasts("survives"), one.lasts("unknown"), whole),
        Length(one.lasts("falls")),
        Length(one.lasts("unknown")),
        List(tuple(matter.site.called(name) for name in one.by[:3])) if one.by else None,
    )


def _share(survives: Microseconds, unknown: Microseconds, whole: Microseconds) -> Value:
    """Return the share of the period in which it was proven; between which bounds where some is unknown."""
    least = Ratio(survives, whole, 2)
    return Say("report.between", (least, Ratio(survives + unknown, whole, 2))) if unknown else least
