"""Batteries of which nobody knows which is empty first, played through in every order. Pure.

Where the same opens whichever is first, the order makes no difference, and that is what happens. Nothing is
concluded, and all that may be in any order is to be bounded together, where

*   they are more than ``MOST``: of n there are n! orders
*   nobody knows whether a UPS of them is on its battery, or its battery may never be empty
*   an engine may start between them, or another battery has more or less to give after one of them
*   something else opens, or something of which one order is sure and the other is not
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Final, NamedTuple

from dcim.flow.changed.world import World
from dcim.flow.now.live import DEAD, LIVE
from dcim.flow.stages.batteries import Batteries, Due, next_of
from dcim.flow.stages.cascade import settle
from dcim.flow.values.interval import Interval
from dcim.flow.values.outcome import Trip
from dcim.record import replace

MOST: Final = 4
"""Batteries that are played in every order: of more, all that may be is bounded together."""


class Played(NamedTuple):
    """How it stands when all of them are empty, when that is, and what opened."""

    world: World
    batteries: Batteries
    ends: Interval
    trips: Sequence[Trip]


class Orders:
    """Orders to be tried. ``waits``: whether an engine would start; ``between``: is shown how it stands
    after each but the last. ``steps``: how many tripped before.
    """

    def __init__(
        self, steps: int, waits: Callable[[World], bool], between: Callable[[World], None] | None
    ) -> None:
        self._steps = steps
        self._waits = waits
        self._between = between

    def every(
        self, world: World, batteries: Batteries, due: Mapping[int, Due], group: frozenset[int]
    ) -> Played | None:
        """Return how it stands after all of them, in a world of its own; None where the order matters."""
        if len(group) > MOST or any(batteries.on_battery(at) != LIVE for at in group):
            return None
        return self._play(world, batteries, due, group, self._steps)

    def _play(
        self, world: World, batteries: Batteries, due: Mapping[int, Due], left: frozenset[int], steps: int
    ) -> Played | None:
        """Let each that may be next be empty, and then the others; None where that makes a difference."""
        firsts = next_of(due)
        if not firsts <= left or (len(firsts) > 1 and any(due[at].latest == inf for at in firsts)):
            return None
        same: Played | None = None
        for first in sorted(firsts):
            played = self._begin(first, world, batteries, due, left, steps)
            same = played if same is None or played is None else _same(same, played)
            if same is None:
                return None
        return same

    def _begin(
        self,
        first: int,
        world: World,
        batteries: Batteries,
        due: Mapping[int, Due],
        left: frozenset[int],
        steps: int,
    ) -> Played | None:
        """Let one be empty and then all others; None where something else comes between."""
        trial, ends, rest = world.copy(), due[first].ends, left - {first}
        stand = batteries.beside(trial)
        trips = settle(trial, trial.discharge({first: DEAD}), steps)
        if not rest:
            return Played(trial, stand, ends, trips)
        if self._waits(trial):
            return None
        then = stand.reckon(ends)
        if not rest <= then.keys() or _others(then, left) != _others(due, left):
            return None
        if self._between is not None:
            self._between(trial)
        after = self._play(trial, stand, then, rest, steps + len(trips))
        return after and after._replace(ends=_hull(ends, after.ends), trips=[*trips, *after.trips])


def _same(one: Played, other: Played) -> Played | None:
    trips = _both(one.trips, other.trips)
    return None if trips is None else one._replace(ends=_hull(one.ends, other.ends), trips=trips)


def _others(due: Mapping[int, Due], group: frozenset[int]) -> Mapping[int, Due]:
    return {at: one for at, one in due.items() if at not in group}


def _both(one: Sequence[Trip], other: Sequence[Trip]) -> Sequence[Trip] | None:
    """Return what opens in either order, without a step where that differs; None if something else opens."""
    again = {trip.element: trip for trip in other}
    if [_key(trip) for trip in _sorted(one)] != [_key(trip) for trip in _sorted(other)]:
        return None
    return [
        replace(
            trip,
            share=_hull(trip.share, again[trip.element].share),
            step=trip.step if trip.step == again[trip.element].step else 0,
        )
        for trip in one
    ]


def _sorted(trips: Sequence[Trip]) -> Sequence[Trip]:
    return sorted(trips, key=lambda trip: trip.element)


def _key(trip: Trip) -> tuple[str, str, bool]:
    return trip.element, trip.phase, trip.surely


def _hull(one: Interval, other: Interval) -> Interval:
    return Interval(min(one.lo, other.lo), max(one.hi, other.hi))
