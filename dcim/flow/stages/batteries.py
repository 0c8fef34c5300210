"""Which UPS live on their batteries after a loss, and when each of them is empty. Pure.

A battery is reckoned anew whenever its load changes. Which is empty next is known where its latest end comes
before the earliest of every other; else several may be, in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import inf
from typing import NamedTuple

from dcim.flow.changed.base import Base
from dcim.flow.changed.spot import Spot
from dcim.flow.changed.world import World
from dcim.flow.now.live import DEAD, LIVE, PERHAPS, Live, fed
from dcim.flow.stages.endure import Lasting, battery
from dcim.flow.stages.spent import Spent, begin
from dcim.flow.values.interval import NOTHING, WHOLE, Interval
from dcim.flow.values.outcome import Endurance


class Due(NamedTuple):
    """When a battery is empty if its UPS lives on it, and by when at the latest: perhaps it does not."""

    ends: Interval
    latest: float


def next_of(due: Mapping[int, Due]) -> set[int]:
    """Return the battery that is empty next; where several may be, all that may be before their last."""
    last = min(one.latest for one in due.values())
    while True:
        group = {at for at, one in due.items() if one.ends.lo <= last}
        latest = max(due[at].latest for at in group)
        if latest <= last or len(group) == 1:
            return group
        last = latest


class Batteries:
    """The batteries of a world that are in use."""

    def __init__(self, base: Base, world: World) -> None:
        self._base = base
        self._world = world
        self._spent: dict[int, Spent] = {}
        self._perhaps: set[int] = set()  # of which nobody knows whether they give anything
        self._rests: dict[int, Interval] = {}  # what is left of those whose UPS has an input again

    def on_battery(self, at: int) -> Live:
        """Return whether a UPS lives on its battery: surely, perhaps, not."""
        spot = self._base.spots[at]
        state = self._world.is_live(at)
        if state == DEAD or self._world.charge.get(at) == DEAD or not spot.parents:
            return DEAD
        carrying = self._carrying(spot)
        return DEAD if carrying == LIVE else PERHAPS if carrying == PERHAPS else state

    def _carrying(self, spot: Spot) -> Live:
        feeds = [self._world.is_live(parent) for parent in spot.parents]
        return fed(spot.element, feeds)

    # when they are empty

    def reckon(self, when: Interval) -> dict[int, Due]:
        """Reckon what is otherwise since a time (seconds after the loss); return when each is due."""
        on = [at for at in self._base.stores if self.on_battery(at) != DEAD]
        for at in self._spent.keys() - set(on):
            self._rests[at] = Interval(self._spent.pop(at).left_at(when).lo, 1.0)  # it charges meanwhile
            self._perhaps.discard(at)
        for at in on:
            self._spent[at] = self._changed(at, when, self._lasting(at))
            (self._perhaps.add if self._is_open(at) else self._perhaps.discard)(at)
        return {at: self._due(at) for at in on}

    def in_any_order(
        self, group: Collection[int], when: Interval, before: Mapping[int, Spent], *, sharp: bool
    ) -> dict[int, Due]:
        """Reckon from ``before`` what is due while these are empty or not; each as long as itself is not.

        Unless ``sharp``, the last end may be later where no other battery is in use for which it matters.
        """
        self._spent = dict(before)
        due = self.reckon(when)
        if not sharp and due.keys() <= set(group):
            return due
        for at in group:
            self._world.discharge({at: LIVE})
            if at in before and self.on_battery(at) == LIVE:
                self._spent[at] = before[at].at_pace(when, self._lasting(at))
                due[at] = self._due(at)
            self._world.discharge({at: PERHAPS})
        return due

    def at_first(self, at: int) -> Due:
        """Return when a battery would be empty that is in use from the loss on, as the world stands."""
        if at not in self._spent:
            self._spent[at] = begin(NOTHING, WHOLE, self._lasting(at))
        return self._due(at)

    def beside(self, world: World) -> Batteries:
        """Return the same in a copy of their world, on its own."""
        other = Batteries(self._base, world)
        other._spent, other._perhaps, other._rests = dict(self._spent), set(self._perhaps), dict(self._rests)
        return other

    def stand(self) -> Mapping[int, Spent]:
        """Return how they stand."""
        return dict(self._spent)

    def _changed(self, at: int, when: Interval, lasting: Lasting) -> Spent:
        before = self._spent.get(at)
        if before is None:
            return begin(when, self._rests.get(at, WHOLE), lasting)
        if at in self._perhaps and not self._is_open(at):  # perhaps it has given nothing until now
            return begin(when, Interval(before.left_at(when).lo, 1.0), lasting)
        return before if lasting == before.lasting else before.at_pace(when, lasting)

    def _is_open(self, at: int) -> bool:
        """Whether nobody knows if a UPS has an input."""
        return self._carrying(self._base.spots[at]) == PERHAPS

    def _due(self, at: int) -> Due:
        ends = self._spent[at].ends
        return Due(ends, inf if at in self._perhaps else ends.hi)

    def _lasting(self, at: int) -> Lasting:
        spot = self._base.spots[at]
        before = Interval(self._base.low[spot.total], self._base.high[spot.total])
        runtime = self._base.estimate.situation.runtimes.get(spot.element.id)
        return battery(spot.element, self._load(spot), before, self._world.more(spot), runtime)

    def _load(self, spot: Spot) -> Interval:
        return self._world.load(spot).total

    def endurance(self, at: int) -> Endurance:
        """Return how long a battery lasts that is in use, in seconds after the loss."""
        element = self._base.spots[at].element
        watts = self._load(self._base.spots[at]).times(element.power_factor)
        return Endurance(element.id, "battery", self._spent[at].ends, watts)
