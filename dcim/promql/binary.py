"""Two sides and what stands between them, at every step at once. Pure.

left rows    a ─┐ same labels, as far as they are matched      pairs of rows ─▶ one array operation
right rows   a ─┘                                              ─▶ series by the labels of their result
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from dcim.model import Labels
from dcim.promql.errors import Unanswerable
from dcim.promql.names import COMPARISONS
from dcim.promql.source import Numbers, Truth, Whole
from dcim.promql.tree import NAME, Binary, Many, Matching
from dcim.promql.vector import Vector, changed, get, merged, nameless, nothing, only, without

_Operation = Callable[[Numbers, Numbers], Numbers | Truth]

_OPERATIONS: Final[Mapping[str, _Operation]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "^": np.power,
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
_MANY_TO_MANY: Final = "many-to-many matching not allowed: matching labels must be unique on one side"
_NOT_EXPLICIT: Final = (
    "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
)
_AMBIGUOUS: Final = "multiple matches for labels: grouping labels must ensure unique matches"


def computed(operator: str, left: Numbers, right: Numbers) -> Numbers:
    """Return what stands between two sides of numbers; comparisons are 0 or 1."""
    with np.errstate(all="ignore"):
        return np.asarray(_OPERATIONS[operator](left, right), dtype=np.float64)


def with_scalar(node: Binary, vector: Vector, scalar: Numbers, *, scalar_left: bool) -> Vector:
    """Return a vector with a number a step on its other side; a comparison keeps the vector's own values."""
    sides = (scalar, vector.values) if scalar_left else (vector.values, scalar)
    found = computed(node.operator, *sides)
    if node.operator not in COMPARISONS or node.bool:
        return nameless(Vector(vector.labels, found, vector.there))
    return Vector(vector.labels, vector.values, vector.there & (found != 0)).seen()


def _signer(matching: Matching) -> Callable[[Labels], Labels]:
    if matching.on:
        names = frozenset(matching.labels)
        return lambda labels: only(labels, names)
    ignored = frozenset(matching.labels) | {NAME}
    return lambda labels: without(labels, ignored)


def _groups(left: Vector, right: Vector, matching: Matching) -> tuple[Whole, Whole, int]:
    """Return a number for the matched labels of each row of both sides, and how many there are."""
    sign, known = _signer(matching), dict[Labels, int]()
    numbers = [
        np.array([known.setdefault(sign(labels), len(known)) for labels in side.labels], dtype=np.int64)
        for side in (left, right)
    ]
    return numbers[0], numbers[1], len(known)


def _any(there: Truth, group: Whole, count: int) -> Truth:
    """Say for each group and step whether one of its rows is there."""
    return _number(there, group, count) > 0


def _number(there: Truth, group: Whole, count: int) -> Whole:
    found = np.zeros((count, there.shape[1]), dtype=np.int64)
    np.add.at(found, group, there)
    return found


def of_sets(node: Binary, left: Vector, right: Vector) -> Vector:
    """Return ``and``, ``or`` or ``unless`` of two sides: by whether the other side has any, step by step."""
    mine, theirs, count = _groups(left, right, node.matching)
    if node.operator == "or":
        rest = right.there & ~_any(left.there, mine, count)[theirs]
        both = Vector(
            [*left.labels, *right.labels],
            np.concatenate([left.values, right.values]),
            np.concatenate([left.there, rest]),
        )
        return merged(both.seen())
    other = _any(right.there, theirs, count)[mine]
    return Vector(left.labels, left.values, left.there & (other if node.operator == "and" else ~other)).seen()


def of_vectors(node: Binary, left: Vector, right: Vector) -> Vector:
    """Return two vectors, matched. Raise Unanswerable where it is not clear which series belong together."""
    swapped = node.matching.many is Many.RIGHT
    many, one = (right, left) if swapped else (left, right)
    many_group, one_group, count = _groups(many, one, node.matching)
    if (_number(one.there, one_group, count) > 1).any():
        raise Unanswerable(_MANY_TO_MANY)
    matched = _matched(many_group, one_group)
    mine, theirs = matched
    if not len(mine):
        return nothing(left.values.shape[1])
    there = many.there[mine] & one.there[theirs]
    sides = (one.values[theirs], many.values[mine]) if swapped else (many.values[mine], one.values[theirs])
    found = computed(node.operator, *sides)
    values = found
    if node.operator in COMPARISONS and not node.bool:
        kept = found != 0
        values = sides[0]
    else:
        kept = np.ones(there.shape, dtype=bool)
    if node.matching.many is Many.NEITHER and (_number(there, many_group[mine], count) > 1).any():
        raise Unanswerable(_NOT_EXPLICIT)
    labels = [
        _result(node, many.labels[a], one.labels[b])
        for a, b in zip(mine.tolist(), theirs.tolist(), strict=True)
    ]
    return _joined(Vector(labels, values, there & kept).seen())


def _matched(many: Whole, one: Whole) -> tuple[Whole, Whole]:
    """Return all pairs of rows of both sides that are of one group."""
    order = np.argsort(one, kind="stable")
    low = np.searchsorted(one[order], many, "left")
    number = np.searchsorted(one[order], many, "right") - low
    mine = np.repeat(np.arange(len(many)), number)
    within = np.arange(len(mine)) - np.repeat(np.cumsum(number) - number, number)
    return mine, order[np.repeat(low, number) + within]


def _result(node: Binary, many: Labels, one: Labels) -> Labels:
    """Return the labels of what is made of two series."""
    matching = node.matching
    made = many
    if node.operator not in COMPARISONS or node.bool:
        made = without(made, frozenset({NAME}))
    if matching.many is Many.NEITHER:
        names = frozenset(matching.labels)
        made = only(made, names) if matching.on else without(made, names)
    for name in matching.include:
        made = changed(made, name, get(one, name))
    return made


def _joined(vector: Vector) -> Vector:
    try:
        return merged(vector)
    except Unanswerable:
        raise Unanswerable(_AMBIGUOUS) from None
