"""The dictionary of points: what every id in the files stands for, durable before the first frame with it.

One JSON object a line, appended only; a point may have several, and how they count is told in ``lines``. In
memory there are three numbers a line; the text stays in the file.
"""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING, Final, TypeAlias
from zlib import crc32

from dcim.history.durable import Disk, sync_directory
from dcim.history.lines import Described, Lines, described
from dcim.late import np
from dcim.model import Layout
from dcim.record import dataclass, field

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LINE: Final = re.compile(rb'\{"id":"[0-9a-f]{16}",.*\}\n')
_BLOCK: Final = 1 << 16
_AT_ONCE: Final = 64
"""Layouts whose lines are made before they are held against those that are there: 1 MB, at 60 points each."""


@dataclass(slots=True)
class _Rows:
    """Lines as they stand in a file: of each the id, the checksum, and where it begins."""

    ids: array[int] = field(default_factory=lambda: array("Q"))
    crcs: array[int] = field(default_factory=lambda: array("I"))
    offsets: array[int] = field(default_factory=lambda: array("q"))

    def put(self, point_id: int, crc: int, offset: int) -> None:
        self.ids.append(point_id)
        self.crcs.append(crc)
        self.offsets.append(offset)


_Runs: TypeAlias = "tuple[NDArray[np.intp], NDArray[np.intp]]"


@dataclass(frozen=True, slots=True)
class _Known:
    """All lines by id, those of one id as they stand in the file. Replaced, never changed."""

    ids: NDArray[np.uint64]
    crcs: NDArray[np.uint32]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, rows: _Rows) -> _Known:
        ids = np.array(rows.ids, dtype=np.uint64)
        order = np.argsort(ids, kind="stable")
        crcs, offsets = np.array(rows.crcs, dtype=np.uint32), np.array(rows.offsets, dtype=np.int64)
        return cls(ids[order], crcs[order], offsets[order])

    def followed(self, rows: _Rows) -> _Known:
        """Return these lines and those that were written behind them."""
        new = _Known.of(rows)
        at = np.searchsorted(self.ids, new.ids, "right")
        return _Known(
            np.insert(self.ids, at, new.ids),
            np.insert(self.crcs, at, new.crcs),
            np.insert(self.offsets, at, new.offsets),
        )

    def runs(self, ids: array[int]) -> _Runs:
        """Return where the lines of each id begin and end: at one place where there is none."""
        wanted = np.frombuffer(ids, dtype=np.uint64)
        return np.searchsorted(self.ids, wanted, "left"), np.searchsorted(self.ids, wanted, "right")

    def every(self) -> _Runs:
        """Return where the lines of each point begin and end, once for each point."""
        ends = np.flatnonzero(np.diff(self.ids, append=~self.ids[-1:])) + 1
        return np.append(0, ends[:-1]).astype(np.intp)[: len(ends)], ends

    def differ(self, low: NDArray[np.intp], high: NDArray[np.intp], crcs: array[int]) -> list[bool]:
        """Return of each run whether its newest line is not the one with this checksum, or there is none."""
        newest = np.append(self.crcs, np.uint32(0))[high - 1]
        differ: list[bool] = ((low == high) | (newest != np.frombuffer(crcs, dtype=np.uint32))).tolist()
        return differ


class Points:
    """The dictionary in its file, read when somebody first asks. One thread registers; any thread may ask."""

    def __init__(self, path: Path, disk: Disk) -> None:
        """Open the dictionary and cut a torn last line."""
        self._path = path
        self._disk = disk
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        sync_directory(path.parent)
        self._size = _whole(self._handle)
        os.ftruncate(self._handle, self._size)
        self._held: _Known | None = None
        self._loading = Lock()

    @property
    def _known(self) -> _Known:
        if self._held is None:
            with self._loading:
                self._held = self._held or self._load()
        return self._held

    def _load(self) -> _Known:
        """Find every line by its id alone; a damaged one shows when it is read, or is written anew."""
        rows, offset = _Rows(), 0
        with self._path.open("rb") as file:
            for line in file:
                if _LINE.match(line):
                    rows.put(int(line[7:23], 16), crc32(line), offset)
                offset += len(line)
        return _Known.of(rows)

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self._known.every()[0])

    def register(self, layouts: Sequence[Layout]) -> None:
        """Make the points of these layouts durable where they are new or have changed. Raise OSError."""
        fresh, seen, lines = _Rows(), set[int](), list[bytes]()
        end, maker, known = self._size, Lines(), self._known
        for at in range(0, len(layouts), _AT_ONCE):
            some = layouts[at : at + _AT_ONCE]
            made = [line for layout in some for line in maker.of(layout)]
            ids = array("Q", b"".join([layout.ids for layout in some]))
            crcs = array("I", map(crc32, made))
            low, high = known.runs(ids)
            others = known.differ(low, high, crcs)
            rows = zip(made, ids, crcs, others, low.tolist(), high.tolist(), strict=True)
            for line, point_id, crc, other, first, behind in rows:
                # described otherwise, if only by a line before this one
                if point_id in seen or (other and self._says_more(line, crc, first, behind)):
                    seen.add(point_id)
                    fresh.put(point_id, crc, end)
                    lines.append(line)
                    end += len(line)
        if lines:
            self._disk.write(self._handle, b"".join(lines), self._size)
            self._disk.sync(self._handle)
            self._size = end
            self._held = known.followed(fresh)

    def _says_more(self, line: bytes, crc: int, first: int, behind: int) -> bool:
        """Whether a line tells anything of its point that those that are there do not tell together.

        A point whose words come and go has a line for each set of words it ever had, and no more.
        """
        known = self._known
        if crc not in known.crcs[first:behind]:
            return True
        with self._path.open("rb") as file:
            lines = _lines(file, known.offsets[first:behind])
        return line not in lines or described(*lines) != described(*lines, line)

    def describe(self, point_id: int) -> Described | None:
        """Return what an id stands for, or None when it was never seen."""
        (found,) = self.describe_all([point_id])
        return found

    def describe_all(self, ids: Sequence[int]) -> list[Described | None]:
        """Return what each of these ids stands for: for many at once, as the file is opened once."""
        known = self._known
        low, high = known.runs(array("Q", ids))
        found: list[Described | None] = [None] * len(ids)
        for place, said in self._through(known, low, high):
            found[place] = said
        return found

    def __iter__(self) -> Iterator[Described]:
        """Go through all points, in the order of their newest lines."""
        known = self._known
        for _, said in self._through(known, *known.every()):
            if said is not None:
                yield said

    def _through(
        self, known: _Known, low: NDArray[np.intp], high: NDArray[np.intp]
    ) -> Iterator[tuple[int, Described | None]]:
        """Go through runs of lines, each with its number: on through the file, from newest to newest line."""
        there = np.flatnonzero(high > low)
        there = there[np.argsort(known.offsets[high[there] - 1], kind="stable")]
        newest, several = known.offsets[high[there] - 1], high[there] - low[there] > 1
        rows = zip(there.tolist(), newest.tolist(), several.tolist(), strict=True)
        with self._path.open("rb") as file:
            for place, offset, more in rows:
                before = _lines(file, known.offsets[low[place] : high[place] - 1]) if more else []
                file.seek(offset)
                yield place, described(*before, file.readline())

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


def _whole(handle: int) -> int:
    """Return where the last whole line of a file ends."""
    end = os.fstat(handle).st_size
    while end:
        start = max(0, end - _BLOCK)
        at = os.pread(handle, end - start, start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0


def _lines(file: IO[bytes], offsets: NDArray[np.int64]) -> list[bytes]:
    """Return the lines that begin at these places."""
    lines = []
    for offset in offsets.tolist():
        file.seek(offset)
        lines.append(file.readline())
    return lines
