"""An agent that answers with what once was is told from one that has nothing new to say. Pains: B11."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.model import Batch, Lane, Layout, Point
from dcim.plausible import Frozen
from dcim.plausible.frozen import MOVES, NEVER, STANDS

POINTS = (
    Point("dev", "device_uptime_seconds"),
    Point("dev", "ups_input_voltage_volts"),
    Point("dev", "ups_alarm"),
)
LAYOUT = Layout("dev", Lane.FAST, POINTS, (None,) * 3, ("",) * 3)
DAY = 86_400.0
MINUTE = 60.0


def batch(at: float, uptime: float, *values: float) -> Batch:
    return Batch(LAYOUT, at, array("d", (uptime, *values)))


def told(frozen: Frozen, story: Iterable[tuple[float, float, float, float]]) -> list[bool | None]:
    """Return what is said after each look at (when, uptime, voltage, alarm)."""
    return [frozen.take("dev", [batch(at, uptime, *values)]) for at, uptime, *values in story]


def alive(
    start: float = 0.0, minutes: int = 30, boot: float = 1000.0
) -> list[tuple[float, float, float, float]]:
    return [(start + n * MINUTE, boot + start + n * MINUTE, 230.0 + n % 3, 0.0) for n in range(minutes)]


def test_an_uptime_that_stands_with_all_else_is_a_frozen_agent_and_ends_when_it_moves() -> None:
    frozen = Frozen()
    assert told(frozen, alive(minutes=10))[-1] is False
    last = alive(minutes=10)[-1]
    still = told(frozen, [(last[0] + n * MINUTE, *last[1:]) for n in range(1, 11)])
    assert still == [False] * 4 + [True] * 6
    assert STANDS == 5 * MINUTE
    assert told(frozen, [(last[0] + 11 * MINUTE, *last[1:])]) == [True]
    assert told(frozen, [(last[0] + 12 * MINUTE, last[1] + 1.0, *last[2:])]) == [False]


def test_a_device_whose_values_move_is_live_whatever_its_clock_says() -> None:
    """Some agents have no clock: they say one number for ever, or none."""
    for uptime in (12.5, 0.0, math.nan):
        story = [(n * MINUTE, uptime, 230.0 + n % 2, 0.0) for n in range(60)]
        assert True not in told(Frozen(), story)
        assert told(Frozen(), story)[-1] is False


def test_a_quiet_device_with_a_clock_that_runs_is_live() -> None:
    """A leak detector says "dry" for years."""
    assert set(told(Frozen(), [(n * MINUTE, 5.0 + n, 0.0, 0.0) for n in range(600)])) == {None, False}


def test_a_quiet_device_without_any_clock_is_unknown_never_frozen() -> None:
    assert set(told(Frozen(), [(n * MINUTE, math.nan, 0.0, 0.0) for n in range(600)])) == {None}


def test_an_agent_that_was_frozen_before_we_came_is_found_later() -> None:
    said = told(Frozen(), [(n * MINUTE, 77.0, 230.0, 0.0) for n in range(20)])
    assert said == [None] * int(NEVER / MINUTE) + [True] * 5


def test_a_part_without_power_whose_readings_stand_at_nothing_is_not_taken_for_frozen() -> None:
    """A meter above an open breaker says 0 V for as long as that lasts, and its clock runs. Pains: B11, G1."""
    frozen = Frozen()
    told(frozen, alive(minutes=40))
    dark = [(2400.0 + n * MINUTE, 3400.0 + n * MINUTE, 0.3, 1.0) for n in range(600)]
    assert set(told(frozen, dark)) == {False}
    stands = dark[-1][0]
    still = told(frozen, [(stands + n * MINUTE, dark[-1][1], 0.3, 1.0) for n in range(1, 11)])
    assert still[-1] is True, "an agent whose own clock stands is frozen, whatever it says"
    lives = Frozen()
    told(lives, alive(minutes=40))
    steady = [(2400.0 + n * MINUTE, 3400.0 + n * MINUTE, 231.0, 1.0) for n in range(600)]
    assert told(lives, steady)[-1] is True


def test_uptimes_in_whole_minutes_and_restarts_and_wraps_are_no_freeze() -> None:
    coarse = [(n * 20.0, MINUTE * (n * 20.0 // MINUTE) + 60.0, 230.0, 0.0) for n in range(200)]
    assert True not in told(Frozen(), coarse)
    restart = [*alive(minutes=10), *alive(600.0, 10, boot=-590.0)]
    assert True not in told(Frozen(), restart)
    wrap = [
        (n * MINUTE, (2**32 / 100 - 120 + n * MINUTE) % (2**32 / 100) + 0.01, 230.0, 0.0) for n in range(60)
    ]
    assert True not in told(Frozen(), wrap)


def test_a_cache_behind_a_clock_that_runs_is_found_by_values_that_moved_all_day() -> None:
    """Pains: B11: the card's agent lives, the half of it that asks the UPS does not (nut#2488)."""
    frozen = Frozen()
    assert True not in told(frozen, alive(minutes=600))
    at = 600 * MINUTE
    said = told(frozen, [(at + n * MINUTE, 1000.0 + at + n * MINUTE, 230.0, 0.0) for n in range(60)])
    assert said.index(True) == 15
    assert set(said[15:]) == {True}


def test_a_device_that_stands_still_each_night_is_not_frozen_the_second_night() -> None:
    frozen, said = Frozen(), []
    for day in range(3):
        for minute in range(1440):
            moving = 480 <= minute < 1200
            at = day * DAY + minute * MINUTE
            said.append(
                (day, frozen.take("dev", [batch(at, 5.0 + at, 230.0 + (minute % 3 if moving else 0), 0.0)]))
            )
    assert not [day for day, frozen_then in said if frozen_then and day == 2]


def test_silence_proves_nothing_and_a_look_without_a_new_answer_counts_for_none() -> None:
    frozen = Frozen()
    last = alive(minutes=10)[-1]
    told(frozen, alive(minutes=10))
    assert [frozen.take("dev", [batch(*last)]) for _ in range(100)] == [False] * 100
    assert told(frozen, [(last[0] + DAY, *last[1:])]) == [False]


def test_our_own_clock_set_back_begins_anew() -> None:
    frozen = Frozen()
    told(frozen, alive(DAY, 30))
    assert told(frozen, alive(0.0, 2)) == [None, False]


def test_a_layout_that_changed_is_read_anew() -> None:
    frozen = Frozen()
    told(frozen, alive(minutes=10))
    other = Layout("dev", Lane.FAST, POINTS[1:], (None,) * 2, ("",) * 2)
    assert frozen.take("dev", [Batch(other, 601.0, array("d", (230.0, 0.0)))]) is False
    assert frozen.take("dev", [Batch(other, 661.0 + STANDS, array("d", (230.0, 0.0)))]) is None


@given(
    st.lists(st.tuples(st.floats(1.0, 900.0), st.booleans()), min_size=1, max_size=200),
    st.integers(0, MOVES * 2),
)
def test_an_agent_whose_clock_advances_with_ours_is_never_frozen_unless_its_values_moved_often(
    story: list[tuple[float, bool]], most: int
) -> None:
    frozen, at, value = Frozen(), 0.0, 0
    for gap, moves in story:
        at += gap
        value += moves and value < most
        said = frozen.take("dev", [batch(at, at + 5.0, float(value), 0.0)])
        if value < MOVES:
            assert said is not True


@pytest.mark.parametrize("frozen_for", [STANDS, 3600.0])
def test_a_frozen_agent_is_found_whatever_the_interval_of_its_polls(frozen_for: float) -> None:
    for interval in (10.0, 60.0, 900.0):
        frozen = Frozen()
        told(frozen, [(n * interval, n * interval + 1.0, n % 7, 0.0) for n in range(10)])
        last = 9 * interval
        looks = int(max(frozen_for, 3 * interval) / interval) + 1
        said = told(frozen, [(last + n * interval, last + 1.0, 2.0, 0.0) for n in range(1, looks + 1)])
        assert said[-1] is True
