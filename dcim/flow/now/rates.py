"""All limits of a network, in columns: place after place, and of each in the order of ``caps_of``. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from dcim.flow.drawing.caps import Cap, caps_of
from dcim.flow.now.cells import Cells
from dcim.flow.now.equations import FAR, Numbers
from dcim.late import np

if TYPE_CHECKING:
    import numpy.typing as npt

    Places: TypeAlias = npt.NDArray[np.int64]


class Row(NamedTuple):
    """A limit of an element: of a phase, or of all (empty)."""

    element: str
    phase: str
    unit: str
    limit: float


class Rates:
    """Made once for a network. ``number``: which number of ``Cells`` each limit is one of; else see ``Cap``.

    ``place``: of which place each is; ``first``: where the limits of each place begin.
    """

    def __init__(self, cells: Cells) -> None:
        caps = [caps_of(place.element, ()) for place in cells.places]
        self.rows: list[Row] = []
        self.first: list[int] = []
        numbers: list[int] = []
        places = [at for at, mine in enumerate(caps) for _ in mine]
        for place, mine in zip(cells.places, caps, strict=True):
            self.first.append(len(self.rows))
            for cap in mine:
                phase = place.element.lines[cap.line] if cap.line >= 0 else ""
                self.rows.append(Row(place.element.id, phase, cap.unit, cap.amount))
                numbers.append(place.gives[cap.line] if cap.line >= 0 else place.total)
        ends = np.array([(cap.warn, cap.trip, cap.low, cap.high) for mine in caps for cap in mine])
        self.warn, self.trip, self.low, self.high = ends.astype(np.float64).reshape(-1, 4).T
        self.place: Places = np.array(places, dtype=np.int64)
        self.number: Places = np.array(numbers, dtype=np.int64)

    def rated(self, caps: Sequence[Sequence[Cap]]) -> Numbers:
        """Return what is rated by the limits of each place as they are now."""
        return np.array([cap.rated for mine in caps for cap in mine], dtype=np.float64)

    def shares(self, low: Numbers, high: Numbers, rated: Numbers) -> Numbers:
        """Return what is carried as shares of what is rated, least and most, by bounds of all numbers."""
        least, most = low[self.number], high[self.number]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.column_stack(
                (least * self.low / rated, np.where(most >= FAR / 4, np.inf, most) * self.high / rated)
            )

    def hold(self, high: Numbers, least: Numbers, rated: Numbers, said: Places) -> None:
        """Let what nobody measures carry at most what its breaker holds, unless more hangs on it already.

        ``least``: what every number is at least; ``said``: those that are measured.
        """
        measured = np.zeros(len(high), dtype=bool)
        measured[said] = True
        open_ = (~measured[self.number]).nonzero()[0]
        if not len(open_):
            return
        number, low = self.number[open_], self.low[open_]
        with np.errstate(divide="ignore", invalid="ignore"):
            most = np.where(low > 0, rated[open_] * self.trip[open_] / low, np.inf)
            counts = least[number] <= most
        np.minimum.at(high, number[counts], most[counts])
