"""What a rule looks at and what must hold there, checked against the catalogue. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from types import MappingProxyType
from typing import Final

from dcim.alerts.condition import Expression, HasGap, HasHealth, InState, IsSet, Outside
from dcim.alerts.quantity import Quantity, tidy
from dcim.alerts.rule import Rule
from dcim.alerts.shapes import ConditionShape, InputShape, RuleShape
from dcim.catalogue import METRICS, UNITS, Metric, Shape
from dcim.model import Health, Problem
from dcim.record import dataclass, field
from dcim.yaml import Document, Loc, nearest

_GAPS: Final = ("gap", "lost")
"""Conditions over what is missing: they fit every metric, and metrics that are not alike."""

_WAYS: Final = ("state", "not_state", "health", "alarm", *_GAPS)
_FITS: Final = {
    Shape.GAUGE: ("above", "below"),
    Shape.COUNTER: (),
    Shape.STATE: ("state", "not_state", "health"),
    Shape.ALARM: ("health", "alarm"),
}
DIFFERENCE: Final = {"celsius": "kelvin"}
"""Base units whose differences have a unit of their own."""


@dataclass(slots=True)
class At:
    """A place in a file, and what was found wrong there."""

    document: Document
    loc: Loc
    problems: list[Problem] = field(default_factory=list)

    def wrong(self, what: str, *parts: int | str, key: bool = False) -> None:
        """Note a mistake at a place below."""
        loc = (*self.loc, *parts)
        if not self.document.has(loc) and isinstance(loc[-1], int):
            loc = loc[:-1]  # one word stands where a list may
        self.problems.append(self.document.problem(loc, what, key=key))


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition to raise and to hold, and its limit for people."""

    raises: Expression
    holds: Expression
    limit: str


def metrics_of(at: At, shape: RuleShape | InputShape) -> list[Metric]:
    """Return the metrics of a rule; they must be alike, since one condition is for all of them."""
    known: list[Metric] = []
    any_will_do = any(getattr(shape, key) is not None for key in _GAPS)
    for number, name in enumerate(shape.metric):
        metric = METRICS.get(name)
        if metric is None:
            at.wrong(f"no canonical metric {name!r}{nearest(name, METRICS)}", "metric", number)
        elif not (any_will_do or _alike([*known[:1], metric])):
            at.wrong(f"{name} is no {known[0].shape} like {known[0].name}", "metric", number)
        else:
            known.append(metric)
    return known


def labels_of(
    at: At, key: str, wanted: Mapping[str, tuple[str, ...]] | None, metrics: Iterable[Metric]
) -> Mapping[str, frozenset[str]]:
    """Return the values that labels must have; the metrics must have such labels."""
    known = {name for metric in metrics for name in metric.labels}
    for name in wanted or ():
        if known and name not in known:
            at.wrong(f"no label {name!r}{nearest(name, known)}", key, name, key=True)
        elif not known:
            at.wrong("this metric has no labels", key, name, key=True)
    return MappingProxyType({name: frozenset(values) for name, values in (wanted or {}).items()})


def condition_of(
    at: At, shape: ConditionShape, metrics: Sequence[Metric], base: Rule | None = None
) -> Condition | None:
    """Return the one condition of a rule, or note why there is none. The metrics are alike."""
    metric = metrics[0]
    given = [key for key in ("above", "below", *_WAYS) if getattr(shape, key) is not None]
    fits = _FITS[metric.shape]
    _check_fit(at, given, metrics)
    if not given:
        at.wrong(f"no condition; expected {', '.join((*fits, *_GAPS))}")
    elif len(given) > 1 and any(key in _WAYS for key in given):
        at.wrong(f"one condition, not {len(given)}: {', '.join(given)}", given[1], key=True)
    if at.problems:
        return None
    if given[0] not in _WAYS:
        return _threshold(at, shape, metric, base)
    if shape.deadband is not None:
        at.wrong("a deadband belongs to above and below", "deadband", key=True)
    return _worded(at, shape, metrics, given[0])


def _alike(metrics: Sequence[Metric]) -> bool:
    return len({(metric.shape, metric.unit) for metric in metrics}) == 1


def _check_fit(at: At, given: Sequence[str], metrics: Sequence[Metric]) -> None:
    """Refuse a condition over values that its metrics do not have, or do not have in common."""
    metric = metrics[0]
    fits = _FITS[metric.shape]
    over_values = [key for key in given if key not in _GAPS]
    for key in over_values:
        if key not in fits:
            expected = f"it takes {' or '.join((*fits, *_GAPS))}"
            at.wrong(f"{metric.name} is a {metric.shape}: {expected}", key, key=True)
    if over_values and not _alike(metrics):
        what = f"the metrics of this rule are not alike: expected {' or '.join(_GAPS)}"
        at.wrong(what, over_values[0], key=True)


def _worded(at: At, shape: ConditionShape, metrics: Sequence[Metric], key: str) -> Condition | None:
    """Return a condition over words: the same to raise and to hold."""
    expression: Expression
    if key in _GAPS:
        return _missing(shape, key)
    if key == "alarm":
        expression, limit = IsSet(), "set"
    elif key == "health":
        untold = Health.WARNING if metrics[0].shape is Shape.ALARM else None
        healths = frozenset(shape.health or ())
        expression, limit = HasHealth(healths, untold), ", ".join(sorted(healths))
    else:
        words = (shape.state if key == "state" else shape.not_state) or ()
        _check_words(at, key, words, metrics)
        expression = InState(frozenset(words), negated=key == "not_state")
        limit = ("not " if expression.negated else "") + ", ".join(words)
    return None if at.problems else Condition(expression, expression, limit)


def _missing(shape: ConditionShape, key: str) -> Condition:
    """Return a condition over gaps. A loss is raised where a value was before, and stays while it is gone."""
    reasons = frozenset((shape.gap if key == "gap" else shape.lost) or ())
    limit = f"{key}: {', '.join(sorted(reasons))}"
    return Condition(HasGap(reasons, lost=key == "lost"), HasGap(reasons), limit)


def _check_words(at: At, key: str, words: Iterable[str], metrics: Sequence[Metric]) -> None:
    """Refuse a word that none of the metrics has; where a profile names the words any may be right."""
    if not all(metric.words for metric in metrics):
        return
    known = dict.fromkeys(word for metric in metrics for word in metric.words)
    for number, word in enumerate(words):
        if word not in known:
            hint = nearest(word, known) or f"; known: {', '.join(known)}"
            at.wrong(f"{metrics[0].name} has no state {word!r}{hint}", key, number)


def _threshold(at: At, shape: ConditionShape, metric: Metric, base: Rule | None) -> Condition | None:
    """Return limits and the limits to hold, a deadband nearer to normal (F8)."""
    low = -inf if shape.below is None else in_base(at, "below", shape.below, metric.unit)
    high = inf if shape.above is None else in_base(at, "above", shape.above, metric.unit)
    deadband = _deadband(at, shape, metric, base)
    if at.problems:
        return None
    if low + deadband >= high - deadband:
        at.wrong("nothing between the limits is normal", "below")
        return None
    texts = [f"{key} {getattr(shape, key)}" for key in ("below", "above") if getattr(shape, key) is not None]
    return Condition(
        Outside(low, high), Outside(tidy(low + deadband), tidy(high - deadband)), " or ".join(texts)
    )


def _deadband(at: At, shape: ConditionShape, metric: Metric, base: Rule | None) -> float:
    if shape.deadband is not None:
        deadband = in_base(at, "deadband", shape.deadband, DIFFERENCE.get(metric.unit, metric.unit))
        if deadband <= 0 and not at.problems:
            at.wrong("expected more than 0", "deadband")
        return deadband
    if isinstance(shape, InputShape):
        return 0.0
    if base is not None and isinstance(base.raises, Outside) and isinstance(base.holds, Outside):
        if base.raises.low == -inf:
            return tidy(base.raises.high - base.holds.high)
        return tidy(base.holds.low - base.raises.low)
    if metric.unit:
        at.wrong("missing; how far must the value come back before it is normal again?", "deadband")
    return 0.0


def in_base(at: At, key: str, quantity: Quantity, unit: str) -> float:
    """Return a quantity in the base unit it must have; note when its unit is another."""
    if quantity.base != unit:
        fitting = ", ".join(name for name, known in UNITS.items() if known.base == unit)
        at.wrong(f"expected a number in {fitting or 'no unit'}, found {str(quantity)!r}", key)
    return quantity.in_base
