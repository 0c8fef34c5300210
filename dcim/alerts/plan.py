"""The rules on the slots of one layout: which slots of a batch are worth a look, all compared at once.

A slot's quiet range holds the values that can change none of its alerts: between the limits while nothing
is wrong, the same code again for a state, nothing at all while a delay runs. So a quiet building costs
one comparison a slot, whatever the number of rules.
"""

from __future__ import annotations

from array import array
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from math import isnan
from typing import Final

from dcim.alerts.cell import ANY, NEVER_QUIET, Cell
from dcim.late import np

_WORTH_NUMPY: Final = 12
"""Slots from which comparing all at once is cheaper than one after the other."""


@dataclass(slots=True, eq=False)
class Plan:
    """The rules on the slots of one layout; ``gone``: points of the layouts before it whose loss matters.

    Of each slot: the lowest and the highest quiet value, whether a gap is quiet too, and its cells.
    """

    low: array[float]
    high: array[float]
    gap_is_quiet: bytearray
    cells: list[tuple[Cell, ...]]
    gone: list[Cell] = field(default_factory=list)
    ratings: dict[int, str] = field(default_factory=dict)  # slots whose values others are a share of

    @classmethod
    def of(cls, cells: list[tuple[Cell, ...]]) -> Plan:
        """Return a plan in which every slot that has cells is looked at first of all."""
        ranges = [NEVER_QUIET if each else ANY for each in cells]
        low, high = array("d", [low for low, _ in ranges]), array("d", [high for _, high in ranges])
        return cls(low, high, bytearray(not each for each in cells), cells)

    def loud(self, values: array[float]) -> Sequence[int]:
        """Return the slots with a value, or a gap, that may change an alert."""
        if len(values) < _WORTH_NUMPY:
            ranges = zip(values, self.low, self.high, strict=True)
            outside = [slot for slot, (value, low, high) in enumerate(ranges) if not low <= value <= high]
        else:
            said = np.frombuffer(values)
            inside = (said >= np.frombuffer(self.low)) & (said <= np.frombuffer(self.high))
            if b"\0" not in inside.tobytes():
                return ()
            outside = np.flatnonzero(~inside).tolist()
        return [slot for slot in outside if not (self.gap_is_quiet[slot] and isnan(values[slot]))]

    def listen(self, slot: int, value: float) -> None:
        """Note which values of a slot, after a look at ``value``, change none of its alerts."""
        cells = self.cells[slot]
        self.gap_is_quiet[slot] = not any(cell.minds_gaps for cell in cells)
        ranges = [NEVER_QUIET] if isnan(value) else [cell.quiet(value) for cell in cells]
        if not ranges or slot in self.ratings:
            ranges.append((value, value))
        self.low[slot], self.high[slot] = max(low for low, _ in ranges), min(high for _, high in ranges)

    def rate(self, ratings: Container[str], metrics: Iterable[str]) -> None:
        """Look at the slots of these ratings whenever they change; ``metrics`` are those of all slots."""
        self.ratings = {slot: metric for slot, metric in enumerate(metrics) if metric in ratings}
        for slot in self.ratings:
            self.low[slot], self.high[slot] = NEVER_QUIET

    def wake_rated(self, rating: str) -> None:
        """Look anew at what is a share of a rating that has changed."""
        for cell in [cell for cells in self.cells for cell in cells if rating in cell.rule.ratio_to]:
            self.wake(cell)

    def wake(self, cell: Cell) -> None:
        """Look at a cell's slot whatever it says next: no reading has moved its alert."""
        for slot, cells in enumerate(self.cells):
            if cell in cells:
                self.low[slot], self.high[slot] = NEVER_QUIET
                self.gap_is_quiet[slot] = 0

    @property
    def losable(self) -> list[Cell]:
        """Return the cells of rules that tell of a loss."""
        return [cell for cells in (*self.cells, self.gone) for cell in cells if cell.fears_loss]
