"""Lines of metric, labels and value as batches; a layout is made anew only when the lines are others.

Pure but for what it remembers.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from math import nan
from typing import Final, TypeAlias

from dcim.catalogue import METRICS
from dcim.model import Batch, Gap, GapReason, Health, Labels, Lane, Layout, Meaning, Point, state_code
from dcim.record import dataclass

States: TypeAlias = Mapping[float, Meaning]

_GAP: Final = Gap(GapReason.NO_ANSWER)
_OVER: Final = Gap(GapReason.ABSENT)
_HEALTH: Final = {
    "none": Health.OK,
    "warning": Health.WARNING,
    "minor": Health.WARNING,
    "major": Health.CRITICAL,
    "critical": Health.CRITICAL,
    "recommended": Health.OK,
    "allowable": Health.WARNING,
    "outside": Health.CRITICAL,
    "unknown": Health.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One value; NaN is a gap, a word is a state. ``labels`` are sorted by name."""

    metric: str
    value: float | str
    labels: Labels = ()


@cache
def _states(metric: str) -> States | None:
    """Return what a metric's states mean: the same object for all devices."""
    words = METRICS[metric].words
    found = {state_code(word): Meaning(word, _HEALTH[word]) for word in words}
    return found or None


class Sheets:
    """Makes batches, and keeps the newest layout of each asset and maker."""

    def __init__(self) -> None:
        self._layouts: dict[tuple[str, str], Layout] = {}

    def batch(self, asset: str, maker: str, lines: Sequence[Line], at: float) -> Batch:
        """Return the lines of an asset as a batch of ``at`` (UTC seconds). ``maker`` names the lane."""
        layout = self._layouts.get((asset, maker))
        if layout is None or not _fits(layout, lines):
            points = tuple([Point(asset, line.metric, line.labels) for line in lines])
            layout = self._layouts[asset, maker] = _layout(asset, maker, points)
        values = [state_code(one.value) if isinstance(one.value, str) else one.value for one in lines]
        gaps = {slot: _GAP for slot, value in enumerate(values) if value != value}
        return Batch(layout, at, array("d", values), gaps)

    def over(self, asset: str, maker: str, lines: Sequence[Line], at: float) -> Batch | None:
        """Return what was said last and is not among these lines, each a gap of ``at``: it is no more.

        None if all of it is there still. Ask before the batch of these lines is made.
        """
        layout = self._layouts.get((asset, maker))
        if layout is None or _fits(layout, lines):
            return None
        left = {(one.metric, one.labels) for one in lines}
        gone = tuple(point for point in layout.points if (point.metric, point.labels) not in left)
        if not gone:
            return None
        return Batch(
            _layout(asset, maker, gone),
            at,
            array("d", [nan] * len(gone)),
            dict.fromkeys(range(len(gone)), _OVER),
        )


def _fits(layout: Layout, lines: Sequence[Line]) -> bool:
    """Whether a layout has these lines in this order."""
    if len(layout.points) != len(lines):
        return False
    pairs = zip(layout.points, lines, strict=True)
    return all(point.metric == line.metric and point.labels == line.labels for point, line in pairs)


def _layout(asset: str, maker: str, points: tuple[Point, ...]) -> Layout:
    states = tuple(_states(point.metric) for point in points)
    return Layout(asset, Lane.SLOW, points, states, (maker,) * len(points), own=True)


def labelled(metric: str, label: str, values: Mapping[str, float], known: Iterable[str]) -> list[Line]:
    """Return a line for each known value of a label; 0 where nothing was counted."""
    return [Line(metric, float(values.get(word, 0)), ((label, word),)) for word in known]


NOTHING: Final = nan
"""The value of what is not known."""
