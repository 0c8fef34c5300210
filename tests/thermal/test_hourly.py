"""Inlets by the hour: what is said to be certain is, whatever the air did within the hour."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from dcim.thermal.envelope import Zone, envelope
from dcim.thermal.hourly import Hour, bounded

ENVELOPE = envelope("A1")
HOUR = 3_600_000
READ = st.lists(
    st.tuples(st.none() | st.floats(0, 50), st.none() | st.floats(0.01, 1.0)), min_size=6, max_size=6
)
AIR = st.lists(st.tuples(st.floats(0, 50), st.floats(0.01, 1.0)), min_size=1, max_size=6)


def hour(celsius: tuple[float, float], humidity: tuple[float, float] | None = (0.4, 0.45)) -> Hour:
    return Hour(HOUR, celsius, humidity, HOUR if humidity else 0)


def test_an_hour_between_the_limits_was_recommended_and_one_beyond_them_outside():
    found = bounded(
        [hour((20.0, 24.0)), hour((33.0, 40.0)), hour((26.0, 33.0)), hour((25.0, 29.0))], ENVELOPE
    )
    assert (found.known, found.recommended, found.outside, found.doubtful) == (4 * HOUR, HOUR, HOUR, HOUR)
    assert (found.lowest, found.highest) == (20.0, 40.0)


def test_air_that_was_too_humid_is_outside_for_certain_only_as_long_as_humidity_was_read_with_it():
    """Pains: G2, E3."""
    minute = HOUR // 60
    wet = bounded([Hour(HOUR, (20.0, 24.0), (0.9, 0.95), minute)], ENVELOPE)
    assert (wet.outside, wet.doubtful, wet.dry, wet.recommended) == (minute, HOUR - minute, HOUR - minute, 0)
    apart = bounded([Hour(HOUR // 2, (20.0, 24.0), (0.9, 0.95), HOUR // 2)], ENVELOPE)
    assert (apart.outside, apart.doubtful, apart.dry) == (0, HOUR // 2, HOUR // 2)
    hot = bounded([Hour(HOUR, (33.0, 40.0), (0.4, 0.45), minute)], ENVELOPE)
    assert (hot.outside, hot.doubtful, hot.dry) == (HOUR, 0, HOUR - minute)


def test_without_humidity_only_the_temperature_is_judged_and_for_how_long_is_said():
    found = bounded([hour((20.0, 24.0), None), hour((20.0, 24.0), (0.4, 0.95))], ENVELOPE)
    assert (found.recommended, found.dry, found.doubtful) == (HOUR, HOUR, HOUR)
    assert bounded([], ENVELOPE).lowest is None


@given(AIR)
def test_no_air_of_an_hour_contradicts_what_its_extremes_are_said_to_show(air):
    """Pains: G2, E3."""
    celsius, humidity = zip(*air, strict=True)
    one, _ = hour((min(celsius), max(celsius)), (min(humidity), max(humidity))).stretches()
    assert one.ms == HOUR
    zones = {ENVELOPE.zone(*each) for each in air}
    if one.inside(ENVELOPE.recommended):
        assert zones == {Zone.RECOMMENDED}
    if one.inside(ENVELOPE.allowable):
        assert Zone.OUTSIDE not in zones
    if one.beyond(ENVELOPE.allowable):
        assert zones == {Zone.OUTSIDE}


@given(READ)
def test_no_order_in_which_either_was_read_contradicts_what_is_said_to_be_certain(said):
    """Ten minutes each: temperature and humidity, either of which may not have been read. Pains: G2, E3."""
    part = HOUR // len(said)
    celsius = [warm for warm, _ in said if warm is not None]
    humidity = [damp for _, damp in said if damp is not None]
    assume(celsius)
    between = (min(humidity), max(humidity)) if humidity else None
    found = bounded(
        [Hour(len(celsius) * part, (min(celsius), max(celsius)), between, len(humidity) * part)], ENVELOPE
    )
    zones = [ENVELOPE.zone(warm, damp) for warm, damp in said if warm is not None]
    assert found.known == len(zones) * part
    assert found.recommended <= zones.count(Zone.RECOMMENDED) * part
    assert found.outside <= zones.count(Zone.OUTSIDE) * part <= found.outside + found.doubtful
    assert found.dry >= sum(part for warm, damp in said if warm is not None and damp is None)
