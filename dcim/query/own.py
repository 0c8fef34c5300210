"""The daemon's own metrics of the last hours, as a child answers from them: the ticks it was told. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcim.model import Labels
from dcim.promql import STALE, Matcher, Samples
from dcim.promql.matching import matching
from dcim.promql.source import Numbers, Whole, is_stale
from dcim.query.ring import HOURS


class OwnSeries:
    """Series by their numbers, and what changed at each tick."""

    def __init__(self) -> None:
        self._labels: list[Labels] = []
        self._ticks: deque[tuple[int, Whole, Numbers, Whole]] = deque()
        self._before: dict[int, float] = {}

    def take(self, tick: Mapping[str, Any]) -> None:
        """Take a tick. Of what is older than the hours that are kept only the last values stay."""
        if tick["whole"]:
            self._ticks.clear()
            self._before.clear()
        for number, labels in tick["named"]:
            if number == len(self._labels):
                self._labels.append(tuple(sorted(labels.items())))
        numbers = np.array(tick["set"][0], dtype=np.int64)
        values = np.array([float(value) for value in tick["set"][1]], dtype=np.float64)
        self._ticks.append((tick["at"], numbers, values, np.array(tick["gone"], dtype=np.int64)))
        while self._ticks[0][0] < tick["at"] - HOURS * 3_600_000:
            _, numbers, values, gone = self._ticks.popleft()
            self._before.update(zip(numbers.tolist(), values.tolist(), strict=True))
            for number in gone.tolist():
                self._before.pop(number, None)

    def series(self) -> list[Labels]:
        """Return the labels of every series."""
        return self._labels

    def select(self, matchers: Sequence[Matcher], first: int, last: int) -> Samples:
        """Return the samples of series in [first, last] (UTC ms), with a mark where one has gone."""
        rows = np.flatnonzero(matching(matchers, self._labels))
        if not len(rows) or not self._ticks:
            return Samples.of([])
        times, said = self._said(rows)
        inside = (times >= first) & (times <= last)
        found = []
        for place, row in enumerate(rows.tolist()):
            mine = said[inside, place]
            kept = ~np.isnan(mine) | is_stale(mine)
            found.append((self._labels[row], times[inside][kept], mine[kept]))
        return Samples.of(found)

    def _said(self, rows: NDArray[np.intp]) -> tuple[Whole, Numbers]:
        """Return what these series said at each tick: NaN where nothing, STALE where one has just gone."""
        place = np.full(len(self._labels), -1, dtype=np.int64)
        place[rows] = np.arange(len(rows))
        now = np.array([self._before.get(row, np.nan) for row in rows.tolist()])
        said = np.empty((len(self._ticks), len(rows)))
        for turn, (_, numbers, values, gone) in enumerate(self._ticks):
            mine = place[numbers]
            now[mine[mine >= 0]] = values[mine >= 0]
            left = place[gone]
            now[left[left >= 0]] = np.nan
            said[turn] = now
            said[turn, left[left >= 0]] = STALE
        return np.array([at for at, *_ in self._ticks], dtype=np.int64), said
