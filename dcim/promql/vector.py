"""What a part of a query says at each step: a row a series, a column a step. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from dcim.model import Labels
from dcim.promql.errors import Unanswerable
from dcim.promql.source import Numbers, Truth, Whole
from dcim.promql.tree import NAME
from dcim.record import dataclass

LOOKBACK: Final = 300_000
"""Milliseconds for which a sample counts when no newer one comes; Prometheus' default."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The times at which a query is answered: ``count`` of them from ``start``, ``step`` apart. UTC ms."""

    start: int
    step: int
    count: int

    @property
    def times(self) -> Whole:
        """Return every time."""
        return self.start + self.step * np.arange(self.count, dtype=np.int64)

    @property
    def end(self) -> int:
        """Return the last time."""
        return self.start + self.step * (self.count - 1)


@dataclass(frozen=True, slots=True, eq=False)
class Vector:
    """Series by their labels: ``values`` count where ``there`` is true. A NaN that is there is a value."""

    labels: Sequence[Labels]
    values: Numbers
    there: Truth

    def __len__(self) -> int:
        """Return the number of series."""
        return len(self.labels)

    def rows(self, chosen: Sequence[int] | Whole | Truth) -> Vector:
        """Return some of the series, in the order in which they are chosen."""
        picked = (
            np.flatnonzero(chosen) if getattr(chosen, "dtype", None) == np.bool_ else np.asarray(chosen, int)
        )
        return Vector([self.labels[at] for at in picked.tolist()], self.values[picked], self.there[picked])

    def seen(self) -> Vector:
        """Return the series that are there at any step."""
        some: Truth = np.any(self.there, axis=1)
        return self if some.all() else self.rows(some)


def nothing(steps: int) -> Vector:
    """Return no series at all."""
    return Vector([], np.empty((0, steps)), np.empty((0, steps), dtype=bool))


def get(labels: Labels, name: str) -> str:
    """Return the value of a label, empty when it is not there."""
    for key, value in labels:
        if key == name:
            return value
    return ""


def without(labels: Labels, names: frozenset[str]) -> Labels:
    """Return all other labels."""
    return tuple(pair for pair in labels if pair[0] not in names)


def only(labels: Labels, names: frozenset[str]) -> Labels:
    """Return these labels alone."""
    return tuple(pair for pair in labels if pair[0] in names)


def changed(labels: Labels, name: str, value: str) -> Labels:
    """Return the labels with one of them set, or taken away by an empty value."""
    rest = [pair for pair in labels if pair[0] != name]
    return tuple(sorted([*rest, (name, value)] if value else rest))


_NAME_ONLY: Final = frozenset({NAME})


def nameless(vector: Vector) -> Vector:
    """Return a vector of which each series has lost its name: it says something else now."""
    return merged(
        Vector([without(labels, _NAME_ONLY) for labels in vector.labels], vector.values, vector.there)
    )


def merged(vector: Vector) -> Vector:
    """Make one series of those that share all labels. Raise Unanswerable when they meet at a step."""
    first: dict[Labels, int] = {}
    place = np.array([first.setdefault(labels, len(first)) for labels in vector.labels], dtype=np.int64)
    if len(first) == len(vector.labels):
        return vector
    shape = (len(first), vector.values.shape[1])
    values, there = np.zeros(shape), np.zeros(shape, dtype=bool)
    for row, at in enumerate(place.tolist()):
        mine = vector.there[row]
        if (there[at] & mine).any():
            msg = "vector cannot contain metrics with the same labelset"
            raise Unanswerable(msg)
        values[at] = np.where(mine, vector.values[row], values[at])
        there[at] |= mine
    return Vector(list(first), values, there)
