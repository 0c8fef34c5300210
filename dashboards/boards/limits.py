"""Thresholds and the colours of states, out of the shipped rules: nothing is typed twice. Pure.

ups_load_high: above 80 %, minor ─┐
ups_overload: above 100 %, critical ─┴▶ blue │ 0.8 minor │ 1.0 critical
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import inf, isfinite
from typing import Final

from boards.colours import LINES, OF_SEVERITY, OK, UNKNOWN
from dcim.alerts import Rule, Severity, shipped_rules
from dcim.alerts.condition import InState, Outside, Share
from dcim.standards import constant

_WORST = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Step:
    """From this value on (None: from the least), this colour."""

    value: float | None
    colour: str


@cache
def rules() -> Mapping[str, Rule]:
    """Return the shipped rules by name."""
    return shipped_rules().rules


def steps(*names: str, times: float = 1.0) -> tuple[Step, ...]:
    """Return the thresholds of rules that look at one value. Raise KeyError, or ValueError for another rule."""
    bounds = [(_outside(rules()[name]), rules()[name].severity) for name in names]
    edges = sorted({edge for bound, _ in bounds for edge in (bound.low, bound.high) if isfinite(edge)})
    found: list[Step] = []
    for low, high in zip((-inf, *edges), (*edges, inf), strict=True):
        held = [severity for bound, severity in bounds if high <= bound.low or low >= bound.high]
        colour = OF_SEVERITY[min(held, key=_WORST.index)] if held else OK
        found.append(Step(None if low == -inf else round(low * times, 9), colour))
    return tuple(found)


def band(low: str, high: str, severity: Severity) -> tuple[Step, ...]:
    """Return the thresholds of a band between two standards' constants, outside of this severity."""
    outside = OF_SEVERITY[severity]
    return (
        Step(None, outside),
        Step(float(constant(low)), OK),
        Step(float(constant(high)), outside),
    )


def plain() -> tuple[Step, ...]:
    """Return no threshold, in the tone of what means no health."""
    return (Step(None, LINES),)


def none_is_well(severity: Severity) -> tuple[Step, ...]:
    """Return the thresholds of a count of which any is of this severity."""
    return Step(None, OK), Step(1.0, OF_SEVERITY[severity])


def _outside(rule: Rule) -> Outside:
    raises = rule.raises
    if isinstance(raises, Share):
        return raises.limits
    if not isinstance(raises, Outside):
        msg = f"{rule.name}: no limit of one value"
        raise ValueError(msg)
    return raises


_LIKE = {
    ("inlet_zone_state", "allowable"): "inlet_temperature_high",
    ("inlet_zone_state", "outside"): "inlet_temperature_critical",
    ("service_single_loss_state", "falls"): "service_redundancy_reduced",
    ("ups_test_result_state", "warning"): "device_health_warning",
}
"""States that no rule looks at, and the rule that is as bad as they are."""

_NOBODY_KNOWS: Final = frozenset({"unknown", "untried", "awaited"})
"""Words of what was not heard, tried or signed yet: that is not well."""
_NOT_KNOWN: Final = frozenset(
    {
        ("ups_test_result_state", "none"),
        ("ups_test_result_state", "aborted"),
        ("ups_output_source_state", "other"),
    }
)
"""States that say nothing of health."""


def colour_of(metric: str, word: str) -> str:
    """Return the colour of a state: of the worst rule that it raises alone, or of what nobody knows."""
    if word in _NOBODY_KNOWS or (metric, word) in _NOT_KNOWN:
        return UNKNOWN
    if (like := _LIKE.get((metric, word))) is not None:
        return OF_SEVERITY[rules()[like].severity]
    held = list(_raised(metric, word))
    return OF_SEVERITY[min(held, key=_WORST.index)] if held else OK


def _raised(metric: str, word: str) -> Iterable[Severity]:
    for rule in rules().values():
        state = rule.raises
        alone = not rule.clauses and not rule.labels
        if (
            metric in rule.metrics
            and alone
            and isinstance(state, InState)
            and (word in state.words) is not state.negated
        ):
            yield rule.severity
