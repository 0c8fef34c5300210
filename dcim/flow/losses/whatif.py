"""What the loss of elements does, stage by stage. Pure.

at once     what is lost is dead; switches have moved; UPS without input are on battery     then the cascade
engines     generators that something waits for run                                         then the cascade
empty       the battery that is empty next, or those of which the order is not known        then the cascade
            and again, until no UPS lives on its battery any more
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from dcim.flow.changed.base import Base
from dcim.flow.changed.spot import Spot
from dcim.flow.changed.world import World
from dcim.flow.now.live import DEAD, LIVE, PERHAPS, Live
from dcim.flow.stages.batteries import Batteries, Due, next_of
from dcim.flow.stages.cascade import settle
from dcim.flow.stages.endure import fuel
from dcim.flow.stages.limits import beyond
from dcim.flow.stages.orders import Orders, Played
from dcim.flow.values.interval import NOTHING, UNKNOWN, Interval
from dcim.flow.values.model import MODULE
from dcim.flow.values.outcome import Endurance, Load, Outcome, Over, Stage, Trip, When

Watch: TypeAlias = Callable[[World, Iterable[int], Sequence[str]], None]
"""Is shown a world, which places are renewed in it, and what was lost."""


def lose(base: Base, lost: Sequence[str], *, watch: Watch | None = None) -> Outcome:
    """Return what the loss of these does. Raise KeyError for a name that is not there.

    ``watch`` is shown the world at each stage; the outcome then has no loads.
    """
    return _Loss(base, lost, watch).outcome()


class _Loss:
    """One loss on its way through the stages."""

    def __init__(self, base: Base, lost: Sequence[str], watch: Watch | None) -> None:
        self.base = base
        self.watch = watch
        self.lost = tuple(dict.fromkeys(lost))
        self.world = World(base)
        self.batteries = Batteries(base, self.world)
        self.stages: list[Stage] = []
        self.tripped = 0
        self.may_run: set[int] = set()  # engines that start before or after some battery is empty
        self.engines = [at for at in base.engines if at not in self._whole()]

    def _whole(self) -> set[int]:
        return {self.base.index[name] for name in self.lost if not name.endswith(MODULE)}

    def outcome(self) -> Outcome:
        """Return all stages."""
        due = self._started(self._stage(When.AT_ONCE, NOTHING, self._settle(self._begin())))
        while due:
            due = self._started(self._emptied(due))
        return Outcome(self.lost, tuple(self.stages))

    def _begin(self) -> list[int]:
        caps: dict[int, Live] = dict.fromkeys(self._whole(), DEAD)
        for name in self.lost:
            if name.endswith(MODULE):
                at = self.base.index[name.removesuffix(MODULE)]
                modules = self.base.spots[at].element.modules
                self.world.scale[at] = (modules - 1) / modules
                caps.setdefault(at, self.base.spots[at].own if modules > 1 else DEAD)
        return self.world.cap(caps)

    def _settle(self, changed: Iterable[int]) -> list[Trip]:
        trips = settle(self.world, changed, self.tripped)
        self.tripped += len(trips)
        return trips

    def _stage(
        self,
        when: When,
        after: Interval,
        trips: Iterable[Trip],
        emptied: Iterable[int] = (),
        late: frozenset[str] = frozenset(),
    ) -> Mapping[int, Due]:
        """Note how it stands now; return the batteries that are in use."""
        world, spots = self.world, self.base.spots
        due = self.batteries.reckon(after)
        if self.watch is not None:
            self.watch(world, world.touched, self.lost)
        states = {spots[at].element.id: world.is_live(at) for at in world.touched}
        stage = Stage(
            when=when,
            after=after,
            dead=frozenset(name for name, state in states.items() if state == DEAD),
            doubtful=frozenset(name for name, state in states.items() if state == PERHAPS),
            discharging=frozenset(spots[at].element.id for at in due if at in world.touched),
            trips=tuple(trips),
            over=tuple(self._over()),
            loads={} if self.watch is not None else self._loads(),
            endurance=(*self._batteries(due), *self._fuel()),
            unbridged=late,
            emptied=frozenset(spots[at].element.id for at in emptied),
        )
        self.stages.append(stage)
        return due

    def _loads(self) -> Mapping[str, Load]:
        spots = self.base.spots
        return {spots[at].element.id: self.world.load(spots[at]) for at in sorted(self.world.touched)}

    def _over(self) -> Iterator[Over]:
        for at in sorted(self.world.touched):
            yield from beyond(self.world, at)

    # engines

    def _started(self, due: Mapping[int, Due]) -> Mapping[int, Due]:
        """Let the engines run that something waits for; return the batteries that are in use then."""
        starting = self._waited_for(self.world)
        self.may_run.clear()
        if not starting:
            return due
        before = self.stages[-1]
        self.world.leave(self.base.switches)
        trips = self._settle(self.world.cap(dict.fromkeys(starting, LIVE)))
        runs = before.after.plus(self._starts(starting))
        late = frozenset(
            one.element for one in before.endurance if one.kind == "battery" and one.seconds.lo < runs.hi
        )
        return self._stage(When.ENGINES, runs, trips, late=late)

    def _waited_for(self, world: World) -> list[int]:
        """Return the engines that stand still and that something waits for which has no other source now."""
        down = self.base.estimate.situation.down
        return [
            at
            for at in self.engines
            if (_rests(world, at) or at in self.may_run)
            and self.base.names[at] not in down
            and any(_starves(world, self.base.spots[child]) for child in self.base.spots[at].children)
        ]

    def _starts(self, engines: Iterable[int]) -> Interval:
        said = [self.base.spots[at].element.engine for at in engines]
        known = [one.starts for one in said if one is not None]
        if not known:
            return UNKNOWN
        return Interval(min(one.lo for one in known), max(one.hi for one in known))

    def _fuel(self) -> Iterator[Endurance]:
        for at in self.engines:
            if self.world.is_live(at) != DEAD:
                spot = self.base.spots[at]
                load = self.world.load(spot).total
                litres = self.base.estimate.situation.litres.get(spot.element.id)
                watts = load.times(spot.element.power_factor)
                yield Endurance(spot.element.id, "fuel", fuel(spot.element, load, litres), watts)

    # batteries

    def _batteries(self, due: Iterable[int]) -> Iterator[Endurance]:
        for at in due:
            if at in self.world.touched:
                yield self.batteries.endurance(at)

    def _emptied(self, due: Mapping[int, Due]) -> Mapping[int, Due]:
        """Let the battery be empty that is next, or all that may be; return those that are in use then."""
        group = next_of(due)
        if len(group) > 1 and (played := self._in_every_order(due, frozenset(group))) is not None:
            return self._stage(When.EMPTY, played.ends, played.trips, group)
        trips: list[Trip] = []
        if len(group) > 1:
            due, trips = self._in_any_order(due, group)
        after = Interval(
            min(due[at].ends.lo for at in group),
            max(due[at].ends.hi for at in group),
        )
        trips += self._settle(self.world.discharge(dict.fromkeys(group, DEAD)))
        return self._stage(When.EMPTY, after, _once(trips), group)

    def _in_every_order(self, due: Mapping[int, Due], group: frozenset[int]) -> Played | None:
        """Let all be empty if it makes no difference in which order; return how it stands then."""
        watch, lost = self.watch, self.lost
        orders = Orders(
            self.tripped,
            lambda world: bool(self._waited_for(world)),
            None if watch is None else lambda world: watch(world, world.touched, lost),
        )
        played = orders.every(self.world, self.batteries, due, group)
        if played is not None:
            self.world, self.batteries = played.world, played.batteries
            self.tripped += len(played.trips)
        return played

    def _in_any_order(self, due: Mapping[int, Due], group: set[int]) -> tuple[Mapping[int, Due], list[Trip]]:
        """Let batteries be empty or not, with all that may be empty before the last of them: they join.

        Return when all are due, and what perhaps trips meanwhile.
        """
        stood = self.batteries.stand()
        begins = min(due[at].ends.lo for at in group)
        trips: list[Trip] = []
        fresh = set(group)
        while fresh:
            trips += self._settle(self.world.discharge(dict.fromkeys(fresh, PERHAPS)))
            while starting := [at for at in self._waited_for(self.world) if at not in self.may_run]:
                self.may_run |= set(starting)
                self.world.leave(self.base.switches)
                trips += self._settle(self.world.cap(dict.fromkeys(starting, PERHAPS)))
            due = self.batteries.in_any_order(
                group, Interval(begins, begins), stood, sharp=self.watch is None
            )
            last = max(due[at].latest for at in group)
            fresh = {at for at, one in due.items() if one.ends.lo <= last} - group
            group |= fresh
        self.may_run -= {self.base.index[trip.element] for trip in trips}
        if self.watch is not None:
            self.watch(self.world, self.world.touched, self.lost)
        return due, trips


def _rests(world: World, at: int) -> bool:
    """Whether an engine stands still that neither is lost nor has tripped."""
    return world.is_live(at) == DEAD and at not in world.caps


def _starves(world: World, spot: Spot) -> bool:
    feeds = [world.is_live(parent) for parent in spot.parents]
    return world.caps.get(spot.at, spot.own) != DEAD and max(feeds) != LIVE


def _once(trips: Iterable[Trip]) -> Iterable[Trip]:
    """Return each that trips once: as what is known of it at last."""
    return {trip.element: trip for trip in trips}.values()
