"""The air of several inlets by the hour: the hottest, the mean over time, and nothing where nothing was read."""

from __future__ import annotations

import pytest

from dcim.thermal import Air, dew_point
from dcim.thermal.climate import QUARTER, Climate

HOUR = 4 * QUARTER


def test_the_hottest_inlet_and_the_mean_over_time_of_an_hour() -> None:
    """Pains: G6."""
    climate = Climate()
    climate.take([Air(0, HOUR // 2, 20.0, 0.5), Air(HOUR // 2, 2 * HOUR, 26.0, None)])
    climate.take([Air(QUARTER, HOUR, 22.0, 0.4)])
    hour = climate.celsius(0, HOUR)
    assert hour is not None
    assert (hour.low, hour.high) == (20.0, 26.0)
    assert hour.mean == pytest.approx((20 * 2 + 26 * 2 + 22 * 3) / 7)
    damp = climate.humidity(0, HOUR)
    assert damp is not None
    assert (damp.low, damp.mean, damp.high) == pytest.approx((0.4, (0.5 * 2 + 0.4 * 3) / 5, 0.5))
    dew = climate.dew(0, QUARTER)
    assert dew is not None
    assert dew.mean == pytest.approx(dew_point(20.0, 0.5))


def test_where_nothing_was_read_there_is_nothing() -> None:
    climate = Climate()
    climate.take([Air(HOUR + 1, HOUR + 2, 20.0, None)])
    assert climate.celsius(0, HOUR) is None
    assert climate.celsius(HOUR, 2 * HOUR) == (20.0, 20.0, 20.0)
    assert climate.humidity(HOUR, 2 * HOUR) is None
    assert climate.dew(HOUR, 2 * HOUR) is None
