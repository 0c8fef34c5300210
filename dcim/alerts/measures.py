"""Conditions over a share of a rating and over a rate of change, checked against the catalogue. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dcim.alerts.condition import Outside, Rises, Share
from dcim.alerts.conditions import DIFFERENCE, At, Condition, condition_of, in_base
from dcim.alerts.quantity import tidy
from dcim.alerts.rule import Rule
from dcim.alerts.shapes import MeasureShape
from dcim.catalogue import METRICS, Metric, Shape
from dcim.record import dataclass, replace
from dcim.yaml import nearest

_RATIO: Final = "ratio"
_LIMITS: Final = ("above", "below")


@dataclass(frozen=True, slots=True)
class Measured:
    """A condition, and the ratings that its limits are shares of."""

    condition: Condition
    ratio_to: tuple[str, ...] = ()


def measured_of(
    at: At, shape: MeasureShape, metrics: Sequence[Metric], base: Rule | None = None
) -> Measured | None:
    """Return the condition of a rule, or of an override of ``base``, or note why there is none."""
    if shape.rises is not None or shape.within is not None:
        return _rises(at, shape, metrics[0])
    ratings = shape.ratio_to or (base.ratio_to if base else ())
    if ratings:
        return _share(at, shape, metrics[0], tuple(ratings), base)
    found = condition_of(at, shape, metrics, base)
    return None if found is None else Measured(found)


def _rises(at: At, shape: MeasureShape, metric: Metric) -> Measured | None:
    if shape.rises is None or shape.within is None:
        at.wrong("'rises' and 'within' belong together", "rises" if shape.rises else "within", key=True)
        return None
    others = [key for key in (*_LIMITS, "state", "health", "alarm", "gap", "lost", "ratio_to")
              if getattr(shape, key) is not None]  # fmt: skip
    if others:
        at.wrong(f"one condition, not two: rises, {others[0]}", others[0], key=True)
    if metric.shape is not Shape.GAUGE:
        at.wrong(f"{metric.name} is a {metric.shape}: only a gauge rises", "rises", key=True)
    if shape.deadband is None:
        at.wrong("missing; how far must the rise come back before it is normal again?", "deadband")
    if at.problems or shape.deadband is None:
        return None
    unit = DIFFERENCE.get(metric.unit, metric.unit)
    by, deadband = in_base(at, "rises", shape.rises, unit), in_base(at, "deadband", shape.deadband, unit)
    if not at.problems and not 0 < deadband < by:
        at.wrong("expected more than 0 and less than the rise", "deadband")
    if at.problems:
        return None
    limit = f"rises {shape.rises} within {shape.within / 60:g} min"
    return Measured(Condition(Rises(by, shape.within), Rises(tidy(by - deadband), shape.within), limit))


def _share(
    at: At, shape: MeasureShape, metric: Metric, ratings: tuple[str, ...], base: Rule | None
) -> Measured | None:
    for number, name in enumerate(ratings):
        rating = METRICS.get(name)
        if rating is None:
            at.wrong(f"no canonical metric {name!r}{nearest(name, METRICS)}", "ratio_to", number)
        elif rating.shape is not Shape.GAUGE or rating.unit != metric.unit:
            at.wrong(f"{name} is no rating of {metric.name}: it is in another unit", "ratio_to", number)
    if at.problems:
        return None
    plain = base and replace(base, raises=_limits(base.raises), holds=_limits(base.holds))
    found = condition_of(at, shape, [replace(metric, unit=_RATIO)], plain)
    if found is None or not isinstance(found.raises, Outside) or not isinstance(found.holds, Outside):
        if not at.problems:
            at.wrong(f"a share of a rating takes {' or '.join(_LIMITS)}", "ratio_to", key=True)
        return None
    return Measured(
        Condition(Share(found.raises), Share(found.holds), f"{found.limit} of its rating"), ratings
    )


def _limits(condition: object) -> Outside:
    return condition.limits if isinstance(condition, Share) else Outside()
