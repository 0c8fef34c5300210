"""The dictionary of points: what every id in the files stands for, durable before the first frame with it.

One JSON object a line, appended only; of two lines with one id the later one counts. In memory there are
three numbers a point; the text stays in the file.
"""

from __future__ import annotations

import os
import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from dcim.history.durable import Disk, sync_directory
from dcim.history.lines import Described, Lines, described
from dcim.late import np
from dcim.model import Layout

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LINE: Final = re.compile(rb'\{"id":"[0-9a-f]{16}",.*\}\n')
_BLOCK: Final = 1 << 16
_AT_ONCE: Final = 64
"""Layouts whose lines are made before they are held against those that are there: 1 MB, at 60 points each."""


@dataclass(frozen=True, slots=True)
class _Known:
    """Sorted ids with the checksum and the place of each one's newest line. Replaced, never changed."""

    ids: NDArray[np.uint64]
    crcs: NDArray[np.uint32]
    offsets: NDArray[np.int64]

    def crcs_of(self, ids: array[int]) -> NDArray[np.int64]:
        """Return the checksum of each id's newest line; -1 where there is none."""
        return self._column(self.crcs, ids)

    def offsets_of(self, ids: array[int]) -> NDArray[np.int64]:
        """Return where each id's newest line begins; -1 where there is none."""
        return self._column(self.offsets, ids)

    def _column(self, column: NDArray[Any], ids: array[int]) -> NDArray[np.int64]:
        wanted = np.frombuffer(ids, dtype=np.uint64)
        if not len(self.ids) or not len(wanted):
            return np.full(len(wanted), -1, dtype=np.int64)
        rows = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        return np.where(self.ids[rows] == wanted, column[rows].astype(np.int64), -1)

    def row(self, point_id: int) -> int | None:
        wanted = np.uint64(point_id)
        row = int(np.searchsorted(self.ids, wanted))
        return row if row < len(self.ids) and self.ids[row] == wanted else None


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
        rows: dict[int, tuple[int, int]] = {}
        offset = 0
        with self._path.open("rb") as file:
            for line in file:
                if _LINE.match(line):
                    rows[int(line[7:23], 16)] = (crc32(line), offset)
                offset += len(line)
        return _known(rows)

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self._known.ids)

    def register(self, layouts: Sequence[Layout]) -> None:
        """Make the points of these layouts durable where they are new or have changed. Raise OSError."""
        fresh: dict[int, tuple[int, int]] = {}
        lines: list[bytes] = []
        end, maker = self._size, Lines()
        for at in range(0, len(layouts), _AT_ONCE):
            some = layouts[at : at + _AT_ONCE]
            made = [line for layout in some for line in maker.of(layout)]
            ids = array("Q", b"".join([layout.ids for layout in some]))
            crcs = np.fromiter(map(crc32, made), np.uint32, len(made))
            others = (self._known.crcs_of(ids) != crcs).tolist()
            for line, point_id, crc, other in zip(made, ids, crcs.tolist(), others, strict=True):
                if other or point_id in fresh:  # described otherwise, if only by a line before this one
                    fresh[point_id] = (crc, end)
                    lines.append(line)
                    end += len(line)
        if lines:
            self._disk.write(self._handle, b"".join(lines), self._size)
            self._disk.sync(self._handle)
            self._size = end
            self._held = _merged(self._known, fresh)

    def describe(self, point_id: int) -> Described | None:
        """Return what an id stands for, or None when it was never seen."""
        known = self._known
        row = known.row(point_id)
        return None if row is None else self._read(int(known.offsets[row]))

    def describe_all(self, ids: Sequence[int]) -> list[Described | None]:
        """Return what each of these ids stands for: for many at once, as the file is opened once."""
        offsets = self._known.offsets_of(array("Q", ids))
        found: list[Described | None] = [None] * len(ids)
        with self._path.open("rb") as file:
            for place in np.argsort(offsets, kind="stable").tolist():  # on through the file
                if offsets[place] >= 0:
                    file.seek(int(offsets[place]))
                    found[place] = described(file.readline())
        return found

    def _read(self, offset: int) -> Described | None:
        with self._path.open("rb") as file:
            file.seek(offset)
            return described(file.readline())

    def __iter__(self) -> Iterator[Described]:
        """Go through all points, as their newest lines describe them."""
        with self._path.open("rb") as file:
            for offset in np.sort(self._known.offsets).tolist():
                file.seek(offset)
                found = described(file.readline())
                if found is not None:
                    yield found

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


def _known(rows: dict[int, tuple[int, int]]) -> _Known:
    ids = np.array(sorted(rows), dtype=np.uint64)
    pairs = [rows[point_id] for point_id in ids.tolist()]
    return _Known(
        ids,
        np.array([crc for crc, _ in pairs], dtype=np.uint32),
        np.array([offset for _, offset in pairs], dtype=np.int64),
    )


def _merged(old: _Known, fresh: dict[int, tuple[int, int]]) -> _Known:
    """Return both together, in order; of two rows with one id the fresh one stays."""
    new = _known(fresh)
    at = np.searchsorted(old.ids, new.ids)
    there = np.append(old.ids, np.uint64(0))[at] == new.ids
    there &= at < len(old.ids)
    crcs, offsets = old.crcs.copy(), old.offsets.copy()
    crcs[at[there]], offsets[at[there]] = new.crcs[there], new.offsets[there]
    added = at[~there]
    return _Known(
        np.insert(old.ids, added, new.ids[~there]),
        np.insert(crcs, added, new.crcs[~there]),
        np.insert(offsets, added, new.offsets[~there]),
    )
