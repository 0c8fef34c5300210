"""Reads a history's files beside the daemon that writes them: no lock, nothing but what is on the disk.

closed/…          each (set, point) that was read is kept in memory, as far as there is room
segments/…        frames are unpacked once, and kept sorted by point; what was not yet written is not seen
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dcim.history import HistoryError
from dcim.history.closed import ClosedSet, living, read_set
from dcim.history.frame import decode
from dcim.history.plan import covered_to
from dcim.history.segment import SegmentFile, whole_frames
from dcim.promql import Unanswerable
from dcim.promql.source import Numbers, Whole
from dcim.record import dataclass, field

Ids = NDArray[np.uint64]
Piece = tuple[Whole, Numbers]
"""When readings of one point came (UTC ms) and what they said; a NaN is a gap, its code in its bits."""

Needed: TypeAlias = Callable[[Piece], Piece]

KEPT: Final = 16_000_000
"""Readings of closed sets that stay in memory, of 16 bytes each."""
MOST: Final = 20_000_000
"""Readings that one question may take."""
_ATTEMPTS: Final = 5
_GAP: Final = 0x7FF8 << 48
"""A quiet NaN; its last byte says why there is no value, as the files do."""
_COST: Final = 16
"""Readings that would fit into what it takes to remember one point of one set."""


def _all(piece: Piece) -> Piece:
    return piece


def _marked(found: pl.DataFrame) -> Numbers:
    """Return the values, a gap as the NaN that says why."""
    gap, value = found["gap"].to_numpy(), found["value"].to_numpy()
    if not gap.any():
        return value
    return np.where(gap != 0, _GAP | gap.astype(np.int64), value.view(np.int64)).view(np.float64)


def gap_codes(values: Numbers) -> Whole:
    """Return the code of the gap that each value stands for, 0 where it is a value."""
    bits = np.ascontiguousarray(values).view(np.int64)
    return np.where(np.isnan(values), bits & 0xFF, 0)


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    """Readings sorted by point; those of one point in the order in which they were written."""

    point: Ids
    at: Whole
    value: Numbers

    @classmethod
    def of(cls, found: pl.DataFrame) -> _Chunk:
        point = found["point"].to_numpy()
        if not (point[1:] < point[:-1]).any():
            return cls(point, found["at"].to_numpy(), _marked(found))
        order = np.argsort(point, kind="stable")
        return cls(point[order], found["at"].to_numpy()[order], _marked(found)[order])

    def joined(self, other: _Chunk) -> _Chunk:
        """Return both as one."""
        point = np.concatenate([self.point, other.point])
        order = np.argsort(point, kind="stable")
        at, value = np.concatenate([self.at, other.at]), np.concatenate([self.value, other.value])
        return _Chunk(point[order], at[order], value[order])

    def pieces(self, wanted: Ids) -> Iterator[tuple[int, Piece]]:
        """Go through the readings of those of the wanted points that are here, by their place."""
        low, high = np.searchsorted(self.point, wanted, "left"), np.searchsorted(self.point, wanted, "right")
        for place in np.flatnonzero(high > low).tolist():
            a, b = low[place], high[place]
            yield place, (self.at[a:b], self.value[a:b])


@dataclass(slots=True)
class _Tail:
    """One segment as far as it was read: chunks, the larger ones first."""

    offset: int = 0
    chunks: list[_Chunk] = field(default_factory=list)

    def read(self, path: Path) -> None:
        """Unpack the frames that have come since; a frame that is being written comes with the next look."""
        fresh = []
        for entry, frame in whole_frames(path, self.offset):
            fresh.append(decode(entry.header, frame))
            self.offset = entry.end
        if fresh:
            self.chunks.append(_Chunk.of(pl.concat(fresh)))
        while len(self.chunks) > 1 and len(self.chunks[-2].at) < 4 * len(self.chunks[-1].at):
            last = self.chunks.pop()
            self.chunks[-1] = self.chunks[-1].joined(last)


class Files:
    """What is on the disk of one history."""

    def __init__(self, directory: Path, kept: int = KEPT) -> None:
        self._closed = directory / "closed"
        self._segments = directory / "segments"
        self._sets: dict[Path, ClosedSet] = {}
        self._tails: dict[int, _Tail] = {}
        self._pieces: OrderedDict[tuple[Path, int], Piece] = OrderedDict()
        self._held, self._kept = 0, kept

    def read(self, points: Ids, first: int, last: int, needed: Needed = _all) -> list[list[Piece]]:
        """Return the readings of each point in [first, last] (UTC ms), in pieces as they were written.

        ``needed`` says what of a piece is kept.

        Raise HistoryError when files are damaged, Unanswerable when there are too many readings.
        """
        order = np.argsort(points, kind="stable")
        found = self._patiently(points[order], first, last, needed)
        back = np.argsort(order, kind="stable")
        return [found[place] for place in back.tolist()]

    def _patiently(self, points: Ids, first: int, last: int, needed: Needed) -> list[list[Piece]]:
        """Read; again when a set was merged or a segment removed under the question."""
        for _ in range(_ATTEMPTS - 1):
            with suppress(OSError, pl.exceptions.ComputeError):
                return self._read(points, first, last, needed)
        try:
            return self._read(points, first, last, needed)
        except (OSError, pl.exceptions.ComputeError) as why:
            raise HistoryError(str(why)) from why

    def _read(self, points: Ids, first: int, last: int, needed: Needed) -> list[list[Piece]]:
        found: list[list[Piece]] = [[] for _ in points]
        taken = 0
        for place, piece in self._through(points, first, last):
            inside = needed(_inside(piece, first, last))
            taken += len(inside[0])
            if taken > MOST:
                msg = f"the query reads more than {MOST} readings: ask for less time or fewer series"
                raise Unanswerable(msg)
            if len(inside[0]):
                found[place].append(inside)
        return found

    def _through(self, points: Ids, first: int, last: int) -> Iterator[tuple[int, Piece]]:
        sets = self._look()
        for each in sets:
            if each.rows and each.first_at <= last and each.last_at >= first:
                yield from self._of_set(each, points)
        for tail in self._follow(covered_to(sets)):
            for chunk in tail.chunks:
                yield from chunk.pieces(points)

    def density(self, first: int, last: int) -> int:
        """Return about how many readings there are in [first, last] (UTC ms), of all points."""
        sets = self._look()
        closed = sum(each.rows for each in sets if each.first_at <= last and each.last_at >= first)
        return closed + sum(len(one.at) for tail in self._follow(covered_to(sets)) for one in tail.chunks)

    def begin(self) -> int | None:
        """Return when the earliest reading came that is kept (UTC ms); None when there is none."""
        sets = self._look()
        first = [each.first_at for each in sets if each.rows]
        if not first:
            first = [int(one.at.min()) for tail in self._follow(covered_to(sets)) for one in tail.chunks]
        return min(first, default=None)

    def _look(self) -> list[ClosedSet]:
        """Return the sets that count now; faces that were read stay read."""
        here = (
            {path for path in self._closed.iterdir() if not path.name.startswith(".")}
            if self._closed.is_dir()
            else set()
        )
        for path in here - self._sets.keys():
            made = read_set(path)
            if made is not None:
                self._sets[path] = made
        for gone in self._sets.keys() - here:
            del self._sets[gone]
        return sorted(living(self._sets.values()), key=lambda one: (one.first, one.last))

    def _follow(self, covered: int) -> list[_Tail]:
        """Return the segments that no set stands for, read to their end."""
        files = [file for file in SegmentFile.all(self._segments) if file.number > covered]
        self._tails = {file.number: self._tails.get(file.number) or _Tail() for file in files}
        for file in files:
            with suppress(FileNotFoundError):
                self._tails[file.number].read(file.path)
        return [self._tails[file.number] for file in files]

    def _of_set(self, each: ClosedSet, points: Ids) -> Iterator[tuple[int, Piece]]:
        """Go through what a set has of these points, file by file: no more than one is in memory unpacked."""
        part = points >> np.uint64(64 - each.bits) if each.bits else np.zeros(len(points), dtype=np.uint64)
        for low, high in _runs(part):
            mine = points[low:high].tolist()
            missing = [point for point in mine if (each.path, point) not in self._pieces]
            if missing:
                self._load(each, missing)
            for place, point in enumerate(mine, low):
                self._pieces.move_to_end((each.path, point))
                yield place, self._pieces[each.path, point]
            self._forget()

    def _load(self, each: ClosedSet, missing: Sequence[int]) -> None:
        """Read what one file has of some points, which are sorted."""
        ids = pl.Series(missing, dtype=pl.UInt64)
        wanted = pl.col("point").is_between(pl.lit(ids[0], pl.UInt64), pl.lit(ids[-1], pl.UInt64))
        columns = pl.scan_parquet(each.files_of(missing), glob=False).filter(wanted)
        chunk = _Chunk.of(columns.select("point", "at", "value", "gap").collect())
        places = ids.to_numpy()
        none = np.empty(0, dtype=np.int64), np.empty(0)
        for point in missing:
            self._pieces[each.path, point] = none
        for place, (at, value) in chunk.pieces(places):
            self._pieces[each.path, int(places[place])] = at.copy(), value.copy()
            self._held += len(at)
        self._held += _COST * len(missing)

    def _forget(self) -> None:
        """Let go of what was not asked for the longest."""
        while self._held > self._kept and self._pieces:
            _, (at, _) = self._pieces.popitem(last=False)
            self._held -= len(at) + _COST


def _runs(numbers: Ids) -> list[tuple[int, int]]:
    """Return where each run of one number begins and ends."""
    begins = np.flatnonzero(np.diff(numbers)) + 1
    return list(zip([0, *begins.tolist()], [*begins.tolist(), len(numbers)], strict=True))


def _inside(piece: Piece, first: int, last: int) -> Piece:
    """Return the readings of a time."""
    at, value = piece
    if not len(at) or (at.min() >= first and at.max() <= last):
        return piece
    inside = (at >= first) & (at <= last)
    return at[inside], value[inside]
