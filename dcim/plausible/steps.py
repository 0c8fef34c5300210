"""Counters in time: a step that the rating of the device does not allow. Pure: time comes with the values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dcim.catalogue import METRICS, Shape
from dcim.model import Batch, Labels, Point
from dcim.plausible.judge import Verdict, values_of

_SLACK: Final = 1.5
"""How far above its rating a device may run for a while: overload of UPS (IEC 62040-3), breakers (60898)."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What bounds the rate of a counter: the first of ``ratings`` that the device tells, else ``most``."""

    counter: str
    ratings: tuple[str, ...]
    most: float


def parse_bounds(text: str) -> dict[str, Bound]:
    """Read lines of counter, ratings, most a second and why, parted by tabs. Raise ValueError if wrong."""
    bounds: dict[str, Bound] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        counter, ratings, most, _ = line.split("\t")
        for name in (counter, *ratings.split()):
            if name not in METRICS:
                msg = f"line {number}: no canonical metric {name!r}"
                raise ValueError(msg)
        if METRICS[counter].shape is not Shape.COUNTER:
            msg = f"line {number}: {counter} is no counter"
            raise ValueError(msg)
        bounds[counter] = Bound(counter, tuple(ratings.split()), float(most))
    return bounds


COUNTERS: Final = parse_bounds((Path(__file__).parent / "counters.tsv").read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Seen:
    at: float
    value: float
    finest: float  # the smallest step seen so far: the counter's resolution


class Steps:
    """Remembers the counters of devices and judges each step. One per daemon."""

    def __init__(self, bounds: Mapping[str, Bound] = COUNTERS) -> None:
        self._bounds = bounds
        self._seen: dict[Point, _Seen] = {}

    def take(self, batches: Iterable[Batch]) -> tuple[Verdict, ...]:
        """Return a verdict for every counter that has stepped since the last time.

        A step backwards is a reset and no contradiction: the device restarted or somebody cleared it.
        """
        found = tuple(batches)
        values = values_of(found)
        return tuple(
            verdict
            for batch in found
            for point, value in zip(batch.layout.points, batch.values, strict=True)
            if point.metric in self._bounds and not math.isnan(value)
            for verdict in self._step(point, batch.at, value, values)
        )

    def forget(self, asset: str) -> None:
        """Drop what is known of a device's counters."""
        for point in [point for point in self._seen if point.asset == asset]:
            del self._seen[point]

    def _step(
        self, point: Point, at: float, value: float, values: Mapping[str, Mapping[Labels, float]]
    ) -> Iterable[Verdict]:
        before = self._seen.get(point)
        if before is None or at <= before.at:
            if before is None:
                self._seen[point] = _Seen(at, value, math.inf)
            return
        step = value - before.value
        finest = min(before.finest, step) if step > 0 else before.finest
        self._seen[point] = _Seen(at, value, finest)
        if step <= 0:
            return
        allowed = _SLACK * self._rate(point, values) * (at - before.at) + finest
        yield Verdict(f"step_of_{point.metric}", point.labels, step <= allowed, allowed, step)

    def _rate(self, point: Point, values: Mapping[str, Mapping[Labels, float]]) -> float:
        bound = self._bounds[point.metric]
        for metric in bound.ratings:
            told = [
                value
                for labels, value in values.get(metric, {}).items()
                if set(labels) <= set(point.labels) and value > 0
            ]
            if told:
                return max(told)
        return bound.most
