"""What of a device is held against what, found once a layout: most devices have nothing to compare. Pure.

layouts ──▶ slots that are needed ──▶ cases: an equation at a place, each side as numbers of such slots
                                      └── the same objects for all devices of a family
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from dcim.model import Batch, Labels, Layout
from dcim.plausible.formula import EQUATIONS, Equation, Formula, Side
from dcim.plausible.judge import agree, at, place_of, summed
from dcim.record import dataclass

_NAN: Final = math.nan
_MISSING: Final = -1
"""The place, behind those of all values, at which there is NaN."""
Key: TypeAlias = tuple[tuple[str, str], int]
_Needed: TypeAlias = tuple[tuple[int, int, str, Labels], ...]
"""Slots: number of the batch, slot, metric, labels."""


@dataclass(frozen=True, slots=True, eq=False)
class _Worth:
    """One side of a formula at a place, by the numbers of the needed slots; ``_MISSING``: there is none."""

    factors: tuple[int, ...]
    divisors: tuple[int, ...]
    summed: bool

    def of(self, values: Sequence[float]) -> float:
        """Return what the side is worth by the values and the NaN behind them; NaN if a part is missing."""
        parts = [values[one] for one in self.factors]
        if self.summed:
            return math.fsum(parts) if parts else _NAN
        worth = parts[0] if len(parts) == 1 else math.prod(parts, start=1.0)
        for one in self.divisors:
            divisor = values[one]
            worth = worth / divisor if divisor else _NAN
        return worth


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """One equation at one place, in the ways in which it may hold there: the best of them counts."""

    equation: Equation
    labels: Labels
    ways: tuple[tuple[Formula, _Worth, _Worth], ...]

    def holds(self, values: Sequence[float]) -> bool | None:
        """Return the best that one of the formulas allows; None where a value is missing."""
        best = None
        for formula, left, right in self.ways:
            holds = agree(self.equation, formula, left.of(values), right.of(values))
            if holds:
                return True
            best = best if holds is None else holds
        return best


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The equations that layouts allow, and the slots they need: number of the batch, and slot.

    ``keys``: of each case in turn its check and its place in words, and how many places that check has.
    """

    layouts: tuple[Layout, ...]
    needed: tuple[tuple[int, int], ...]
    cases: tuple[_Case, ...]
    keys: tuple[Key, ...]

    @classmethod
    def of(cls, layouts: Sequence[Layout], equations: Sequence[Equation] = EQUATIONS) -> Plan:
        """Return what can be judged on these layouts."""
        there = {metric for layout in layouts for metric in layout.metrics}
        fitting = tuple(
            equation
            for equation in equations
            if any(formula.metrics <= there for formula in equation.formulas)
        )
        wanted = {metric for one in fitting for formula in one.formulas for metric in formula.metrics}
        needed = tuple(
            (number, slot, point.metric, point.labels)
            for number, layout in enumerate(layouts)
            for slot, point in enumerate(layout.points)
            if point.metric in wanted
        )
        return cls(tuple(layouts), *_compiled(fitting, needed))

    def fits(self, batches: Sequence[Batch]) -> bool:
        """Whether the plan was made for the very layouts of these batches."""
        if len(batches) != len(self.layouts):
            return False
        for batch, layout in zip(batches, self.layouts, strict=True):  # noqa: SIM110  all() takes twice as long
            if batch.layout is not layout:
                return False
        return True

    def holds(self, batches: Sequence[Batch]) -> list[bool | None]:
        """Return whether each case holds on batches of these layouts, as ``judge`` finds it."""
        if not self.cases:
            return []
        values = [batches[number].values[slot] for number, slot in self.needed]
        values.append(_NAN)
        return [case.holds(values) for case in self.cases]


@lru_cache(1024)
def _compiled(
    equations: tuple[Equation, ...], needed: _Needed
) -> tuple[tuple[tuple[int, int], ...], tuple[_Case, ...], tuple[Key, ...]]:
    """Return the slots, the cases of equations and their keys: one object for all devices of a family."""
    places: dict[str, dict[Labels, int]] = defaultdict(dict)
    for number, (_, _, metric, labels) in enumerate(needed):
        places[metric][labels] = number  # of two lanes that tell one point the later counts
    cases = [case for equation in equations for case in _cases(equation, dict(places))]
    many = Counter(case.equation.name for case in cases)
    keys = [((case.equation.name, place_of(case.labels)), many[case.equation.name]) for case in cases]
    return tuple([(batch, slot) for batch, slot, _, _ in needed]), tuple(cases), tuple(keys)


def _cases(equation: Equation, places: dict[str, dict[Labels, int]]) -> Iterator[_Case]:
    ways: dict[Labels, list[tuple[Formula, _Worth, _Worth]]] = defaultdict(list)
    for formula in equation.formulas:
        if not all(metric in places for metric in formula.metrics):
            continue
        left = formula.left
        for labels in [()] if left.summed else places[left.factors[0]]:
            ways[labels].append(
                (formula, _worth(left, labels, places), _worth(formula.right, labels, places))
            )
    yield from (_Case(equation, labels, tuple(ways[labels])) for labels in sorted(ways))


def _worth(side: Side, labels: Labels, places: dict[str, dict[Labels, int]]) -> _Worth:
    if side.summed:
        return _Worth(tuple(summed(places[side.factors[0]], labels)), (), summed=True)
    factors, divisors = (
        tuple([at(places[metric], labels, _MISSING) for metric in metrics])
        for metrics in (side.factors, side.divisors)
    )
    return _Worth(factors, divisors, summed=False)
