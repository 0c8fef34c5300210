"""What makes numbers of a device out of what its cells say, for all numbers of a layout at once. Pure.

    number = cell x factor / divisor + offset, NaN where it is not between low and high

Row by row in plain Python, or many rows in one go: both do the same operations on the same float64, so they
say the same to the last bit.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cached_property, lru_cache
from math import nan
from struct import Struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from dcim.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Step: TypeAlias = tuple[float, float, float, float, float]
"""Factor, divisor, offset, lowest and highest value of one number."""

WORTH_NUMPY: Final = 48
"""Cells from which all at once is cheaper than one after the other."""


class Numbers(NamedTuple):
    """The numbers of one device; ``whole``: none of them is NaN."""

    values: array[float]
    whole: bool


class Arithmetic:
    """The steps of the numbers of a layout; one object for all devices of a family."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        self.steps = steps
        self._row = Struct(f"{len(steps)}d")

    def __len__(self) -> int:
        """Return how many numbers there are."""
        return len(self.steps)

    def of(self, cells: Sequence[Any]) -> list[float]:
        """Return the numbers of one device; ``cells`` may go on behind them."""
        return [
            value if low <= (value := raw * factor / divisor + offset) <= high else nan
            for raw, (factor, divisor, offset, low, high) in zip(cells, self.steps, strict=False)
        ]

    def row(self, cells: Sequence[Any]) -> bytes:
        """Return the cells of one device as a row for ``of_all``; ``struct.error`` where one is no number.

        Half as long as an ``array`` takes to be made of them.
        """
        return self._row.pack(*cells)

    def row_of(self, cells: bytes) -> bytes:
        """Return the row of cells that are float64 already; there may be more of them behind it."""
        return cells if len(cells) == self._row.size else cells[: self._row.size]

    def of_all(self, rows: Sequence[bytes]) -> list[Numbers]:
        """Return the numbers of many devices, the cells of each as ``row`` makes them."""
        cells = np.frombuffer(b"".join(rows)).reshape(len(rows), len(self.steps))
        values, inside = self.columns(cells)
        written, size = values.tobytes(), values.itemsize * len(self.steps)
        parts = [array("d", written[at : at + size]) for at in range(0, len(written), size)]
        whole = np.logical_and.reduce(inside, axis=1)
        return [Numbers(part, is_whole) for part, is_whole in zip(parts, whole.tolist(), strict=True)]

    def columns(self, cells: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return the numbers of many devices, a row of cells each, and which of them are in their range."""
        factor, divisor, offset, low, high = self._columns
        with np.errstate(all="ignore"):  # an overflow is infinite, and out of any range, as in plain Python
            values: NDArray[np.float64] = cells * factor
            values /= divisor
            values += offset
            inside = (values >= low) & (values <= high)
        values[~inside] = nan
        return values, inside

    @cached_property
    def _columns(self) -> tuple[NDArray[np.float64], ...]:
        return tuple(np.array(column, dtype=np.float64) for column in zip(*self.steps, strict=True))


@lru_cache(1024)
def arithmetic(steps: tuple[Step, ...]) -> Arithmetic:
    """Return the arithmetic of a layout: the same object for all devices of a family."""
    return Arithmetic(steps)
