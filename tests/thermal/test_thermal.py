"""Minutes in the envelopes of ASHRAE, held against a reading minute by minute."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.thermal import Series, Side, Zone, air, dew_point, envelope, lived

MINUTE = 60_000
HOUR = 60 * MINUTE
A1 = envelope("A1")


def by_minute(*values: float | None) -> Series:
    return Series([(number * MINUTE, value) for number, value in enumerate(values)])


@pytest.mark.parametrize(
    ("celsius", "humidity", "dew"),
    [(20.0, 0.5, 9.27), (25.0, 1.0, 25.0), (30.0, 0.2, 4.6), (10.0, 0.8, 6.71)],
)
def test_the_dew_point_is_that_of_the_tables(celsius, humidity, dew):
    assert dew_point(celsius, humidity) == pytest.approx(dew, abs=0.05)


@pytest.mark.parametrize(
    ("celsius", "humidity", "zone"),
    [
        (27.0, 0.45, Zone.RECOMMENDED),
        (27.1, 0.45, Zone.ALLOWABLE),
        (17.9, 0.45, Zone.ALLOWABLE),
        (32.1, 0.30, Zone.OUTSIDE),
        (24.0, 0.65, Zone.OUTSIDE),  # dew point 17.0: too damp even for A1
        (24.0, 0.59, Zone.ALLOWABLE),  # dew point 15.5
        (22.0, 0.07, Zone.OUTSIDE),
        (20.0, 0.71, Zone.ALLOWABLE),
        (24.0, None, Zone.RECOMMENDED),
    ],
)
def test_a_moment_is_judged_by_temperature_and_dew_point(celsius, humidity, zone):
    assert A1.zone(celsius, humidity) is zone


def test_altitude_takes_from_the_top_and_h1_is_narrow():
    assert envelope("A1", altitude=900).allowable.high == 32
    assert envelope("A1", altitude=1500).allowable.high == 30
    assert envelope("A3", altitude=1075).allowable.high == 39
    assert envelope("H1").zone(23.0, None) is Zone.ALLOWABLE
    assert envelope("H1").zone(25.5, None) is Zone.OUTSIDE
    assert envelope("A2", polluted=True).zone(20.0, 0.55) is Zone.ALLOWABLE
    assert envelope("A4", tape=True).quarter is None


def test_minutes_add_up_and_time_nobody_looked_is_in_no_zone():
    """Pains: G2."""
    warm = [24.0] * 10 + [28.0] * 5 + [33.0] * 2 + [None] * 3 + [24.0] * 10
    found = lived(by_minute(*warm), None, A1, 0, HOUR)
    assert found.spent(Zone.RECOMMENDED) == 19 * MINUTE + 3 * MINUTE
    assert found.spent(Zone.ALLOWABLE) == 5 * MINUTE
    assert found.spent(Zone.OUTSIDE) == 2 * MINUTE
    assert found.known == 29 * MINUTE == found.dry
    assert (found.lowest, found.highest) == (24.0, 33.0)


def test_an_excursion_has_its_edges_its_depth_and_says_what_it_does_not_know():
    warm = [24.0] * 3 + [28.0, 29.5, 28.0] + [24.0] * 3 + [34.0] * 2 + [None] * 2 + [24.0]
    found = lived(by_minute(*warm), None, A1, 0, 14 * MINUTE).excursions
    first, second, third = found
    assert (first.zone, first.side, first.start, first.end) == (
        Zone.RECOMMENDED,
        Side.HOT,
        3 * MINUTE,
        6 * MINUTE,
    )
    assert (first.depth, first.worst_at, first.began, first.closed) == (2.5, 4 * MINUTE, True, True)
    assert {second.zone, third.zone} == {Zone.RECOMMENDED, Zone.ALLOWABLE}
    assert {second.depth, third.depth} == {7.0, 2.0}
    assert (second.start, second.end, second.closed) == (9 * MINUTE, 11 * MINUTE, False)


def test_humidity_read_at_other_times_parts_the_stretches():
    damp = Series([(90_000, 0.5), (150_000, 0.9)])
    found = air(by_minute(22.0, 22.0, 22.0, 22.0), damp, 0, 4 * MINUTE)
    assert [(one.start, one.end, one.humidity) for one in found] == [
        (0, 60_000, None),
        (60_000, 90_000, None),
        (90_000, 120_000, 0.5),
        (120_000, 150_000, 0.5),
        (150_000, 180_000, 0.9),
        (180_000, 240_000, 0.9),
    ]


def test_a_change_too_fast_is_a_window_of_readings_and_not_a_slope():
    slow = by_minute(*(18.0 + number / 10 for number in range(60)))
    assert lived(slow, None, A1, 0, HOUR).swings == ()
    quick = by_minute(*([20.0] * 20 + [20.0, 22.0, 24.0, 25.5] + [25.5] * 30))
    (swing,) = lived(quick, None, A1, 0, HOUR).swings
    assert (swing.window, swing.limit, swing.most) == (15 * MINUTE, 5.0, 5.5)
    assert (swing.start, swing.end) == (20 * MINUTE, 35 * MINUTE)
    tape = lived(slow, None, envelope("A1", tape=True), 0, HOUR).swings
    assert [(one.window, one.start) for one in tape] == [(HOUR, 0)]
    assert tape[0].most == pytest.approx(5.9)


temperatures = st.lists(st.one_of(st.none(), st.floats(0.0, 50.0)), min_size=2, max_size=50)
humidities = st.lists(st.one_of(st.none(), st.floats(0.01, 1.0)), min_size=1, max_size=50)


@settings(max_examples=50)
@given(temperatures, humidities)
def test_the_account_is_that_of_a_reading_minute_by_minute(warm, damp):
    end = max(len(warm), len(damp)) * MINUTE
    found = lived(by_minute(*warm), by_minute(*damp), A1, 0, end)
    counts = dict.fromkeys(Zone, 0)
    held: dict[str, tuple[int, float | None]] = {}
    longest = {"t": 3, "h": 3 if len(damp) > 1 else 5}
    for minute in range(end // MINUTE):
        for name, values in (("t", warm), ("h", damp)):
            if minute < len(values):
                held[name] = (minute, values[minute])
        now = {name: value if minute - at < longest[name] else None for name, (at, value) in held.items()}
        if now["t"] is not None:
            counts[A1.zone(now["t"], now.get("h"))] += MINUTE
    assert dict(found.zones) == counts
    assert found.known == sum(counts.values()) <= found.period
    for one in found.excursions:
        assert 0 <= one.start < one.end <= end
        assert one.depth >= 0
