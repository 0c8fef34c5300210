"""A recorded day before the rules: what they would have raised and cleared, from the readings on disk.

history ─▶ rows of an hour ─▶ batches, a device and moment each ─▶ Watch ─▶ changes

Of what was read only that counts: where the daemon would have asked a device once more at the end of a delay,
the next reading that was recorded decides, at most one interval later.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import nan
from typing import Final, TypeAlias

from dcim.alerts import TOLD, Change, RuleSet, Watch
from dcim.history import GAP_CODES, GAP_REASONS, Described, History
from dcim.model import Asset, Batch, Gap, GapReason, Lane, Layout
from dcim.poll import Pace
from dcim.record import dataclass

HOUR: Final = 3600.0
_SLOW: Final = 2.0
"""A point that comes less often than every second beat is in the slow lane."""


_LATE: Final = GAP_CODES[GapReason.DEADLINE]
_Said: TypeAlias = "dict[int, tuple[float | None, int]]"
"""What was recorded of points at one moment: value and number of the gap."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a day would have brought: ``changes`` that people would have been told, and how much was read."""

    changes: tuple[Change, ...]
    readings: int
    devices: int
    points: int


def replay(history: History, rules: RuleSet, assets: Iterable[Asset], start: float, end: float) -> Replayed:
    """Run the rules over what was recorded from ``start`` to ``end``, UTC seconds.

    Every alert begins at rest. Devices without a reading in that time are left out. Raise HistoryError when
    files are damaged.
    """
    known = {asset.id: asset for asset in assets}
    wanted = _wanted(rules)
    points = {
        one.point.id: one
        for one in history.points()
        if one.point.asset in known and one.point.metric in wanted
    }
    newest: dict[str, dict[Layout, Batch]] = defaultdict(dict)
    watch = Watch(rules, known.values(), "replay", Pace().lasts, lambda name: newest[name].values())
    day = _Day(history, points)
    changes: list[Change] = []
    for batch in day.batches(start, end):
        now = batch.at - start
        wake_at = watch.wake_at
        if wake_at is not None and wake_at <= now:
            changes += watch.tick(now, batch.at)[1]
        newest[batch.layout.asset][batch.layout] = batch
        changes += watch.take(batch, now)
    told = tuple(change for change in changes if change.kind in TOLD)
    return Replayed(told, day.readings, len(day.devices), len(day.layouts))


def _wanted(rules: RuleSet) -> frozenset[str]:
    """Return every metric that some rule looks at."""
    found: set[str] = set()
    for rule in rules.rules.values():
        found.update(rule.metrics, rule.ratio_to)
        inputs = [one for clause in rule.clauses for one in clause.inputs]
        for one in (*inputs, *((rule.suppression.by,) if rule.suppression else ())):
            found.update(one.metrics)
    return frozenset(found)


class _Day:
    """Reads a day hour by hour, and deals the points of each device into lanes by how often they came."""

    def __init__(self, history: History, points: Mapping[int, Described]) -> None:
        self.readings = 0
        self.layouts: dict[int, Layout] = {}
        self.devices: set[str] = set()
        self._history = history
        self._points = points

    def batches(self, start: float, end: float) -> Iterator[Batch]:
        """Yield what was recorded, in the order of time."""
        begins = start
        while begins < end and self._points:
            yield from self._hour(begins, min(end, begins + HOUR))
            begins += HOUR

    def _hour(self, start: float, end: float) -> Iterator[Batch]:
        found = self._history.query(list(self._points), start, end)
        columns = [found[name].to_list() for name in ("point", "at", "value", "gap")]
        self.readings += len(columns[0])
        self._adopt(Counter(columns[0]))
        said: dict[tuple[int, Layout], _Said] = defaultdict(dict)
        for point, at, value, gap in zip(*columns, strict=True):
            said[at, self.layouts[point]][point] = (value, gap)
        for (at, layout), values in sorted(said.items(), key=lambda one: one[0][0]):
            yield _batch(layout, values, at / 1000.0)

    def _adopt(self, counts: Mapping[int, int]) -> None:
        """Make layouts of points that were not seen before; those that are known keep their place."""
        most: Counter[str] = Counter()
        for point, number in counts.items():
            asset = self._points[point].point.asset
            most[asset] = max(most[asset], number)
        fresh: dict[tuple[str, Lane], list[Described]] = defaultdict(list)
        for point, number in counts.items():
            if point not in self.layouts:
                one = self._points[point]
                lane = Lane.SLOW if number * _SLOW < most[one.point.asset] else Lane.FAST
                fresh[one.point.asset, lane].append(one)
        for (asset, lane), described in fresh.items():
            self.devices.add(asset)
            layout = _layout(asset, lane, described)
            self.layouts.update(dict.fromkeys(layout.ids, layout))


def _layout(asset: str, lane: Lane, described: Sequence[Described]) -> Layout:
    return Layout(
        asset,
        lane,
        tuple(one.point for one in described),
        tuple(one.states for one in described),
        tuple(one.source for one in described),
    )


def _batch(layout: Layout, said: _Said, at: float) -> Batch:
    """Return what was recorded at a moment; where nothing was of a point, its answer came too late."""
    values, gaps = array("d"), {}
    for slot, point in enumerate(layout.ids):
        value, gap = said.get(point, (nan, _LATE))
        values.append(nan if gap or value is None else value)
        if gap:
            gaps[slot] = Gap(GAP_REASONS.get(gap, GapReason.MALFORMED))
    return Batch(layout, at, values, gaps)
