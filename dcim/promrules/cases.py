"""What raises a rule, and what comes close without raising it: series for unit tests. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Final

from dcim.alerts import Rule
from dcim.alerts.clause import Input
from dcim.alerts.condition import Expression, InState, IsSet, Outside, Rises, Share
from dcim.catalogue import METRICS
from dcim.outputs.exposition import exported, label_name, quoted
from dcim.record import dataclass, replace

_RATING: Final = 16.0
_LEVEL: Final = 20.0


@dataclass(frozen=True, slots=True)
class Fed:
    """A series and its values before and after the moment ``ready``."""

    series: str
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Case:
    """Series that raise a rule or not. ``labels``: of the alert; ``ready``: seconds before it can hold."""

    lines: tuple[Fed, ...]
    labels: Mapping[str, str]
    raised: bool
    ready: float = 0.0


def case(rule: Rule, *, raised: bool, higher: Iterable[Rule] = ()) -> Case:
    """Return the case of a rule; all clauses hold in both, so that its own point decides.

    ``higher``: rules that it is left to; of its states it is not one that raises them.
    """
    metric = rule.metrics[0]
    kind = min(map(str, rule.kinds), default="ups")
    labels = {"asset": "a-1", "kind": kind, "site": "s"} | _point(metric, rule.labels)
    word, (before, after) = _values(metric, _own(rule, higher), rule.labels, holds=raised)
    if word:
        labels["state"] = word
    lines = [Fed(_series(metric, labels), before, after)]
    if isinstance(rule.raises, Share):
        lines.append(_rating(rule, metric, labels))
    lines += [_clause(clause.inputs[0], labels, holds=not clause.negated) for clause in rule.clauses]
    ready = rule.raises.within / 3 if isinstance(rule.raises, Rises) else 0.0
    return Case(tuple(lines), labels, raised, ready - ready % 15)


def _own(rule: Rule, higher: Iterable[Rule]) -> Expression:
    """Return what raises a rule and none of those."""
    condition = rule.raises
    if not isinstance(condition, InState) or condition.negated:
        return condition
    theirs = [one.raises for one in higher if one.metrics[0] == rule.metrics[0]]
    left = condition.words.difference(*[one.words for one in theirs if isinstance(one, InState)])
    return replace(condition, words=left) if left else condition


def _series(metric: str, labels: Mapping[str, str]) -> str:
    return f"{exported(metric)}{{{','.join(f'{name}={quoted(value)}' for name, value in labels.items())}}}"


def _point(metric: str, labels: Mapping[str, frozenset[str]]) -> dict[str, str]:
    return {label_name(name, ()): min(labels.get(name, {"1"})) for name in METRICS[metric].labels}


def _clause(one: Input, labels: Mapping[str, str], *, holds: bool) -> Fed:
    metric = one.metrics[0]
    kind = min(map(str, one.kinds), default=labels["kind"])
    asset = min(one.devices, default=labels["asset"] if one.own else "a-2")
    mine = {"asset": asset, "kind": kind, "site": labels["site"]} | _point(metric, one.labels)
    word, (before, after) = _values(metric, one.condition, one.labels, holds=holds)
    if word:
        mine["state"] = word
    return Fed(_series(metric, mine), before, after)


def _rating(rule: Rule, metric: str, labels: Mapping[str, str]) -> Fed:
    own = METRICS[metric].labels
    name = next(one for one in rule.ratio_to if set(METRICS[one].labels) <= set(own))
    lost = {label_name(label, ()) for label in own if label not in METRICS[name].labels}
    kept = {label: value for label, value in labels.items() if label not in lost}
    return Fed(_series(name, kept), _RATING, _RATING)


def _values(
    metric: str, condition: Expression, labels: Mapping[str, frozenset[str]], *, holds: bool
) -> tuple[str, tuple[float, float]]:
    """Return the word of a state (empty for numbers), and the values before and after."""
    match condition:
        case InState(words, negated, _):
            others = [word for word in METRICS[metric].words if word not in {*words, "unknown"}]
            return (min(others, default="other") if negated else min(words)), (float(holds),) * 2
        case IsSet():
            return min(labels.get("alarm", {"alarm"})), (float(holds),) * 2
        case Outside():
            return "", (_beside(condition, holds=holds),) * 2
        case Share(limits, _):
            return "", (_RATING * _beside(limits, holds=holds),) * 2
        case Rises(by, _, _):
            return "", (_LEVEL, _LEVEL + by * (1.1 if holds else 0.9))
        case _:
            msg = f"no series says this: {condition}"
            raise TypeError(msg)


def _beside(limits: Outside, *, holds: bool) -> float:
    """Return a value just beyond a limit, or just within both."""
    high, low = limits.high, limits.low
    span = high - low if isfinite(high - low) else max(abs(high if isfinite(high) else low), 1.0)
    nudge = span / 20
    if isfinite(high):
        return high + nudge if holds else high - nudge
    return low - nudge if holds else low + nudge
