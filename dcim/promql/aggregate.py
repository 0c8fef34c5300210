"""Many series made one a group, at every step at once. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dcim.model import Labels
from dcim.promql.source import Numbers, Truth, Whole
from dcim.promql.tree import NAME, Grouping
from dcim.promql.vector import Vector, nothing, only, without
from dcim.record import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """The rows of a vector sorted by group: those of group ``i`` begin at ``starts[i]`` of ``order``."""

    labels: Sequence[Labels]
    order: Whole
    starts: Whole

    @classmethod
    def of(cls, vector: Vector, grouping: Grouping) -> _Groups:
        names = frozenset(grouping.labels) | ({NAME} if grouping.without else frozenset())
        kept = without if grouping.without else only
        first: dict[Labels, int] = {}
        group = np.array(
            [first.setdefault(kept(labels, names), len(first)) for labels in vector.labels], dtype=np.int64
        )
        order = np.argsort(group, kind="stable").astype(np.int64)
        starts = np.searchsorted(group[order], np.arange(len(first))).astype(np.int64)
        return cls(list(first), order, starts)

    def fold(self, how: np.ufunc, rows: Numbers) -> Numbers:
        """Return what ``how`` makes of the rows of each group."""
        folded: Numbers = how.reduceat(rows[self.order], self.starts, axis=0)
        return folded

    def members(self) -> list[Whole]:
        """Return the rows of each group."""
        return np.split(self.order, self.starts[1:])


def aggregate(operator: str, vector: Vector, grouping: Grouping) -> Vector:
    """Return one series a group: its sum, mean, least, most, number, or that there is any."""
    if not len(vector):
        return nothing(vector.values.shape[1])
    groups = _Groups.of(vector, grouping)
    number = groups.fold(np.add, vector.there.astype(np.float64))
    there = number > 0
    return Vector(groups.labels, _folded(operator, vector, groups, number), there)


def _folded(operator: str, vector: Vector, groups: _Groups, number: Numbers) -> Numbers:
    match operator:
        case "count":
            return number
        case "group":
            return np.ones(number.shape)
        case "max":
            return groups.fold(np.fmax, np.where(vector.there, vector.values, np.nan))
        case "min":
            return groups.fold(np.fmin, np.where(vector.there, vector.values, np.nan))
        case _:
            total = groups.fold(np.add, np.where(vector.there, vector.values, 0.0))
            return total / np.maximum(number, 1.0) if operator == "avg" else total


def first_of_order(operator: str, vector: Vector, grouping: Grouping, most: Numbers) -> Vector:
    """Return of each group and step the ``most`` series with the largest values (``topk``) or the smallest.

    Each keeps all its labels; where not all of equal ones fit, those that come first stay. NaN comes last.
    """
    if not len(vector):
        return vector
    groups = _Groups.of(vector, grouping)
    there: Truth = np.zeros(vector.there.shape, dtype=bool)
    wanted = np.nan_to_num(most, nan=0.0, posinf=len(vector), neginf=0.0)
    for rows in groups.members():
        there[rows] = _first(vector.values[rows], vector.there[rows], wanted, largest=operator == "topk")
    kept = Vector(vector.labels, vector.values, there).seen()
    if there.shape[1] == 1:
        kept = _in_order(kept, groups, vector, largest=operator == "topk")
    return kept


def _first(values: Numbers, there: Truth, most: Numbers, *, largest: bool) -> Truth:
    """Say for each step which of these values are the first of their order."""
    ordered = np.where(np.isnan(values), np.inf, -values if largest else values)
    keys = np.stack([ordered, np.isnan(values).astype(np.float64), (~there).astype(np.float64)])
    order: Whole = np.lexsort(keys, axis=0).astype(np.int64)
    rank: Numbers = np.argsort(order, axis=0).astype(np.float64)
    first: Truth = there & (rank < np.floor(most))
    return first


def _in_order(kept: Vector, groups: _Groups, whole: Vector, *, largest: bool) -> Vector:
    """Return the series group by group, the first of each first, as they are read at one moment."""
    group = {whole.labels[row]: at for at, rows in enumerate(groups.members()) for row in rows.tolist()}
    turn = np.array([group[labels] for labels in kept.labels])
    values = kept.values[:, 0]
    sign = -values if largest else values
    return kept.rows(np.lexsort((np.where(np.isnan(values), np.inf, sign), np.isnan(values), turn)))
