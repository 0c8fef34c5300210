"""Bands of a tariff by the clock of its contract, over every jump of the clock; demand beyond what was committed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.energy.amount import Amount
from dcim.energy.demand import Committed, demand, edges, overage
from dcim.energy.tariff import HOUR, Band, Season, Tariff, cuts_for

CASABLANCA = ZoneInfo("Africa/Casablanca")
WINTER = Season("winter", (10, 1), (3, 31))
SUMMER = Season("summer", (4, 1), (9, 30))
BANDS = (
    Band("pointe", 17 * 60, 22 * 60, season=WINTER),
    Band("pointe", 18 * 60, 23 * 60, season=SUMMER),
    Band("creuses", 22 * 60, 7 * 60, season=WINTER),
    Band("creuses", 23 * 60, 7 * 60, season=SUMMER),
)
WALL = Tariff("wall", CASABLANCA, BANDS, "pleines")
FIXED = Tariff("fixed", timezone(timedelta(hours=1)), BANDS, "pleines")


def ms(*parts: int) -> int:
    return round(datetime(*parts, tzinfo=UTC).timestamp()) * 1000


def hours_of(tariff: Tariff, start: int, end: int) -> dict[str, float]:
    found: dict[str, float] = {}
    for since, until, name in tariff.spans(start, end):
        found[name] = found.get(name, 0) + (until - since) / HOUR
    return found


def test_a_day_has_its_hours_in_each_band():
    day = datetime(2026, 11, 25, tzinfo=CASABLANCA)
    start, end = (round(one.timestamp()) * 1000 for one in (day, day + timedelta(days=1)))
    assert hours_of(WALL, start, end) == {"pointe": 5, "creuses": 9, "pleines": 10}
    assert WALL.names == ("pointe", "creuses", "pleines")


def test_in_ramadan_the_hours_move_with_the_wall_or_stand_as_the_contract_says():
    """In 2026 Casablanca is at UTC+0 from 15 February to 22 March. Pains: G5."""
    wall = [
        (since, until)
        for since, until, name in WALL.spans(ms(2026, 2, 20), ms(2026, 2, 21))
        if name == "pointe"
    ]
    fixed = [
        (since, until)
        for since, until, name in FIXED.spans(ms(2026, 2, 20), ms(2026, 2, 21))
        if name == "pointe"
    ]
    assert wall == [(ms(2026, 2, 20, 17), ms(2026, 2, 20, 22))]
    assert fixed == [(ms(2026, 2, 20, 16), ms(2026, 2, 20, 21))]
    begins = datetime(2026, 2, 15, tzinfo=CASABLANCA), datetime(2026, 2, 16, tzinfo=CASABLANCA)
    start, end = (round(one.timestamp()) * 1000 for one in begins)
    assert sum(hours_of(WALL, start, end).values()) == 25
    assert hours_of(WALL, start, end)["creuses"] == 10


@pytest.mark.parametrize(
    ("day", "hours", "creuses", "pointe_from"),
    [
        ((2026, 2, 14), 24, 9, 16),  # the last day at UTC+1
        ((2026, 2, 15), 25, 10, 17),  # clocks go back at 03:00, to UTC+0: an hour of the night twice
        ((2026, 3, 21), 24, 9, 17),  # the last day at UTC+0
        ((2026, 3, 22), 23, 8, 16),  # clocks go forward at 02:00: an hour of the night is not
    ],
)
def test_bands_follow_the_wall_at_both_edges_of_ramadan(day, hours, creuses, pointe_from):
    """`clock: site`: pointe is from 17 to 22 on the wall on each day, whatever that is in UTC. Pains: G5."""
    begins = datetime(*day, tzinfo=CASABLANCA)
    ends = datetime.combine(begins.date() + timedelta(days=1), begins.time(), CASABLANCA)
    start, end = (round(one.timestamp()) * 1000 for one in (begins, ends))
    found = hours_of(WALL, start, end)
    assert (sum(found.values()), found["creuses"], found["pointe"]) == (hours, creuses, 5)
    pointe = [(since, until) for since, until, name in WALL.spans(start, end) if name == "pointe"]
    assert pointe == [(ms(*day, pointe_from), ms(*day, pointe_from + 5))]
    fixed = [(since, until) for since, until, name in FIXED.spans(start, end) if name == "pointe"]
    assert fixed == [(ms(*day, 16), ms(*day, 21))]  # a meter that knows no Ramadan


@settings(max_examples=40)
@given(
    st.sampled_from(("Africa/Casablanca", "Europe/Paris", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC")),
    st.integers(ms(2024, 1, 1), ms(2028, 1, 1)),
    st.lists(
        st.tuples(
            st.integers(0, 95),
            st.integers(0, 96),
            st.integers(1, 127),
            st.sampled_from((None, WINTER, SUMMER)),
        ),
        max_size=4,
    ),
)
def test_every_quarter_of_an_hour_is_in_the_span_of_its_band(zone, around, written):
    bands = tuple(
        Band(f"band {n}", 15 * a, 15 * b, frozenset(d for d in range(7) if days >> d & 1), season)
        for n, (a, b, days, season) in enumerate(written)
    )
    tariff = Tariff("t", ZoneInfo(zone), bands, "rest")
    start = around // (HOUR // 4) * (HOUR // 4)
    end = start + 50 * HOUR
    spans = list(tariff.spans(start, end))
    assert [spans[0][0], *(until for _, until, _ in spans)] == [since for since, _, _ in spans] + [end]
    by_quarter = {quarter: name for since, until, name in spans for quarter in range(since, until, HOUR // 4)}
    assert by_quarter == {quarter: tariff.at(quarter) for quarter in range(start, end, HOUR // 4)}


@pytest.mark.parametrize(
    ("zone", "minutes", "cuts"),
    [
        ("Africa/Casablanca", (0,), 1),
        ("Africa/Casablanca", (30,), 2),
        ("Asia/Kolkata", (0,), 2),
        ("Asia/Kathmandu", (0,), 4),
        ("Europe/Paris", (10,), 6),
        ("Europe/Paris", (20,), 3),
        ("Europe/Paris", (5,), 4),
    ],
)
def test_an_hour_is_cut_where_days_and_bands_have_their_edges(zone, minutes, cuts):
    tariff = Tariff("t", ZoneInfo(zone), tuple(Band("b", minute, 600) for minute in minutes))
    assert cuts_for((ZoneInfo(zone),), (tariff,), ms(2026, 6, 1)) == cuts


def test_demand_beyond_what_was_committed_is_counted_where_it_was_measured():
    """Pains: I5."""
    bounds = edges(0, 0, HOUR, 10)
    whole = [Amount(0, 600 * kw * 1000, 600 * kw * 1000, 600_000, 600_000) for kw in (90, 110, 130, 100)]
    holes = [Amount(0, 0, 10**9, 0, 600_000), Amount(0, 10**6, 10**9, 300_000, 600_000)]
    found = overage(Committed("atlas", 100_000), demand(bounds, [*whole, *holes]))
    assert (found.intervals, found.unknown) == (6, 2)
    assert found.peak is not None
    assert (found.peak.mean, found.peak.start) == (130_000, 1_200_000)
    assert [one.start for one in found.over] == [600_000, 1_200_000]
    assert found.joules == (10_000 + 30_000) * 600


def test_intervals_are_counted_from_midnight_and_lie_whole_in_the_period():
    assert edges(-HOUR, 60_000, HOUR, 15) == [900_000, 1_800_000, 2_700_000, HOUR]
    assert edges(0, 60_000, 120_000, 15) == []
