"""A verdict in words: what the device says, and what its own other numbers make of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcim.catalogue import METRICS
from dcim.plausible.formula import EQUATIONS, Equation, Side
from dcim.plausible.judge import Verdict

_BY_NAME: Final[Mapping[str, Equation]] = {equation.name: equation for equation in EQUATIONS}
_PARTS: Final = ("outlet", "inlet", "phase", "branch", "module")
_SYMBOLS: Final = {
    "watts": "W", "voltamperes": "VA", "vars": "var", "amperes": "A", "volts": "V", "celsius": "°C",
}  # fmt: skip


def sentence(verdict: Verdict, equations: Mapping[str, Equation] = _BY_NAME) -> str:
    """Say a verdict as a person would: ``the phases add up to 612 W, the device says 61 W``.

    A place that is not the whole device stands in front; a check that is no equation says its own name.
    """
    equation = equations.get(verdict.check)
    place = f"{verdict.of}: " if verdict.labels else ""
    if equation is None:
        return f"{place}{verdict.check.replace('_', ' ')}"
    if verdict.holds is None:
        return f"{place}{equation.why}: a value is missing"
    formula = equation.formulas[0]
    unit = METRICS[formula.left.metrics[0]].unit
    left, right = _amount(verdict.left, unit), _amount(verdict.right, unit)
    if formula.right.summed and formula.left.summed:
        return f"{place}{_parts(formula.right)} add up to {right}, {_parts(formula.left)} to {left}"
    if formula.right.summed:
        return f"{place}{_parts(formula.right)} add up to {right}, the device says {left}"
    return f"{place}{equation.why}: the device says {left}, its other values say {right}"


def _parts(side: Side) -> str:
    """Name what is summed: ``the phases`` of ``pdu_phase_power_watts``."""
    words = side.metrics[0].split("_")
    part = next((part for part in _PARTS if part in words), "part")
    return "the branches" if part == "branch" else f"the {part}s"


def _amount(value: float, unit: str) -> str:
    """Return a number as far as people compare it, with its unit; ratios in per cent."""
    if unit == "ratio":
        return f"{100 * value:.3g} %"
    return f"{value:.{4 if abs(value) < 10_000 else 6}g} {_SYMBOLS.get(unit, unit)}"
