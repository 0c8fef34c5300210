"""What parts keep, in columns: a site of 5,000 parts has 10,000 rows. Pure.

Who asks for a row gets it as ``Headroom``; who goes through all takes the columns, which nobody changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, overload

from dcim.flow import Interval
from dcim.late import np
from dcim.redundancy.verdict import Headroom

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float64]
    Spans: TypeAlias = NDArray[np.float64]
    """A row of least and most for each row."""

Words: TypeAlias = tuple[str, ...]
_NEVER: Final = float("nan")
_WIDTH: Final = 7
"""Numbers of a row as it goes through the pipe."""


class Limits:
    """What parts may carry: see ``Headroom``. ``trip`` is NaN where nothing opens."""

    __slots__ = ("limit", "part", "phase", "trip", "unit", "warn")

    def __init__(
        self, part: Words, phase: Words, unit: Words, limit: Numbers, warn: Numbers, trip: Numbers
    ) -> None:
        self.part, self.phase, self.unit = part, phase, unit
        self.limit, self.warn, self.trip = limit, warn, trip

    def is_of(self, other: Limits) -> bool:
        """Whether these are limits of the same parts and phases, in the same units."""
        return self is other or (
            self.part == other.part and self.phase == other.phase and self.unit == other.unit
        )

    def same(self, other: Limits) -> bool:
        """Whether these are the very limits."""
        mine, theirs = (self.limit, self.warn, self.trip), (other.limit, other.warn, other.trip)
        return self is other or (
            self.is_of(other)
            and all(np.array_equal(*both, equal_nan=True) for both in zip(mine, theirs, strict=True))
        )

    @classmethod
    def of(cls, rows: Iterable[tuple[str, str, str, float, float, float | None]]) -> Limits:
        """Return those of these rows: part, phase, unit, limit, warn, trip (None where nothing opens)."""
        found = list(rows)
        numbers = [(limit, warn, _NEVER if trip is None else trip) for _, _, _, limit, warn, trip in found]
        return cls(
            tuple([row[0] for row in found]),
            tuple([row[1] for row in found]),
            tuple([row[2] for row in found]),
            *np.array(numbers, dtype=np.float64).reshape(-1, 3).T,
        )

    def taken(self, rows: Sequence[int]) -> Limits:
        """Return some of them."""
        return Limits(
            tuple([self.part[row] for row in rows]),
            tuple([self.phase[row] for row in rows]),
            tuple([self.unit[row] for row in rows]),
            self.limit[rows],
            self.warn[rows],
            self.trip[rows],
        )


class Rows(Sequence[Headroom]):
    """One row for each limit: ``now`` and ``after`` as shares of it, and by which loss."""

    __slots__ = ("after", "limits", "lost", "now")

    def __init__(self, limits: Limits, now: Spans, after: Spans, lost: Words) -> None:
        self.limits, self.now, self.after, self.lost = limits, now, after, lost

    @classmethod
    def of(cls, rows: Sequence[Headroom]) -> Rows:
        """Return rows in columns."""
        if isinstance(rows, Rows):
            return rows
        limits = Limits.of((one.part, one.phase, one.unit, one.limit, one.warn, one.trip) for one in rows)
        now, after = (
            np.array(spans, dtype=np.float64).reshape(-1, 2)
            for spans in ([one.now for one in rows], [one.after for one in rows])
        )
        return cls(limits, now, after, tuple([one.lost for one in rows]))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.lost)

    @overload
    def __getitem__(self, at: int) -> Headroom: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Headroom, ...]: ...
    def __getitem__(self, at: int | slice) -> Headroom | tuple[Headroom, ...]:
        """Return a row, or some."""
        if isinstance(at, slice):
            return tuple([self[one] for one in range(len(self))[at]])
        of, trip = self.limits, float(self.limits.trip[at])
        return Headroom(
            part=of.part[at],
            phase=of.phase[at],
            unit=of.unit[at],
            limit=float(of.limit[at]),
            warn=float(of.warn[at]),
            trip=trip if trip == trip else None,
            now=Interval(*self.now[at].tolist()),
            after=Interval(*self.after[at].tolist()),
            lost=self.lost[at],
        )

    def __iter__(self) -> Iterator[Headroom]:
        """Yield every row."""
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Whether other rows, in columns or not, say the same."""
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """Return the rows one by one."""
        return repr(tuple(self))

    def __reduce__(self) -> tuple[Any, ...]:
        """Return it in columns of plain values, as it goes through the pipe."""
        of = self.limits
        numbers = np.column_stack((of.limit, of.warn, of.trip, self.now, self.after)).astype(np.float64)
        return _rows, (of.part, of.phase, of.unit, self.lost, numbers.tobytes())


def _rows(part: Words, phase: Words, unit: Words, lost: Words, data: bytes) -> Rows:
    numbers = np.frombuffer(data, dtype=np.float64).reshape(-1, _WIDTH)
    limits = Limits(part, phase, unit, numbers[:, 0], numbers[:, 1], numbers[:, 2])
    return Rows(limits, numbers[:, 3:5], numbers[:, 5:7], lost)


class Points:
    """Which rows are one point: of several limits of a part and phase (kVA and kW, A and kVA) the worst.

    Made for limits, and good for all that are of the same parts.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        points: dict[tuple[str, str], int] = {}
        keys = zip(limits.part, limits.phase, strict=True)
        point = np.array([points.setdefault(key, len(points)) for key in keys], dtype=np.int64)
        count = np.bincount(point, minlength=len(points))
        self._first = np.unique(point, return_index=True)[1]
        self._several = np.flatnonzero(count[point] > 1)
        self._of = point[self._several]
        self._worst: Sequence[int] | None = None
        self._told = limits

    def of(self, rows: Rows) -> Rows:
        """Return one row for each; that lies between the greatest least and the greatest most of its rows."""
        several, of = self._several, self._of
        if not len(several):
            self.limits = rows.limits
            return rows
        now, after = rows.now[several], rows.after[several]
        order = np.lexsort((-several, after[:, 0], after[:, 1], of))
        last = np.flatnonzero(np.append(of[order][1:] != of[order][:-1], True))
        worst = self._first.copy()
        worst[of[order[last]]] = several[order[last]]
        found = rows.now[worst], rows.after[worst]
        for ends, mine in zip(found, (now, after), strict=True):
            for column in (0, 1):
                np.maximum.at(ends[:, column], of, mine[:, column])
        return Rows(
            self._limits(rows.limits, worst), *found, tuple([rows.lost[one] for one in worst.tolist()])
        )

    def _limits(self, limits: Limits, worst: Any) -> Limits:
        """Return the limits that are told; the very object of the look before where they are the same."""
        if self._worst is None or not np.array_equal(worst, self._worst) or not limits.same(self.limits):
            self.limits, self._worst, self._told = limits, worst, limits.taken(worst.tolist())
        return self._told
