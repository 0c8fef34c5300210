"""Reads blocks back: rows of devices and metrics, and the runs of counters around a period."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol, TypeAlias

from dcim.energy.claim import blocks_claim
from dcim.energy.counter import Known, Run, joins
from dcim.model import Point, canonical
from dcim.record import dataclass, field
from dcim.rollup.block import HOUR, Block, Row, hour_start
from dcim.rollup.table import read

_Key: TypeAlias = tuple[str, str, str]
"""Device, metric and labels, as a row begins."""
_NEVER: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType({})
_AT_ONCE: Final = 96
"""Blocks that are read in one question."""
_AROUND: Final = 48
"""Blocks that are searched before and after a period for a counter's nearest reading."""


class Later(Protocol):
    """Rows of hours that have no block yet, made from the history in the same way."""

    def rows(
        self, first: int, last: int, assets: Collection[str] | None, metrics: Collection[str] | None
    ) -> Iterator[tuple[int, Row]]:
        """Yield rows of the hours from ``first`` until before ``last`` (ms UTC), each with its hour."""
        ...


@dataclass(slots=True)
class Counted:
    """What is kept of one counter: its runs around a period, and the limit of its rise.

    Runs between which nothing doubtful stands are held as one where no edge lies in them: a month of hours is
    then a handful.
    """

    limit: int
    edges: Sequence[int] = ()
    exchanges: tuple[int, ...] = ()
    runs: list[Run] = field(default_factory=list)

    def add(self, run: Run) -> None:
        """Take the next run in order of time."""
        last = self.runs[-1] if self.runs else None
        if last is None or not self._one(last, run):
            self.runs.append(run)
            return
        self.runs[-1] = Run(last.first_at, last.first, run.last_at, run.last, run.cuts)

    def _one(self, last: Run, run: Run) -> bool:
        if not self.edges or bisect_right(self.edges, last.first_at) != bisect_left(self.edges, run.last_at):
            return False
        return joins(last, run, Known(self.limit, self.limit, self.exchanges))


class Shelf:
    """The blocks in one directory that count. ``later`` gives what has none yet; None: nothing."""

    def __init__(
        self, directory: Path, blocks: Iterable[Block], *, later: Later | None = None, cuts: int = 1
    ) -> None:
        self.blocks: Mapping[int, Block] = {hour_start(one.hour): one for one in blocks}
        self._hours = sorted(self.blocks)
        self._fine: tuple[int, Collection[_Key]] | None = None  # so finely cut have these points to be
        self.used: dict[int, Block] = {}  # the blocks that answers so far have come from
        self.unproven: set[int] = set()  # the hours of answers that no block stands behind yet
        self._directory = directory
        self._later = later
        self._cuts = cuts

    def hours(self, first: int, last: int) -> list[int]:
        """Return when the hours begin that have a block and any of which lies in [first, last), ms UTC."""
        return [hour for hour in self._hours if first - HOUR < hour < last]

    def rows(
        self,
        first: int,
        last: int,
        assets: Collection[str] | None = None,
        metrics: Collection[str] | None = None,
    ) -> Iterator[tuple[int, Row]]:
        """Yield the rows of every hour of which any lies in [first, last), with its hour. Raise OSError."""
        hours = self.hours(first, last)
        for number in range(0, len(hours), _AT_ONCE):
            rows = self._of(hours[number : number + _AT_ONCE], assets, metrics)
            yield from rows if self._fine is None else self._refined(rows)
        newest = self._hours[-1] + HOUR if self._hours else 0
        yield from self._from_readings(max(first // HOUR * HOUR, newest), last, assets, metrics)

    def finer(self, cuts: int, points: Collection[Point]) -> Shelf:
        """Return the same shelf for edges at every so many parts of an hour.

        Where an hour is not cut so finely for one of these points its row is made from readings once more, as
        long as those are kept, and is the one of the block after that; either way the hour is unproven. The
        blocks that are read count as read from this one too.
        """
        found = Shelf(self._directory, self.blocks.values(), later=self._later, cuts=self._cuts)
        found._fine = cuts, frozenset(map(_key, points))
        found.used = self.used
        return found

    def _refined(self, rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
        """Yield the rows with finer ones from readings in place of those that are too coarse."""
        for hour, group in groupby(rows, key=itemgetter(0)):
            found = {row[:3]: row for _, row in group}
            if coarse := [key for key, row in found.items() if self._is_coarse(row, hour)]:
                self.unproven.add(hour)
                these = {key[0] for key in coarse}, {key[1] for key in coarse}
                again = self._from_readings(hour, hour + HOUR, *these)
                finer = {row[:3]: row._replace(cuts=row.cuts or self._cuts) for _, row in again}
                found |= {key: finer[key] for key in coarse if key in finer}
            yield from ((hour, row) for row in found.values())

    def _is_coarse(self, row: Row, hour: int) -> bool:
        cuts, points = self._fine or (1, ())
        return row[:3] in points and self._cuts_of(row, hour) % cuts != 0

    def _from_readings(
        self, first: int, last: int, assets: Collection[str] | None, metrics: Collection[str] | None
    ) -> Iterator[tuple[int, Row]]:
        """Yield the rows of hours that no block stands behind, and note that."""
        if self._later is not None and first < last:
            for hour, row in self._later.rows(first, last, assets, metrics):
                self.unproven.add(hour)
                yield hour, row

    def _of(
        self, hours: Sequence[int], assets: Collection[str] | None, metrics: Collection[str] | None
    ) -> Iterator[tuple[int, Row]]:
        self.used |= {hour: self.blocks[hour] for hour in hours}
        return read({self._directory / self.blocks[hour].file: hour for hour in hours}, assets, metrics)

    def counters(
        self,
        points: Collection[Point],
        edges: Sequence[int],
        exchanges: Mapping[str, tuple[int, ...]] = _NEVER,
    ) -> dict[Point, Counted]:
        """Return what is kept of counters from the first to the last edge (ms UTC), and the nearest outside.

        ``exchanges`` by device, as for ``Known``. A counter that was never read has no entry. Raise OSError.
        """
        first, last = edges[0], edges[-1]
        wanted = _Wanted.of(points, edges, exchanges)
        for hour, row in self.rows(first - HOUR, last + HOUR, wanted.assets, wanted.metrics):
            wanted.take(row, self._cuts_of(row, hour))
        before = [hour for hour in reversed(self._hours) if hour <= first - 2 * HOUR][:_AROUND]
        after = [hour for hour in self._hours if hour >= last + HOUR][:_AROUND]
        for hour in before:
            if wanted.begins(first):
                break
            self._take(hour, wanted)
        for hour in after:
            if wanted.ends(last):
                break
            self._take(hour, wanted)
        return wanted.found

    def _take(self, hour: int, wanted: _Wanted) -> None:
        for _, row in self._of((hour,), wanted.assets, wanted.metrics):
            wanted.take(row, self._cuts_of(row, hour), inside=False)

    def _cuts_of(self, row: Row, hour: int) -> int:
        return row.cuts or (self.blocks[hour].cuts if hour in self.blocks else self._cuts)

    def claim(self) -> dict[str, Any]:
        """Return which blocks answers came from, and since when none stands behind them (microseconds)."""
        blocks = {one.hour: (one.version, one.root) for one in self.used.values()}
        unproven = [hour * 1000 for hour in sorted(self.unproven)]
        return {"blocks": blocks_claim(blocks), "unproven_us": unproven}


@dataclass(slots=True)
class _Wanted:
    """Counters that are looked for, and what was found of them."""

    points: Mapping[_Key, Point]
    assets: frozenset[str]
    metrics: frozenset[str]
    edges: Sequence[int]
    exchanges: Mapping[str, tuple[int, ...]]
    found: dict[Point, Counted] = field(default_factory=dict)

    @classmethod
    def of(
        cls, points: Collection[Point], edges: Sequence[int], exchanges: Mapping[str, tuple[int, ...]]
    ) -> _Wanted:
        keys = {_key(point): point for point in points}
        assets = frozenset(point.asset for point in points)
        return cls(keys, assets, frozenset(point.metric for point in points), edges, exchanges)

    def take(self, row: Row, cuts: int, *, inside: bool = True) -> None:
        """Take the row of an hour of the period in order, or of one outside it in any."""
        point = self.points.get(row[:3])
        if point is None or row.limit is None:
            return
        counted = self.found.get(point)
        if counted is None:
            exchanges = self.exchanges.get(point.asset, ())
            counted = self.found[point] = Counted(row.limit, self.edges, exchanges)
        for run in row.runs:
            if inside:
                counted.add(Run(*run, cuts))
            else:
                counted.runs.append(Run(*run, cuts))

    def begins(self, first: int) -> bool:
        """Whether every counter has a reading before the period."""
        return all(
            point in self.found and any(run.first_at < first for run in self.found[point].runs)
            for point in self.points.values()
        )

    def ends(self, last: int) -> bool:
        """Whether every counter has a reading at or after the end of the period."""
        return all(
            point in self.found and any(run.last_at >= last for run in self.found[point].runs)
            for point in self.points.values()
        )


def _key(point: Point) -> _Key:
    return point.asset, point.metric, labels_text(point)


def labels_text(point: Point) -> str:
    """Return the labels of a point as blocks keep them."""
    return json.dumps(dict(point.labels), separators=(",", ":"))


def point_of(row: Row) -> Point:
    """Return the point of a row."""
    return Point(row.asset, row.metric, canonical(json.loads(row.labels)))
