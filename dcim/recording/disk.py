"""The files of the ring and of what is kept of it: written, linked, counted, mended after a kill."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from dcim.record import dataclass, field
from dcim.recording.folder import MANIFEST, tape_name
from dcim.recording.frame import Damaged, cut_off, frames
from dcim.recording.manifest import Manifest, cut_at, parse_manifest
from dcim.recording.tape import SUFFIX

TEMPORARY: Final = ".new"


@dataclass(slots=True)
class File:
    """A segment on disk, and the number of the chapter that began with it; ``end`` 0: it goes on.

    ``preface``: what a recording begins with whose first segment this is, once one does.
    """

    path: Path
    start: float
    mono: float
    chapter: int
    end: float = 0.0
    size: int = 0
    preface: bytes = b""

    def holds(self, start: float, end: float, lasts: float) -> bool:
        """Whether something of a time is in it; one that goes on will last ``lasts`` seconds."""
        return self.start < end and (self.end or self.start + lasts) > start


@dataclass(slots=True)
class Kept:
    """A recording that is kept, or is being made. Times are UTC seconds.

    ``made``: its folder is there; one that has not begun has none.
    """

    manifest: Manifest
    folder: Path
    linked: list[Path] = field(default_factory=list)
    made: bool = False

    @property
    def name(self) -> str:
        """Return what it is called."""
        return self.manifest.name


def bytes_of(folders: Iterable[Path]) -> int:
    """Return the bytes of folders; a file that several of them link counts once."""
    seen: dict[tuple[int, int], int] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                found = path.stat()
                seen[found.st_dev, found.st_ino] = found.st_size
    return sum(seen.values())


def append(file: File, data: bytes) -> None:
    """Append to a segment, all or nothing: what the disk does not take whole is cut off. Raise OSError."""
    handle = os.open(file.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, file.size)
        raise
    finally:
        os.close(handle)
    file.size += len(data)


def link(kept: Kept, file: File) -> None:
    """Have a recording hold a segment too, under its next number."""
    target = kept.folder / tape_name(len(kept.linked) + 1)
    os.link(file.path, target)
    kept.linked.append(target)


def write(path: Path, data: bytes) -> None:
    """Replace a file, whole or not at all."""
    fresh = path.with_name(path.name + TEMPORARY)
    fresh.write_bytes(data)
    fresh.replace(path)


def of_one_clock(files: Sequence[File]) -> list[File]:
    """Return the newest files whose monotonic clock is one."""
    found: list[File] = []
    for file in reversed(files):
        if found and file.mono > found[-1].mono:
            break
        found.append(file)
    return found[::-1]


def found(folder: Path) -> Kept | None:
    """Return what a daemon before has kept here; one that went on then is over where its last file ends."""
    try:
        manifest = parse_manifest((folder / MANIFEST).read_bytes(), str(folder / MANIFEST))
    except (OSError, Damaged):
        return None
    linked = sorted(folder.glob(f"[0-9]*{SUFFIX}"))[1:]
    kept = Kept(manifest, folder, linked, made=True)
    if not manifest.complete:
        end = max((path.stat().st_mtime for path in linked), default=manifest.start)
        for path in linked[-1:]:
            _mend(path)
        kept.manifest = cut_at(manifest, max(end, manifest.start))
    return kept


def _mend(path: Path) -> None:
    """Cut off the frame within which a kill has ended a file."""
    data = path.read_bytes()
    try:
        for _ in frames(data, str(path)):
            pass
    except Damaged as damaged:
        if cut_off(data, damaged.offset):
            os.truncate(path, damaged.offset)
