"""How what is carried stands against what may be carried. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Final, NamedTuple

from dcim.flow.base import ENDLESS, Spot
from dcim.flow.caps import Cap
from dcim.flow.interval import Interval
from dcim.flow.live import DEAD
from dcim.flow.outcome import Level, Over
from dcim.flow.world import World

RISEN: Final = 1e-6
"""VA by which something must carry more than before to be the consequence of a loss."""
DIGITS: Final = 9
"""Overloads that agree in so many decimals are equal."""


class Strain(NamedTuple):
    """How far a place is beyond what makes it trip, by its worst limit: shares of that, least and most."""

    low: float
    high: float
    cap: Cap


def ratio(cap: Cap, span: tuple[float, float], scale: float) -> tuple[float, float]:
    """Return what is carried as a share of what is rated."""
    rated = cap.rated * scale
    if rated <= 0.0:
        return inf, inf
    return span[0] * cap.low / rated, span[1] * cap.high / rated


def carried(world: World, spot: Spot, line: int) -> tuple[float, float]:
    """Return what a place gives on one of its phases, or in all (-1)."""
    if line < 0:
        return world.total(spot)
    number = spot.gives[line]
    return world.given.get(number) or (world.base.low[number], world.base.high[number])


def risen(world: World, spot: Spot, line: int) -> bool:
    """Whether it carries, or may carry, more than before, or may carry less than it did."""
    if spot.at in world.scale:
        return True
    numbers = spot.gives if line < 0 else (spot.gives[line],)
    return sum(max(0.0, world.moved.get(number, (0.0, 0.0))[1]) for number in numbers) > RISEN


def strain(world: World, at: int) -> Strain | None:
    """Return how far a place that carries more is beyond what makes it trip; None where nothing may trip.

    Of several limits the one that is, or may be, passed furthest counts.
    """
    spot = world.base.spots[at]
    if not spot.caps or world.is_live(at) is DEAD:
        return None
    scale, low, worst = world.scale.get(at, 1.0), 0.0, None
    for cap in spot.caps:
        if cap.trip == inf or not risen(world, spot, cap.line):
            continue
        share = ratio(cap, carried(world, spot, cap.line), scale * cap.trip)
        low = max(low, round(share[0], DIGITS))
        if worst is None or share[1] > worst.high:
            worst = Strain(0.0, round(share[1], DIGITS), cap)
    if worst is None or worst.high <= 1.0:
        return None
    return Strain(low, worst.high, worst.cap)


def beyond(world: World, at: int, *, always: bool = False) -> Iterator[Over]:
    """Yield the limits that a place passes, or may; by default only where it carries more than before."""
    spot = world.base.spots[at]
    if world.is_live(at) is DEAD:
        return
    scale = world.scale.get(at, 1.0)
    for cap in spot.caps:
        if always or risen(world, spot, cap.line):
            span = carried(world, spot, cap.line)
            low, high = ratio(cap, span, scale)
            for level, bound in ((Level.TRIP, cap.trip), (Level.WARN, cap.warn)):
                if round(high, DIGITS) > bound:
                    yield over(
                        spot, cap, scale, Interval(low, high), level, surely=round(low, DIGITS) > bound
                    )


def over(spot: Spot, cap: Cap, scale: float, share: Interval, level: Level, *, surely: bool) -> Over:
    """Return a passed limit in the unit in which it is rated."""
    limit = cap.amount * scale
    high = inf if share.hi * cap.rated * scale >= ENDLESS / 2 else share.hi
    return Over(
        element=spot.element.id,
        phase=spot.element.lines[cap.line] if cap.line >= 0 else "",
        level=level,
        surely=surely,
        carries=Interval(share.lo * limit, high * limit),
        limit=limit,
        unit=cap.unit,
        share=Interval(share.lo, high),
    )
