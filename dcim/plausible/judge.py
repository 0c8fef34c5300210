"""Verdicts on what a device says of itself: its newest values held against the equations. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias, TypeVar

from dcim.model import Batch, Labels
from dcim.plausible.formula import EQUATIONS, Equation, Formula, Side
from dcim.record import dataclass

Values: TypeAlias = "Mapping[str, Mapping[Labels, float]]"
"""Newest values by metric and labels; NaN where there is a gap."""

T = TypeVar("T")
_NAN: Final = math.nan


def place_of(labels: Labels) -> str:
    """Return a place in words: the values of its labels, ``all`` for the whole device."""
    return " ".join(value for _, value in labels) or "all"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an equation says of a device. ``holds`` is None where a value is missing: nothing is known then.

    ``labels`` are those of the left side; ``left`` and ``right`` in its base unit, NaN where undecided.
    """

    check: str
    labels: Labels
    holds: bool | None
    left: float = _NAN
    right: float = _NAN

    @property
    def of(self) -> str:
        """Return the place in words."""
        return place_of(self.labels)


Verdicts: TypeAlias = "tuple[Verdict, ...]"


def values_of(batches: Iterable[Batch]) -> dict[str, dict[Labels, float]]:
    """Return the values of batches by metric and labels."""
    found: dict[str, dict[Labels, float]] = defaultdict(dict)
    for batch in batches:
        for point, value in zip(batch.layout.points, batch.values, strict=True):
            found[point.metric][point.labels] = value
    return found


def judge(batches: Iterable[Batch], equations: Sequence[Equation] = EQUATIONS) -> Verdicts:
    """Return the verdicts that a device's newest batches allow, by equation and labels.

    An equation that lacks a whole metric does not apply and gives none.
    """
    return judge_values(values_of(batches), equations)


def judge_values(values: Values, equations: Sequence[Equation] = EQUATIONS) -> Verdicts:
    """Return the verdicts that these values allow."""
    return tuple(verdict for equation in equations for verdict in _judged(equation, values))


def _judged(equation: Equation, values: Values) -> Iterator[Verdict]:
    """Yield one verdict for each set of labels: the best that one of the formulas allows."""
    best: dict[Labels, Verdict] = {}
    for formula in equation.formulas:
        if not all(values.get(metric) for metric in formula.metrics):
            continue
        for labels in _places(formula.left, values):
            verdict = _verdict(equation, formula, labels, values)
            before = best.get(labels)
            if before is None or rank(verdict) > rank(before):
                best[labels] = verdict
    yield from (best[labels] for labels in sorted(best))


def rank(verdict: Verdict) -> int:
    """Return how much a verdict says for its device: the best of several formulas counts."""
    return {True: 2, False: 1, None: 0}[verdict.holds]


def _places(left: Side, values: Values) -> Iterable[Labels]:
    return ((),) if left.summed else values[left.factors[0]]


def _verdict(equation: Equation, formula: Formula, labels: Labels, values: Values) -> Verdict:
    left = _worth(formula.left, labels, values)
    right = _worth(formula.right, labels, values)
    return weigh(equation, formula, labels, left, right)


def weigh(equation: Equation, formula: Formula, labels: Labels, left: float, right: float) -> Verdict:
    """Return the verdict on two sides that are worth so much; NaN: something in a side is missing."""
    holds = agree(equation, formula, left, right)
    return (
        Verdict(equation.name, labels, holds)
        if holds is None
        else Verdict(equation.name, labels, holds, left, right)
    )


def agree(equation: Equation, formula: Formula, left: float, right: float) -> bool | None:
    """Return whether two sides that are worth so much agree; None where something in a side is missing."""
    if left != left or right != right:
        return None
    slack = max(equation.absolute, equation.relative * max(abs(left), abs(right)))
    return right <= left + slack if formula.at_least else abs(left - right) <= slack


def _worth(side: Side, labels: Labels, values: Values) -> float:
    """Return what a side is worth at these labels; NaN if anything in it is missing."""
    if side.summed:
        parts = summed(values[side.factors[0]], labels)
        return math.fsum(parts) if parts else _NAN
    worth = 1.0
    for metric in side.factors:
        worth *= at(values[metric], labels, _NAN)
    for metric in side.divisors:
        divisor = at(values[metric], labels, _NAN)
        worth = worth / divisor if divisor else _NAN
    return worth


def summed(places: Mapping[Labels, T], labels: Labels) -> list[T]:
    """Return what stands at all places under these labels, but for parts of another: ``L1-b1`` of ``L1``."""
    parts = {place: one for place, one in places.items() if set(labels) <= set(place)}
    return [one for place, one in parts.items() if not any(above in parts for above in _above(place))]


def _above(place: Labels) -> Iterator[Labels]:
    """Yield the places of which this one may be a part."""
    for split, label in place:
        if "-" in label:
            yield tuple((name, text if name != split else text.rpartition("-")[0]) for name, text in place)


def at(places: Mapping[Labels, T], labels: Labels, none: T) -> T:
    """Return what stands at exactly these labels, else at the most of them: a rating has no phase."""
    if labels in places:
        return places[labels]
    fitting = [place for place in places if set(place) <= set(labels)]
    return places[max(fitting, key=len)] if fitting else none
