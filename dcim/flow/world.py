"""The network with something changed: only what the change reaches is computed anew. Pure.

    caps   what is lost, tripped, perhaps tripped     down: who is live    (from the changed places to their
    children)
                                                      up: who carries what (from there to the sources)

What a place carries is bounded twice, and both hold: by what it carried and how its children changed (so that
what is measured keeps its sharpness), and by what its children take now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import Final, TypeAlias

from dcim.flow.base import ENDLESS, Base, DrawOf, Spot, Through
from dcim.flow.live import DEAD, LIVE, Live, fed, modes
from dcim.flow.plan import Carried, divide

_Span: TypeAlias = tuple[float, float]
_Put: TypeAlias = tuple[float, float, float, float]
"""How an arc differs from before (least, most), and what it carries (least, most)."""

_SAME: Final = (0.0, 0.0)


class World:
    """A base with changes. ``given``: what each phase carries that is not as before; ``live`` likewise."""

    def __init__(self, base: Base) -> None:
        self.base = base
        self.caps: dict[int, Live] = {}
        self.live: dict[int, Live] = {}
        self.scale: dict[int, float] = {}
        self.given: dict[int, _Span] = {}
        self.moved: dict[int, _Span] = {}
        self.touched: set[int] = set()
        self.drained = False
        self._puts: dict[int, _Put] = {}
        self._sum: dict[int, list[float]] = {}

    def copy(self) -> World:
        """Return a world of its own that stands like this one."""
        other = World(self.base)
        other.caps, other.live, other.scale = dict(self.caps), dict(self.live), dict(self.scale)
        other.given, other.moved = dict(self.given), dict(self.moved)
        other.touched, other.drained = set(self.touched), self.drained
        other._puts = dict(self._puts)
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
        return self._up(changed)

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
            if now is not live.get(at, spot.live):
                live[at] = now
                for child in spot.children:
                    if child not in seen:
                        heappush(waiting, child)
        return seen

    def _alive(self, spot: Spot) -> Live:
        cap = self.caps.get(spot.at, spot.own)
        if spot.stores and not self.drained:
            return cap
        return min(cap, fed(spot.element, [self.is_live(parent) for parent in spot.parents]))

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
            spot = self.base.spots[at]
            state = self.is_live(at)
            moved = self._renew(spot, state)
            if at in changed or moved:
                for parent in self._hand_on(spot, state):
                    if parent not in seen:
                        heappush(waiting, -parent)
        self.touched |= seen
        return list(seen)

    def _renew(self, spot: Spot, state: Live) -> bool:
        """Compute what a place gives; return whether it changed."""
        found = False
        for number in spot.gives:
            before = self.given.get(number)
            given, moved = self._give(spot, number, state)
            if before != given or self.moved.get(number, _SAME) != moved:
                self.given[number], self.moved[number] = given, moved
                found = True
        return found

    def _give(self, spot: Spot, number: int, state: Live) -> tuple[_Span, _Span]:
        low, high = self.base.low[number], self.base.high[number]
        if state is DEAD:
            return _SAME, (-high, -low)
        more_low, more_high = _SAME
        if spot.ends and spot.live is DEAD:
            low, high = 0.0, spot.rated_demand
            return (low, high), (low, high)
        change = self._sum.get(number)
        now_low, now_high = low, high
        if change is not None:
            more_low, more_high = change[0], change[1]
            base = self.base.sums[number]
            now_low = max(0.0, low + more_low, base[0] + change[2])
            now_high = max(0.0, min(high + more_high, base[1] + change[3]))
            now_low = min(now_low, now_high)
            more_low, more_high = max(more_low, now_low - high), min(more_high, now_high - low)
            more_low = min(more_low, more_high)
        if state is not LIVE:
            return (0.0, now_high), (min(more_low, -high), more_high)
        return (now_low, now_high), (more_low, more_high)

    def total(self, spot: Spot) -> _Span:
        """Return what a place gives on all phases together."""
        spans = [self.given.get(number) or self._before(number) for number in spot.gives]
        low, high = sum(one for one, _ in spans), sum(one for _, one in spans)
        if len(spans) == 1 or self.is_live(spot.at) is DEAD or (spot.ends and spot.live is DEAD):
            return low, high
        moved = [self.moved.get(number, _SAME) for number in spot.gives]
        least = self.base.low[spot.total] + sum(one for one, _ in moved)
        most = self.base.high[spot.total] + sum(one for _, one in moved)
        high = max(0.0, min(high, most))
        return min(max(low, least), high), high

    def _before(self, number: int) -> _Span:
        return self.base.low[number], self.base.high[number]

    def _hand_on(self, spot: Spot, state: Live) -> set[int]:
        """Put on the sources what a place takes now; return the sources for which that is something else."""
        found: set[int] = set()
        if not spot.draws:
            return found
        feeds = [self.is_live(parent) for parent in spot.parents]
        now = modes(spot.element, feeds, spot.stands)
        if state is not LIVE:
            now = tuple([min(mode, state) for mode in now])
        for draw in spot.draws:
            taken, more = self._taken(spot, draw)
            for through, carried in zip(draw.feeds, divide(spot.cords, spot.modes, now), strict=True):
                span, change = _carry(carried, draw, through, taken, more)
                self._put(through, span, change, found)
        return found

    def _taken(self, spot: Spot, draw: DrawOf) -> tuple[_Span, _Span]:
        """Return what a draw would take from feeds that are live, and by how much more than before."""
        if draw.line >= 0:
            number = spot.gives[draw.line]
            low, high = self.given.get(number) or self._before(number)
            more_low, more_high = self.moved.get(number, _SAME)
        else:
            low, high = self.total(spot)
            before_low, before_high = self._before(spot.total)
            spans = [self.moved.get(number, _SAME) for number in spot.gives]
            more_low = max(sum(one for one, _ in spans), low - before_high)
            more_high = min(sum(one for _, one in spans), high - before_low)
        if draw.k_low == draw.k_high == 1.0 and draw.c_high == draw.c_low == 0.0:
            return (low, high), (more_low, more_high)
        taken = (max(0.0, low * draw.k_low + draw.c_low), min(ENDLESS, high * draw.k_high + draw.c_high))
        return taken, (
            more_low * (draw.k_low if more_low > 0 else draw.k_high),
            more_high * (draw.k_high if more_high > 0 else draw.k_low),
        )

    def _put(self, through: Through, span: _Span, change: _Span, found: set[int]) -> None:
        for arc in through.arcs:
            if arc.part_low == arc.part_high:
                part = arc.part_low
                put = (change[0] * part, change[1] * part, span[0] * part, span[1] * part)
            elif span[1] == 0.0:
                put = (-arc.high, -arc.low, 0.0, 0.0)
            else:  # nobody knows which part of the change is here
                less, more = min(0.0, change[0]), max(0.0, change[1])
                put = (less, more, max(0.0, arc.low + less), min(arc.high + more, span[1]))
            before = self._puts.get(arc.number)
            if before == put or (before is None and put == (0.0, 0.0, arc.low, arc.high)):
                continue
            self._puts[arc.number] = put
            old = before or (0.0, 0.0, arc.low, arc.high)
            total = self._sum.setdefault(arc.gives, [0.0, 0.0, 0.0, 0.0])
            for at in range(4):
                total[at] += put[at] - old[at]
            found.add(arc.source)


def _carry(
    carried: Carried, draw: DrawOf, through: Through, taken: _Span, more: _Span
) -> tuple[_Span, _Span]:
    """Return what one feed carries now, and by how much that is more than before."""
    follow_low, follow_high = carried.follows
    if follow_high == 0.0 and not carried.weights:
        return _SAME, (-through.high, -through.low)
    if carried.fresh:
        span = (follow_low * taken[0], follow_high * taken[1])
        return span, span
    own = 0.0
    change_low = min(0.0, more[0]) * follow_high + max(0.0, more[0]) * follow_low
    change_high = max(0.0, more[1]) * follow_high + min(0.0, more[1]) * follow_low
    for one, low, high in carried.weights:
        other = draw.feeds[one]
        if other is through:
            own = 1.0
            change_low += (low - 1.0) * through.high if low < 1.0 else 0.0
        else:
            change_low += low * other.low
            change_high += high * other.high
    if not own:
        change_low, change_high = change_low - through.high, change_high - through.low
    span_low = max(0.0, through.low + change_low)
    span_high = min(taken[1], through.high + change_high)
    if carried.sole:
        span_low = max(span_low, taken[0])
    span_high = max(span_high, 0.0)
    span_low = min(span_low, span_high)
    change_low = max(change_low, span_low - through.high)
    change_high = min(change_high, span_high - through.low)
    return (span_low, span_high), (min(change_low, change_high), change_high)
