"""How long a room stays cool without some of its units.

Pains: F10.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from dcim.flow import UNKNOWN, Interval, Room, cool, exactly, mass_of
from dcim.graph import State

DOWN, OPEN = State.DOWN, State.UNKNOWN
ROOM = Room(
    "hall",
    needs=2,
    units={f"crac-{number}": exactly(12_000.0) for number in (1, 2, 3)},
    heat=exactly(20_000.0),
    temperature=exactly(22.0),
    limit=27.0,
    mass=exactly(400_000.0),
)


def test_as_many_as_are_needed_cool_for_ever() -> None:
    cooled = cool(ROOM, {"crac-1": DOWN})
    assert cooled.enough is State.UP
    assert cooled.seconds == Interval(inf, inf)
    assert cooled.working == Interval(2.0, 2.0)


def test_without_any_the_room_swallows_all_of_its_heat_until_the_limit() -> None:
    cooled = cool(ROOM, dict.fromkeys(ROOM.units, DOWN))
    assert cooled.enough is State.DOWN
    assert cooled.deficit == exactly(20_000.0)
    assert cooled.seconds.lo == pytest.approx(5.0 * 400_000 / 20_000)


def test_one_of_two_that_are_needed_leaves_what_it_cannot_take() -> None:
    cooled = cool(ROOM, {"crac-1": DOWN, "crac-2": DOWN})
    assert cooled.deficit == exactly(8_000.0)
    assert cooled.seconds == exactly(250.0)


def test_units_of_which_nobody_says_what_they_take_take_their_part_at_least() -> None:
    room = replace(ROOM, units=dict.fromkeys(ROOM.units, UNKNOWN))
    cooled = cool(room, {"crac-1": DOWN, "crac-2": DOWN})
    assert cooled.deficit == Interval(0.0, 10_000.0)
    assert cooled.enough is OPEN
    assert cooled.seconds == Interval(200.0, inf)


def test_a_unit_of_which_nobody_knows_makes_an_interval() -> None:
    cooled = cool(ROOM, {"crac-1": DOWN, "crac-2": OPEN})
    assert cooled.enough is OPEN
    assert cooled.working == Interval(1.0, 2.0)
    assert cooled.seconds == Interval(250.0, inf)


def test_the_rooms_own_slope_gives_its_mass() -> None:
    slope = Interval(0.9 / 60, 1.1 / 60)
    mass = mass_of(slope, exactly(20_000.0))
    cooled = cool(replace(ROOM, mass=mass), dict.fromkeys(ROOM.units, DOWN))
    assert cooled.seconds.lo == pytest.approx(5.0 / 1.1 * 60)
    assert cooled.seconds.hi == pytest.approx(5.0 / 0.9 * 60)


def test_what_is_unknown_stays_unknown() -> None:
    for room in (replace(ROOM, mass=UNKNOWN), replace(ROOM, heat=UNKNOWN)):
        assert cool(room, dict.fromkeys(ROOM.units, DOWN)).seconds == Interval(0.0, inf)


def test_a_room_that_is_too_warm_has_no_time_left() -> None:
    hot = replace(ROOM, temperature=Interval(28.0, 28.5))
    assert cool(hot, dict.fromkeys(ROOM.units, DOWN)).seconds == Interval(0.0, 0.0)
