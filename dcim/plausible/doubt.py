"""Which readings of a device stand under a contradiction: what its checks say, turned back. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dcim.model import Batch, Point
from dcim.plausible.formula import EQUATIONS

CHECK: Final = "device_check_state"
"""The metric of a verdict: labels ``check`` and ``of``, a place or ``all``."""

CONTRADICTS: Final = "contradicts"
_METRICS: Final = {
    equation.name: frozenset(metric for formula in equation.formulas for metric in formula.metrics)
    for equation in EQUATIONS
}
_SINGLE: Final = ("step_of_", "moves_")


class Doubts:
    """The contradictions in the newest batches of one device."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self._found = [
            (metrics_of(labels["check"]), frozenset(labels["of"].split()))
            for batch in batches
            if batch.layout.own
            for slot, point in enumerate(batch.layout.points)
            if point.metric == CHECK and batch.reading(slot).state == CONTRADICTS
            for labels in [dict(point.labels)]
        ]

    def about(self, point: Point) -> bool:
        """Whether a point has a part in one: its metric does, and its place holds that place or is in it."""
        places = {word for _, text in point.labels for word in text.split()}
        return any(
            point.metric in metrics and (of == {"all"} or places <= of or places >= of)
            for metrics, of in self._found
        )


def metrics_of(check: str) -> frozenset[str]:
    """Return the metrics that a check is about."""
    single = next((check.removeprefix(prefix) for prefix in _SINGLE if check.startswith(prefix)), "")
    return frozenset({single}) if single else _METRICS.get(check, frozenset())
