"""What else must hold beside a rule's own point: on other points of the device, or on other devices. Pure.

    rule's own point   AND   clause   AND   clause ...      a clause: any of its inputs; expected ones negated

An input may have several points: it holds where any of them holds, or every one. Unknown stays unknown: one
phase that is true makes ``any`` true, one that is unknown keeps ``every`` unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

from dcim.alerts.condition import THE_POINT, Expression, Observation, Truth, evaluate
from dcim.model import Asset, Kind, Point
from dcim.record import dataclass, field

_ANY: Mapping[str, frozenset[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Input:
    """Points that a rule looks at beside its own, and what must hold there: for any of them, or ``every``.

    On ``devices`` by id, on all devices of ``kinds``, or without both on the device of the rule's own point.
    ``fed``: of ``kinds`` those that this device feeds, where the drawing of the building says which.
    """

    metrics: tuple[str, ...]
    condition: Expression
    devices: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    labels: Mapping[str, frozenset[str]] = field(default_factory=lambda: _ANY)
    every: bool = False
    fed: bool = False

    @property
    def own(self) -> bool:
        """Say whether it looks at the device of the rule's own point."""
        return not (self.devices or self.kinds)

    def looks_at(self, asset: Asset) -> bool:
        """Say whether its points are on a device other than the rule's own."""
        return asset.id in self.devices or asset.kind in self.kinds

    def covers(self, point: Point) -> bool:
        """Say whether a point of such a device is one of its points."""
        has = dict(point.labels)
        return point.metric in self.metrics and all(has.get(name) in of for name, of in self.labels.items())


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """Any of its inputs; ``negated``: none of them."""

    inputs: tuple[Input, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Suppression:
    """While ``by`` holds on the same device nobody is told, for at most ``at_most`` seconds in one go."""

    by: Input
    at_most: float
    reason: str


Observe: TypeAlias = Callable[[Input], Sequence[Observation] | None]
"""Gives the newest observations of the points of an input; None where there is no such point.

Empty while a device has not answered yet that may have one.
"""


def judge(clauses: Iterable[Clause], observe: Observe, now: float, since: float) -> Truth:
    """Say whether all clauses hold at ``now``. What was observed before ``since`` is unknown."""
    return every(_clause(clause, observe, now, since) for clause in clauses)


def judge_input(wanted: Input, observe: Observe, now: float, since: float) -> Truth:
    """Say whether an input holds at ``now``; without a point it is unknown."""
    found = _judged(wanted, observe, now, since)
    return Truth.UNKNOWN if found is None else found


def _judged(wanted: Input, observe: Observe, now: float, since: float) -> Truth | None:
    """Say whether an input holds; None where no device has such a point."""
    observed = observe(wanted)
    if observed is None:
        return None
    seen = [
        Truth.UNKNOWN if one.came_at < since else evaluate(wanted.condition, {THE_POINT: one}, now).truth
        for one in observed
    ]
    if not seen:
        return Truth.UNKNOWN
    return every(seen) if wanted.every else either(seen)


def _clause(clause: Clause, observe: Observe, now: float, since: float) -> Truth:
    """Judge what there is: a way of saying it that no device has says neither yes nor no to the others."""
    judged = (_judged(one, observe, now, since) for one in clause.inputs)
    there = [one for one in judged if one is not None]
    found = either(there) if there else Truth.UNKNOWN
    return _NOT[found] if clause.negated else found


_NOT = {Truth.TRUE: Truth.FALSE, Truth.FALSE: Truth.TRUE, Truth.UNKNOWN: Truth.UNKNOWN}


def either(truths: Iterable[Truth]) -> Truth:
    """Return whether one of them is true, in three values."""
    found = set(truths)
    if Truth.TRUE in found:
        return Truth.TRUE
    return Truth.UNKNOWN if Truth.UNKNOWN in found else Truth.FALSE


def every(truths: Iterable[Truth]) -> Truth:
    """Return whether all of them are true, in three values."""
    found = set(truths)
    if Truth.FALSE in found:
        return Truth.FALSE
    return Truth.UNKNOWN if Truth.UNKNOWN in found else Truth.TRUE
