"""How power flows where everything has one way and all is live: the same sums, in columns alone. Pure.

what is measured, as numbers of ``Cells`` with bounds ─▶ the bounds of every number, as ``Estimate`` finds

Nothing is decided here: where anything is found that would be told of (a measurement that contradicts the
drawing, a load beyond its demand, a part near its limit), there is no answer, and ``Estimate`` is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from dcim.flow.losses.oneway import are_below, is_one_way
from dcim.flow.now.cells import Cells
from dcim.flow.now.compare import Measured, Suspects
from dcim.flow.now.demands import Demands
from dcim.flow.now.equations import Numbers, open_bounds
from dcim.flow.now.estimate import Fixed
from dcim.flow.now.live import LIVE
from dcim.flow.now.rates import Rates
from dcim.late import np

if TYPE_CHECKING:
    import numpy.typing as npt

    Places: TypeAlias = npt.NDArray[np.int64]


class Steady:
    """Of one network, made once for it. ``holds``: whether it is one of those that have one way."""

    def __init__(self, cells: Cells) -> None:
        self.holds = cells.once(is_one_way) and not cells.shared
        self._equations = cells.equations
        self._rates = cells.once(Rates)
        self._demands = cells.once(Demands)
        self._suspects = cells.once(Suspects)
        self._live = [LIVE] * len(cells.places)
        self._held = np.zeros(cells.equations.size, dtype=bool)
        fixed = cells.once(Fixed)
        low, high = open_bounds(cells.equations.size)
        for numbers in (fixed.lost, fixed.passing):
            low[numbers] = high[numbers] = 0.0
        compared = low.copy(), high.copy()
        self._demands.bound(*compared, self._live)
        for numbers in (fixed.lost, fixed.passing):
            low[numbers], high[numbers] = compared[0][numbers], compared[1][numbers]
        self._open, self._compared = (low, high), compared

    def narrowed(
        self, said: Places, least: Numbers, most: Numbers, rated: Numbers
    ) -> tuple[Numbers, Numbers] | None:
        """Return the bounds of every number by these that are ``said``, each once; None where in doubt.

        ``rated``: what may be carried, in the order of ``Rates``.
        """
        below = self._below(said, least, most)
        if below is None:
            return None
        low, high = self._open[0].copy(), self._open[1].copy()
        low[said], high[said] = np.maximum(low[said], least), np.minimum(high[said], most)
        self._equations.restate({})
        narrowing = self._equations.narrowing(low, high)
        narrowing.run()
        if self._demands.passed(low):
            return None
        self._demands.bound(low, high, self._live)
        self._rates.hold(high, np.maximum(below, low), rated, said)
        narrowing.run()
        narrowing.run()
        return (low, high) if are_below(high, self._rates, rated) else None

    def _below(self, said: Places, least: Numbers, most: Numbers) -> Numbers | None:
        """Return the least of everything by what is below it; None where something may contradict."""
        low, high, held = self._compared[0].copy(), self._compared[1].copy(), self._held.copy()
        low[said], high[said], held[said] = least, most, True
        self._equations.rise(low, high, held)
        return None if self._suspects.of(Measured(said, least, most), low, high) else low
