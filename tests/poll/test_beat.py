from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from dcim.model import Lane
from dcim.poll import Beat, Pace

intervals = st.floats(0.5, 3600)
moments = st.floats(0, 1e9)


@given(st.text(), intervals, moments)
def test_the_next_beat_is_later_and_within_one_interval(name: str, interval: float, now: float) -> None:
    due = Beat.of(name, interval).due(now)
    assert now - 1e-6 < due <= now + interval * (1 + 1e-6)


@given(st.text(), intervals)
def test_the_phase_is_stable_and_inside_the_interval(name: str, interval: float) -> None:
    assert Beat.of(name, interval) == Beat.of(name, interval)
    assert 0 <= Beat.of(name, interval).phase < interval


def test_phases_spread_a_thousand_devices_over_the_interval() -> None:
    tenths = [int(Beat.of(f"pdu-{n}", 10.0).phase) for n in range(1000)]
    assert all(60 < tenths.count(tenth) < 140 for tenth in range(10))


def test_phases_fall_on_moments_that_intervals_share_and_leave_none_out() -> None:
    """Who is asked together costs less. Pains: D1."""
    names = [f"pdu-{n}" for n in range(1000)]
    for interval in (1.0, 10.0):
        phases = {Beat.of(name, interval).phase for name in names}
        assert phases == {quarter / 4 for quarter in range(int(interval * 4))}
    assert {Beat.of(name, 60.0).phase % 0.25 for name in names} == {0.0}
    assert {round(Beat.of(name, 0.9).phase, 9) for name in names} == {0.0, 0.225, 0.45, 0.675}
    assert {Beat.of(name, 0.2).phase for name in names} == {0.0}


def test_the_first_beat_asks_everything_and_the_next_only_the_fast_lane() -> None:
    """Pains: D4."""
    pace = Pace(slow=60, static=3600)
    beat = Beat.of("ups-a", 10.0)
    assert beat.lanes(100.0, pace) == frozenset(Lane)
    beat = beat.answered(frozenset(Lane), 100.0)
    assert beat.lanes(110.0, pace) == {Lane.FAST}
    assert beat.lanes(160.0, pace) == {Lane.FAST, Lane.SLOW}
    assert beat.lanes(3700.0, pace) == frozenset(Lane)


def test_a_device_that_came_back_is_asked_everything() -> None:
    beat = Beat.of("ups-a", 10.0).answered(frozenset(Lane), 100.0).anew()
    assert beat.lanes(110.0, Pace()) == frozenset(Lane)


def test_a_slow_lane_faster_than_the_beat_lasts_as_long_as_the_beat() -> None:
    assert Pace(slow=60).lasts(Lane.SLOW, 120.0) == 120.0
    assert Pace(slow=60).lasts(Lane.FAST, 5.0) == 5.0
    assert Pace(static=99).lasts(Lane.STATIC, 5.0) == 100


@given(st.floats(1, 86400), st.floats(0.1, 3600))
@example(60.0, 40.0)
@example(60.0, 120.0)
def test_a_lane_is_asked_as_often_as_is_said_and_never_more_seldom(slow: float, interval: float) -> None:
    """What the stated time to detect is counted from. Pains: E3."""
    pace = Pace(slow=slow)
    beat = Beat.of("ups-a", interval).answered(frozenset(Lane), 0.0)
    lasts = pace.lasts(Lane.SLOW, interval)
    assert abs(lasts / interval - round(lasts / interval)) < 1e-6
    assert Lane.SLOW in beat.lanes(lasts + interval * 1e-6, pace)
    if lasts > interval * 1.5:
        assert Lane.SLOW not in beat.lanes(lasts - interval * (1 + 1e-6), pace)


def test_a_lane_that_came_only_in_part_is_asked_again_on_the_next_beats_and_then_left_in_peace() -> None:
    """Pains: B2."""
    pace, everything, slow = Pace(slow=60, static=3600), frozenset(Lane), frozenset({Lane.SLOW})
    beat = Beat.of("ups-a", 10.0)
    for turn in range(3):
        beat = beat.answered(everything, 100.0 + 10 * turn, slow)
        assert beat.lanes(110.0 + 10 * turn, pace) == {Lane.FAST, Lane.SLOW}
    beat = beat.answered(everything, 130.0, slow)
    assert beat.lanes(140.0, pace) == {Lane.FAST}


def test_a_late_fast_lane_changes_nothing_it_is_asked_on_every_beat() -> None:
    beat = Beat.of("ups-a", 10.0).answered(frozenset(Lane), 100.0, frozenset({Lane.FAST}))
    assert beat.lanes(110.0, Pace()) == {Lane.FAST}
