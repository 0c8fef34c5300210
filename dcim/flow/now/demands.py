"""What loads demand, as bounds of what they take: all of them at once. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from dcim.flow.now.cells import Cells, Place, demand_of
from dcim.flow.now.equations import SLACK, Numbers
from dcim.flow.now.live import LIVE, Live
from dcim.late import np

if TYPE_CHECKING:
    import numpy.typing as npt


class Demands:
    """The loads of a network, and what else feeds nothing: ``places``. Made once for it."""

    def __init__(self, cells: Cells) -> None:
        at = [at for at, place in enumerate(cells.places) if place.element.is_load or not place.below]
        self.places: Sequence[Place] = [cells.places[one] for one in at]
        self._at = at
        numbers = [(*place.own, *place.gives, place.total) for place in self.places]
        demands = [demand_of(place.element) for place in self.places]
        self._numbers: npt.NDArray[np.int64] = np.array(
            [one for all_ in numbers for one in all_], dtype=np.int64
        )
        self._of = np.repeat(np.arange(len(at)), [len(all_) for all_ in numbers])
        self._totals: npt.NDArray[np.int64] = np.array([place.total for place in self.places], dtype=np.int64)
        self._least = np.array([demand.lo for demand in demands], dtype=np.float64)
        self._most = np.array([demand.hi for demand in demands], dtype=np.float64)

    def bound(self, low: Numbers, high: Numbers, live: Sequence[Live], but: Collection[int] = ()) -> None:
        """Bound in place what they take, in all and on every phase; those that are live take the least.

        ``but``: not those of these numbers among ``places``.
        """
        on = np.ones(len(self._at), dtype=bool)
        on[list(but)] = False
        rows = on[self._of]
        numbers, most = self._numbers[rows], self._most[self._of[rows]]
        high[numbers] = np.maximum(low[numbers], np.minimum(high[numbers], most))
        on &= np.array([live[at] == LIVE for at in self._at], dtype=bool)
        totals = self._totals[on]
        low[totals] = np.maximum(low[totals], np.minimum(self._least[on], high[totals]))

    def passed(self, low: Numbers) -> list[int]:
        """Return which take more than they demand at most."""
        least = low[self._totals]
        return [int(one) for one in np.flatnonzero(least > self._most + SLACK * (1.0 + least))]
