"""Time from before the first fact, and after the last, is nowhere counted as a quiet one. Pains: G1, F1."""

from __future__ import annotations

from typing import Any

from dcim.alerts import Language
from dcim.model.fact import Body, Fact, FactKind
from dcim.reports.absent import Watched, told
from dcim.reports.blocks import cols, table
from dcim.reports.make import from_directory
from dcim.reports.model import (
    Figures,
    Heat,
    Kind,
    Length,
    Moment,
    Paragraph,
    Ratio,
    Say,
    Section,
    Table,
    Tone,
)
from dcim.reports.render import Form
from dcim.reports.wish import Wish

from .conftest import DAY, SECOND, SINCE, Ledger, alert, stands

HOUR = 3600 * SECOND
BEGAN = SINCE - HOUR  # of the ledger: 23:00 of the last day of September


def made(ledger: Ledger, kind: Kind, since: str, until: str, now: int) -> Any:
    wish = Wish(kind, since=since, until=until, languages=(Language.EN,), forms=(Form.CSV,))
    return from_directory(ledger.path, wish, now, "0.1.0").document


def figures(document: Any) -> dict[str, Any]:
    blocks = [one for part in document.sections for one in part.blocks]
    return {item.label.key: item for one in blocks if isinstance(one, Figures) for item in one.items}


def heat(document: Any, name: str) -> Heat:
    return next(
        one for part in document.sections for one in part.blocks if isinstance(one, Heat) and one.id == name
    )


def flooded(ledger: Ledger) -> None:
    """Twelve alarms half an hour after the first fact, and nothing more after a quarter of an hour."""
    keys = [f"k{number}" for number in range(12)]
    ledger.say(*(alert(key, -29, "raised", "service_down", "ups-a") for key in keys))
    ledger.say(*(alert(key, -28, "cleared", "service_down", "ups-a") for key in keys))
    ledger.watch_until(SINCE - 15 * 60 * SECOND)


def test_shares_of_the_alarm_system_are_of_the_time_that_was_watched(ledger: Ledger) -> None:
    flooded(ledger)
    document = made(ledger, Kind.ALARMS, "2026-09-30", "2026-10-01", SINCE + DAY)
    found, claim = figures(document), document.claim["figures"]
    assert (claim["windows"], claim["windows_watched"], claim["windows_over"]) == (144, 5, 1)
    assert claim["watched_microseconds"] == 45 * 60 * SECOND
    bounds = (Ratio(1, 144, 2), Ratio(141, 144, 2))  # one is known, four were watched whole or in part
    assert found["report.alarms.over"].value is None
    assert found["report.alarms.over"].hint == Say("report.uptime.interval", (*bounds, Ratio(99, 100, 2)))
    said = [one.text for part in document.sections for one in part.blocks if isinstance(one, Paragraph)]
    assert Say("report.alarms.watched", (Length(45 * 60 * SECOND),)) in said


def test_an_hour_in_which_nobody_watched_is_unknown_and_not_without_an_alarm(ledger: Ledger) -> None:
    flooded(ledger)
    (row,) = heat(made(ledger, Kind.ALARMS, "2026-09-30", "2026-10-01", SINCE + DAY), "alarms_by_hour").hours
    assert row == (*[None] * 23, 12.0)


def test_a_period_of_which_nothing_was_watched_has_no_share(ledger: Ledger) -> None:
    flooded(ledger)
    found = figures(made(ledger, Kind.ALARMS, "2026-09-29", "2026-09-30", SINCE + DAY))
    for name in ("over", "flood"):
        assert found[f"report.alarms.{name}"].value is None
        assert found[f"report.alarms.{name}"].tone is Tone.UNKNOWN


def test_minutes_lost_are_unknown_where_nobody_watched(ledger: Ledger) -> None:
    flooded(ledger)
    first, second = heat(made(ledger, Kind.UPTIME, "2026-09-30", "2026-10-02", SINCE + 2 * DAY), "lost_by_hour").hours  # fmt: skip
    assert (first[22], first[23], set(second)) == (None, 0.0, {None})


def test_the_quality_of_the_data_counts_it_as_not_watched(ledger: Ledger) -> None:
    flooded(ledger)
    nobody = figures(made(ledger, Kind.QUALITY, "2026-09-30", "2026-10-01", SINCE + DAY))["report.quality.blind"]  # fmt: skip
    assert nobody.value == Length(23 * HOUR + 15 * 60 * SECOND)
    assert nobody.tone is Tone.WARNING


def test_two_facts_of_one_blind_time_count_once(ledger: Ledger) -> None:
    first = {"from": SINCE / 1e6 + 3600, "to": SINCE / 1e6 + 7200, "reason": "stalled"}
    ledger.say(
        Fact(FactKind.BLIND, SINCE / 1e6 + 7200, "cas1", first),
        Fact(FactKind.BLIND, SINCE / 1e6 + 9000, "cas1", {**first, "to": SINCE / 1e6 + 9000}),
    )
    ledger.watch_until(SINCE + 3 * DAY)
    nobody = figures(made(ledger, Kind.QUALITY, "2026-10-01", "2026-10-02", SINCE + 3 * DAY))["report.quality.blind"]  # fmt: skip
    assert nobody.value == Length(5400 * SECOND)


def empties(document: Any) -> dict[str, Say]:
    """What is said of tables without a row."""
    blocks = [one for part in document.sections for one in part.blocks]
    return {one.id: one.empty for one in blocks if isinstance(one, Table) and not one.rows}


NOBODY = Say("report.absent.nobody")


def test_an_empty_table_says_that_nobody_watched_and_not_that_nothing_happened(ledger: Ledger) -> None:
    """A day before the first fact: of all that would have been seen, nothing is known."""
    ledger.watch_until(SINCE)
    found = {
        kind: empties(made(ledger, kind, "2026-09-20", "2026-09-21", SINCE + DAY))
        for kind in (Kind.UPTIME, Kind.ALARMS, Kind.QUALITY, Kind.TESTS)
    }
    assert (found[Kind.UPTIME]["outages"], found[Kind.UPTIME]["redundancy_events"]) == (NOBODY, NOBODY)
    of_alarms = {name: said for name, said in found[Kind.ALARMS].items() if name != "lives"}  # the frame's
    assert of_alarms["floods"] == NOBODY
    assert set(of_alarms.values()) == {NOBODY}
    assert found[Kind.QUALITY]["doubts"] == NOBODY
    assert found[Kind.TESTS]["register"] == NOBODY


def test_of_a_day_that_was_watched_for_an_hour_an_empty_table_says_so(ledger: Ledger) -> None:
    ledger.watch_until(SINCE)
    little = Say("report.absent.little", (Ratio(1, 24, 2),))
    document = made(ledger, Kind.ALARMS, "2026-09-30", "2026-10-01", SINCE + DAY)
    assert empties(document)["floods"] == little


def test_where_all_was_watched_an_empty_table_says_that_nothing_happened() -> None:
    tables = tuple(
        table(name, "", cols("what"), (), f"report.{name}")
        for name in ("uptime.no_outages", "uptime.no_redundancy_events", "uptime.no_work")
    )
    (section,) = told([Section(Say("t"), tables)], Kind.UPTIME, [Watched(100, 100)], [Watched(60, 100)])
    said = [one.empty for one in section.blocks if isinstance(one, Table)]
    assert said == [
        Say("report.uptime.no_outages"),
        Say("report.absent.little", (Ratio(3, 5, 2),)),
        Say("report.uptime.no_work"),
    ]
    one_of_many = [Watched(100, 100)] * 99 + [Watched(0, 100)]
    (section,) = told([Section(Say("t"), tables[:1])], Kind.UPTIME, one_of_many)
    assert [one.empty for one in section.blocks if isinstance(one, Table)] == [
        Say("report.absent.little", (Ratio(99, 100, 2),))
    ]


def ends_of_outages(document: Any) -> list[Any]:
    blocks = [one for part in document.sections for one in part.blocks]
    return [row[2] for one in blocks if isinstance(one, Table) and one.id == "outages" for row in one.rows]


def test_an_outage_that_nobody_saw_end_is_not_said_to_go_on_once_nobody_watches(ledger: Ledger) -> None:
    """The service fails at 10 past, the daemon ends five minutes later; the report is of the day."""
    ledger.say(stands("power/R1", 1, "up", before="unknown"), stands("power/R1", 10, "down"))
    ledger.watch_until(SINCE + 15 * 60 * SECOND)
    seen = Moment(SINCE + 15 * 60 * SECOND)
    found = ends_of_outages(made(ledger, Kind.UPTIME, "2026-10-01", "2026-10-02", SINCE + 3 * DAY))
    assert found == [Say("report.so_until", (seen,))]


def test_an_outage_that_was_seen_until_the_end_of_the_period_is_still_so(ledger: Ledger) -> None:
    ledger.say(stands("power/R1", 1, "up", before="unknown"), stands("power/R1", 10, "down"))
    ledger.watch_until(SINCE + 3 * DAY)
    found = ends_of_outages(made(ledger, Kind.UPTIME, "2026-10-01", "2026-10-02", SINCE + 3 * DAY))
    assert found == [Say("report.goes_on")]


def lives(document: Any) -> list[Any]:
    blocks = [one for part in document.sections for one in part.blocks]
    return [row for one in blocks if isinstance(one, Table) and one.id == "lives" for row in one.rows]


def test_what_is_after_the_last_fact_is_said_before_any_figure_and_among_the_times_without_watch(
    ledger: Ledger,
) -> None:
    """The daemon died, or its disk is full, at a quarter past; nobody has started another since."""
    end = SINCE + 15 * 60 * SECOND
    ledger.watch_until(end)
    tail = [Say("report.life.blind"), Moment(end), Length(DAY - 15 * 60 * SECOND), Say("report.blind.tail")]
    for kind in (Kind.UPTIME, Kind.ALARMS, Kind.QUALITY):
        document = made(ledger, kind, "2026-10-01", "2026-10-02", SINCE + 3 * DAY)
        assert lives(document)[-1] == tuple(tail)
        assert any(
            getattr(one, "text", None) == Say("report.ends_early", (Moment(end),))
            for one in document.sections[0].blocks
        )


def test_a_period_on_record_to_its_end_has_no_such_line(ledger: Ledger) -> None:
    ledger.watch_until(SINCE + 3 * DAY)
    document = made(ledger, Kind.UPTIME, "2026-10-01", "2026-10-02", SINCE + 30 * DAY)
    assert [row for row in lives(document) if row[3] == Say("report.blind.tail")] == []
    said = [getattr(one, "text", None) for part in document.sections for one in part.blocks]
    assert not any(isinstance(one, Say) and one.key == "report.ends_early" for one in said)


def test_between_two_heartbeats_the_record_has_not_ended(ledger: Ledger) -> None:
    ledger.watch_until(SINCE + 3600 * SECOND)
    document = made(ledger, Kind.UPTIME, "2026-10-01", "2026-10-02", SINCE + 3625 * SECOND)
    assert [row for row in lives(document) if row[3] == Say("report.blind.tail")] == []


def test_a_night_that_began_before_the_period_or_ended_after_it_stands_in_it_with_its_part(
    ledger: Ledger,
) -> None:
    """The daemon is stopped from one month's end into the next but one; also a report of a day within says it."""
    ledger.watch_until(SINCE)
    down, back = SINCE + 600 * SECOND, SINCE + 4 * DAY
    ledger.clock.at = back
    body: Body = {"from": down / 1e6, "to": back / 1e6, "reason": "stopped"}
    ledger.say(
        Fact(FactKind.DAEMON_STOPPED, down / 1e6, "cas1", {"why": "SIGTERM"}),
        Fact(FactKind.BLIND, back / 1e6, "cas1", body),
        Fact(FactKind.DAEMON_STARTED, back / 1e6, "cas1", {"previous": "clean", "version": "0.1.0"}),
    )
    ledger.watch_until(back + 3 * DAY)
    day = {(one, two): lives(made(ledger, Kind.ALARMS, one, two, back + 3 * DAY)) for one, two in DAYS}
    night, why = Say("report.life.blind"), Say("report.blind.stopped")
    first, within, last = day.values()
    assert first[-1] == (night, Moment(down), Length(DAY - 600 * SECOND), why)
    assert within == [(night, Moment(SINCE + DAY), Length(DAY), why)]
    assert [row[0] for row in last] == [night, Say("report.life.started")]
    assert last[0][1:3] == (Moment(SINCE + 3 * DAY), Length(DAY))


DAYS = (("2026-10-01", "2026-10-02"), ("2026-10-02", "2026-10-03"), ("2026-10-04", "2026-10-06"))


def test_times_without_watch_are_apart_and_add_up_also_where_the_clock_went_forth_and_back(
    ledger: Ledger,
) -> None:
    """Two hours forth at 10 past, three back a minute later: that time was shown twice, and is said once."""
    minute = 60 * SECOND
    forth = {"from": (SINCE + 10 * minute) / 1e6, "to": (SINCE + 130 * minute) / 1e6}
    back = {"from": (SINCE + 131 * minute) / 1e6, "to": (SINCE - 49 * minute) / 1e6, "offset": -10_800.0}
    ledger.watch_until(SINCE + 10 * minute)
    ledger.clock.at = SINCE + 130 * minute
    ledger.say(
        Fact(FactKind.CLOCK_STEPPED, forth["to"], "cas1", {**forth, "offset": 7200.0}),
        Fact(FactKind.BLIND, forth["to"], "cas1", {**forth, "reason": "clock"}),
    )
    ledger.clock.at = SINCE - 49 * minute
    ledger.say(Fact(FactKind.CLOCK_STEPPED, back["to"], "cas1", {**back}))
    ledger.watch_until(SINCE + DAY)
    document = made(ledger, Kind.QUALITY, "2026-09-30", "2026-10-02", SINCE + DAY)
    nights = [row for row in lives(document) if row[0] == Say("report.life.blind")]
    spans = [(row[1].at, row[1].at + row[2].lasts) for row in nights]
    assert spans == [(SINCE - DAY, BEGAN), (SINCE - 49 * minute, SINCE + 131 * minute)]
    assert [row[3] for row in nights] == [Say("report.blind.first"), Say("report.blind.clock")]


def test_the_record_has_not_ended_while_the_heartbeat_that_was_promised_may_still_come(
    ledger: Ledger,
) -> None:
    """How often it comes is configured: a report between two of every ten minutes says no end."""
    for lasts, later, said in ((600.0, 615, False), (600.0, 625, True), (5.0, 14, False), (5.0, 16, True)):
        at = ledger.clock.at = ledger.clock.at + 3600 * SECOND
        ledger.say(Fact(FactKind.HEARTBEAT, at / 1e6, "cas1", {"lasts": lasts}))
        document = made(ledger, Kind.ALARMS, "2026-09-30", "2026-10-02", at + later * SECOND)
        assert any(row[3] == Say("report.blind.tail") for row in lives(document)) is said, (lasts, later)


def test_where_nothing_was_seen_no_number_of_outages_is_told(ledger: Ledger) -> None:
    ledger.watch_until(SINCE)
    document = made(ledger, Kind.UPTIME, "2026-10-02", "2026-10-03", SINCE + 3 * DAY)
    assert figures(document)["report.uptime.lost"].hint == Say("report.seen_nothing")
