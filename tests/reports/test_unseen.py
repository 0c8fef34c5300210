"""No report calls good what nobody saw: before the ledger began, and where too little was watched. Pains: F1, G1."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from dcim.alerts import Language
from dcim.energy.amount import Amount
from dcim.energy.figures import Ratio as Share
from dcim.model.fact import Fact, FactKind
from dcim.reports.draw import WIDTH, draw
from dcim.reports.kinds.energy import _figure as energy_figure
from dcim.reports.kinds.energy import _ratio
from dcim.reports.make import from_directory
from dcim.reports.model import (
    Figure,
    Figures,
    Kind,
    Length,
    Name,
    Number,
    Paragraph,
    Period,
    Ratio,
    Say,
    Stretch,
    Table,
    Timeline,
    Tone,
)
from dcim.reports.render import Form
from dcim.reports.say import Writer
from dcim.reports.scope import NothingLike
from dcim.reports.site import keep, text_of
from dcim.reports.wish import Wish
from dcim.rollup.energies import Sum

from .conftest import ATLAS, DAY, SECOND, SINCE, UNTIL, Ledger, alert
from .test_measured import _read as read
from .test_measured import building

HOUR = 3600 * SECOND
BEFORE = ("2026-09-28", "2026-09-29")  # the ledger begins late on the 30th
AFTER = ("2026-10-05", "2026-10-06")
LITTLE = ("2026-09-30", "2026-10-01")  # and watches for 45 minutes of that day


def made(ledger: Ledger, kind: Kind, span: tuple[str, str], scope: str = "", **more: Any) -> Any:
    wish = Wish(kind, scope, since=span[0], until=span[1], languages=tuple(Language), forms=(Form.CSV,))
    return from_directory(ledger.path, wish, more.get("now", UNTIL), "0.1.0")


def figures(document: Any) -> Iterator[Figure]:
    for part in document.sections:
        for one in part.blocks:
            if isinstance(one, Figures):
                yield from one.items


def by_label(document: Any) -> dict[str, Figure]:
    return {one.label.key: one for one in figures(document)}


def tables(document: Any) -> dict[str, Table]:
    return {one.id: one for part in document.sections for one in part.blocks if isinstance(one, Table)}


@pytest.fixture
def measured(ledger: Ledger) -> Ledger:
    """A site with rated parts, an inlet, a certificate and tenants; watched to a quarter before midnight."""
    digest = keep(text_of(building()), ledger.path)
    ledger.say(Fact(FactKind.SITE_DESCRIBED, SINCE / 1e6 - 3000, "cas1", {"sha256": digest}))
    asyncio.run(read(ledger.path / "history", ledger))
    ledger.watch_until(SINCE - 15 * 60 * SECOND)
    return ledger


@pytest.mark.parametrize("kind", list(Kind))
def test_nothing_is_good_where_nothing_or_too_little_was_seen(measured: Ledger, kind: Kind) -> None:
    """Of the site, of a tenant, of one device; before the first fact, for 45 minutes of a day, after the last."""
    for span in (BEFORE, LITTLE, AFTER):
        for scope in ("", f"tenant:{ATLAS}", "device:ge1"):
            try:
                document = made(measured, kind, span, scope).document
            except NothingLike:
                assert kind is Kind.UPTIME  # of a device that no service is
                continue
            good = {one.label.key for one in figures(document) if one.tone is Tone.GOOD}
            if kind is Kind.CALIBRATION and span == LITTLE:
                good -= {"report.calibration.without"}  # a certificate holds whether or not somebody watches
            assert good == set(), (span, scope)


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        (Kind.ALARMS, "report.alarms.raised"),
        (Kind.ALARMS, "report.alarms.stale_most"),
        (Kind.ALARMS, "report.alarms.over"),
        (Kind.ALARMS, "report.alarms.flood"),
        (Kind.QUALITY, "report.quality.doubted"),
        (Kind.TESTS, "report.tests.failed"),
        (Kind.CAPACITY, "report.capacity.over"),
        (Kind.UPTIME, "report.uptime.lost"),
    ],
)
def test_what_nobody_could_see_is_a_dash_and_no_zero(measured: Ledger, kind: Kind, label: str) -> None:
    found = by_label(made(measured, kind, BEFORE).document)[label]
    assert found.value is None
    assert found.tone in (Tone.UNKNOWN, Tone.PLAIN)


def test_what_was_watched_whole_and_has_nothing_wrong_is_still_good(ledger: Ledger) -> None:
    ledger.say(
        alert("g1", 661, "raised", "genset_running", "ge1"),
        alert("g1", 700, "cleared", "genset_running", "ge1"),
    )
    ledger.watch_until(UNTIL)
    for kind, label in (
        (Kind.ALARMS, "report.alarms.stale_most"),
        (Kind.ALARMS, "report.alarms.over"),
        (Kind.QUALITY, "report.quality.doubted"),
        (Kind.TESTS, "report.tests.failed"),
    ):
        found = by_label(made(ledger, kind, ("2026-10-01", "2026-10-03")).document)[label]
        assert found.tone is Tone.GOOD, label


def test_that_no_alarm_stood_for_a_day_is_no_praise_for_hours(ledger: Ledger) -> None:
    """A demo of minutes had 0 stale alarms in green, none of which could have been stale."""
    ledger.watch_until(UNTIL)
    for until, tone in (("2026-10-02", Tone.UNKNOWN), ("2026-10-03", Tone.GOOD)):
        found = by_label(made(ledger, Kind.ALARMS, ("2026-10-01", until)).document)[
            "report.alarms.stale_most"
        ]
        assert (found.value, found.tone) == (Number(0), tone), until


def test_a_test_that_was_not_passed_is_bad_however_little_was_watched(measured: Ledger) -> None:
    measured.say(alert("g1", -20, "raised", "genset_start_failed", "ge1"))
    found = by_label(made(measured, Kind.TESTS, LITTLE).document)["report.tests.failed"]
    assert (found.value, found.tone) == (Number(1), Tone.BAD)


def test_shares_of_alarms_have_bounds_where_too_little_was_watched(measured: Ledger) -> None:
    """45 minutes of a day, quiet: all the rest of the day may have been a flood."""
    found = by_label(made(measured, Kind.ALARMS, LITTLE).document)
    for label, most in (("over", Ratio(140, 144, 2)), ("flood", Ratio(140 * 600 * SECOND, DAY, 2))):
        one = found[f"report.alarms.{label}"]
        assert one.value is None
        assert one.hint is not None
        assert one.hint.key == "report.uptime.interval"
        assert (one.hint.values[0].part, one.hint.values[1]) == (0, most)  # type: ignore[union-attr]


def test_means_between_failures_are_dashes_where_too_little_was_seen(measured: Ledger) -> None:
    document = made(measured, Kind.UPTIME, LITTLE, "service:power/R1").document
    (row,) = tables(document)["failures"].rows
    assert row[2:] == (None, None)
    assert tables(document)["failures"].note == Say("report.uptime.no_means", (Ratio(99, 100, 2),))


def test_redundancy_proven_has_bounds_where_some_of_the_time_is_unknown(measured: Ledger) -> None:
    body = {"survival": "survives", "by": ""}
    measured.say(Fact(FactKind.SINGLE_LOSS, SINCE / 1e6 - 1800, "power/R1", body))
    measured.watch_until(SINCE - 15 * 60 * SECOND)
    document = made(measured, Kind.UPTIME, LITTLE, "service:power/R1").document
    (row,) = tables(document)["single_losses"].rows
    bounds = row[2]
    assert isinstance(bounds, Say)
    assert bounds.values == (Ratio(900 * SECOND, DAY, 2), Ratio(DAY, DAY, 2))


def defined(service: str, minute: float, bound: float) -> Fact:
    return Fact(FactKind.SERVICE_DEFINED, SINCE / 1e6 + 60 * minute, service, {"bound": bound})


def test_the_bound_of_each_service_stands_in_its_statement(ledger: Ledger) -> None:
    """The shortest and the longest that held in the period: one given up before it is not told."""
    ledger.say(defined("power/R1", -50, 900.0), defined("power/R1", -40, 181.0))
    ledger.watch_until(SINCE + DAY)
    ledger.say(defined("power/R1", 1500, 16.0))
    ledger.watch_until(UNTIL)
    whole = made(ledger, Kind.UPTIME, ("2026-10-01", "2026-10-03"))
    rows = {row[0].text: row[-1] for row in tables(whole.document)["promises"].rows}  # type: ignore[union-attr]
    bounds = Length(16 * SECOND), Length(181 * SECOND)
    assert rows["R1"] == Say("report.from_to", bounds)
    assert rows["R2"] is None
    said = [one.text for part in whole.document.sections for one in part.blocks if isinstance(one, Paragraph)]
    assert Say("report.uptime.unseen", bounds) in said
    assert Say("report.uptime.unseen_unsaid") in said
    for language, words in (("fr", "Borne de détection"), ("en", "Detection bound")):
        text = whole.files[f"report.{language}.csv"].decode()
        assert words in text
        assert re.search(r"16\ss (à|to) 3\smin\s0?1\ss", text)


def test_the_bound_of_a_device_is_that_of_what_is_read_each_time_and_of_what_is_read_once_a_minute(
    ledger: Ledger,
) -> None:
    ledger.watch_until(UNTIL)
    document = made(ledger, Kind.UPTIME, ("2026-10-01", "2026-10-03"), "service:power/R1").document
    bound = Say("report.from_to", (Length(15 * SECOND), Length(180 * SECOND)))
    assert {row[4] for row in tables(document)["points"].rows} == {bound}


def test_the_last_mark_of_an_axis_stays_in_the_picture() -> None:
    """A demo of one minute: its marks have seconds, and the last one stands at the end."""
    end = SINCE + 60 * SECOND
    chart = Timeline(
        "t", Say("report.none"), SINCE, end, ((Name("R1"), (Stretch(SINCE, end, Tone.GOOD),)),), ()
    )
    drawn = draw(chart, Writer(Language.EN, Period(SINCE, end, "Africa/Casablanca")))
    marks = re.findall(r'<text x="([0-9.]+)"[^>]*>(\d\d:\d\d:\d\d)<', drawn)
    assert marks[-1][1] == "00:01:00"
    for at, said in marks:
        assert float(at) + len(said) * 9.5 * 0.572 / 2 <= WIDTH  # a digit of Noto Sans is 0.572 em wide


def test_no_pue_is_said_to_be_at_least_less_than_one() -> None:
    half = Share("iPUE3", None, Fraction(0), Fraction(9), Fraction(1, 2))
    assert _ratio(half)[2] == Number(1.0, digits=3)
    assert _ratio(replace(half, wrong=True))[2] == Number(0.0, digits=3)
    assert _ratio(replace(half, name="WUE"))[2] == Number(0.0, digits=3)


@pytest.mark.parametrize(("without", "tone"), [((), Tone.GOOD), (("pdu-1b",), Tone.UNKNOWN)])
def test_energy_is_not_good_where_a_supply_has_no_meter(without: tuple[str, ...], tone: Tone) -> None:
    measured_whole = Amount(9, 10, 11, 7_200_000, 7_200_000)
    found = energy_figure("used", Sum(("pdu-1a", *without), without, (), (measured_whole,)))
    assert found.value is not None
    assert found.tone is tone
