"""Every single loss, quickly: what surely matters nowhere is not computed further up. Pure.

A loss that concerns no battery and no generator moves at most what its feeds carried. Where all above a place
have room for that much more, they need not be renewed: nothing there can pass a limit. Whatever could trip,
and all that is not so simple, is computed in full. The outcomes are those of ``lose``, without loads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dcim.flow.base import Base
from dcim.flow.interval import Interval
from dcim.flow.limits import beyond, shares, strain
from dcim.flow.live import DEAD, LIVE, PERHAPS
from dcim.flow.outcome import Outcome, Over, Stage, When
from dcim.flow.whatif import lose
from dcim.flow.world import World


@dataclass(frozen=True, slots=True)
class Headroom:
    """The worst that any single loss does to a limit of an element: ``share`` of its rating, and which loss.

    ``phase`` is empty for the whole; ``limit`` is the rating in ``unit``. Losses that certainly leave an
    element below its warning limit need not be among those that were compared.
    """

    element: str
    phase: str
    share: Interval
    lost: str
    limit: float
    unit: str


@dataclass(frozen=True, slots=True)
class Sweep:
    """All single losses: their outcomes in the order of ``Network.losable``, and the worst of every limit."""

    outcomes: tuple[Outcome, ...]
    headroom: Mapping[tuple[str, str, str], Headroom]


class Sweeper:
    """Goes through all single losses of a base."""

    def __init__(self, base: Base) -> None:
        self._base = base
        self._worst: dict[tuple[int, int], tuple[tuple[float, float], str]] = {}
        self._discharging = any(
            spot.live != DEAD and LIVE not in spot.modes
            for spot in base.spots
            if spot.stores and spot.parents
        )  # then every loss has a later stage
        self._doubtful = {spot.at for spot in base.spots if spot.live == PERHAPS}
        self._switched = {child for at in base.engines for child in base.spots[at].children}

    def run(self, names: Iterable[str]) -> Sweep:
        """Return the sweep over the loss of each of these."""
        outcomes = tuple(self._outcome(name) for name in names)
        return Sweep(outcomes, self._headroom())

    def _outcome(self, name: str) -> Outcome:
        return self._brief(name) or lose(self._base, (name,), watch=self._watch)

    def _brief(self, name: str) -> Outcome | None:
        """Return the outcome of a simple loss; None where it has to be computed in full."""
        at = self._base.index.get(name)
        if at is None or self._discharging:
            return None
        world = World(self._base)
        changed = world.sink({at: DEAD})
        if not all(self._is_simple(world, one, at) for one in changed):
            return None
        if not changed.isdisjoint(self._base.loose):
            return None
        renewed, left = world.climb(changed, self._moved(world, changed))
        if not self._doubtful.isdisjoint(renewed) or not self._doubtful.isdisjoint(left):
            return None
        over: list[Over] = []
        for one in sorted(renewed):
            spot = self._base.spots[one]
            if one in left and world.known[one].rise <= spot.room:
                continue
            if one in left or strain(world, one) is not None:
                return None
            over += beyond(world, one)
        self._watch(world, [one for one in renewed if one not in left], (name,))
        dead = frozenset(self._base.names[one] for one in changed if world.is_live(one) == DEAD)
        return Outcome((name,), (_stage(dead, tuple(over)),))

    def _is_simple(self, world: World, at: int, lost: int) -> bool:
        """Whether a place has nothing to do with batteries, engines or doubt."""
        spot = self._base.spots[at]
        if at == lost:
            return True
        return not spot.stores and at not in self._switched and world.is_live(at) != PERHAPS

    def _moved(self, world: World, changed: Iterable[int]) -> float:
        """Return how many VA look for another way at most."""
        moved = 0.0
        for at in changed:
            spot = self._base.spots[at]
            if len(spot.parents) > 1 and world.is_live(at) != DEAD:
                for number, parent in enumerate(spot.parents):
                    if world.is_live(parent) != LIVE:
                        moved += sum(draw.feeds[number].high for draw in spot.draws)
        return moved * self._base.steepest

    def _watch(self, world: World, places: Iterable[int], lost: Sequence[str]) -> None:
        """Remember where any limit stands worse than ever before."""
        worst = self._worst
        for at in places:
            for number, share in enumerate(shares(world, at)):
                before = worst.get((at, number))
                if before is None or (round(share[1], 6), share[0]) > (round(before[0][1], 6), before[0][0]):
                    worst[at, number] = share, lost[0]

    def _headroom(self) -> dict[tuple[str, str, str], Headroom]:
        found = {}
        for (at, number), (share, lost) in sorted(self._worst.items()):
            spot = self._base.spots[at]
            cap = spot.caps[number]
            phase = spot.element.lines[cap.line] if cap.line >= 0 else ""
            told = Headroom(spot.element.id, phase, Interval(*share), lost, cap.amount, cap.unit)
            found[spot.element.id, phase, cap.unit] = told
        return found


def _stage(dead: frozenset[str], over: tuple[Over, ...]) -> Stage:
    return Stage(
        when=When.AT_ONCE,
        after=Interval(0.0, 0.0),
        dead=dead,
        doubtful=frozenset(),
        discharging=frozenset(),
        trips=(),
        over=over,
        loads={},
        endurance=(),
    )
