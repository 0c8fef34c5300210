"""The quality of the data: how much of the period was seen, where it was not, and what cannot be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from dcim.ledger import Entry
from dcim.model.fact import FactKind, Json
from dcim.reports.blocks import cols, table
from dcim.reports.kinds.devices import observed, silent
from dcim.reports.kinds.seen import Seen, counted, watched
from dcim.reports.matter import Matter, Parts, body_of, section
from dcim.reports.model import (
    Block,
    Code,
    Figure,
    Figures,
    Length,
    Microseconds,
    Moment,
    Name,
    Number,
    Paragraph,
    Ratio,
    Say,
    Stretch,
    Timeline,
    Tone,
    Value,
    Word,
)

DOUBTS: Final = (
    "device_contradicts_itself",
    "agent_frozen",
    "management_card_blind",
    "value_lost",
    "device_no_data",
    "device_answers_nonsense",
    "device_state_unnamed",
    "device_alarm_unnamed",
)
"""The rules that say a reading cannot be right, or cannot be had."""

_MOST: Final = 300
_BARS: Final = 36


def compose(matter: Matter) -> Parts:
    """Return how well the devices in scope were seen."""
    mine = matter.within()
    devices = [name for name in matter.site.things if mine is None or name in mine]
    gaps = silent(matter, devices)
    doubts = [
        one for one in matter.entries((FactKind.ALERT,)) if _doubts(one) and body_of(one)["asset"] in gaps
    ]
    return Parts(
        (
            section("quality.coverage", *_coverage(matter, devices, gaps, len(doubts))),
            section("quality.gaps", *_gaps(matter, gaps)),
            section("quality.doubts", *_doubtful(matter, doubts)),
            section("quality.devices", *observed(matter, (), devices)),
        ),
        {
            "silent": {name: [list(one) for one in spans] for name, spans in sorted(gaps.items())},
            "doubts": [_body(one) for one in doubts],
        },
    )


def _doubts(entry: Entry) -> bool:
    body = body_of(entry)
    return body["rule"] in DOUBTS and body["change"] in ("raised", "raised_untold")


def _dark(spans: Iterable[tuple[Microseconds, Microseconds]]) -> Microseconds:
    return sum(end - start for start, end in spans)


def _coverage(
    matter: Matter, devices: Sequence[str], gaps: dict[str, list[tuple[int, int]]], doubts: int
) -> Iterable[Block]:
    lasts = max(1, matter.until - matter.period.since)
    whole, dark = lasts * len(devices), sum(map(_dark, gaps.values()))
    full = sum(not spans for spans in gaps.values())
    seen, here = Seen(whole - dark, whole), watched(matter)
    blind = here.whole - here.known
    yield Paragraph(Say("report.quality.how"))
    yield Figures(
        (
            Figure(
                Say("report.quality.answered"),
                Ratio(whole - dark, whole),
                tone=Tone.UNKNOWN if seen.known <= 0 else Tone.WARNING if dark else Tone.GOOD,
            ),
            Figure(Say("report.quality.full"), Say("report.of", (Number(full), Number(len(devices))))),
            Figure(
                Say("report.quality.blind"),
                Length(blind) if here.whole > 0 else None,
                tone=Tone.UNKNOWN if here.whole <= 0 else Tone.WARNING if blind else Tone.GOOD,
            ),
            counted(Say("report.quality.doubted"), doubts, seen, Tone.WARNING if doubts else Tone.GOOD),
        )
    )
    worst = sorted((name for name in devices if gaps[name]), key=lambda name: -_dark(gaps[name]))[:_BARS]
    yield Timeline(
        "answered",
        Say("report.quality.timeline"),
        matter.period.since,
        matter.until,
        tuple((matter.site.called(name), _stretches(gaps[name], matter)) for name in worst),
        ((Tone.GOOD, Say("report.quality.answers")), (Tone.UNKNOWN, Say("report.quality.silent"))),
    )


def _stretches(spans: Sequence[tuple[Microseconds, Microseconds]], matter: Matter) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    at = matter.period.since
    for start, end in spans:
        found += [Stretch(at, start, Tone.GOOD), Stretch(start, end, Tone.UNKNOWN)]
        at = end
    return (*found, Stretch(at, matter.until, Tone.GOOD))


def _gaps(matter: Matter, gaps: dict[str, list[tuple[int, int]]]) -> Iterable[Block]:
    every = sorted(
        ((start, end, name) for name, spans in gaps.items() for start, end in spans),
        key=lambda one: one[0] - one[1],
    )
    note = Say("report.uptime.more", (Number(len(every)), Number(_MOST))) if len(every) > _MOST else None
    yield table(
        "gaps",
        "",
        cols("device:1.8 from:1.2 to:1.2 lasted>"),
        (
            (matter.site.called(name), Moment(start), Moment(end), Length(end - start))
            for start, end, name in every[:_MOST]
        ),
        "report.quality.no_gap",
        note,
    )


def _doubtful(matter: Matter, doubts: Sequence[Entry]) -> Iterable[Block]:
    yield Paragraph(Say("report.quality.doubts_how"))
    yield table(
        "doubts",
        "",
        cols("when:1.2 device:1.5 what:2 value evidence>:0.7"),
        (_doubt(one, matter) for one in doubts[:_MOST]),
        "report.quality.no_doubt",
    )


def _doubt(entry: Entry, matter: Matter) -> tuple[Value, ...]:
    body = body_of(entry)
    labels = ", ".join(str(one) for one in body.get("labels", {}).values())
    return (
        Moment(entry.at),
        matter.site.called(str(body["asset"])),
        matter.site.rule(str(body["rule"])),
        Name(labels) if labels else _read(body),
        Code(f"#{entry.sequence}"),
    )


def _read(body: Mapping[str, Any]) -> Value:
    """Return the word that was read, in the language of the reader: a state, or why there was no value."""
    kind = next((each for each in ("state", "gap") if body.get(each)), None)
    return Word(kind, str(body[kind])) if kind else None


def _body(entry: Entry) -> Json:
    body = body_of(entry)
    return {"rule": body["rule"], "asset": body["asset"], "at": entry.at, "evidence": entry.sequence}
