"""The flow of a network as it stands, and what a loss would do to it: the front of this room. Pure."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from dcim.flow.changed.base import Base
from dcim.flow.changed.world import World
from dcim.flow.drawing.measured import volts
from dcim.flow.losses.oneway import is_one_way, is_still
from dcim.flow.losses.sweep import Sweep, Sweeper
from dcim.flow.losses.whatif import lose
from dcim.flow.now.cells import Cells
from dcim.flow.now.estimate import Estimate
from dcim.flow.now.live import LIVE, PERHAPS
from dcim.flow.now.rates import Rates
from dcim.flow.stages.limits import passed
from dcim.flow.values.interval import Interval
from dcim.flow.values.model import Network, Situation
from dcim.flow.values.outcome import Finding, Load, Outcome, Over

if TYPE_CHECKING:
    from dcim.flow.now.equations import Numbers


class Flow:
    """A network in a situation. ``cells``: those of an earlier flow of the same network, to save time.

    ``situation`` may be what returns it: it is asked when something is asked of the flow, if ever.
    """

    def __init__(
        self,
        network: Network,
        situation: Situation | Callable[[], Situation] | None = None,
        cells: Cells | None = None,
    ) -> None:
        self.network = network
        self.stands: Situation | Callable[[], Situation] = situation or Situation()
        self.cells = cells if cells is not None and cells.network is network else Cells(network)

    @cached_property
    def situation(self) -> Situation:
        """Return how the network stands."""
        return self.stands() if callable(self.stands) else self.stands

    @cached_property
    def _estimate(self) -> Estimate:
        return Estimate(self.cells, self.situation)

    @cached_property
    def _base(self) -> Base:
        """Return it in the shape in which losses are computed."""
        return Base(self._estimate)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Return where what is measured contradicts the drawing."""
        return tuple(self._estimate.findings)

    def load(self, element: str) -> Load:
        """Return what an element gives now. Raise KeyError for one that is not there."""
        return self._now.load(self._base.spots[self._base.index[element]])

    @cached_property
    def _now(self) -> World:
        """Return it as it stands, nothing lost."""
        return World(self._base)

    def volts(self, element: str, phase: str) -> float:
        """Return the voltage to neutral of a phase: as measured, else nominal."""
        return volts(self.network.elements[element], self.situation.readings.get(element, ()), phase)

    def amperes(self, element: str, phase: str) -> Interval:
        """Return the current of a phase, by its voltage as measured, else nominal."""
        at = self.volts(element, phase)
        span = self.load(element).phases[phase]
        return Interval(span.lo / at, span.hi / at)

    def live(self, element: str) -> bool | None:
        """Return whether an element gives power now; None where nobody knows. Raise KeyError as ``load``."""
        live = self._base.spots[self._base.index[element]].live
        return None if live == PERHAPS else live == LIVE

    @cached_property
    def over(self) -> tuple[Over, ...]:
        """Return what is beyond a limit as things stand."""
        return tuple(
            one
            for spot in self._base.spots
            for cap in spot.caps
            for one in passed(spot, cap, 1.0, self._now.gives(spot, cap.line))
        )

    def shares(self) -> Numbers:
        """Return what is carried now as shares of all limits, in the order of ``Rates``: least and most."""
        now, rates = self._estimate, self.cells.once(Rates)
        return rates.shares(now.low, now.high, now.rated)

    def lose(self, *lost: str) -> Outcome:
        """Return what the loss of these elements does. Raise KeyError for one that is not there."""
        return lose(self._base, lost)

    @property
    def is_still(self) -> bool:
        """Whether no loss makes anything carry more, and nothing is beyond what it should carry.

        Where that is not sure, only ``sweep`` tells.
        """
        return self.cells.once(is_one_way) and is_still(self._estimate)

    def sweep(self) -> Sweep:
        """Return every single loss: of each element, and of one module of each that has several."""
        return Sweeper(self._base, self.network.losable).run()
