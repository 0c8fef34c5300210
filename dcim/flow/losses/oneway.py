"""Networks in which everything has one way: a loss takes load away, and puts it nowhere else. Pure.

    utility -> board -> strip -> rack      every part has one feed, and nothing stores or makes power

What is lost is dead with all that hangs on it, and what is above carries less. So nothing trips, nothing is
beyond a limit that was not, and the worst that a loss does to a part is nothing at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dcim.flow.now.cells import Cells
from dcim.flow.now.equations import FAR
from dcim.flow.now.estimate import Estimate
from dcim.flow.now.live import LIVE, is_engine
from dcim.flow.now.rates import Rates
from dcim.late import np

if TYPE_CHECKING:
    from dcim.flow.now.equations import Numbers

EASE: Final = 1e-6
"""Share of a rating that must be left below the limits of a part: more than rounding takes."""


def is_one_way(cells: Cells) -> bool:
    """Whether nothing in a network has a second way, stores or makes power, or is made of modules."""
    return all(
        len(one.feeds) <= 1 and one.battery is None and one.modules == 1 and not is_engine(one)
        for one in cells.network.elements.values()
    )


def is_still(estimate: Estimate) -> bool:
    """Whether it is known that all is live and below its limits: then no loss makes anything carry more."""
    rates = estimate.cells.once(Rates)
    return all(live == LIVE for live in estimate.live) and are_below(estimate.high, rates, estimate.rated)


def are_below(high: Numbers, rates: Rates, rated: Numbers) -> bool:
    """Whether nothing is near a limit that carries as much at most."""
    carried = high[rates.number]
    most = rated * (np.minimum(rates.warn, rates.trip) - EASE)
    with np.errstate(invalid="ignore"):
        return bool(((rated > 0.0) & (carried < FAR / 4) & (carried * rates.high <= most)).all())
