"""Rooms: how warm their inlets are, what they swallow, and how long they stay cool without some units. Pure.

looks ─▶ warmest inlet of each room ─▶ slope while cooling was short ─▶ mass of the room, for a question
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from math import inf, isnan
from typing import Final

from dcim.flow import UNKNOWN, Cooled, Flow, Interval, Outcome, Room, Stage, cool, mass_of
from dcim.graph import NodeKind, State, Topology
from dcim.redundancy.situation import Look
from dcim.redundancy.verdict import Warming
from dcim.redundancy.ways import Ways

LEARNS: Final = 300.0
"""Seconds over which a slope is measured."""
_KEPT: Final = 3600.0
_RISES: Final = 0.3
"""Kelvin that a room must have warmed in that time: half of what probes round to is less."""
_ROUNDED: Final = 0.1
_ENDS: Final = frozenset({NodeKind.RACK, NodeKind.LOAD})


class Air:
    """Knows the rooms of one site. ``limit``: celsius that no inlet should pass."""

    def __init__(self, topology: Topology, limit: float) -> None:
        self._topology = topology
        self._limit = limit
        self._rooms = {name: node for name, node in topology.nodes.items() if node.kind is NodeKind.ROOM}
        self._past: dict[str, deque[tuple[float, float]]] = {name: deque() for name in self._rooms}
        self._mass: dict[str, Interval] = {}

    @property
    def masses(self) -> Mapping[str, Interval]:
        """Return what is known of what rooms swallow, in J/K."""
        return dict(self._mass)

    def recall(self, masses: Mapping[str, Interval]) -> None:
        """Take over what was learnt before a restart; what was learnt since goes before it."""
        for room in masses.keys() & self._rooms.keys():
            self._mass.setdefault(room, masses[room])

    def take(self, look: Look, flow: Flow, ways: Ways | None = None) -> None:
        """Take the warmest inlets of a look; learn from a room that warms because cooling is short."""
        for room, celsius in self._warmest(look, ways or Ways(look.slots)).items():
            past = self._past[room]
            past.append((look.at, celsius))
            while past and past[0][0] < look.at - _KEPT:
                past.popleft()
            states = {name: self._state(name, look.down, look.doubtful) for name in self._units(room)}
            self._learn(room, look.at, cool(self._room(room, flow), states))

    def _warmest(self, look: Look, ways: Ways) -> dict[str, float]:
        found: dict[str, float] = {}
        for place, slot in ways.air:
            value = look.values[place]
            if not isnan(value) and slot.element in self._rooms:
                found[slot.element] = max(value, found.get(slot.element, -inf))
        return found

    def _learn(self, room: str, at: float, stands: Cooled) -> None:
        past = self._past[room]
        old = next(((then, celsius) for then, celsius in past if then >= at - LEARNS), None)
        if stands.deficit.lo <= 0.0 or stands.deficit.hi == inf or old is None or at - old[0] < LEARNS / 2:
            return
        risen = past[-1][1] - old[1]
        if risen < _RISES:
            return
        lasted = at - old[0]
        slope = Interval((risen - _ROUNDED) / lasted, (risen + _ROUNDED) / lasted)
        self._mass[room] = mass_of(slope, stands.deficit)

    def warming(
        self, flow: Flow, outcome: Outcome, down: Iterable[str], unknown: Iterable[str] = ()
    ) -> Iterator[Warming]:
        """Yield the rooms that a loss leaves with too little cooling, or perhaps.

        ``down`` and ``unknown``: what does not work as it is, and of what nobody knows.
        """
        end = outcome.settled
        dead = {*end.dead, *outcome.lost, *down}
        doubtful = {*end.doubtful, *(name for name in unknown if name not in end.loads)}
        for room in self._rooms:
            if not self._past[room]:
                continue
            states = {name: self._state(name, dead, doubtful) for name in self._units(room)}
            if all(state is State.UP for state in states.values()):
                continue
            cooled = cool(self._room(room, flow, end), states)
            if cooled.enough is State.UP:
                continue
            mass = self._mass.get(room, UNKNOWN)
            slope = cooled.deficit.over(mass)
            kelvin = Interval(slope.lo * 3600.0, slope.hi * 3600.0)
            yield Warming(room, cooled.seconds, self._past[room][-1][1], self._limit, kelvin)

    def _units(self, room: str) -> tuple[str, ...]:
        return self._rooms[room].cooled_by

    def _state(self, unit: str, dead: Iterable[str], doubtful: Iterable[str]) -> State:
        """Return whether a unit works: not without power, nor without any of its chillers."""
        node = self._topology.nodes.get(unit)
        water = [name for name in node.cooled_by if name not in dead] if node is not None else []
        if unit in dead or (node is not None and node.cooled_by and not water):
            return State.DOWN
        dry = bool(water) and all(name in doubtful for name in water)
        return State.UNKNOWN if dry or unit in doubtful else State.UP

    def _room(self, name: str, flow: Flow, end: Stage | None = None) -> Room:
        units = self._units(name)
        service = self._topology.services.get(f"cooling/{name.removeprefix('room/')}")
        celsius = self._past[name][-1][1]
        return Room(
            id=name,
            needs=service.needs if service is not None else max(1, len(units) - 1),
            units=dict.fromkeys(units, UNKNOWN),
            heat=self._heat(name, flow, end),
            temperature=Interval(celsius, celsius),
            limit=self._limit,
            mass=self._mass.get(name, UNKNOWN),
        )

    def _heat(self, room: str, flow: Flow, end: Stage | None) -> Interval:
        """Return the watts that the loads in a room turn into heat: from now until ``end``, and then."""
        place = self._rooms[room].room
        low = high = 0.0
        for name, element in flow.network.elements.items():
            node = self._topology.nodes.get(name.partition("@")[0])
            if element.kind in _ENDS and node is not None and node.room == place:
                load = flow.load(name).total
                watts = (load if end is None else _until(load, name, end)).times(element.power_factor)
                low, high = low + watts.lo, high + watts.hi
        return Interval(low, high)


def _until(load: Interval, name: str, end: Stage) -> Interval:
    """Return what something takes from now until a stage, and then."""
    then = end.loads[name].total if name in end.loads else load
    least = 0.0 if name in end.dead or name in end.doubtful else then.lo
    return Interval(min(load.lo, least), max(load.hi, then.hi))
