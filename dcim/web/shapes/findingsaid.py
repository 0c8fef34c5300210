"""What is measured and contradicts the drawing, in a plain sentence each."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Final

from dcim.flow import Doubt, Finding, Interval
from dcim.web.shapes.lossshapes import Between, FindingShape
from dcim.web.view.losing import Losing
from dcim.words import Words

_ELSEWHERE: Final = frozenset({Doubt.MORE, Doubt.LESS})
"""Doubts of which another part may have the same amount the other way round."""


def between(one: Interval) -> Between:
    """Return an interval as JSON takes it: null for no end."""
    return finite(one.lo), finite(one.hi)


def finite(value: float) -> float | None:
    """Return a number as JSON takes it: null for no end."""
    return round(value, 6) if abs(value) < inf else None


def kva(load: Interval, said: Words) -> str:
    """Write apparent power."""
    low, high = said.number(load.lo / 1000, 2), "" if load.hi == inf else said.number(load.hi / 1000, 2)
    if not high:
        return f"> {low} kVA"
    return f"{low} kVA" if low == high else f"{low}–{high} kVA"


def findings_of(findings: Iterable[Finding], losing: Losing, said: Words) -> list[FindingShape]:
    """Show what contradicts the drawing, the most power first."""
    found = sorted(findings, key=lambda one: (-one.amount.lo, one.element, one.phase))
    return [finding_of(one, losing, said) for one in found]


def finding_of(one: Finding, losing: Losing, said: Words) -> FindingShape:
    """Show one of them."""
    return FindingShape(
        part=one.element,
        name=losing.name(one.element),
        phase=one.phase,
        doubt=one.doubt,
        voltamperes=between(one.amount),
        measured=between(one.measured),
        explained=between(one.explained),
        perhaps=one.perhaps,
        perhaps_name=losing.name(one.perhaps) if one.perhaps else "",
        text=finding_said(one, losing, said),
    )


def finding_said(one: Finding, losing: Losing, said: Words) -> str:
    """Say what is measured, what the drawing explains, by how much they differ, and where to look."""
    name, amount = losing.name(one.element), kva(one.amount, said)
    measured, explained = kva(one.measured, said), kva(one.explained, said)
    key, phase = f"losses.finding.{one.doubt}", one.phase or said("losses.whole")
    values: tuple[str, ...] = name, measured, explained, amount
    if one.doubt in _ELSEWHERE:
        values = name, amount, phase, measured, explained
    elif one.doubt is Doubt.UNUSED:
        values = name, losing.name(one.perhaps), amount
    told = said(key, *values)
    if one.perhaps and one.doubt in _ELSEWHERE:
        told += " " + said(f"losses.perhaps.{one.doubt}", losing.name(one.perhaps))
    return told
