"""Losses that concern no generator and no doubt and after which nothing trips, without computing all. Pure.

strip lost     ->  its racks take from their other strips, and those above have room for that much: done
floor PDU lost ->  all its strips lost, whose racks and other strips are different ones: the sum of those;
                   it goes on where they stopped, as together they may be too much further up
board lost     ->  its UPS live on their batteries, then each is lost; where both come they are added
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from math import inf
from types import MappingProxyType
from typing import Final, TypeAlias

from dcim.flow.changed.base import Base
from dcim.flow.changed.carry import darkened
from dcim.flow.changed.falls import Moved, fall_of
from dcim.flow.changed.spot import Known, Spot
from dcim.flow.changed.world import Climbed, World
from dcim.flow.losses.twins import Lone, twins_of
from dcim.flow.now.live import DEAD, LIVE, PERHAPS, Live, is_engine
from dcim.flow.stages.batteries import Batteries, Due
from dcim.flow.stages.limits import RISEN, beyond, strain
from dcim.flow.values.outcome import Endurance, Over
from dcim.record import dataclass, replace

_NOBODY: Final[frozenset[int]] = frozenset()
_NONE: Final[Mapping[int, Known]] = MappingProxyType({})
_NOWHERE: Final[Mapping[int, Live]] = MappingProxyType({})
Passed: TypeAlias = tuple[tuple[int, tuple[Over, ...]], ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """A loss in short. ``waits``: the UPS that it leaves on their batteries; each falls as if it were lost.

    ``dead`` and ``at_once`` (what is over a limit) hold before those fall; all else when they have:
    ``changed``: places of which feeds or state are others; ``known``: those that were renewed; ``edge``:
    those of them from which it went no further up, because ``most`` VA more are within the margin of all
    above; ``above``: what dead places hung on.
    """

    dead: frozenset[str]
    at_once: Passed
    over: Passed
    waits: tuple[int, ...]
    changed: frozenset[int]
    known: Mapping[int, Known]
    edge: tuple[int, ...]
    above: frozenset[int]
    most: float


class Briefs:
    """The losses of a base that can be told in short. ``part_of``: of which loss another one is a part."""

    def __init__(self, base: Base, watch: Callable[[World, Iterable[int], Sequence[str]], None]) -> None:
        self._base = base
        self._watch = watch
        self.part_of: dict[int, int] = {}
        self._known: dict[int, Brief] = {}
        self._in_full: set[int] = set()  # what is no short loss, that is known
        self._discharging = any(
            spot.live != DEAD and base.estimate.fed(spot.at) != LIVE
            for spot in base.spots
            if spot.stores and spot.parents
        )  # then every loss has a later stage
        self._doubtful = frozenset(spot.at for spot in base.spots if spot.live == PERHAPS or spot.rests)
        self._switched = frozenset(child for at in base.engines for child in base.spots[at].children)
        self._batteries = Batteries(base, World(base))
        self._still = World(base)
        self._twins: Mapping[int, Lone] = {}

    def all(self, places: Iterable[int]) -> Mapping[int, Brief]:
        """Return what can be told in short of the loss of each of these places."""
        if not self._discharging:
            self._twins = twins_of(self._base.estimate.cells).all(self._base)
            for at in sorted(places, reverse=True):  # what hangs on a place before the place
                brief = self._sum(self._base.spots[at])
                if brief is None and at not in self._in_full:
                    brief = self._alone(at)
                if brief is not None:
                    self._known[at] = brief
        return self._known

    def rise(self) -> Iterator[str]:
        """Follow up to the sources what mattered to no limit there, of losses that are no part of others.

        A part of a loss moves no more than that. Yield those by which something rated carries less and more
        at once, and those that reach what is in doubt: how much is known in full only.
        """
        spots = self._base.spots
        for at, brief in self._known.items():
            if at in self.part_of or not brief.edge:
                continue
            world = World(self._base)
            world.sink(dict.fromkeys(self._fallen(brief), DEAD))
            higher = frozenset().union(*[spots[one].above for one in brief.edge])
            found = world.resume(brief.known, brief.edge, higher, inf).found
            name = self._base.names[at]
            if not self._doubtful.isdisjoint(found):
                yield name
                continue
            self._watch(world, [one for one in found if one not in brief.above], (name,))
            stands = {**brief.known, **{one: world.known[one] for one in found}}
            both = (known for one, known in stands.items() if one in brief.above and spots[one].caps)
            if any(known.rise > RISEN for known in both):
                yield name

    def _fallen(self, brief: Brief) -> Iterable[int]:
        """Return the places that are dead once the batteries that are waited for are empty."""
        yield from (self._base.index[name] for name in brief.dead)
        for at in brief.waits:
            yield from self._fallen(self._known[at])

    # batteries

    def due(self, at: int) -> Due:
        """Return when a battery is empty from which all its UPS gives now is taken."""
        return self._batteries.at_first(at)

    def endurance(self, at: int) -> Endurance:
        """Return how long such a battery lasts."""
        return self._batteries.endurance(at)

    # a loss as the sum of others

    def _sum(self, spot: Spot) -> Brief | None:
        """Return the loss of a place as that of all that hangs on it alone; None if it is no such sum."""
        parts = [part for child in spot.children if (part := self._part(spot, child)) is not None]
        if not parts or len(parts) < len(spot.children) or not spot.sure or spot.at in self._base.loose:
            return None
        if len(parts) == 1 and not parts[0].known and not self._base.spots[spot.children[0]].stores:
            return self._with(spot, parts[0])
        changed, again = _apart(one.changed for one in parts), self._met(parts)
        if changed is None:
            return None  # one has to do with another
        known = {at: one for part in parts for at, one in part.known.items() if at not in again}
        edge = [at for part in parts for at in part.edge if at not in again]
        world, most = World(self._base), sum(one.most for one in parts)
        climbed = world.resume(known, edge, again, most)
        above = spot.above.union(*[one.above for one in parts])
        left = self._left(above, climbed)
        if not (known.keys().isdisjoint(left) and known.keys().isdisjoint(climbed.found)):
            return None
        stores = [child for child in spot.children if self._base.spots[child].stores]
        falls = [one for child, one in zip(spot.children, parts, strict=True) if child not in stores]
        waits = (*stores, *(at for one in falls for at in one.waits))
        over = self._over(world, climbed, left, spot)
        renewed = {**known, **{at: world.known[at] for at in climbed.found}}
        if over is None:
            self._in_full.add(spot.at)  # by itself it says no less: something may trip
            if not waits:
                self._keep(spot, parts, changed, {at: renewed[at] for at in renewed.keys() - above})
        if over is None or (waits and (over or (again and falls))):
            return None  # at which stage what is over its limit would have to be told
        self.part_of.update(dict.fromkeys(spot.children, spot.at))
        return Brief(
            dead=frozenset((spot.element.id,)).union(*[one.dead for one in falls]),
            at_once=(*_over_of((one.at_once for one in falls), again), *over),
            over=(*_over_of((one.over for one in parts), again), *over),
            waits=waits,
            changed=changed | {spot.at},
            known=renewed,
            edge=tuple(climbed.edge),
            above=above,
            most=most,
        )

    def _keep(
        self, spot: Spot, parts: Iterable[Brief], changed: frozenset[int], known: Mapping[int, Known]
    ) -> None:
        """Keep what falls with a place, for who follows its loss in full.

        ``known``: how places stand that were renewed, and on which nothing dead hung.
        """
        base = self._base
        if base.loose:
            return
        dead = {spot.at}.union(base.index[name] for one in parts for name in one.dead)
        moved = Moved(spot.at, dead | known.keys(), changed | {spot.at}, _NOWHERE, dict.fromkeys(dead, DEAD))
        stands = {**known, **{at: darkened(base.spots[at], base) for at in dead}}
        fall = fall_of(moved, _NOWHERE, stands, base.spots)
        if fall is not None:
            base.falls.setdefault(spot.at, []).append(fall)

    def _with(self, spot: Spot, part: Brief) -> Brief | None:
        """Return the loss of a place as that of the only one below it, after which nothing carries more."""
        above = part.above | spot.above
        if not self._doubtful.isdisjoint(above):
            return None
        self.part_of[spot.children[0]] = spot.at
        dead, changed = part.dead | {spot.element.id}, part.changed | {spot.at}
        return replace(part, dead=dead, changed=changed, above=above)

    def _met(self, parts: Sequence[Brief]) -> frozenset[int]:
        """Return the places that several losses reach, and those above that any of them reaches."""
        if len(parts) == 1:
            return _NOBODY
        reached = Counter(at for one in parts for at in one.known)
        shared = [at for at, count in reached.items() if count > 1]
        return frozenset(shared).union(*[self._base.spots[at].above & reached.keys() for at in shared])

    def _part(self, spot: Spot, child: int) -> Brief | None:
        """Return the loss of a child that falls with a place; None if it does not, or not so simply."""
        below, brief = self._base.spots[child], self._known.get(child)
        if brief is None or below.parents != (spot.at,) or not below.sure or child in self._switched:
            return None
        return None if below.stores and brief.waits else brief

    # a loss by itself

    def _end(self, spot: Spot) -> Brief | None:
        """Return the loss of what feeds nothing: it takes no more from what it hangs on."""
        if spot.at in self._base.loose or not self._doubtful.isdisjoint(spot.above):
            return None
        dead, only = frozenset((spot.element.id,)), frozenset((spot.at,))
        return Brief(dead, (), (), (), only, _NONE, (), spot.above, 0.0)

    def _alone(self, at: int) -> Brief | None:
        base = self._base
        if not base.spots[at].children:
            return self._end(base.spots[at])
        one = self._twins.get(at) or self._followed(at)
        if one is None or not one.changed.isdisjoint(base.loose):
            return None
        above = frozenset().union(*[base.spots[dead].above for dead in one.climbed.dead])
        self._still.known = one.known
        over = self._over(self._still, one.climbed, self._left(above, one.climbed), base.spots[at])
        if over is None:
            return None
        return Brief(
            dead=frozenset([base.names[dead] for dead in one.climbed.dead]),
            at_once=over,
            over=over,
            waits=(),
            changed=one.changed,
            known=one.known,
            edge=tuple(one.climbed.edge),
            above=above,
            most=one.most,
        )

    def _followed(self, at: int) -> Lone | None:
        """Follow the loss of a place; None where it has to do with more than what hangs on it."""
        world = World(self._base)
        changed = frozenset(world.sink({at: DEAD}))
        loose = not changed.isdisjoint(self._base.loose)
        if loose or not all(self._is_simple(world, one, at) for one in changed):
            return None
        most = self._moved(world, changed)
        climbed = world.climb(changed, most)
        return Lone(changed, {one: world.known[one] for one in climbed.found}, climbed, most)

    def _left(self, above: frozenset[int], climbed: Climbed) -> frozenset[int]:
        """Return what was not renewed although something below it changed."""
        return above.union(*[self._base.spots[one].above for one in climbed.edge])

    def _over(self, world: World, climbed: Climbed, left: frozenset[int], lost: Spot) -> Passed | None:
        """Return what is over a limit of what was renewed; None where more than that may be."""
        if not self._doubtful.isdisjoint(climbed.found) or not self._doubtful.isdisjoint(left):
            return None
        over = []
        for one in climbed.found:
            if one in left and world.known[one].rise <= self._base.spots[one].room:
                continue
            if one in left or strain(world, one) is not None:
                return None
            if mine := beyond(world, one):
                over.append((one, mine))
        self._watch(world, [one for one in climbed.found if one not in left], (lost.element.id,))
        return tuple(over)

    def _is_simple(self, world: World, at: int, lost: int) -> bool:
        """Whether a place has nothing to do with batteries, engines or doubt."""
        if at == lost:
            return True
        stores = self._base.spots[at].stores
        return not stores and at not in self._switched and world.is_live(at) != PERHAPS

    def _moved(self, world: World, changed: Iterable[int]) -> float:
        """Return how many VA look for another way at most."""
        moved = 0.0
        for at in changed:
            spot = self._base.spots[at]
            if len(spot.parents) > 1 and world.is_live(at) != DEAD:
                for number, parent in enumerate(spot.parents):
                    if world.is_live(parent) != LIVE:
                        moved += sum([draw.feeds[number].high for draw in spot.draws])
        return moved * self._base.steepest


def only_below(base: Base, at: int) -> int | None:
    """Return what alone hangs on a place that only passes on what it takes; None where that is not so."""
    spot = base.spots[at]
    if len(spot.children) != 1 or spot.stores or not spot.sure or is_engine(spot.element) or base.loose:
        return None
    below = base.spots[spot.children[0]]
    if below.parents != (at,) or below.stores or not below.sure:
        return None
    own = base.estimate.cells.places[at].own
    passes = all(draw.exact for draw in spot.draws) and not any(
        base.low[one] or base.high[one] for one in own
    )
    return below.at if passes else None


def _apart(sets: Iterable[frozenset[int]]) -> frozenset[int] | None:
    """Return all of some sets, None if two of them have something in common."""
    found = list(sets)
    union = frozenset().union(*found)
    return union if len(union) == sum(map(len, found)) else None


def _over_of(parts: Iterable[Passed], again: frozenset[int]) -> Passed:
    """Return what is over its limit after any of several losses, but where several come."""
    return tuple(pair for one in parts for pair in one if pair[0] not in again)
