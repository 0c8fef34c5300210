"""Two batteries of which nobody knows which is empty first, played through both ways. Pure.

Where the same opens whichever is first, the order makes no difference, and that is what happens. Nothing is
concluded, and all that may be in any order is to be bounded together, where

*   nobody knows whether a UPS of the two is on its battery, or its battery may never be empty
*   an engine may start between them, or another battery has more or less to give after the first
*   something else opens, or something of which one order is sure and the other is not
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import NamedTuple

from dcim.flow.batteries import Batteries, Due, next_of
from dcim.flow.cascade import settle
from dcim.flow.interval import Interval
from dcim.flow.live import DEAD, LIVE
from dcim.flow.outcome import Trip
from dcim.flow.world import World


class Played(NamedTuple):
    """How it stands when both are empty, when that is, and what opened."""

    world: World
    batteries: Batteries
    ends: Interval
    trips: Sequence[Trip]


class Orders:
    """Two orders to be tried. ``waits``: whether an engine would start; ``between``: is shown how it stands
    after the first. ``steps``: how many tripped before.
    """

    def __init__(
        self, steps: int, waits: Callable[[World], bool], between: Callable[[World], None] | None
    ) -> None:
        self._steps = steps
        self._waits = waits
        self._between = between

    def either(
        self, world: World, batteries: Batteries, due: Mapping[int, Due], pair: tuple[int, int]
    ) -> Played | None:
        """Return how it stands after both; None where that depends on the order. The world is left alone."""
        if any(due[at].latest == inf or batteries.on_battery(at) != LIVE for at in pair):
            return None
        one = self._play(world, batteries, due, pair)
        other = self._play(world, batteries, due, (pair[1], pair[0])) if one is not None else None
        if one is None or other is None:
            return None
        trips = _both(one.trips, other.trips)
        return None if trips is None else one._replace(ends=_hull(one.ends, other.ends), trips=trips)

    def _play(
        self, world: World, batteries: Batteries, due: Mapping[int, Due], order: tuple[int, int]
    ) -> Played | None:
        """Let one be empty and then the other; None where something else comes between."""
        first, second = order
        trial = world.copy()
        stand = batteries.beside(trial)
        trips = settle(trial, trial.discharge({first: DEAD}), self._steps)
        if self._waits(trial):
            return None
        then = stand.reckon(due[first].ends)
        if _others(then, order) != _others(due, order) or second not in then or next_of(then) != {second}:
            return None
        if self._between is not None:
            self._between(trial)
        trips += settle(trial, trial.discharge({second: DEAD}), self._steps + len(trips))
        return Played(trial, stand, _hull(due[first].ends, then[second].ends), trips)


def _others(due: Mapping[int, Due], pair: tuple[int, int]) -> Mapping[int, Due]:
    return {at: one for at, one in due.items() if at not in pair}


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
