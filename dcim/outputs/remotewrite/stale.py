"""When a series has no value any more, so that nobody reads the last one as if it were of now. Pure.

a gap in its place                         a marker at that moment
its device has not answered three times    a marker for every series of the device, as /metrics drops them
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from dcim.model import state_code
from dcim.outputs.block import Block, Lines
from dcim.outputs.book import Book

_REACH: Final = "device_reach_state"
_MISSES: Final = 3
_ANSWERS: Final = state_code("answering")


class Staleness:
    """Follows which series have a value, block after block."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._members: dict[str, list[int]] = {}
        self._last: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._marked: NDArray[np.bool_] = np.empty(0, dtype=np.bool_)
        self._misses: dict[str, int] = {}
        self._reach: NDArray[np.int64] = np.empty(0, dtype=np.int64)  # places of points
        self._places = 0

    def marked(self, block: Block) -> Lines:
        """Return the lines of a block in the order of time, gaps and silences as NaN where there was a value.

        Infinities stay; a series that has no value already is not marked again.
        """
        self._learn(block)
        lines = block.lines.by_time()
        pieces: list[Lines] = []
        begin = 0
        for asset, at in self._silences(block):
            end = int(np.searchsorted(lines.at, at, side="right"))
            pieces.append(self._followed(lines.only(slice(begin, end))))
            pieces.append(self._silent(asset, at))
            begin = end
        pieces.append(self._followed(lines.only(slice(begin, None))))
        return _joined(pieces)

    def _followed(self, lines: Lines) -> Lines:
        """Note what has a value after these lines; leave out gaps of series that have none already."""
        gap = np.isnan(lines.value)
        if gap.any():
            last: dict[int, bool] = {}
            keep = np.ones(len(lines), dtype=bool)
            touched = np.isin(lines.series, lines.series[gap])
            for row in np.flatnonzero(touched).tolist():
                series = int(lines.series[row])
                before = last.get(series, bool(self._marked[series]))
                keep[row] = not (gap[row] and before)
                last[series] = bool(gap[row])
            self._marked[lines.series] = False
            for series, is_gap in last.items():
                self._marked[series] = is_gap
            said = lines.only(~gap)
            self._last[said.series] = np.maximum(self._last[said.series], said.at)
            return lines.only(keep)
        self._marked[lines.series] = False
        self._last[lines.series] = np.maximum(self._last[lines.series], lines.at)
        return lines

    def _silent(self, asset: str, at: int) -> Lines:
        """Return markers for all series of a device that have a value from before ``at``."""
        series = np.array(self._members.get(asset, ()), dtype=np.int64)
        series = series[(self._last[series] < at) & (self._last[series] >= 0) & ~self._marked[series]]
        self._marked[series] = True
        return Lines(series, np.full(len(series), at, dtype=np.int64), np.full(len(series), np.nan))

    def _silences(self, block: Block) -> list[tuple[str, int]]:
        """Return which devices fell silent in a block and when (UTC ms), in the order of time."""
        said = np.isin(block.point, self._reach)
        if not self._misses and not (said & (block.value != _ANSWERS)).any():
            return []
        found, rows = [], np.flatnonzero(said)
        for row in rows[np.argsort(block.at[rows], kind="stable")].tolist():
            asset = self._book.point(int(block.point[row])).asset
            if block.value[row] == _ANSWERS:
                self._misses.pop(asset, None)
                continue
            self._misses[asset] = misses = self._misses.get(asset, 0) + 1
            if misses == _MISSES:
                found.append((asset, int(block.at[row])))
        return found

    def _learn(self, block: Block) -> None:
        """Take up the points and series that the book has learned since."""
        there = len(self._book)
        if there > len(self._last):
            fresh = there - len(self._last)
            for number in range(len(self._last), there):
                self._members.setdefault(self._book.asset(number), []).append(number)
            self._last = np.concatenate([self._last, np.full(fresh, -1, dtype=np.int64)])
            self._marked = np.concatenate([self._marked, np.zeros(fresh, dtype=np.bool_)])
        for place in range(self._places, int(block.point.max(initial=-1)) + 1):
            if self._book.point(place).metric == _REACH:
                self._reach = np.append(self._reach, place)
            self._places = place + 1


def _joined(pieces: list[Lines]) -> Lines:
    if len(pieces) == 1:
        return pieces[0]
    return Lines(
        np.concatenate([one.series for one in pieces]),
        np.concatenate([one.at for one in pieces]),
        np.concatenate([one.value for one in pieces]),
    )
