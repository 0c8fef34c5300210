"""What some points of devices say now, read where they stand: looked up once a layout, never searched.

points of a device ─▶ Slots: layout, slots in it, how long it counts ─┐   looked up anew when the device
newest batch of the layout ───────────────────────────────────────────┴─▶ values      has other layouts
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import nan

from dcim.model import Layout, Point
from dcim.record import dataclass
from dcim.series import Freshness, Newest


@dataclass(slots=True, eq=False)
class _Run:
    """Points in a row that stand in one layout, if in any; ``lasts``: for how many seconds a batch counts."""

    layout: Layout | None
    slots: list[int]
    lasts: float


class Slots:
    """Some points of one device, and where they stood when they were last looked up."""

    __slots__ = ("asset", "layouts", "points", "runs", "version")

    def __init__(self, asset: str, points: Sequence[Point]) -> None:
        self.asset = asset
        self.points = tuple(points)
        self.layouts: list[Layout] | None = None
        self.runs: list[_Run] = []
        self.version = -1  # of what is newest, up to which they stand there


class Now:
    """Reads points among what is newest. ``intervals``: seconds between two polls of each device.

    Of two batches that carry a point the first counts. A device that answers with what once was says nothing.
    """

    def __init__(
        self,
        newest: Newest,
        freshness: Freshness,
        intervals: Mapping[str, float],
        clock: Callable[[], float],
        otherwise: float,
        silent: Callable[[str], bool] = lambda _asset: False,
    ) -> None:
        """Take what devices that are not in ``intervals`` have ``otherwise``; ``clock`` gives UTC seconds.

        What a device said that is ``silent`` since does not count, however young it is: in a sum, what went
        through it may by now go through another that has said so.
        """
        self._newest = newest
        self._freshness = freshness
        self._intervals = intervals
        self._clock = clock
        self._otherwise = otherwise
        self._silent = silent

    def values(self, many: Iterable[Slots]) -> Sequence[float]:
        """Return what all their points say, in a row; NaN for what is not there, a gap, or too old."""
        now, newest, values = self._clock(), self._newest, array("d")
        for slots in many:
            if slots.version != newest.version:
                self._find(slots)
            if self._silent(slots.asset):
                values.extend([nan] * len(slots.points))
                continue
            for run in slots.runs:
                batch = newest.of(run.layout) if run.layout is not None else None
                if batch is None or abs(now - batch.at) > run.lasts or newest.frozen(batch.layout):
                    values.extend([nan] * len(run.slots))
                else:
                    said = batch.values
                    values.extend([said[slot] for slot in run.slots])
        return values

    def known(self, slots: Slots) -> Mapping[Point, float]:
        """Return what those of the points say that say something."""
        said = zip(slots.points, self.values((slots,)), strict=True)
        return {point: value for point, value in said if value == value}

    def _find(self, slots: Slots) -> None:
        """Look the points up if the device has other layouts than when that was done."""
        layouts = [batch.layout for batch in self._newest.batches(slots.asset)]
        slots.version = self._newest.version
        if layouts == slots.layouts:
            return
        slots.layouts, slots.runs = layouts, []
        places = [dict(zip(layout.ids, range(len(layout)), strict=True)) for layout in layouts]
        interval = self._intervals.get(slots.asset, self._otherwise)
        for point in [point.id for point in slots.points]:
            number = next((at for at, held in enumerate(places) if point in held), None)
            layout = None if number is None else layouts[number]
            if not slots.runs or slots.runs[-1].layout is not layout:
                lasts = nan if layout is None else self._freshness.lasts(layout.lane, interval)
                slots.runs.append(_Run(layout, [], lasts))
            slots.runs[-1].slots.append(-1 if number is None else places[number][point])
