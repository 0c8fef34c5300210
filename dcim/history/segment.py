"""Segments: files of frames, only ever appended to, whose last frame may be torn by a crash.

segments/0000000012_2026-11-25T13.seg      frame frame frame fra
                                                             └ never acknowledged: cut off on open
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dcim.history import frame as frames
from dcim.history.columns import pl
from dcim.history.durable import Disk, HistoryError, sync_directory
from dcim.history.frame import HEADER, MAGIC, Header
from dcim.late import np
from dcim.record import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SUFFIX: Final = ".seg"
_CHUNK: Final = 1 << 20


def hour_of(now: float) -> str:
    """Return the hour of a time (UTC seconds) as the files are named: ``2026-11-25T13``."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in the log: everything before it comes before everything behind it."""

    segment: int
    offset: int = 0


@dataclass(frozen=True, slots=True, order=True)
class SegmentFile:
    """One segment by its name: its number, and the hour in which it was begun."""

    number: int
    hour: str
    path: Path

    @classmethod
    def named(cls, directory: Path, number: int, hour: str) -> SegmentFile:
        """Return the segment of this number, there or not."""
        return cls(number, hour, directory / f"{number:010d}_{hour}{_SUFFIX}")

    @classmethod
    def all(cls, directory: Path) -> list[SegmentFile]:
        """Return the segments in a directory in the order they were written."""
        found = []
        for path in directory.glob(f"*{_SUFFIX}"):
            number, _, hour = path.stem.partition("_")
            if number.isdecimal():
                found.append(cls(int(number), hour, path))
        return sorted(found)

    @property
    def size(self) -> int:
        """Return the length of the file in bytes."""
        return self.path.stat().st_size


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """Where a frame stands in its segment, and what it speaks of."""

    offset: int
    header: Header
    assets: NDArray[np.uint32]

    @property
    def end(self) -> int:
        """Return the offset behind the frame."""
        return self.offset + self.header.size

    def touches(self, first: int, last: int, assets: NDArray[np.uint32] | None) -> bool:
        """Say whether the frame may hold readings in [first, last) ms of one of these devices."""
        if self.header.last_at < first or self.header.first_at >= last:
            return False
        return assets is None or _share(assets, self.assets)


def _share(few: NDArray[np.uint32], many: NDArray[np.uint32]) -> bool:
    """Say whether two sorted lists have a number in common."""
    places = np.minimum(np.searchsorted(many, few), len(many) - 1)
    return bool((many[places] == few).any())


def whole_frames(path: Path, offset: int = 0) -> Iterator[tuple[Entry, bytes]]:
    """Go through the whole frames of a segment from a place on, with their bytes.

    Damaged bytes are stepped over to the next whole frame. Plain reads, no memory map: a segment that is
    written to may be cut back at any time.
    """
    with path.open("rb") as file:
        handle, size = file.fileno(), os.fstat(file.fileno()).st_size
        while offset < size:
            found = _frame(handle, offset, size)
            if found is None:
                offset = _next_magic(handle, offset + 1, size)
            else:
                yield found
                offset = found[0].end


def scan(path: Path) -> Iterator[Entry]:
    """Go through the whole frames of a segment."""
    return (entry for entry, _ in whole_frames(path))


def _frame(handle: int, offset: int, size: int) -> tuple[Entry, bytes] | None:
    header = frames.parse_header(os.pread(handle, HEADER.size, offset))
    if header is None or offset + header.size > size:
        return None
    frame = os.pread(handle, header.size, offset)
    if not frames.is_whole(header, frame):
        return None
    return Entry(offset, header, frames.assets_of(header, frame).copy()), frame


def _next_magic(handle: int, offset: int, size: int) -> int:
    while offset < size:
        found = os.pread(handle, _CHUNK, offset).find(MAGIC)
        if found >= 0:
            return offset + found
        offset += _CHUNK - len(MAGIC) + 1
    return size


def read_frame(path: Path, entry: Entry) -> pl.DataFrame:
    """Return the readings of one frame. Raise HistoryError when its bytes have changed since it was found."""
    with path.open("rb") as file:
        frame = os.pread(file.fileno(), entry.header.size, entry.offset)
    if not frames.is_whole(entry.header, frame):
        msg = f"{path}: the frame at byte {entry.offset} is damaged"
        raise HistoryError(msg)
    return frames.decode(entry.header, frame)


def cut_tail(path: Path) -> tuple[list[Entry], int]:
    """Cut what stands behind the last whole frame; return the frames and the number of bytes cut."""
    entries = list(scan(path))
    good = entries[-1].end if entries else 0
    torn = path.stat().st_size - good
    if torn:
        with path.open("r+b") as file:
            file.truncate(good)
            os.fsync(file.fileno())
    return entries, torn


class SegmentWriter:
    """Appends frames to one segment. What ``append`` wrote counts when ``sync`` has returned."""

    def __init__(self, file: SegmentFile, disk: Disk) -> None:
        self.file = file
        self.entries: list[Entry] = []
        self.size = 0  # bytes that are on the disk for certain
        self._written = 0
        self._unsynced: list[Entry] = []
        self._disk = disk
        self._handle = os.open(file.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        sync_directory(file.path.parent)

    def append(self, frame: bytes) -> None:
        """Write a frame behind the last one. Raise OSError; ``undo`` then makes the file good again."""
        header = frames.parse_header(frame)
        assert header is not None, "not a frame"  # noqa: S101  a programming error
        self._disk.write(self._handle, frame, self._written)
        self._unsynced.append(Entry(self._written, header, frames.assets_of(header, frame).copy()))
        self._written += len(frame)

    def sync(self) -> None:
        """Return when all frames written so far are on the disk. Raise OSError."""
        self._disk.sync(self._handle)
        self.entries.extend(self._unsynced)
        self._unsynced.clear()
        self.size = self._written

    def undo(self) -> None:
        """Forget what was written since the last sync. Raise OSError when even that does not work."""
        self._unsynced.clear()
        self._written = self.size
        self._disk.cut(self._handle, self.size)

    def close(self) -> None:
        """Close the file; it stays as it is."""
        os.close(self._handle)
