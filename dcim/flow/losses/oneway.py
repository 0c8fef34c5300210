"""Networks in which everything has one way: a loss takes load away, and puts it nowhere else. Pure.

    utility -> board -> strip -> rack      every part has one feed, and nothing stores or makes power

What is lost is dead with all that hangs on it, and what is above carries less. So nothing trips, nothing is
beyond a limit that was not, and the worst that a loss does to a part is nothing at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from dcim.flow.drawing.caps import Cap
from dcim.flow.now.cells import Cells
from dcim.flow.now.equations import FAR
from dcim.flow.now.estimate import Estimate
from dcim.flow.now.live import LIVE, is_engine
from dcim.flow.values.interval import Interval
from dcim.flow.values.model import Element
from dcim.flow.values.outcome import Load

_EASE: Final = 1e-6
"""Share of a rating that must be left below the limits of a part: more than rounding takes."""


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


def carried(estimate: Estimate) -> Sequence[Carried] | None:
    """Return what is carried; None where it is not known that all is live and below its limits."""
    if any(live != LIVE for live in estimate.live):
        return None
    low, high = estimate.low.tolist(), estimate.high.tolist()
    found = []
    for place, caps in zip(estimate.cells.places, estimate.caps, strict=True):
        if not caps:
            continue
        spans = [(low[number], high[number]) for number in place.gives]
        total = low[place.total], high[place.total]
        if not all(_is_below(cap, spans[cap.line] if cap.line >= 0 else total) for cap in caps):
            return None
        phases = {phase: Interval(*span) for phase, span in zip(place.element.lines, spans, strict=True)}
        found.append(Carried(place.element, Load(phases, Interval(*total))))
    return found


def _is_below(cap: Cap, span: tuple[float, float]) -> bool:
    most = cap.rated * (min(cap.warn, cap.trip) - _EASE)
    return cap.rated > 0.0 and span[1] < FAR / 4 and span[1] * cap.high <= most
