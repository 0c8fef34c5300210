"""What else the engineer wants to read beside an alert: newest values of the same device. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from dcim.catalogue import METRICS, Shape
from dcim.model import Batch, Reading
from dcim.model.fact import Json
from dcim.record import dataclass, field

_MOST: Final = 12
"""Points of one metric that a message names; a bus with a hundred of them would hide the rest."""

_CLEAR: Final = "clear"
_NONE: Final = "none"


@dataclass(frozen=True, slots=True)
class Beside:
    """One value beside an alert, in ``unit``, a base unit; ``age`` is seconds when the alert changed.

    Value, state, gap and age are all None where the device has told nothing of the metric: it is unknown.
    """

    metric: str
    labels: Mapping[str, str] = field(default_factory=dict)
    value: float | None = None
    unit: str = ""
    state: str | None = None
    gap: str | None = None
    age: float | None = None

    def body(self) -> dict[str, Json]:
        """Return it as the store keeps it."""
        return {**{name: getattr(self, name) for name in _BESIDE}, "labels": dict(self.labels)}

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Beside:
        """Return what a body was made from."""
        return cls(**body)


_BESIDE: Final = tuple(one.name for one in fields(Beside))


def beside(wishes: Sequence[Sequence[str]], batches: Iterable[Batch], at: float) -> tuple[Beside, ...]:
    """Return the newest values of these metrics of one device at ``at`` (UTC seconds), in this order.

    Each wish is a metric, and others that will do instead: the first of them that the device tells.
    Of alarms those that are set, or the state ``none``. A metric that the device has not told is unknown.
    """
    found: dict[str, list[Beside]] = {metric: [] for wish in wishes for metric in wish}
    for batch in batches:
        for slot, point in enumerate(batch.layout.points):
            if point.metric in found:
                found[point.metric].append(_of(batch.reading(slot), at))
    told = (next((metric for metric in wish if _is_told(found[metric])), wish[0]) for wish in wishes)
    return tuple(one for metric in told for one in _chosen(metric, found[metric]))


def _is_told(values: Iterable[Beside]) -> bool:
    return any(one.gap is None for one in values)


def is_alarm(metric: str) -> bool:
    """Whether a metric carries alarms, which are said by their names."""
    known = METRICS.get(metric)
    return known is not None and known.shape is Shape.ALARM


def _of(reading: Reading, at: float) -> Beside:
    known = METRICS.get(reading.point.metric)
    return Beside(
        metric=reading.point.metric,
        labels=dict(reading.point.labels),
        value=reading.value,
        unit=known.unit if known else "",
        state=reading.state,
        gap=str(reading.gap.reason) if reading.gap else None,
        age=round(max(0.0, at - reading.at), 3),
    )


def _chosen(metric: str, values: Sequence[Beside]) -> Sequence[Beside]:
    if not values:
        return [Beside(metric, unit=METRICS[metric].unit if metric in METRICS else "")]
    if not is_alarm(metric):
        return values[:_MOST]
    alarms = [one for one in values if one.value or one.state not in (None, _CLEAR)]
    return alarms[:_MOST] or [Beside(metric, state=_NONE, age=max(one.age or 0.0 for one in values))]
