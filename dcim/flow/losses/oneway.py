"""Networks in which everything has one way: a loss takes load away, and puts it nowhere else. Pure.

    utility -> board -> strip -> rack      every part has one feed, and nothing stores or makes power

What is lost is dead with all that hangs on it, and what is above carries less. So nothing trips, nothing is
beyond a limit that was not, and the worst that a loss does to a part is nothing at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from dcim.flow.drawing.caps import Cap
from dcim.flow.now.cells import Cells
from dcim.flow.now.equations import FAR
from dcim.flow.now.estimate import Estimate
from dcim.flow.now.live import LIVE, is_engine
from dcim.flow.values.interval import Interval
from dcim.flow.values.model import Element
from dcim.flow.values.outcome import Load

EASE: Final = 1e-6
"""Share of a rating that must be left below the limits of a part: more than rounding takes."""


_Span: TypeAlias = tuple[float, float]


class Carried(NamedTuple):
    """What an element that is rated carries."""

    element: Element
    load: Load


def is_one_way(cells: Cells) -> bool:
    """Whether nothing in a network has a second way, stores or makes power, or is made of modules."""
    return all(
        len(one.feeds) <= 1 and one.battery is None and one.modules == 1 and not is_engine(one)
        for one in cells.network.elements.values()
    )


class Last:
    """What each place was found to carry, and by what: where that is the same, so is what it carries."""

    def __init__(self, cells: Cells) -> None:
        self.found: list[tuple[Sequence[Cap], Sequence[_Span], Carried] | None] = [None] * len(cells.places)


def carried(estimate: Estimate) -> Sequence[Carried] | None:
    """Return what is carried; None where it is not known that all is live and below its limits.

    Of an element that carries what it did, by the readings of then, it is the very object of then.
    """
    if any(live != LIVE for live in estimate.live):
        return None
    low, high = estimate.low.tolist(), estimate.high.tolist()
    last = estimate.cells.once(Last).found
    found = []
    for at, (place, caps) in enumerate(zip(estimate.cells.places, estimate.caps, strict=True)):
        if not caps:
            continue
        spans = [(low[number], high[number]) for number in (*place.gives, place.total)]
        before = last[at]
        if before is None or before[0] is not caps or before[1] != spans:
            if not all(_is_below(cap, spans[cap.line]) for cap in caps):  # the last span is that of all
                return None
            before = last[at] = caps, spans, _carried(place.element, spans)
        found.append(before[2])
    return found


def _carried(element: Element, spans: Sequence[_Span]) -> Carried:
    *each, total = [Interval(*span) for span in spans]
    return Carried(element, Load(dict(zip(element.lines, each, strict=True)), total))


def _is_below(cap: Cap, span: _Span) -> bool:
    most = cap.rated * (min(cap.warn, cap.trip) - EASE)
    return cap.rated > 0.0 and span[1] < FAR / 4 and span[1] * cap.high <= most
