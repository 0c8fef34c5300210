"""Which places are known badly although something above them is known better than by its parts. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from dcim.flow.changed.spot import ENDLESS, Spot
from dcim.flow.now.cells import Cells, Place

_LOOSE: Final = 0.9
"""What a cord carries is known badly where its least is below this part of its most."""
_SHARP: Final = 0.95
"""A place knows more than its children where it gives less than this part of their sum."""


class Sum(NamedTuple):
    """What some numbers are together; ``high`` without the ``endless`` ones."""

    low: float
    high: float
    endless: int


def summed(parts: Sequence[int], low: Sequence[float], high: Sequence[float]) -> Sum:
    """Return what some numbers are together."""
    ends = [high[one] for one in parts if high[one] < ENDLESS]
    return Sum(sum([low[one] for one in parts]), sum(ends), len(parts) - len(ends))


def flows_of(cells: Cells, place: Place) -> Iterator[tuple[int, Sequence[int], Sequence[int]]]:
    """Yield what a place gives in all and by phase: the number, the flows into it, what it takes itself."""
    below = [cells.places[child].through[feed] for child, feed in place.below]
    yield place.total, below, place.own
    for number, own in zip(place.gives, place.own, strict=True):
        yield number, cells.puts(number), (own,)


def loose_places(
    cells: Cells, spots: Sequence[Spot], low: Sequence[float], high: Sequence[float]
) -> frozenset[int]:
    """Return the places of which a cord is known badly although something above it is known better."""
    badly = [
        at
        for at, place in enumerate(cells.places)
        if any(low[one] < _LOOSE * high[one] for one in place.through)
    ]
    above = {one for at in badly for one in spots[at].above}
    sharp = {at for at in above if _knows(cells, cells.places[at], low, high)}
    return frozenset(at for at in badly if not sharp.isdisjoint(spots[at].above))


def _knows(cells: Cells, place: Place, low: Sequence[float], high: Sequence[float]) -> bool:
    """Whether a place knows more than the sum of what hangs on it."""
    for number, flows, own in flows_of(cells, place):
        if len(flows) > 1:
            least, most = low[number], high[number]
            parts = summed((*flows, *own), low, high)
            if most < ENDLESS and (parts.endless or most < _SHARP * parts.high):
                return True
            if parts.low < _SHARP * least:
                return True
    return False
