"""Inlets by the hour: what is said to be certain is, whatever the air did within the hour."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dcim.thermal.envelope import Zone, envelope
from dcim.thermal.hourly import Hour, bounded

ENVELOPE = envelope("A1")
HOUR = 3_600_000
AIR = st.lists(st.tuples(st.floats(0, 50), st.floats(0.01, 1.0)), min_size=1, max_size=6)


def hour(celsius: tuple[float, float], humidity: tuple[float, float] | None = (0.4, 0.45)) -> Hour:
    return Hour(HOUR, celsius, humidity)


def test_an_hour_between_the_limits_was_recommended_and_one_beyond_them_outside():
    found = bounded(
        [hour((20.0, 24.0)), hour((33.0, 40.0)), hour((26.0, 33.0)), hour((25.0, 29.0))], ENVELOPE
    )
    assert (found.known, found.recommended, found.outside, found.doubtful) == (4 * HOUR, HOUR, HOUR, HOUR)
    assert (found.lowest, found.highest) == (20.0, 40.0)


def test_without_humidity_only_the_temperature_is_judged_and_for_how_long_is_said():
    found = bounded([hour((20.0, 24.0), None), hour((20.0, 24.0), (0.4, 0.95))], ENVELOPE)
    assert (found.recommended, found.dry, found.doubtful) == (HOUR, HOUR, HOUR)
    assert bounded([], ENVELOPE).lowest is None


@given(AIR)
def test_no_air_of_an_hour_contradicts_what_its_extremes_are_said_to_show(air):
    """Pains: G2, E3."""
    celsius, humidity = zip(*air, strict=True)
    one = Hour(HOUR, (min(celsius), max(celsius)), (min(humidity), max(humidity)))
    zones = {ENVELOPE.zone(*each) for each in air}
    if one.inside(ENVELOPE.recommended):
        assert zones == {Zone.RECOMMENDED}
    if one.inside(ENVELOPE.allowable):
        assert Zone.OUTSIDE not in zones
    if one.beyond(ENVELOPE.allowable):
        assert zones == {Zone.OUTSIDE}
