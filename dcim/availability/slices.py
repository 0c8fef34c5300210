"""A period in slices that follow each other, each in one of seven categories. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from dcim.availability.category import Category, Microseconds, Period
from dcim.availability.columns import Bools, Columns, Ints, Smalls
from dcim.late import np

_new: Final = tuple.__new__  # half the time of calling the class
_CATEGORIES: Final = (Category.BLIND, *Category)  # by number; 0 is none


class Slice(NamedTuple):
    """A time in one category. ``decided``: also whether anything is missing.

    ``sequence`` is that of the fact that said how the subject stands, ``by`` that of the window or of the
    person's word that put it into its category (0: none).
    """

    start: Microseconds
    end: Microseconds
    category: Category
    decided: bool
    sequence: int
    by: int


class Slices(Columns[Slice]):
    """Slices without a gap and without an overlap, in order."""

    __slots__ = ()

    @classmethod
    def between(cls, edges: Ints, categories: Smalls, decided: Bools, sequences: Ints, by: Ints) -> Slices:
        """Return the slices between each edge and the next."""
        return cls(edges[:-1], edges[1:], categories, decided, sequences, by)

    @staticmethod
    def row(values: Sequence[Any]) -> Slice:
        """Return one slice."""
        start, end, category, decided, sequence, by = values
        return _new(Slice, (start, end, _CATEGORIES[category], decided, sequence, by))

    @staticmethod
    def types() -> tuple[type, ...]:
        """Return the type of each column."""
        return (np.int64, np.int64, np.uint8, np.bool_, np.int64, np.int64)

    @property
    def starts(self) -> Ints:
        """When each begins."""
        return self.columns[0]

    @property
    def ends(self) -> Ints:
        """When each ends: where the next begins."""
        return self.columns[1]

    @property
    def categories(self) -> Smalls:
        """The category of each, as its number."""
        return self.columns[2]

    @property
    def decided(self) -> Bools:
        """Of each, whether it is decided if anything is missing."""
        return self.columns[3]

    @property
    def edges(self) -> Ints:
        """Every moment at which one begins, and the end of the last."""
        return np.append(self.starts, self.ends[-1:])

    @property
    def lengths(self) -> Ints:
        """How long each is, in microseconds."""
        return np.asarray(self.ends - self.starts)

    def are(self, some: frozenset[Category]) -> Bools:
        """Say of each whether it is in one of some categories."""
        return self.in_any(some, self.categories)

    @staticmethod
    def in_any(some: frozenset[Category], categories: Smalls) -> Bools:
        """Say of categories whether each is one of some."""
        if some not in _IN:
            _IN[some] = _table(some)
        return _IN[some][categories]

    def over(self, span: Period) -> Slices:
        """Return those of which any part lies in a time."""
        first = int(np.searchsorted(self.ends, span.start, "right"))
        return self[first : int(np.searchsorted(self.starts, span.end, "left"))]

    def cut(self, span: Period) -> Slices:
        """Return what of them lies in a time."""
        found = self.over(span)
        starts, ends, *rest = found.columns
        return Slices(np.maximum(starts, span.start), np.minimum(ends, span.end), *rest)


def _table(some: frozenset[Category]) -> Bools:
    return np.array([number in some for number in range(len(_CATEGORIES))])


_IN: Final[dict[frozenset[Category], Bools]] = {}
