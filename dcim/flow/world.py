"""The network with something changed: only what the change reaches is computed anew. Pure.

    caps   what is lost, tripped, perhaps tripped     down: who is live    (from the changed places to their
    children)
                                                      up: who carries what (from there to the sources)

What a place carries is bounded twice, and both hold: by what it carried and how its children changed (so that
what is measured keeps its sharpness), and by what its children take now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from heapq import heapify, heappop, heappush
from typing import Final, TypeAlias

from dcim.flow.base import Base
from dcim.flow.carry import SAME, carry, dark, spread
from dcim.flow.live import DEAD, LIVE, Live, fed, modes
from dcim.flow.plan import divide
from dcim.flow.pool import Pool
from dcim.flow.spot import ENDLESS, Change, DrawOf, Known, Put, Spot

_Span: TypeAlias = tuple[float, float]
_NOBODY: Final[frozenset[int]] = frozenset()
_KEPT: Final = 64
"""So many ways in which one place can stand are remembered."""


class World:
    """A base with changes. ``known``: how the places stand that were renewed; ``live`` likewise."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.caps: dict[int, Live] = {}
        self.live: dict[int, Live] = {}
        self.scale: dict[int, float] = {}
        self.known: dict[int, Known] = {}
        self.touched: set[int] = set()
        self.drained = False
        self._puts: dict[int, Change] = {}
        self._sum: dict[int, list[float]] = {}
        self._rerouted: set[int] = set()
        self._pool: Pool = {}

    def copy(self) -> World:
        """Return a world of its own that stands like this one."""
        other = World(self.base)
        other.caps, other.live, other.scale = dict(self.caps), dict(self.live), dict(self.scale)
        other.known = dict(self.known)
        other.touched, other.drained = set(self.touched), self.drained
        other._puts, other._rerouted, other._pool = dict(self._puts), set(self._rerouted), self._pool
        other._sum = {number: list(span) for number, span in self._sum.items()}
        return other

    def is_live(self, at: int) -> Live:
        """Return whether a place has power."""
        return self.live.get(at, self.base.spots[at].live)

    def cap(self, caps: Mapping[int, Live]) -> list[int]:
        """Let places be at most so live from now on; return the places that carry something else."""
        self.caps.update(caps)
        return self._settle(caps)

    def drain(self, places: Iterable[int]) -> list[int]:
        """Let no battery help any more; return the places that carry something else."""
        self.drained = True
        return self._settle(places)

    def _settle(self, places: Iterable[int]) -> list[int]:
        changed = self._down(places)
        pools = self.base.pools
        if pools.sharp:
            spots, before = self.base.spots, self._pool
            self._rerouted |= {at for at in changed if len(spots[at].parents) > 1}
            self._pool = pools.pool(self, self._rerouted)
            differs = {
                number for number in {*before, *self._pool} if before.get(number) != self._pool.get(number)
            }
            changed |= {self.base.place_of[number] for number in differs}
        return self._up(changed)

    def sink(self, caps: Mapping[int, Live]) -> set[int]:
        """Let places be at most so live, without computing what is carried; return those it concerns."""
        self.caps.update(caps)
        return self._down(caps)

    # who is live

    def _down(self, places: Iterable[int]) -> set[int]:
        """Renew what is live, from these places downwards; return those whose feeds or state changed."""
        spots, live = self.base.spots, self.live
        waiting = list(places)
        heapify(waiting)
        seen: set[int] = set()
        while waiting:
            at = heappop(waiting)
            if at in seen:
                continue
            seen.add(at)
            spot = spots[at]
            now = self._alive(spot)
            if now != live.get(at, spot.live):
                live[at] = now
                for child in spot.children:
                    if child not in seen:
                        heappush(waiting, child)
        return seen

    def _alive(self, spot: Spot) -> Live:
        cap = self.caps.get(spot.at, spot.own)
        if spot.stores and not self.drained:
            return cap
        live, spots = self.live, self.base.spots
        feeds = [live[at] if at in live else spots[at].live for at in spot.parents]
        return min(cap, fed(spot.element, feeds)) if feeds else cap

    # who carries what

    def _up(self, changed: set[int]) -> list[int]:
        waiting = [-at for at in changed]
        heapify(waiting)
        seen: set[int] = set()
        while waiting:
            at = -heappop(waiting)
            if at in seen:
                continue
            seen.add(at)
            for parent in self._renew(self.base.spots[at]):
                if parent not in seen:
                    heappush(waiting, -parent)
        self.touched |= seen
        return list(seen)

    def climb(self, changed: Iterable[int], most: float) -> tuple[list[int], set[int]]:
        """Renew what may carry more, up to where ``most`` VA more is too little to matter further up.

        Return what was renewed, and what was not although something below it changed. Only in a fresh world.
        """
        waiting = [-at for at in changed]
        heapify(waiting)
        seen: set[int] = set()
        left: set[int] = set()
        found = []
        while waiting:
            at = -heappop(waiting)
            if at in seen:
                continue
            seen.add(at)
            spot = self.base.spots[at]
            if self.is_live(at) == DEAD:
                left |= spot.above
                continue
            found.append(at)
            parents = self._renew(spot)
            if not spot.ends and most <= spot.margin:
                left |= spot.above
                continue
            for parent in parents:
                if parent not in seen:
                    heappush(waiting, -parent)
        self.touched |= seen
        return found, left

    def _renew(self, spot: Spot) -> AbstractSet[int]:
        """Compute what a place gives and takes; return the sources for which that is something else."""
        state = self.is_live(spot.at)
        now = self._modes(spot, state)
        changes = tuple([self._change(number) for number in spot.gives])
        key = (state, now, changes)
        known = spot.memo.get(key)
        if known is None:
            known = self._compute(spot, state, now, changes)
            if len(spot.memo) < _KEPT:
                spot.memo[key] = known
        if self.known.get(spot.at) is known:
            return _NOBODY
        self.known[spot.at] = known
        return self._apply(known.puts)

    def _modes(self, spot: Spot, state: Live) -> tuple[Live, ...]:
        """Return which feeds carry now, as far as the place itself is live."""
        live, spots = self.live, self.base.spots
        feeds = [live[at] if at in live else spots[at].live for at in spot.parents]
        now = tuple(feeds) if spot.simple else modes(spot.element, feeds, spot.stands)
        return now if state == LIVE else tuple([min(mode, state) for mode in now])

    def _change(self, number: int) -> Change | None:
        change = self._sum.get(number)
        if change is None:
            return None
        low, high, least, most = change
        if number in self._pool:
            pool = self._pool[number]
            high = min(high, pool[1])
            low = min(max(low, pool[0]), high)
        return low, high, least, most

    def _compute(
        self, spot: Spot, state: Live, now: tuple[Live, ...], changes: Sequence[Change | None]
    ) -> Known:
        """Return what a place gives on each phase, and what it puts on its sources."""
        if state == DEAD:
            return dark(spot, self.base)
        gives = tuple(
            [
                self._give(spot, number, state, change)
                for number, change in zip(spot.gives, changes, strict=True)
            ]
        )
        total = self._total(spot, gives)
        rise = sum([one[1][1] for one in gives if one[1][1] > 0.0])
        puts: list[Put] = []
        carried = spot.plans.get(now)
        if carried is None:
            carried = spot.plans[now] = divide(spot.cords, spot.modes, now) if now else ()
        for draw in spot.draws:
            taken, more = self._taken(spot, draw, gives, total)
            for through, one in zip(draw.feeds, carried, strict=True):
                span, change = carry(one, draw, through, taken, more)
                puts += spread(through, span, change)
        return Known(state, gives, total, tuple(puts), rise)

    def _apply(self, puts: Iterable[Put]) -> set[int]:
        """Put on the sources what a place takes now."""
        found: set[int] = set()
        for number, source, gives, put, same in puts:
            before = self._puts.get(number)
            if before == put or (before is None and put == same):
                continue
            self._puts[number] = put
            old = before or same
            total = self._sum.get(gives)
            if total is None:
                self._sum[gives] = [put[0], put[1], put[2] - old[2], put[3] - old[3]]
            else:
                total[0] += put[0] - old[0]
                total[1] += put[1] - old[1]
                total[2] += put[2] - old[2]
                total[3] += put[3] - old[3]
            found.add(source)
        return found

    def _give(self, spot: Spot, number: int, state: Live, change: Change | None) -> tuple[_Span, _Span]:
        low, high = self.base.low[number], self.base.high[number]
        more_low, more_high = SAME
        if spot.ends and spot.live == DEAD:
            low, high = 0.0, spot.rated_demand
            return (low, high), (low, high)
        now_low, now_high = low, high
        if change is not None:
            more_low, more_high = change[0], change[1]
            base = self.base.sums[number]
            now_low = max(0.0, low + more_low, base[0] + change[2])
            now_high = max(0.0, min(high + more_high, base[1] + change[3]))
            now_low = min(now_low, now_high)
            more_low, more_high = max(more_low, now_low - high), min(more_high, now_high - low)
            more_low = min(more_low, more_high)
        if state != LIVE:
            return (0.0, now_high), (min(more_low, -high), more_high)
        return (now_low, now_high), (more_low, more_high)

    def gives(self, spot: Spot, line: int) -> _Span:
        """Return what a place gives on one of its phases, or in all (-1)."""
        known = self.known.get(spot.at)
        if known is None:
            return self._before(spot.total if line < 0 else spot.gives[line])
        return known.total if line < 0 else known.gives[line][0]

    def _total(self, spot: Spot, gives: Sequence[tuple[_Span, _Span]]) -> _Span:
        low, high = sum([one[0][0] for one in gives]), sum([one[0][1] for one in gives])
        if len(gives) == 1 or (spot.ends and spot.live == DEAD):
            return low, high
        least = self.base.low[spot.total] + sum([one[1][0] for one in gives])
        most = self.base.high[spot.total] + sum([one[1][1] for one in gives])
        high = max(0.0, min(high, most))
        return min(max(low, least), high), high

    def _before(self, number: int) -> _Span:
        return self.base.low[number], self.base.high[number]

    def _taken(
        self, spot: Spot, draw: DrawOf, gives: Sequence[tuple[_Span, _Span]], total: _Span
    ) -> tuple[_Span, _Span]:
        """Return what a draw would take from feeds that are live, and by how much more than before."""
        if draw.line >= 0:
            (low, high), (more_low, more_high) = gives[draw.line]
        else:
            low, high = total
            before_low, before_high = self._before(spot.total)
            more_low = max(sum([one[1][0] for one in gives]), low - before_high)
            more_high = min(sum([one[1][1] for one in gives]), high - before_low)
        if draw.exact:
            return (low, high), (more_low, more_high)
        taken = (max(0.0, low * draw.k_low + draw.c_low), min(ENDLESS, high * draw.k_high + draw.c_high))
        return taken, (
            more_low * (draw.k_low if more_low > 0 else draw.k_high),
            more_high * (draw.k_high if more_high > 0 else draw.k_low),
        )
