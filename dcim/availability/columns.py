"""Rows of one shape, kept as columns: a tenth of the memory of tuples, computed with all at once. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, Self, TypeAlias, TypeVar, overload

from dcim.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray


Row = TypeVar("Row", covariant=True)
Floats: TypeAlias = "NDArray[np.float64]"
Ints: TypeAlias = "NDArray[np.int64]"
Smalls: TypeAlias = "NDArray[np.uint8]"
Bools: TypeAlias = "NDArray[np.bool_]"


class Columns(Sequence[Row], ABC, Generic[Row]):
    """A sequence of rows that nobody changes. A row is made when it is asked for, of plain integers."""

    __slots__ = ("columns",)

    def __init__(self, *columns: NDArray[Any]) -> None:
        self.columns = columns

    @staticmethod
    @abstractmethod
    def row(values: Sequence[Any]) -> Any:
        """Return a row of its values."""

    @staticmethod
    @abstractmethod
    def types() -> tuple[type, ...]:
        """Return the type of each column."""

    @classmethod
    def of(cls, rows: Iterable[Sequence[Any]]) -> Self:
        """Return rows as columns."""
        types = cls.types()
        columns = list(zip(*rows, strict=True)) or [()] * len(types)
        return cls(*(np.array(one, kind) for one, kind in zip(columns, types, strict=True)))

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.columns[0])

    def __eq__(self, other: object) -> bool:
        """Whether two hold the same rows."""
        return type(self) is type(other) and all(map(np.array_equal, self.columns, other.columns))

    __hash__ = None  # type: ignore[assignment]

    def __iter__(self) -> Iterator[Row]:
        """Make every row."""
        return map(self.row, zip(*(one.tolist() for one in self.columns), strict=True))

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> Self: ...

    def __getitem__(self, place: int | slice) -> Any:
        """Make one row, or return several as columns."""
        if isinstance(place, slice):
            return type(self)(*(one[place] for one in self.columns))
        return self.row([one[place].item() for one in self.columns])

    def where(self, which: Bools) -> Self:
        """Return the rows of which that holds."""
        some = np.flatnonzero(which)  # once: each column would look for them again
        return type(self)(*[one[some] for one in self.columns])


def parted(edges: Ints, at: Ints, where: Bools) -> tuple[Ints, Ints]:
    """Return the edges of stretches that are also cut at some moments, and of which stretch each is a part.

    Only those are cut ``where`` it holds; moments on an edge or beyond the ends cut nothing.
    """
    place = np.searchsorted(edges, at, "right") - 1
    within = (place >= 0) & (place < len(where))
    cuts = at[within][where[place[within]]]
    fine = np.sort(np.concatenate([edges, cuts]))
    fine = fine[np.append(True, fine[1:] > fine[:-1])]  # np.unique would import all of numpy.ma
    return fine, np.searchsorted(edges, fine[:-1], "right") - 1


def inside(spans: Sequence[tuple[int, int]], at: Ints) -> Bools:
    """Say of moments whether each lies in one of several spans that are apart and in order."""
    ends = np.array(spans, np.int64).ravel()
    return np.asarray(np.searchsorted(ends, at, "right") % 2 == 1)
