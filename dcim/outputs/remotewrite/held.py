"""Markers of staleness wait here, so that none of ours shuts out a reading of ours that comes late. Pure.

marker ─▶ held ─┬▶ a newer reading of its series comes       out, before it
                ├▶ one of the same moment comes              gone: the series has a value then
                ├▶ an older one comes                        the marker waits on, behind it
                └▶ the log is ``HOLD`` past its moment       out, under the time that it has

A receiver takes a series only forwards. What we compute (what would be after a loss) is stamped when the
look at the plant began and told when it ended: a device can be silent in between.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from dcim.outputs.block import Lines

HOLD: Final = 60_000
"""Milliseconds of the log after which nothing older is expected: twice the longest time between two looks."""


class Held:
    """Takes lines in the order of time, block after block; one marker a series waits between blocks."""

    def __init__(self) -> None:
        self._markers: dict[int, set[int]] = {}
        self._newest: NDArray[np.int64] = np.empty(0, dtype=np.int64)  # of each series, what went out
        self._passed = -1  # the newest time in the log

    def released(self, lines: Lines) -> Lines:
        """Return the lines that go out now, in order of time: all values, and markers that are due."""
        self._grow(int(lines.series.max(initial=-1)) + 1)
        self._passed = max(self._passed, int(lines.at.max(initial=-1)))
        marker = np.isnan(lines.value)
        if marker.any():
            self._hold(lines.only(marker))
            lines = lines.only(~marker)
        if self._markers:
            lines = self._with(self._due(lines), lines)
        self._newest[lines.series] = np.maximum(self._newest[lines.series], lines.at)
        return lines

    def _hold(self, markers: Lines) -> None:
        """Take markers; one that is not newer than what went out says nothing."""
        fresh = markers.at > self._newest[markers.series]
        for series, at in zip(markers.series[fresh].tolist(), markers.at[fresh].tolist(), strict=True):
            self._markers.setdefault(series, set()).add(at)

    def _due(self, values: Lines) -> list[tuple[int, int]]:
        """Return the markers that go out now, and hold them no more."""
        said: dict[int, list[int]] = {}
        rows = np.flatnonzero(np.isin(values.series, np.fromiter(self._markers, dtype=np.int64)))
        for series, at in zip(values.series[rows].tolist(), values.at[rows].tolist(), strict=True):
            said.setdefault(series, []).append(at)
        due: list[tuple[int, int]] = []
        for series, markers in tuple(self._markers.items()):
            moments = said.get(series, [])
            newest = moments[-1] if moments else -1
            markers.difference_update(moments)
            due += [(series, at) for at in markers if at < newest]
            waits = min((at for at in markers if at > newest), default=None)  # the first says it all
            if waits is not None and waits <= self._passed - HOLD:
                due.append((series, waits))
                waits = None
            if waits is None:
                del self._markers[series]
            else:
                self._markers[series] = {waits}
        return due

    def _with(self, due: list[tuple[int, int]], lines: Lines) -> Lines:
        if not due:
            return lines
        pairs = np.array(due, dtype=np.int64)
        return Lines(
            np.concatenate([pairs[:, 0], lines.series]),
            np.concatenate([pairs[:, 1], lines.at]),
            np.concatenate([np.full(len(due), np.nan), lines.value]),
        ).by_time()

    def _grow(self, there: int) -> None:
        more = there - len(self._newest)
        if more > 0:
            self._newest = np.concatenate([self._newest, np.full(more, -1, dtype=np.int64)])
