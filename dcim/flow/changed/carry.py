"""What one draw puts on its sources, as it is and as it differs from before. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from dcim.flow.changed.spot import DrawOf, Draws, Known, Put, Span, Spot, Through
from dcim.flow.now.live import DEAD
from dcim.flow.now.plan import Carried

if TYPE_CHECKING:
    from dcim.flow.changed.base import Base

SAME: Final = (0.0, 0.0)
"""Nothing, and no change."""


class Gone:
    """What feeds of something dead no longer put on a source; told when asked, as mostly that is dead too."""

    __slots__ = ("_at", "_drawn", "_feed")

    def __init__(self, drawn: Draws, at: int, feed: int) -> None:
        self._drawn, self._at, self._feed = drawn, at, feed

    def __iter__(self) -> Iterator[Put]:
        """Yield it phase by phase."""
        return iter(
            [
                (arc.number, arc.gives, (-arc.high, -arc.low, 0.0, 0.0), arc.same)
                for draw in self._drawn.of(self._at)
                for arc in draw.feeds[self._feed].arcs
            ]
        )


def darkened(spot: Spot, base: Base) -> Known:
    """Return how a place stands that is dead, made once: it gives nothing and takes nothing."""
    if spot.dark is None:
        gives = tuple([(SAME, (-base.high[number], -base.low[number])) for number in spot.gives])
        puts = tuple([(parent, Gone(spot.drawn, spot.at, feed)) for feed, parent in enumerate(spot.parents)])
        spot.dark = Known(DEAD, gives, SAME, puts, 0.0)
    return spot.dark


def spread(through: Through, span: Span, change: Span) -> Iterable[Put]:
    """Return what one feed puts on the phases of its source."""
    if through.whole:
        arc = through.arcs[0]
        return ((arc.number, arc.gives, (*change, *span), arc.same),)
    return _parted(through, span, change)


def _parted(through: Through, span: Span, change: Span) -> Iterator[Put]:
    for arc in through.arcs:
        if arc.part_low == arc.part_high:
            part = arc.part_low
            put = (change[0] * part, change[1] * part, span[0] * part, span[1] * part)
        elif span[1] == 0.0:
            put = (-arc.high, -arc.low, 0.0, 0.0)
        else:  # nobody knows which part of the change is here
            less, more = min(0.0, change[0]), max(0.0, change[1])
            put = (less, more, max(0.0, arc.low + less), min(arc.high + more, span[1]))
        yield arc.number, arc.gives, put, arc.same


def carry(carried: Carried, draw: DrawOf, through: Through, taken: Span, more: Span) -> tuple[Span, Span]:
    """Return what one feed carries now, and by how much that is more than before."""
    if carried.plain and draw.exact:
        return taken, more
    follow_low, follow_high = carried.follows
    if follow_high == 0.0 and not carried.weights:
        return SAME, (-through.high, -through.low)
    if carried.fresh:
        span = (follow_low * taken[0], follow_high * taken[1])
        return span, (span[0] - through.high, span[1] - through.low)
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
