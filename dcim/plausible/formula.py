"""What must agree in one device, written in canonical metrics and read from ``equations.tsv``.

pdu_power_watts = sum(pdu_phase_power_watts)           one total, its parts
ups_output_load_ratio = a / b                          the same labels on every side
pdu_power_watts >= sum(pdu_outlet_power_watts)         never less than its parts
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from dcim.catalogue import METRICS
from dcim.record import dataclass

_TERM: Final = re.compile(r"sum\((\w+)\)|(\w+)")


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an equation: a sum over one metric, or a product and quotient of several."""

    factors: tuple[str, ...]
    divisors: tuple[str, ...] = ()
    summed: bool = False

    @property
    def metrics(self) -> tuple[str, ...]:
        """Return every metric in it."""
        return (*self.factors, *self.divisors)


@dataclass(frozen=True, slots=True)
class Formula:
    """Two sides, and whether the left one must equal the right one or only not be below it."""

    left: Side
    right: Side
    at_least: bool = False

    @property
    def metrics(self) -> frozenset[str]:
        """Return every metric in it."""
        return frozenset((*self.left.metrics, *self.right.metrics))


@dataclass(frozen=True, slots=True)
class Equation:
    """A named rule; it holds where one of ``formulas`` does (per cent of VA, or of W).

    The tolerance is the larger of ``relative`` (a share of the larger side) and ``absolute`` (in the base
    unit of the left side): two values of one answer are measured a moment apart and rounded.
    """

    name: str
    formulas: tuple[Formula, ...]
    relative: float
    absolute: float
    why: str


def parse_formula(text: str) -> Formula:
    """Read one formula. Raise ValueError saying what is wrong."""
    at_least = ">=" in text
    left, separator, right = text.partition(">=" if at_least else "=")
    if not separator:
        msg = f"{text!r}: expected = or >="
        raise ValueError(msg)
    return Formula(_side(left), _side(right), at_least)


def _side(text: str) -> Side:
    found: tuple[list[str], list[str]] = ([], [])
    summed = False
    for number, part in enumerate(re.split(r"([*/])", text)):
        if number % 2:
            continue
        match = _TERM.fullmatch(part.strip())
        if match is None:
            msg = f"{part.strip()!r}: expected a metric or sum(metric)"
            raise ValueError(msg)
        summed = summed or match[1] is not None
        name = match[1] or match[2]
        if name not in METRICS:
            msg = f"no canonical metric {name!r}"
            raise ValueError(msg)
        operator = re.split(r"([*/])", text)[number - 1] if number else "*"
        found[operator == "/"].append(name)
    if summed and (len(found[0]) != 1 or found[1]):
        msg = f"{text.strip()!r}: a sum stands alone"
        raise ValueError(msg)
    return Side(tuple(found[0]), tuple(found[1]), summed)


def parse_equations(text: str) -> tuple[Equation, ...]:
    """Read lines of name, formula, relative, absolute, why and more formulas, parted by tabs.

    Raise ValueError with the line of what is wrong.
    """
    made: dict[str, Equation] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        parts = line.split("\t")
        try:
            name, formula, relative, absolute, why, *others = parts
            formulas = tuple(parse_formula(one) for one in (formula, *others))
            equation = Equation(name, formulas, float(relative), float(absolute), why)
        except ValueError as error:
            msg = f"line {number}: {error}"
            raise ValueError(msg) from error
        if name in made:
            msg = f"line {number}: {name} stands twice"
            raise ValueError(msg)
        made[name] = equation
    return tuple(made.values())


EQUATIONS: Final = parse_equations((Path(__file__).parent / "equations.tsv").read_text(encoding="utf-8"))
