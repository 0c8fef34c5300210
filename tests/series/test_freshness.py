"""How long a batch counts."""

import pytest

from dcim.model import Lane
from dcim.poll.beat import Pace
from dcim.series import Freshness, Quality


@pytest.mark.parametrize(
    ("lane", "interval", "lasts"),
    [
        (Lane.FAST, 10.0, 30.0),  # three beats
        (Lane.FAST, 1.0, 15.0),  # never less than this
        (Lane.SLOW, 10.0, 180.0),  # the slow lane's own minute
        (Lane.SLOW, 120.0, 360.0),  # a device asked less often than the lane
        (Lane.STATIC, 10.0, 64800.0),
    ],
)
def test_a_lane_counts_for_three_of_its_own_intervals(lane, interval, lasts):
    assert Freshness(Pace()).lasts(lane, interval) == lasts


@pytest.mark.parametrize(
    ("now", "quality"),
    [
        (1000.0, Quality.FRESH),
        (1030.0, Quality.FRESH),
        (1030.1, Quality.STALE),
        (969.0, Quality.STALE),  # the clock went back: a batch from the future proves nothing
        (971.0, Quality.FRESH),
    ],
)
def test_a_batch_that_is_too_old_is_stale_and_so_is_one_from_the_future(layout, batch, now, quality):
    """Pains: A11, E3."""
    assert Freshness().quality(batch(layout(), 1.0, at=1000.0), 10.0, now) is quality
