"""What the loss of elements does, stage by stage. Pure.

at once     what is lost is dead; switches have moved; UPS without input are on battery     then the
cascade
engines     generators that something waits for run                                         then the
cascade
empty       batteries without an input have nothing left                                    then the
cascade
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import TypeAlias

from dcim.flow.base import Base
from dcim.flow.cascade import settle
from dcim.flow.endure import battery, fuel
from dcim.flow.equations import FAR
from dcim.flow.interval import UNKNOWN, Interval
from dcim.flow.limits import beyond
from dcim.flow.live import DEAD, LIVE, PERHAPS, Live, modes
from dcim.flow.model import MODULE
from dcim.flow.outcome import Endurance, Load, Outcome, Over, Stage, Trip, When
from dcim.flow.spot import Spot
from dcim.flow.world import World

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
        self.trips: list[Trip] = []
        self.engines = [at for at in base.engines if at not in self._whole()]

    def _whole(self) -> set[int]:
        return {self.base.index[name] for name in self.lost if not name.endswith(MODULE)}

    def outcome(self) -> Outcome:
        """Return all stages."""
        stages = [self._stage(When.AT_ONCE, Interval(0.0, 0.0), self._begin())]
        if starting := self._waited_for():
            changed = self.world.cap(dict.fromkeys(starting, LIVE))
            starts = self._starts(starting)
            late = frozenset(one.element for one in stages[0].endurance if one.seconds.lo < starts.hi)
            stages.append(self._stage(When.ENGINES, starts, changed, late))
        discharging = [at for at in self.base.stores if self._on_battery(at) != DEAD]
        if discharging:
            lasts = [self._lasts(at).seconds for at in discharging]
            after = Interval(min(one.lo for one in lasts), max(one.hi for one in lasts))
            stages.append(self._stage(When.EMPTY, after, self.world.drain(discharging)))
        return Outcome(self.lost, tuple(stages))

    def _begin(self) -> list[int]:
        caps: dict[int, Live] = dict.fromkeys(self._whole(), DEAD)
        for name in self.lost:
            if name.endswith(MODULE):
                at = self.base.index[name.removesuffix(MODULE)]
                modules = self.base.spots[at].element.modules
                self.world.scale[at] = (modules - 1) / modules
                caps.setdefault(at, self.base.spots[at].own if modules > 1 else DEAD)
        return self.world.cap(caps)

    def _stage(
        self, when: When, after: Interval, changed: Iterable[int], late: frozenset[str] = frozenset()
    ) -> Stage:
        trips = settle(self.world, changed, len(self.trips))
        self.trips += trips
        world, spots = self.world, self.base.spots
        loads = {} if self.watch is not None else self._loads()
        if self.watch is not None:
            self.watch(world, world.touched, self.lost)
        states = {spots[at].element.id: world.is_live(at) for at in world.touched}
        return Stage(
            when=when,
            after=after,
            dead=frozenset(name for name, state in states.items() if state == DEAD),
            doubtful=frozenset(name for name, state in states.items() if state == PERHAPS),
            discharging=frozenset(spots[at].element.id for at in self._stores() if self._on_battery(at)),
            trips=tuple(trips),
            over=tuple(self._over()),
            loads=loads,
            endurance=tuple(self._endurance()),
            unbridged=late,
        )

    def _loads(self) -> Mapping[str, Load]:
        spots = self.base.spots
        return {spots[at].element.id: load_of(self.world, spots[at]) for at in sorted(self.world.touched)}

    def _over(self) -> Iterator[Over]:
        for at in sorted(self.world.touched):
            yield from beyond(self.world, at)

    # engines

    def _waited_for(self) -> list[int]:
        """Return the engines that stand still and that something waits for which has no other source now."""
        down = self.base.estimate.situation.down
        return [
            at
            for at in self.engines
            if self.world.is_live(at) == DEAD
            and self.base.names[at] not in down
            and at not in self.world.caps
            and any(self._starves(child) for child in self.base.spots[at].children)
        ]

    def _starves(self, at: int) -> bool:
        spot = self.base.spots[at]
        feeds = [self.world.is_live(parent) for parent in spot.parents]
        return self.world.caps.get(at, spot.own) != DEAD and max(feeds) != LIVE

    def _starts(self, engines: Iterable[int]) -> Interval:
        said = [self.base.spots[at].element.engine for at in engines]
        known = [one.starts for one in said if one is not None]
        if not known:
            return UNKNOWN
        return Interval(min(one.lo for one in known), max(one.hi for one in known))

    # batteries and fuel

    def _stores(self) -> list[int]:
        return [at for at in self.base.stores if at in self.world.touched]

    def _on_battery(self, at: int) -> Live:
        """Return whether a UPS lives on its battery: surely, perhaps, not."""
        spot = self.base.spots[at]
        state = self.world.is_live(at)
        if state == DEAD or self.world.drained or not spot.parents:
            return DEAD
        feeds = [self.world.is_live(parent) for parent in spot.parents]
        carrying = max(modes(spot.element, feeds, spot.stands))
        return DEAD if carrying == LIVE else PERHAPS if carrying == PERHAPS else state

    def _endurance(self) -> Iterator[Endurance]:
        for at in self._stores():
            if self._on_battery(at) != DEAD:
                yield self._lasts(at)
        for at in self.engines:
            if self.world.is_live(at) != DEAD:
                spot = self.base.spots[at]
                load = load_of(self.world, spot).total
                litres = self.base.estimate.situation.litres.get(spot.element.id)
                watts = load.times(spot.element.power_factor)
                yield Endurance(spot.element.id, "fuel", fuel(spot.element, load, litres), watts)

    def _lasts(self, at: int) -> Endurance:
        spot = self.base.spots[at]
        load = load_of(self.world, spot).total
        before = Interval(self.base.low[spot.total], self.base.high[spot.total])
        runtime = self.base.estimate.situation.runtimes.get(spot.element.id)
        watts = load.times(spot.element.power_factor)
        return Endurance(spot.element.id, "battery", battery(spot.element, load, before, runtime), watts)


def load_of(world: World, spot: Spot) -> Load:
    """Return what a place carries in a world."""
    spans = {phase: _told(world.gives(spot, line)) for line, phase in enumerate(spot.element.lines)}
    return Load(spans, _told(world.gives(spot, -1)))


def _told(span: tuple[float, float]) -> Interval:
    return Interval(span[0], inf if span[1] >= FAR / 4 else span[1])
