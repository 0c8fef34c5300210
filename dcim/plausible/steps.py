"""Counters in time: a step that the rating of the device does not allow. Pure: time comes with the values."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
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


@dataclass(frozen=True, slots=True, eq=False)
class _Slots:
    """Where bounded counters stand in a layout, and ratings, by their metric, each with its labels."""

    layout: Layout
    counters: tuple[int, ...]
    ratings: Mapping[str, Sequence[tuple[int, Labels]]]


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
        self._ratings = frozenset(metric for bound in bounds.values() for metric in bound.ratings)
        self._places: dict[tuple[str, Lane], _Slots] = {}

    def take(self, batches: Iterable[Batch]) -> tuple[Verdict, ...]:
        """Return a verdict for every counter that has stepped since the last time.

        A step backwards is a reset and no contradiction: the device restarted or somebody cleared it.
        """
        found = [(batch, self._slots(batch.layout)) for batch in batches]
        return tuple(
            [
                verdict
                for batch, slots in found
                for slot in slots.counters
                if not math.isnan(batch.values[slot])
                for verdict in self._step(batch.layout.points[slot], batch.at, batch.values[slot], found)
            ]
        )

    def _slots(self, layout: Layout) -> _Slots:
        place = layout.asset, layout.lane
        known = self._places.get(place)
        if known is None or known.layout is not layout:
            metrics = layout.metrics
            counters = tuple([slot for slot, one in enumerate(metrics) if one in self._bounds])
            ratings: dict[str, list[tuple[int, Labels]]] = {}
            for slot, metric in enumerate(metrics):
                if metric in self._ratings:
                    ratings.setdefault(metric, []).append((slot, layout.points[slot].labels))
            known = self._places[place] = _Slots(layout, counters, ratings)
        return known

    def _step(
        self, point: Point, at: float, value: float, found: Sequence[tuple[Batch, _Slots]]
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
        allowed = _SLACK * self._rate(point, found) * (at - before.at) + finest
        yield Verdict(f"step_of_{point.metric}", point.labels, step <= allowed, allowed, step)

    def _rate(self, point: Point, found: Sequence[tuple[Batch, _Slots]]) -> float:
        bound = self._bounds[point.metric]
        for metric in bound.ratings:
            told = [
                batch.values[slot]
                for batch, slots in found
                for slot, labels in slots.ratings.get(metric, ())
                if batch.values[slot] > 0 and set(labels) <= set(point.labels)
            ]
            if most := max(told, default=0.0):
                return most
        return bound.most
