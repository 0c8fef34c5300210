"""How what is carried stands against what may be carried. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import Final, NamedTuple, cast

from dcim.flow.changed.spot import Known, Spot
from dcim.flow.changed.world import World
from dcim.flow.drawing.caps import Cap
from dcim.flow.now.equations import FAR
from dcim.flow.now.live import DEAD
from dcim.flow.values.interval import Interval
from dcim.flow.values.outcome import Level, Over
from dcim.record import replace

RISEN: Final = 1e-6
"""VA by which something must carry more than before to be the consequence of a loss."""
DIGITS: Final = 9
"""Overloads that agree in so many decimals are equal."""
_STRAIN: Final = "strain"
_BEYOND: Final = "beyond"
_SHARES: Final = "shares"


class Strain(NamedTuple):
    """How far a place is beyond what makes it trip, by its worst limit: shares of that, least and most.

    ``same``: the phases of its other limits that are of as much, and passed as far, as is known.
    """

    low: float
    high: float
    cap: Cap
    same: tuple[int, ...] = ()


def ratio(cap: Cap, span: tuple[float, float], scale: float) -> tuple[float, float]:
    """Return what is carried as a share of what is rated."""
    rated = cap.rated * scale
    if rated <= 0.0:
        return inf, inf
    return span[0] * cap.low / rated, span[1] * cap.high / rated


def strain(world: World, at: int) -> Strain | None:
    """Return how far a place that carries more is beyond what makes it trip; None where nothing may trip.

    Of several limits the one that is, or may be, passed furthest counts.
    """
    spot = world.base.spots[at]
    known = world.known.get(at)
    if not spot.caps or known is None or known.state == DEAD:
        return None
    if at in world.scale:
        return _strain(spot, known, world.scale[at])
    if _fits(spot, known):
        return None
    if _STRAIN not in known.notes:
        known.notes[_STRAIN] = _strain(spot, known, 1.0)
    return cast("Strain | None", known.notes[_STRAIN])


def _fits(spot: Spot, known: Known) -> bool:
    """Whether a place has room for all that it may carry more: where nobody doubts that it was live."""
    return spot.sure and known.rise <= spot.room


def _strain(spot: Spot, known: Known, scale: float) -> Strain | None:
    passed_by: list[tuple[float, float, Cap]] = []
    for cap in spot.caps:
        if cap.trip == inf or not _risen(known, cap.line, scale):
            continue
        share = ratio(cap, _carried(known, cap.line), scale * cap.trip)
        passed_by.append((round(share[0], DIGITS), round(share[1], DIGITS), cap))
    if not passed_by:
        return None
    low, high, worst = max(passed_by, key=lambda one: one[1])
    if high <= 1.0:
        return None
    same = [cap.line for one, most, cap in passed_by if (one, most, cap.unit) == (low, high, worst.unit)]
    least = max(one for one, _, _ in passed_by)
    return Strain(least, high, worst, tuple(line for line in same if -1 < worst.line != line > -1))


def _carried(known: Known, line: int) -> tuple[float, float]:
    return known.total if line < 0 else known.gives[line][0]


def _risen(known: Known, line: int, scale: float) -> bool:
    """Whether it carries, or may carry, more than before, or may carry less than it did."""
    return scale != 1.0 or (known.rise if line < 0 else known.gives[line][1][1]) > RISEN


def beyond(world: World, at: int) -> tuple[Over, ...]:
    """Return the limits that a place passes, or may, where it carries more than before."""
    spot = world.base.spots[at]
    known = world.known.get(at)
    if not spot.caps or known is None or known.state == DEAD:
        return ()
    if at in world.scale:
        return _beyond(spot, known, world.scale[at])
    if known.rise <= RISEN or _fits(spot, known):
        return ()
    if _BEYOND not in known.notes:
        known.notes[_BEYOND] = _beyond(spot, known, 1.0)
    return cast("tuple[Over, ...]", known.notes[_BEYOND])


def _beyond(spot: Spot, known: Known, scale: float) -> tuple[Over, ...]:
    found = [
        one
        for cap in spot.caps
        if _risen(known, cap.line, scale)
        for one in passed(spot, cap, scale, _carried(known, cap.line))
    ]
    return tuple(_together(found)) if len(found) > 1 else tuple(found)


def _together(found: Sequence[Over]) -> Iterator[Over]:
    """Yield them with the other phases of which just the same is known."""
    phases: dict[object, list[str]] = {}
    for one in found:
        if one.phase:
            phases.setdefault(_said(one), []).append(one.phase)
    for one in found:
        others = [phase for phase in phases.get(_said(one), ()) if phase != one.phase] if one.phase else ()
        yield replace(one, others=tuple(others)) if others else one


def _said(one: Over) -> object:
    return one.unit, one.level, one.surely, round(one.share.lo, DIGITS), round(one.share.hi, DIGITS)


def passed(spot: Spot, cap: Cap, scale: float, span: tuple[float, float]) -> Iterator[Over]:
    """Yield which levels of a limit are passed, or may be."""
    low, high = ratio(cap, span, scale)
    for level, bound in ((Level.TRIP, cap.trip), (Level.WARN, cap.warn)):
        if round(high, DIGITS) > bound:
            yield over(spot, cap, scale, Interval(low, high), level, surely=round(low, DIGITS) > bound)


def shares(world: World, at: int) -> tuple[tuple[float, float], ...]:
    """Return what a place carries as a share of each of its limits; nothing of one that is dead.

    What nobody bounds has no end, and is no share of a thousand times a rating.
    """
    spot = world.base.spots[at]
    known = world.known.get(at)
    if not spot.caps or known is None or known.state == DEAD:
        return ()
    scale = world.scale.get(at, 1.0)
    if scale == 1.0 and _SHARES in known.notes:
        return cast("tuple[tuple[float, float], ...]", known.notes[_SHARES])
    found = tuple([ratio(cap, _ended(_carried(known, cap.line)), scale) for cap in spot.caps])
    if scale == 1.0:
        known.notes[_SHARES] = found
    return found


def _ended(span: tuple[float, float]) -> tuple[float, float]:
    return span if span[1] < FAR / 4 else (span[0], inf)


def over(spot: Spot, cap: Cap, scale: float, share: Interval, level: Level, *, surely: bool) -> Over:
    """Return a passed limit in the unit in which it is rated."""
    limit = cap.amount * scale
    high = inf if share.hi * cap.rated * scale >= FAR / 4 else share.hi
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
