"""How long a room stays under its limit when cooling units are lost: by its own slope, or unknown. Pure.

    deficit   heat that nobody takes away = heat of the room - what the units that work can take      W
    mass      what the room swallows = deficit / slope that was measured, or as declared              J/K
    seconds   mass x (limit - temperature) / deficit

Every number is an interval; what is unknown leaves the answer from 0 without end. Walls, and units that work
harder in a warmer room, make it slower than that.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

from dcim.flow.values.interval import UNKNOWN, Interval
from dcim.graph import State
from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Room:
    """A cooled room. ``needs``: so many of its units are enough for its heat. Watts, degC, J/K.

    ``units``: what each can take away, ``UNKNOWN`` where nobody has said. ``mass`` see ``mass_of``.
    """

    id: str
    needs: int
    units: Mapping[str, Interval]
    heat: Interval
    temperature: Interval
    limit: float
    mass: Interval = UNKNOWN


@dataclass(frozen=True, slots=True)
class Cooled:
    """A room with some of its units. ``enough``: whether they take away its heat.

    ``deficit`` in W; ``seconds`` until the limit is reached: without end where it is never reached.
    """

    working: Interval
    enough: State
    deficit: Interval
    seconds: Interval


def mass_of(slope: Interval, deficit: Interval) -> Interval:
    """Return the mass (J/K) of a room that warmed by ``slope`` (K/s) while ``deficit`` (W) was left in it."""
    return deficit.over(slope)


def cool(room: Room, states: Mapping[str, State]) -> Cooled:
    """Return how a room fares with its units in these states; one that is not named works."""
    standing = {name: states.get(name, State.UP) for name in room.units}
    surely = [name for name, state in standing.items() if state is State.UP]
    perhaps = [name for name, state in standing.items() if state is State.UNKNOWN]
    least = _takes(room, surely).lo
    most = _takes(room, [*surely, *perhaps]).hi
    deficit = Interval(max(0.0, room.heat.lo - most), max(0.0, room.heat.hi - least))
    working = Interval(float(len(surely)), float(len(surely) + len(perhaps)))
    return Cooled(working, _enough(deficit), deficit, _seconds(room, deficit))


def _takes(room: Room, units: list[str]) -> Interval:
    """Return what units can take away together: as rated, and of each at least its part of the heat.

    ``needs`` units are enough, so each takes that part of the heat at least.
    """
    rated = [room.units[name] for name in units]
    if len(units) >= room.needs:
        return Interval(max(room.heat.hi, sum(one.lo for one in rated)), inf)
    known = room.heat.hi < inf
    part = room.heat.hi / room.needs if known and room.needs else 0.0
    lowest = sum(max(one.lo, min(part, one.hi)) for one in rated)
    return Interval(lowest, sum(one.hi for one in rated))


def _enough(deficit: Interval) -> State:
    if deficit.hi <= 0.0:
        return State.UP
    return State.DOWN if deficit.lo > 0.0 else State.UNKNOWN


def _seconds(room: Room, deficit: Interval) -> Interval:
    if deficit.hi <= 0.0:
        return Interval(inf, inf)
    rise = Interval(max(0.0, room.limit - room.temperature.hi), max(0.0, room.limit - room.temperature.lo))
    if rise.hi <= 0.0:
        return Interval(0.0, 0.0)
    return room.mass.times(rise).over(deficit)
