"""The report on the alarm system: does it help whoever looks at it, or does it drown them?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from dcim.availability import Period
from dcim.ledger import Entry
from dcim.model.fact import FactKind, Json
from dcim.reports.blocks import cited, cols, days_of, hourly, table
from dcim.reports.kinds.annunciated import Performance, floods, performance
from dcim.reports.kinds.seen import Seen, bounded, counted, little, number
from dcim.reports.matter import Matter, Parts, body_of, section
from dcim.reports.model import (
    Bars,
    Block,
    Figure,
    Figures,
    Heat,
    Length,
    Moment,
    Number,
    Paragraph,
    Ratio,
    Say,
    Tone,
    Value,
    Word,
)
from dcim.standards import constant

_DAY: Final = 86_400_000_000
_SEVERITIES: Final = ("critical", "major", "minor", "warning")
_MOST: Final = 200


def compose(matter: Matter) -> Parts:
    """Return the figures of the alarm system in the matter's period and scope."""
    mine = matter.within()
    facts = [
        one for one in matter.entries((FactKind.ALERT,)) if mine is None or body_of(one)["asset"] in mine
    ]
    rows = [one for one in matter.record.alerts() if mine is None or one.body["asset"] in mine]
    span = Period(matter.period.since, matter.until)
    dark = matter.dark()
    found = performance(facts, rows, *span, dark)
    mutes = [one for one in matter.entries((FactKind.MUTE,)) if mine is None or one.subject in mine]
    return Parts(
        (
            section("alarms.load", *_load(found, matter, dark)),
            section("alarms.sources", *_sources(found, matter)),
            section("alarms.standing", *_standing(found, matter)),
            section("alarms.muted", *_muted(mutes, found, matter)),
            section("alarms.floods", *_floods(found, matter)),
            section("alarms.measure", Paragraph(Say("report.alarms.how")), *cited(_CITED)),
        ),
        _claim(found, matter),
    )


_CITED: Final = (
    "isa_alarms_day_acceptable",
    "isa_alarms_day_manageable",
    "isa_ten_minutes_most",
    "isa_ten_minutes_over",
    "isa_flood_begins",
    "isa_flood_ends",
    "isa_flood_share",
    "isa_top_ten_share",
    "isa_stale_after",
    "isa_stale_most",
    "isa_chatter_transitions",
    "isa_chatter_window",
)


def _tone(value: float, good: float, most: float) -> Tone:
    return Tone.GOOD if value <= good else Tone.WARNING if value <= most else Tone.BAD


def _load(found: Performance, matter: Matter, dark: Sequence[Period]) -> Iterable[Block]:
    """Yield how many alarms there were for how long a time, how grave, and when."""
    lasts = max(1, found.watched)
    yield _key_figures(found, lasts, matter)
    if found.watched < matter.until - matter.period.since:
        yield Paragraph(Say("report.alarms.watched", (Length(found.watched),)))
    if lasts < 30 * _DAY:
        yield Paragraph(Say("report.alarms.short"))
    yield table(
        "rates",
        "report.alarms.rates",
        cols("alarms.rate:2 value> acceptable> manageable>"),
        _rates(found, lasts),
    )
    tones = zip(_SEVERITIES, (Tone.BAD, Tone.WARNING, Tone.PLAIN, Tone.UNKNOWN), strict=True)
    counted = ((one, found.by_severity.get(one, 0), tone) for one, tone in tones)
    bars = tuple((Word("severity", one), float(n), _share(n, found), tone) for one, n, tone in counted)
    yield Bars("severity", Say("report.alarms.severity"), bars)
    if days := days_of(matter.period.since, matter.until, matter.period.zone):
        by_start = ((start, found.windows[number]) for number, start in _starts(found, matter))
        counts = hourly(days, by_start, matter.until, dark)
        top = max((value or 0.0 for hours in counts for value in hours), default=0.0)
        noons = tuple(day.noon for day in days)
        yield Heat("alarms_by_hour", Say("report.alarms.by_hour"), noons, counts, max(top, 10.0))


def _seen(found: Performance, matter: Matter) -> Seen:
    return Seen(found.watched, matter.until - matter.period.since)


def _key_figures(found: Performance, lasts: int, matter: Matter) -> Figures:
    """Return the figures of ISA-18.2 that a reader looks for first; no rate of less than a day."""
    seen = _seen(found, matter)
    return Figures(
        (
            Figure(Say("report.alarms.raised"), number(found.raised, seen)),
            _a_day(found, lasts, seen),
            *_shares(found, matter, seen),
        )
    )


def _a_day(found: Performance, lasts: int, seen: Seen) -> Figure:
    """Return how many alarms came a day of the time watched; too little of it is neither good nor bad."""
    label = Say("report.alarms.day")
    if lasts < _DAY:
        return Figure(label, None, Say("report.alarms.no_day"), Tone.UNKNOWN)
    good, most = float(constant("isa_alarms_day_acceptable")), float(constant("isa_alarms_day_manageable"))
    day = found.raised * _DAY / lasts
    if not seen.enough:
        return Figure(label, Number(day, digits=1), little(seen), Tone.UNKNOWN)
    aim = Say("report.alarms.day_target", (Number(good), Number(most)))
    return Figure(label, Number(day, digits=1), aim, _tone(day, good, most))


def _shares(found: Performance, matter: Matter, seen: Seen) -> Iterable[Figure]:
    """Yield the shares of windows and of time with too many alarms; bounds where too little was watched."""
    over, flood = float(constant("isa_ten_minutes_over")), float(constant("isa_flood_share"))
    titles = Say("report.alarms.over"), Say("report.alarms.flood")
    if seen.enough:
        aim = Say("report.alarms.target", (Ratio(1, 100, 0),))
        windows, time = Ratio(found.over, found.seen, 2), Ratio(found.flooded, found.watched, 2)
        yield Figure(titles[0], windows, aim, _tone(found.over / found.seen, over, over))
        yield Figure(titles[1], time, aim, _tone(found.flooded / found.watched, flood, flood))
        return
    tens = len(found.windows)
    longest = sum(one.watched for one in floods(found.at_most, matter.period.since, matter.until))
    yield bounded(titles[0], Ratio(found.over, tens, 2), Ratio(found.over_most, tens, 2), over)
    yield bounded(titles[1], Ratio(found.flooded, seen.whole, 2), Ratio(longest, seen.whole, 2), flood)


def _starts(found: Performance, matter: Matter) -> Iterable[tuple[int, int]]:
    return ((number, matter.period.since + number * 600_000_000) for number in range(len(found.windows)))


def _share(number: int, found: Performance) -> Value:
    return Say("report.number_share", (Number(number), Ratio(number, found.raised, 1)))


def _rates(found: Performance, lasts: int) -> list[tuple[Value, ...]]:
    def row(word: str, value: float, good: str, most: str) -> tuple[Value, ...]:
        limits = (Number(float(constant(good))), Number(float(constant(most))))
        return (Say(f"report.alarms.{word}"), Number(value, digits=2) if lasts >= _DAY else None, *limits)

    hours, tens = lasts / (_DAY / 24), lasts / 600_000_000
    return [
        row("per_day", found.raised * _DAY / lasts, "isa_alarms_day_acceptable", "isa_alarms_day_manageable"),
        row("per_hour", found.raised / hours, "isa_alarms_hour_acceptable", "isa_alarms_hour_manageable"),
        row(
            "per_ten",
            found.raised / tens,
            "isa_alarms_ten_minutes_acceptable",
            "isa_alarms_ten_minutes_manageable",
        ),
        (
            Say("report.alarms.most_ten"),
            Number(max(found.windows)),
            Number(float(constant("isa_ten_minutes_most"))),
            None,
        ),
    ]


def _sources(found: Performance, matter: Matter) -> Iterable[Block]:
    top = found.by_source[:10]
    if top:
        yield Paragraph(Say("report.alarms.top", (Number(len(top)), Ratio(found.top_ten, found.raised, 1))))
        yield Bars(
            "top_ten",
            Say("report.alarms.top_ten"),
            tuple(
                (matter.site.called(asset), float(number), _share(number, found), Tone.PLAIN)
                for (_, asset), number in top
            ),
        )
    yield table(
        "sources",
        "report.alarms.top_table",
        cols("alarm:2.2 where:1.6 number> share>"),
        (
            (
                matter.site.rule(rule),
                matter.site.called(asset),
                Number(number),
                Ratio(number, found.raised, 1),
            )
            for (rule, asset), number in top
        ),
    )
    yield table(
        "chattering",
        "report.alarms.chattering",
        cols("alarm:2.2 where:1.6 alarms.most_minute>"),
        (
            (matter.site.rule(rule), matter.site.called(asset), Number(number))
            for (rule, asset), number in found.chattering[:_MOST]
        ),
    )


def _standing(found: Performance, matter: Matter) -> Iterable[Block]:
    answers = found.answers
    most, seen = float(constant("isa_stale_most")), _seen(found, matter)
    hint = Say("report.alarms.target_below", (Number(most),))
    tone = Tone.GOOD if found.stale_most < most else Tone.BAD
    if tone is Tone.GOOD and found.watched <= _DAY:  # none that was raised in it can be stale by its end
        hint, tone = Say("report.alarms.no_stale_yet"), Tone.UNKNOWN
    yield Figures(
        (
            counted(Say("report.alarms.stale_most"), found.stale_most, seen, tone, hint),
            Figure(Say("report.alarms.median"), Length(answers[len(answers) // 2]) if answers else None),
            Figure(Say("report.alarms.late"), Length(answers[len(answers) * 9 // 10]) if answers else None),
            Figure(Say("report.alarms.unanswered"), number(found.unanswered, seen)),
        )
    )
    yield table(
        "stale",
        "report.alarms.stale",
        cols("alarm:2 where:1.5 severity since:1.4 lasted>"),
        (
            (
                matter.site.rule(one.rule),
                matter.site.called(one.asset),
                Word("severity", one.severity),
                Moment(one.raised),
                Length((one.cleared or matter.until) - one.raised),
            )
            for one in found.stale[:_MOST]
        ),
    )


def _muted(mutes: Iterable[Entry], found: Performance, matter: Matter) -> Iterable[Block]:
    yield Paragraph(Say("report.alarms.muted_raised", (Number(found.muted),)))
    yield table(
        "mutes",
        "report.alarms.mutes",
        cols("when:1.3 where:1.4 what:1.2 change by why:1.8"),
        (_mute(one, matter) for one in list(mutes)[:_MOST]),
    )


def _mute(entry: Entry, matter: Matter) -> tuple[Value, ...]:
    body = body_of(entry)
    by, why = str(body.get("who") or body.get("by") or ""), str(body.get("why") or body.get("reason") or "")
    return (
        Moment(entry.at),
        matter.site.called(entry.subject),
        Word("mute", str(body.get("kind", ""))),
        Word("report.mute", str(body.get("change", ""))),
        matter.person(by),
        matter.person(why),
    )


def _floods(found: Performance, matter: Matter) -> Iterable[Block]:
    yield table(
        "floods",
        "",
        cols("from to lasted> alarms.number>"),
        (
            (Moment(one.since), Moment(one.until), Length(one.watched), Number(one.alarms))
            for one in found.floods
        ),
        empty="report.alarms.no_flood",
    )


def _claim(found: Performance, matter: Matter) -> dict[str, Json]:
    return {
        "raised": found.raised,
        "muted": found.muted,
        "windows_over": found.over,
        "windows": len(found.windows),
        "windows_watched": found.seen,
        "most_in_ten_minutes": max(found.windows),
        "flood_microseconds": found.flooded,
        "watched_microseconds": found.watched,
        "top_ten": found.top_ten,
        "by_severity": dict(found.by_severity),
        "by_source": [[rule, asset, number] for (rule, asset), number in found.by_source[:_MOST]],
        "chattering": [[rule, asset, number] for (rule, asset), number in found.chattering[:_MOST]],
        "stale": [[one.key, one.raised, one.cleared] for one in found.stale[:_MOST]],
        "stale_most_on_a_day": found.stale_most,
        "unanswered": found.unanswered,
        "answers_microseconds": list(found.answers[:_MOST]),
    }
