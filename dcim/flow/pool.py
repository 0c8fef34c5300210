"""What loads that lose a feed can bring along together: no more than what that feed carried. Pure.

Of racks that nobody measures each may take all that their floor PDU gives, but not all of them at once. When
that floor PDU is dead, what its racks put elsewhere is together at most what it gave, and at least that if
all of them find a way. The same holds one level higher; the narrowest counts.

    floor PDU B (measured, dead)  ->  racks, each unknown  ->  floor PDU A: as before + what floor PDU B gave
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import TYPE_CHECKING, Final, TypeAlias

from dcim.flow.live import DEAD, LIVE, PERHAPS
from dcim.flow.spot import Spot

if TYPE_CHECKING:
    from dcim.flow.world import World

_Key: TypeAlias = tuple[int, int]
"""A place that gave (at, -1), or what came through one feed of a load (at, feed)."""

Pool: TypeAlias = Mapping[int, tuple[float, float]]
"""By phase that is given: how much more at least and at most."""

_SHARP: Final = 0.95
"""A place knows more than its children where it gives less than this part of their sum."""


class Pools:
    """The places that know more than the sum of what hangs on them, with how many cords of loads do."""

    def __init__(
        self,
        spots: Sequence[Spot],
        low: Sequence[float],
        high: Sequence[float],
        sums: Mapping[int, tuple[float, float]],
        own: Mapping[int, tuple[float, float]],
    ) -> None:
        self._spots, self._low, self._high, self._sums, self._own = spots, low, high, sums, own
        self.sharp: dict[int, int] = {}
        self._plain = [_is_plain(spot, spots) for spot in spots]
        counts: dict[int, int] = {}
        for spot in reversed(spots):
            counts[spot.at] = self._count(spot, counts)
            if not spot.ends and counts[spot.at] > 1 and self._knows(spot):
                self.sharp[spot.at] = counts[spot.at]

    def _count(self, spot: Spot, counts: Mapping[int, int]) -> int:
        """Return how many cords of loads hang below by places that pass everything on; -1: others too."""
        total = 0
        for child in spot.children:
            below = self._spots[child]
            if below.ends and below.draws:
                total += below.parents.count(spot.at)
            elif self._plain[child] and counts[child] >= 0 and len(below.parents) == 1:
                total += counts[child]
            else:
                return -1
        return total

    def _knows(self, spot: Spot) -> bool:
        return any(
            self._high[number] < _SHARP * self._sums[number][1]
            or self._sums[number][0] < _SHARP * self._low[number]
            for number in spot.gives
        )

    def pool(self, world: World, rerouted: Iterable[int]) -> Pool:
        """Return by how much the phases of places may carry more that take what these loads lost."""
        if not self.sharp:
            return {}
        found: dict[int, dict[_Key, int]] = {}
        mixed: set[int] = set()  # more may come to these in another way
        clean = True
        for at in rerouted:
            if self._spots[at].ends:
                clean = self._reroute(world, self._spots[at], found, mixed) and clean
            else:
                mixed |= self._spots[at].above
        for at, state in world.live.items():
            if state > self._spots[at].live:
                mixed |= {at, *self._spots[at].above}
        clean = clean and all(state != PERHAPS for state in world.live.values())
        return dict(self._bounds(world, {at: keys for at, keys in found.items() if at not in mixed}, clean))

    def _bounds(
        self, world: World, found: Mapping[int, Mapping[_Key, int]], clean: bool
    ) -> Iterator[tuple[int, tuple[float, float]]]:
        """Yield the bounds by phase; the lower one where nothing below may have become less."""
        dead = (at for at, state in world.live.items() if state == DEAD)
        falling = {above for at in dead for above in self._spots[at].above}
        for at, keys in found.items():
            spot = self._spots[at]
            for line, number in enumerate(spot.gives):
                least = self._least(keys, line) if clean and at not in falling else -inf
                yield number, (least, self._most(keys, line, len(spot.gives)))

    def _reroute(self, world: World, load: Spot, found: dict[int, dict[_Key, int]], mixed: set[int]) -> bool:
        """Note at every place that may take over what a load lost; return whether it surely finds one way."""
        states = [world.is_live(parent) for parent in load.parents]
        alive = [feed for feed, state in enumerate(states) if state != DEAD]
        for feed, state in enumerate(states):
            if state == LIVE or load.modes[feed] == DEAD:
                continue
            key = self._origin(world, load.parents[feed])
            for other in alive:
                if other != feed:
                    one = (
                        key
                        if key is not None and _same_phases(load, feed, other, self._spots)
                        else (load.at, feed)
                    )
                    last = load.parents[other]
                    for at in self._way(world, load.parents[other]):
                        keys = found.setdefault(at, {})
                        keys[one] = keys.get(one, 0) + 1
                        last = at
                    mixed |= self._spots[last].above
        return len(alive) == 1 and states[alive[0]] == LIVE and load.ends

    def _origin(self, world: World, at: int) -> _Key | None:
        """Return the first place from a lost one on that knows what all its loads took together."""
        while world.is_live(at) != LIVE:
            if at in self.sharp:
                return at, -1
            spot = self._spots[at]
            if not self._plain[at] or len(spot.parents) != 1:
                return None
            at = spot.parents[0]
        return None

    def _way(self, world: World, at: int) -> Iterator[int]:
        """Yield the places that what comes to this one goes through, up to the first that changes it."""
        while True:
            spot = self._spots[at]
            yield at
            if not self._plain[at] or len(spot.parents) != 1:
                return
            at = spot.parents[0]

    def _most(self, keys: Mapping[_Key, int], line: int, lines: int) -> float:
        """Return the least of what the origins gave, and what those above them gave."""
        best = inf
        now = set(keys)
        for _ in range(3):
            best = min(best, sum(self._gave(key, line, lines)[1] for key in now))
            higher = {self._higher(key) for key in now}
            if higher == now:
                break
            now = higher
        return best

    def _least(self, keys: Mapping[_Key, int], line: int) -> float:
        """Return what the origins gave of which every load found its way to here."""
        whole = [key for key, count in keys.items() if key[1] < 0 and count >= self.sharp[key[0]]]
        return sum(self._gave(key, line, len(self._spots[key[0]].gives))[0] for key in whole)

    def _gave(self, key: _Key, line: int, lines: int) -> tuple[float, float]:
        spot = self._spots[key[0]]
        if key[1] >= 0:
            return 0.0, sum(draw.feeds[key[1]].high for draw in spot.draws)
        if len(spot.gives) != lines:
            return 0.0, sum(self._high[number] for number in spot.gives)
        number = spot.gives[line]
        low, high = self._low[number], self._high[number]
        own_low, own_high = self._own[number]
        return max(0.0, low - own_high), high - own_low

    def _higher(self, key: _Key) -> _Key:
        spot = self._spots[key[0]]
        if key[1] >= 0 or not self._plain[spot.at] or len(spot.parents) != 1:
            return key
        above = spot.parents[0]
        return (above, -1) if above in self.sharp else key


def _is_plain(spot: Spot, spots: Sequence[Spot]) -> bool:
    """Whether a place takes on each phase of its source just what it gives on the phase of that name."""
    if spot.ends or not spot.draws or len(spot.parents) != 1:
        return False
    source = spots[spot.parents[0]]
    if len(source.gives) != len(spot.gives):
        return False
    return all(
        draw.exact
        and draw.line >= 0
        and len(draw.feeds[0].arcs) == 1
        and draw.feeds[0].arcs[0].gives == source.gives[draw.line]
        for draw in spot.draws
    )


def _same_phases(load: Spot, one: int, other: int, spots: Sequence[Spot]) -> bool:
    """Whether two cords of a load hang on the same phases."""
    first, second = spots[load.parents[one]], spots[load.parents[other]]
    if len(first.gives) != len(second.gives):
        return False
    for draw in load.draws:
        ways = [draw.feeds[feed].arcs for feed in (one, other)]
        if any(len(arcs) != 1 for arcs in ways):
            return False
        if first.gives.index(ways[0][0].gives) != second.gives.index(ways[1][0].gives):
            return False
    return True
