"""Which points have had a value, for the rules that tell of a loss: known over a restart too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from dcim.alerts.memory import MEASURED
from dcim.model import Layout, Memory, Point, canonical
from dcim.model.fact import Json

_Place: TypeAlias = tuple[str, str]
"""A device and a lane of it."""


class Measured:
    """The points that have had a value, by device and lane."""

    def __init__(self) -> None:
        self._before: dict[_Place, dict[int, Point]] = {}
        self._points: dict[_Place, dict[int, Point]] = {}
        self._unsaved: set[_Place] = set()

    def recall(self, body: Mapping[str, Any]) -> None:
        """Take what was remembered of one lane of a device."""
        place = body["asset"], body["lane"]
        points = [Point(body["asset"], metric, canonical(labels)) for metric, labels in body["points"]]
        self._before[place] = {point.id: point for point in points}
        self._points[place] = dict(self._before[place])

    def take(self, layout: Layout) -> Mapping[int, Point]:
        """Return what of a layout's lane was measured before the restart, to the first that asks."""
        return self._before.pop((layout.asset, str(layout.lane)), {})

    def note(self, layout: Layout, point: Point) -> None:
        """Note that a point has had a value."""
        place = layout.asset, str(layout.lane)
        known = self._points.setdefault(place, {})
        if point.id not in known:
            known[point.id] = point
            self._unsaved.add(place)

    def unsaved(self) -> Iterator[Memory]:
        """Yield what is new since the last time somebody asked."""
        for asset, lane in sorted(self._unsaved):
            points = self._points[asset, lane].values()
            said: list[Json] = [[point.metric, dict(point.labels)] for point in points]
            yield Memory(MEASURED, f"{asset}|{lane}", {"asset": asset, "lane": lane, "points": said})
        self._unsaved.clear()
