"""Counters in time: a step that the rating of the device does not allow. Pure: time comes with the values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from dcim.catalogue import METRICS, Shape
from dcim.model import Batch, Labels, Lane, Layout, Point
from dcim.plausible.judge import Verdict
from dcim.record import dataclass

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
        self._places: dict[tuple[str, Lane], tuple[Layout, tuple[int, ...]]] = {}

    def take(self, batches: Iterable[Batch]) -> tuple[Verdict, ...]:
        """Return a verdict for every counter that has stepped since the last time.

        A step backwards is a reset and no contradiction: the device restarted or somebody cleared it.
        """
        found = tuple(batches)
        return tuple(
            verdict
            for batch in found
            for slot in self._counters(batch.layout)
            if not math.isnan(batch.values[slot])
            for verdict in self._step(batch.layout.points[slot], batch.at, batch.values[slot], found)
        )

    def _counters(self, layout: Layout) -> tuple[int, ...]:
        """Return the slots of a layout that are bounded counters."""
        place = layout.asset, layout.lane
        known = self._places.get(place)
        if known is None or known[0] is not layout:
            slots = tuple(slot for slot, one in enumerate(layout.metrics) if one in self._bounds)
            known = self._places[place] = layout, slots
        return known[1]

    def _step(self, point: Point, at: float, value: float, batches: Sequence[Batch]) -> Iterable[Verdict]:
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
        allowed = _SLACK * self._rate(point, batches) * (at - before.at) + finest
        yield Verdict(f"step_of_{point.metric}", point.labels, step <= allowed, allowed, step)

    def _rate(self, point: Point, batches: Sequence[Batch]) -> float:
        bound = self._bounds[point.metric]
        for metric in bound.ratings:
            told = [value for labels, value in _told(metric, batches) if set(labels) <= set(point.labels)]
            if most := max(told, default=0.0):
                return most
        return bound.most


def _told(metric: str, batches: Iterable[Batch]) -> Iterator[tuple[Labels, float]]:
    """Yield the labels and the value of every point of a metric that is more than nothing."""
    for batch in batches:
        for slot, one in enumerate(batch.layout.metrics):
            if one == metric and batch.values[slot] > 0:
                yield batch.layout.points[slot].labels, batch.values[slot]
