"""What a device says is held against what it said before, and against its siblings."""

from __future__ import annotations

import math

import pytest

from dcim.model import Batch, Lane, Layout, Point
from dcim.plausible import COUNTERS, Steps, Stuck, parse_bounds

HOUR = 3600.0


def batch(at, *values):
    points = tuple(Point("dev", metric, labels) for metric, labels, _ in values)
    layout = Layout("dev", Lane.FAST, points, (None,) * len(points), ("",) * len(points))
    return Batch(layout, at, [value for *_, value in values], {})


def energy(at, joules, rating=None):
    rated = [("pdu_rating_power_watts", (), rating)] if rating is not None else []
    return [batch(at, ("pdu_energy_joules_total", (), joules), *rated)]


def test_a_counter_that_runs_no_faster_than_the_rating_is_fine():
    steps = Steps()
    assert steps.take(energy(0.0, 0.0, 3000.0)) == ()
    steps.take(energy(60.0, 60 * 2900.0, 3000.0))
    (found,) = steps.take(energy(120.0, 120 * 2900.0, 3000.0))
    assert (found.check, found.holds) == ("step_of_pdu_energy_joules_total", True)


def test_a_step_that_the_rating_does_not_allow_contradicts():
    """Pains: A2: a counter that changes its unit is seen in one step."""
    steps = Steps()
    for minute in range(3):
        steps.take(energy(60.0 * minute, 60.0 * minute * 1000.0, 3000.0))
    (found,) = steps.take(energy(180.0, 180.0 * 1000.0 + 50e6, 3000.0))
    assert found.holds is False


def test_the_resolution_of_a_counter_is_no_jump():
    """A counter in whole kWh stands still for long and then steps by 3.6 MJ."""
    steps = Steps()
    steps.take(energy(0.0, 0.0, 500.0))
    for second, joules in ((10.0, 0.0), (20.0, 3.6e6), (30.0, 3.6e6), (40.0, 7.2e6)):
        found = steps.take(energy(second, joules, 500.0))
        assert all(one.holds for one in found)


def test_a_reset_is_no_contradiction_and_a_gap_no_step():
    steps = Steps()
    steps.take(energy(0.0, 5e9))
    assert steps.take(energy(10.0, 0.0)) == ()
    assert steps.take(energy(20.0, math.nan)) == ()


def test_without_a_rating_the_bound_of_the_kind_holds():
    steps = Steps()
    steps.take(energy(0.0, 0.0))
    steps.take(energy(10.0, 1e3))
    (found,) = steps.take(energy(20.0, 1e9))
    assert found.holds is False
    assert COUNTERS["pdu_energy_joules_total"].most == pytest.approx(1e6)


def test_the_same_answer_twice_and_a_clock_put_back_judge_nothing():
    steps = Steps()
    steps.take(energy(10.0, 5.0))
    assert steps.take(energy(10.0, 1e12)) == ()
    assert steps.take(energy(5.0, 1e12)) == ()


@pytest.mark.parametrize(
    ("line", "what"),
    [("pdu_energy\t\t1\tw", "no canonical metric"), ("pdu_power_watts\t\t1\tw", "is no counter")],
)
def test_a_wrong_bound_is_named(line, what):
    with pytest.raises(ValueError, match=what):
        parse_bounds(line)


def air(at, **probes):
    return [
        batch(
            at,
            *[("sensor_temperature_celsius", (("sensor", name),), value) for name, value in probes.items()],
        )
    ]


def day(stuck, *, moving, still, hours=8):
    """Let the probes of a room speak every half hour; the moving ones by a tenth."""
    for step in range(hours * 2):
        probes = dict.fromkeys(moving, 22.0 + 0.1 * (step % 3)) | dict.fromkeys(still, 21.5)
        stuck.take("room", air(step * HOUR / 2, **probes))
    return {
        point.labels[0][1]: found.holds for point, found in stuck.verdicts("room", (hours * 2 - 1) * HOUR / 2)
    }


def test_a_probe_that_stands_still_while_its_siblings_move_is_stuck():
    assert day(Stuck(), moving="abc", still="s") == {"a": True, "b": True, "c": True, "s": False}


def test_a_quiet_room_proves_nothing():
    assert day(Stuck(), moving="", still="abc") == {"a": None, "b": None, "c": None}


def test_one_sibling_is_too_few_to_ask():
    assert day(Stuck(), moving="a", still="s")["s"] is None


def test_nothing_is_said_before_the_window_is_over():
    assert day(Stuck(), moving="abc", still="s", hours=4)["s"] is True


def test_a_gap_begins_anew():
    stuck = Stuck()
    day(stuck, moving="abc", still="s", hours=5)
    stuck.take("room", air(5 * HOUR, s=math.nan))
    stuck.take("room", air(5.5 * HOUR, s=21.5))
    found = {point.labels[0][1]: one.holds for point, one in stuck.verdicts("room", 8 * HOUR)}
    assert found["s"] is True
