"""Answers a query over a source, at one time or at many at once. Pure, but for what the source does.

tree ──▶ selectors ask the source once for the whole time ──▶ arrays: a row a series, a column a step
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np

from dcim.promql import aggregate, binary, functions, names, overtime
from dcim.promql.errors import BadQuery, Unanswerable
from dcim.promql.source import Numbers, Samples, Selection, Source
from dcim.promql.tree import (
    Aggregate,
    Binary,
    Call,
    Negative,
    Node,
    Number,
    Selector,
    Subquery,
    Text,
)
from dcim.promql.vector import LOOKBACK, Grid, Vector, nameless
from dcim.promql.windows import Windows, newest, windows
from dcim.record import dataclass, field, replace

Said: TypeAlias = Vector | Numbers | str
"""What a part of a query says: series, a number a step, or a text."""

_SUBQUERY_STEP: Final = 60_000
"""Milliseconds between the steps of a subquery that names none: Prometheus' evaluation interval."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one query may ask for. ``cells``: series times steps of any part of it."""

    samples: int = 50_000_000
    cells: int = 20_000_000
    steps: int = 11_000
    lookback: int = LOOKBACK


@dataclass(slots=True)
class Evaluation:
    """One query over one source."""

    source: Source
    limits: Limits = field(default_factory=Limits)
    _read: int = 0

    def answer(self, node: Node, grid: Grid) -> Said:
        """Return what a query says at the times of a grid.

        Raise BadQuery for what makes no sense, Unanswerable for what the series do not allow.
        """
        match node:
            case Number(value):
                return np.full(grid.count, value)
            case Text(value):
                return value
            case Selector() | Subquery():
                return self._selected(node, grid)
            case Call():
                return self._called(node, grid)
            case Aggregate():
                return self._aggregated(node, grid)
            case Binary():
                return self._binary(node, grid)
            case Negative():
                return _negative(self.answer(node.of, grid))

    def _vector(self, node: Node, grid: Grid) -> Vector:
        said = self.answer(node, grid)
        assert isinstance(said, Vector)  # noqa: S101  the grammar has checked types
        return said

    def _number(self, node: Node, grid: Grid) -> Numbers:
        said = self.answer(node, grid)
        assert isinstance(said, np.ndarray)  # noqa: S101  the grammar has checked types
        return said

    def _samples(self, node: Selector, grid: Grid, window: int, *, newest: bool = False) -> Samples:
        every = grid.step if grid.count > 1 else 0
        first, last = grid.start - node.offset - window, grid.end - node.offset
        found = self.source.select(Selection(node.matchers, first, last, every, window, newest))
        self._read += len(found.at)
        self._bounded(len(found), grid)
        return found

    def _bounded(self, rows: int, grid: Grid) -> None:
        if self._read > self.limits.samples:
            msg = (
                f"the query needs more than {self.limits.samples} samples: ask for less time or fewer series"
            )
            raise Unanswerable(msg)
        if rows * grid.count > self.limits.cells:
            msg = f"{rows} series at {grid.count} steps are more than {self.limits.cells} values"
            raise Unanswerable(msg)

    def _selected(self, node: Selector | Subquery, grid: Grid) -> Vector:
        """Return the newest value of each series at each step."""
        if isinstance(node, Subquery) or node.range:
            msg = "a range is no answer: it stands within a function"
            raise BadQuery(msg)
        found = self._samples(node, grid, self.limits.lookback, newest=True)
        values, _, there = newest(found, grid.times - node.offset, self.limits.lookback)
        return Vector(found.labels, values, there).seen()

    def _stamped(self, node: Node, grid: Grid) -> Vector:
        """Return when the newest value of each series was sampled; what is computed is of its step."""
        if not isinstance(node, Selector):
            vector = self._vector(node, grid)
            return nameless(replace(vector, values=np.tile(grid.times / 1000.0, (len(vector), 1))))
        found = self._samples(node, grid, self.limits.lookback, newest=True)
        _, at, there = newest(found, grid.times - node.offset, self.limits.lookback)
        seconds = (at / 1000.0).astype(np.float64)
        return nameless(Vector(found.labels, seconds, there).seen())

    def _ranged(self, node: Node, grid: Grid) -> tuple[Samples, Windows]:
        """Return the samples of a range at each step, of series or of a query within the query."""
        if isinstance(node, Subquery):
            found = self._inner(node, grid)
            return found, windows(found, grid.times - node.offset, node.range)
        assert isinstance(node, Selector)  # noqa: S101  the grammar has checked types
        found = self._samples(node, grid, node.range)
        return found, windows(found, grid.times - node.offset, node.range)

    def _inner(self, node: Subquery, grid: Grid) -> Samples:
        """Answer a query within the query, at whole multiples of its step."""
        step = node.step or _SUBQUERY_STEP
        begin = grid.start - node.offset - node.range
        start = -(-begin // step) * step
        count = max(0, (grid.end - node.offset - start) // step + 1)
        inner = Grid(start, step, count)
        self._bounded(1, inner)
        said = self.answer(node.of, inner) if count else np.empty(0)
        if isinstance(said, np.ndarray):
            said = _unlabelled(said)
        assert isinstance(said, Vector)  # noqa: S101  the grammar has checked types
        lengths = said.there.sum(axis=1)
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        times = np.broadcast_to(inner.times, said.there.shape)
        return Samples(said.labels, starts, times[said.there], said.values[said.there])

    def _called(self, node: Call, grid: Grid) -> Said:
        if node.function in names.OVER_TIME | names.RATES:
            return self._of_range(node, grid)
        if node.function in names.NUMERIC:
            vector = self._vector(node.arguments[0], grid)
            return functions.numeric(
                node.function, vector, [self._number(one, grid) for one in node.arguments[1:]]
            )
        match node.function, node.arguments:
            case "time", _:
                return grid.times / 1000.0
            case "vector", [of]:
                return _unlabelled(self._number(of, grid))
            case "scalar", [of]:
                return _scalar(self._vector(of, grid))
            case "timestamp", [of]:
                return self._stamped(of, grid)
            case _:
                return self._of_vector(node, grid)

    def _of_vector(self, node: Call, grid: Grid) -> Vector:
        match node.function, node.arguments:
            case "absent", [of]:
                matchers = of.matchers if isinstance(of, Selector) else ()
                return functions.absent(self._vector(of, grid), matchers)
            case "absent_over_time", [of]:
                samples, found = self._ranged(of, grid)
                matchers = of.matchers if isinstance(of, Selector) else ()
                counts = found.counts
                return functions.absent(
                    Vector(samples.labels, counts.astype(np.float64), counts > 0), matchers
                )
            case "histogram_quantile", [share, of]:
                return functions.of_buckets(self._number(share, grid), self._vector(of, grid))
            case "label_replace", [of, *texts]:
                words = [one.value for one in texts if isinstance(one, Text)]
                return functions.replaced(self._vector(of, grid), *words)
            case (("sort" | "sort_desc"), [of]):
                return _sorted(self._vector(of, grid), descending=node.function == "sort_desc")
            case _:
                msg = f"the function {node.function!r} with {len(node.arguments)} arguments"
                raise BadQuery(msg)

    def _of_range(self, node: Call, grid: Grid) -> Vector:
        samples, found = self._ranged(node.arguments[0], grid)
        how = overtime.rate if node.function in names.RATES else overtime.over_time
        with np.errstate(all="ignore"):
            values, there = how(node.function, found)
        vector = Vector(samples.labels, values, there).seen()
        return vector if node.function == "last_over_time" else nameless(vector)

    def _aggregated(self, node: Aggregate, grid: Grid) -> Vector:
        vector = self._vector(node.of, grid)
        if node.most is not None:
            most = self._number(node.most, grid)
            return aggregate.first_of_order(node.operator, vector, node.grouping, most)
        with np.errstate(all="ignore"):
            return aggregate.aggregate(node.operator, vector, node.grouping).seen()

    def _binary(self, node: Binary, grid: Grid) -> Said:
        left, right = self.answer(node.left, grid), self.answer(node.right, grid)
        match left, right:
            case Vector(), Vector():
                if node.operator in names.SETS:
                    return binary.of_sets(node, left, right)
                return binary.of_vectors(node, left, right)
            case Vector(), np.ndarray():
                return binary.with_scalar(node, left, right, scalar_left=False)
            case np.ndarray(), Vector():
                return binary.with_scalar(node, right, left, scalar_left=True)
            case np.ndarray(), np.ndarray():
                return binary.computed(node.operator, left, right)
            case _:
                msg = "a text is no side of an operator"
                raise BadQuery(msg)


def _unlabelled(numbers: Numbers) -> Vector:
    """Return a number a step as the series that has no labels."""
    return Vector([()], numbers.reshape(1, -1), np.ones((1, len(numbers)), dtype=bool))


def _negative(said: Said) -> Said:
    if isinstance(said, Vector):
        return nameless(Vector(said.labels, -said.values, said.there))
    assert not isinstance(said, str)  # noqa: S101  the grammar has checked types
    return -said


def _scalar(vector: Vector) -> Numbers:
    """Return the value of the only series at each step; NaN where there is none, or more than one."""
    only = vector.there.sum(axis=0) == 1
    value = np.where(vector.there, vector.values, 0.0).sum(axis=0)
    return np.where(only, value, np.nan)


def _sorted(vector: Vector, *, descending: bool) -> Vector:
    """Return the series by their value, for an answer at one time; NaN comes last."""
    if vector.values.shape[1] != 1:
        return vector
    values = -vector.values[:, 0] if descending else vector.values[:, 0]
    return vector.rows(np.lexsort((values, np.isnan(values))))
