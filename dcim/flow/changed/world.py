"""The network with something changed: only what the change reaches is computed anew. Pure.

    caps    what is lost, tripped, perhaps tripped
    down    who is live, from the changed places to their children (lives.py)
    up      by how much more flows, as sums of flows, where that says more (moves.py, holding.py)
    up      who carries what, from there to the sources

What a place carries is bounded twice, and both hold: by what it carried and how its children changed (so that
what is measured keeps its sharpness), and by what its children take now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from heapq import heapify, heappop, heappush
from math import inf
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from dcim.flow.changed.base import Base
from dcim.flow.changed.carry import SAME, carry, darkened, spread
from dcim.flow.changed.falls import Fall, Mark, Moved, fall_of
from dcim.flow.changed.lives import Lives, Stand, divided
from dcim.flow.changed.moves import Moves
from dcim.flow.changed.spot import ENDLESS, Change, DrawOf, Given, Known, Put, Spot
from dcim.flow.changed.sums import Sums
from dcim.flow.now.equations import FAR
from dcim.flow.now.live import DEAD, LIVE, Live
from dcim.flow.values.interval import NOTHING, Interval
from dcim.flow.values.outcome import Load

_Span: TypeAlias = tuple[float, float]
_NOBODY: Final[frozenset[int]] = frozenset()
_NONE: Final[Mapping[int, tuple[float, float]]] = MappingProxyType({})
_KEPT: Final = 64
"""So many ways in which one place can stand are remembered."""


class Climbed(NamedTuple):
    """What was renewed, from where it went no further up, and what was dead on the way."""

    found: Sequence[int]
    edge: Sequence[int]
    dead: Sequence[int]


class World(Lives):
    """A base with changes. ``known``: how the places stand that were renewed; ``live`` likewise."""

    def __init__(self, base: Base) -> None:
        super().__init__(base.spots)
        self.base = base
        self.scale: dict[int, float] = {}
        self.known: dict[int, Known] = {}
        self.touched: set[int] = set()
        self._sums = Sums(base.spots)
        self._marks: dict[int, Mark] = {}  # how places came to stand as they do
        self._moves = Moves(base) if base.loose else None
        self._found: Mapping[int, tuple[float, float]] = self._moves.found if self._moves else _NONE

    def copy(self) -> World:
        """Return a world of its own that stands like this one."""
        other = World(self.base)
        other.stand_as(self)
        other.scale, other.known, other.touched = dict(self.scale), dict(self.known), set(self.touched)
        other._sums = self._sums.copy()
        if self._moves:
            other._moves = self._moves.copy()
            other._found = other._moves.found
        other._marks = dict(self._marks)
        return other

    def cap(self, caps: Mapping[int, Live]) -> list[int]:
        """Let places be at most so live from now on; return the places that carry something else."""
        self.caps.update(caps)
        return self._settle(caps)

    def discharge(self, charge: Mapping[int, Live]) -> list[int]:
        """Let batteries help so much from now on; return the places that carry something else."""
        self.charge.update(charge)
        return self._settle(charge)

    def _settle(self, places: Collection[int]) -> list[int]:
        place = self._falling(places)
        if place is None:
            changed = self.renew_lives(places)
            if self._moves:
                changed |= self._moves.renew(self, changed)
            moved = self._up(changed)
            self._marks.update(dict.fromkeys(moved, object()))
            return moved
        for fall in self.base.falls.get(place, ()):
            if fall.comes(self._marks, self.live, self.base.spots):
                return self._fall_as(fall)
        return self._follow(place)

    # what falls

    def _falling(self, places: Collection[int]) -> int | None:
        """Return the one place that was live and is dead now, if sums of flows need not be followed."""
        place = next(iter(places)) if len(places) == 1 and not self.base.loose else None
        if place is None or self.is_live(place) != LIVE or self._alive(self.base.spots[place]) != DEAD:
            return None
        return place

    def _follow(self, place: int) -> list[int]:
        """Follow what falls with a place; keep that for other losses."""
        before, spots = dict(self.live), self.base.spots
        fed = self.renew_lives((place,))
        moved = set(self._up(fed))
        fall = fall_of(Moved(place, moved, fed, before, self.live), self._marks, self.known, spots)
        own: frozenset[int] = frozenset()
        if fall is not None:
            own = fall.own
            self.base.falls.setdefault(place, []).append(fall)
            self._marks.update(dict.fromkeys(own, fall))
        self._marks.update(dict.fromkeys(moved - own, object()))
        return list(moved)

    def _fall_as(self, fall: Fall) -> list[int]:
        """Let fall what has fallen so before; add up anew what is above."""
        self.live.update(fall.live)
        self.known.update(fall.known)
        self.forget_doubt(fall.own)
        self.touched |= fall.own
        self._sums.missed |= fall.own
        moved = self._up(self._sums.put(fall.puts, self.live) | fall.again)
        self._marks.update(dict.fromkeys(moved, object()))
        self._marks.update(dict.fromkeys(fall.own, fall))
        return [*fall.own, *moved]

    # who carries what

    def _up(self, changed: set[int]) -> list[int]:
        spots = self.base.spots
        seen = {at for at in changed if self.is_live(at) == DEAD}  # whatever others do
        reached = set(changed)
        for at in seen:
            reached |= self._renew(spots[at])
        waiting = [-at for at in reached - seen]
        heapify(waiting)
        while waiting:
            at = -heappop(waiting)
            if at in seen:
                continue
            seen.add(at)
            for parent in self._renew(spots[at]):
                if parent not in seen:
                    heappush(waiting, -parent)
        self.touched |= seen
        return list(seen)

    def climb(self, changed: Iterable[int], most: float) -> Climbed:
        """Renew what may carry more, up to where ``most`` VA more is too little to matter further up.

        Only in a world in which nothing was renewed, or what was is ``resumed``.
        """
        waiting = [-at for at in changed]
        heapify(waiting)
        seen: set[int] = set()
        found, edge, dead = [], [], []
        while waiting:
            at = -heappop(waiting)
            if at in seen:
                continue
            seen.add(at)
            spot = self.base.spots[at]
            if self.is_live(at) == DEAD:
                dead.append(at)
                continue
            found.append(at)
            parents = self._renew(spot)
            if not spot.ends and most <= spot.margin:
                edge.append(at)
                continue
            for parent in parents:
                if parent not in seen:
                    heappush(waiting, -parent)
        self.touched |= seen
        return Climbed(found, edge, dead)

    def resume(
        self, known: Mapping[int, Known], edge: Iterable[int], again: Iterable[int], most: float
    ) -> Climbed:
        """Go on where others stopped (``edge``) and where several came (``again``), with all that they moved.

        ``known``: how all stand that were renewed, but those where several came.
        """
        spots = self.base.spots
        over = {at for at in edge if most > spots[at].margin}
        waiting = {parent for at in over for parent in spots[at].parents}.union(again)
        below = {child for at in again for child in spots[at].children if child in known}
        for at in over | below:
            self.known[at] = known[at]
            self._sums.put(known[at].puts, self.live)
        found, stopped, dead = self.climb(waiting, most)
        return Climbed(found, [*stopped, *(at for at in edge if at not in over)], dead)

    def _renew(self, spot: Spot) -> AbstractSet[int]:
        """Compute what a place gives and takes; return the sources for which that is something else."""
        known = self._stands(spot)
        if self.known.get(spot.at) is known:
            return _NOBODY
        self.known[spot.at] = known
        return self._sums.put(known.puts, self.live)

    def _stands(self, spot: Spot) -> Known:
        """Return how a place stands now, as it was found when it last stood so."""
        stand = self.stand(spot)
        if stand.state == DEAD:
            return spot.dark or darkened(spot, self.base)
        if spot.at in self._sums.missed:
            self._sums.make_up(spot, self.known)
        found = self._found
        changes = tuple(map(self._change if found else self._sums.of.get, spot.gives))
        total = found.get(spot.total)
        known = spot.memo.get((stand, changes, total))
        if known is None:
            remember(spot, known := self._compute(spot, stand, changes), stand, changes, total)
        return known

    def _change(self, number: int) -> Change | None:
        change, found = self._sums.of.get(number), self._found.get(number)
        if change is None or found is None:
            return change
        low, high, least, most = change
        high = min(high, found[1])
        return min(max(low, found[0]), high), high, least, most

    def _compute(self, spot: Spot, stand: Stand, changes: Sequence[Change | None]) -> Known:
        """Return what a place that is not dead gives on each phase, and what it puts on its sources."""
        gives, total, rise = self._given(spot, stand, changes)
        puts: list[list[Put]] = [[] for _ in spot.parents]
        carried = divided(spot, stand)
        for draw in spot.draws:
            taken, more = self._taken(draw, gives, total)
            for through, one, given in zip(draw.feeds, carried, puts, strict=True):
                span, change = carry(one, draw, through, taken, more)
                given += spread(through, span, change)
        return Known(stand.state, gives, total[0], tuple(zip(spot.parents, puts, strict=True)), rise)

    def _given(self, spot: Spot, stand: Stand, changes: Sequence[Change | None]) -> Given:
        """Return what a place gives on each phase and in all, and by how much the phases rise together."""
        same = stand.state == LIVE and not stand.wakes and not any(changes) and not self._found
        if same and spot.steady is not None:
            return spot.steady
        gives = tuple(
            [
                self._give(spot, number, stand, change)
                for number, change in zip(spot.gives, changes, strict=True)
            ]
        )
        total = self._total(spot, stand, gives)
        given = gives, total, sum([one[1][1] for one in gives if one[1][1] > 0.0])
        if same:
            spot.steady = given
        return given

    def _give(self, spot: Spot, number: int, stand: Stand, change: Change | None) -> tuple[_Span, _Span]:
        low, high = self.base.low[number], self.base.high[number]
        more_low, more_high = SAME
        if stand.wakes:
            return (0.0, max(high, spot.rated_demand)), (-high, spot.rated_demand)
        now_low, now_high = low, high
        if change is not None:
            more_low, more_high = change[0], change[1]
            base = self.base.sums[number]
            now_low = max(0.0, low + more_low, base[0] + change[2])
            now_high = max(0.0, min(high + more_high, base[1] + change[3]))
            now_low = min(now_low, now_high)
            more_low, more_high = max(more_low, now_low - high), min(more_high, now_high - low)
            more_low = min(more_low, more_high)
        if stand.state == LIVE:
            return (now_low, now_high), (more_low, more_high)
        if stand.same:  # it is live and was so before, or it is not and nothing changes
            return (min(low, now_low), max(high, now_high)), (min(0.0, more_low), max(0.0, more_high))
        return (0.0, now_high), (min(more_low, -high), more_high)

    def gives(self, spot: Spot, line: int) -> _Span:
        """Return what a place gives on one of its phases, or in all (-1)."""
        known = self.known.get(spot.at)
        if known is None:
            return self._before(spot.total if line < 0 else spot.gives[line])
        return known.total if line < 0 else known.gives[line][0]

    def load(self, spot: Spot) -> Load:
        """Return what a place carries."""
        spans = {phase: _told(self.gives(spot, line)) for line, phase in enumerate(spot.element.lines)}
        return Load(spans, _told(self.gives(spot, -1)))

    def more(self, spot: Spot) -> Interval:
        """Return by how much a place carries more than before, in all; below 0 where it may be less."""
        known = self.known.get(spot.at)
        if known is None:
            return NOTHING
        changes = [change for _, change in known.gives]
        return Interval(sum([low for low, _ in changes]), sum([high for _, high in changes]))

    def _total(self, spot: Spot, stand: Stand, gives: Sequence[tuple[_Span, _Span]]) -> tuple[_Span, _Span]:
        """Return what a place gives in all, and by how much more than before."""
        low, high = sum([one[0][0] for one in gives]), sum([one[0][1] for one in gives])
        more_low, more_high = sum([one[1][0] for one in gives]), sum([one[1][1] for one in gives])
        before_low, before_high = self._before(spot.total)
        if len(gives) > 1 and not stand.wakes:
            found = self._found.get(spot.total)
            if found is not None:
                more_low, more_high = _narrowed((more_low, more_high), found, stand)
            high = max(0.0, min(high, before_high + more_high))
            low = min(max(low, before_low + more_low), high)
        return (low, high), (max(more_low, low - before_high), min(more_high, high - before_low))

    def _before(self, number: int) -> _Span:
        return self.base.low[number], self.base.high[number]

    def _taken(
        self, draw: DrawOf, gives: Sequence[tuple[_Span, _Span]], total: tuple[_Span, _Span]
    ) -> tuple[_Span, _Span]:
        """Return what a draw would take from feeds that are live, and by how much more than before."""
        (low, high), (more_low, more_high) = gives[draw.line] if draw.line >= 0 else total
        if draw.exact:
            return (low, high), (more_low, more_high)
        taken = (max(0.0, low * draw.k_low + draw.c_low), min(ENDLESS, high * draw.k_high + draw.c_high))
        return taken, (
            more_low * (draw.k_low if more_low > 0 else draw.k_high),
            more_high * (draw.k_high if more_high > 0 else draw.k_low),
        )


def remember(
    spot: Spot, known: Known, stand: Stand, changes: Sequence[Change | None], total: _Span | None = None
) -> None:
    """Keep how a place stands with these feeds and changes; ``total``: what is found of all of it."""
    if len(spot.memo) < _KEPT:
        spot.memo[stand, changes, total] = known


def _told(span: _Span) -> Interval:
    return Interval(span[0], inf if span[1] >= FAR / 4 else span[1])


def _narrowed(more: _Span, found: _Span, stand: Stand) -> _Span:
    """Return by how much something is more, by what is known of that if it is live."""
    low, high = found
    if stand.state != LIVE:
        low, high = (min(0.0, low) if stand.same else more[0]), max(0.0, high)
    high = min(more[1], high)
    return min(max(more[0], low), high), high
