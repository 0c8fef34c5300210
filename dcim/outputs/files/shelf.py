"""Files that are only appended to, rotated and bounded; each block is there once, also after a kill.

    DIRECTORY/NAME-20261126T030000.250Z.csv     the newest is written to
    outputs/NAME/place.json                     which block is in, and where its file ended then

On a start what stands behind that place is cut off: it was under way when something broke.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

import numpy as np

from dcim.history import Position
from dcim.history.durable import replace_text, sync_directory
from dcim.record import dataclass

_DAY: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bytes of a file, and of all of them together: the oldest go."""

    file: int
    all: int


@dataclass(frozen=True, slots=True)
class _Place:
    after: Position
    file: str
    size: int


class Shelf:
    """Appends texts to files of a kind. ``folder`` is its own, ``head`` begins each file."""

    def __init__(self, directory: Path, kind: str, folder: Path, bounds: Bounds, head: bytes = b"") -> None:
        self._directory = directory
        self._stem = folder.name
        self._kind = kind
        self._place_file = folder / "place.json"
        self._bounds = bounds
        self._head = head
        self._file: IO[bytes] | None = None
        self._day = -1
        self._place = _Place(Position(0), "", 0)
        self._began = False

    def put(self, make: Callable[[], bytes], after: Position, at: int) -> bool:
        """Append a text, durably; return False when the block is there already. Raise OSError.

        ``after`` is the place behind the block, ``at`` (UTC ms) names a file that begins with it.
        """
        if not self._began:
            self._begin()
        if after <= self._place.after:
            return False
        text = make()
        try:
            file = self._writable(at)
            file.write(text)
            file.flush()
            os.fdatasync(file.fileno())
            self._note(_Place(after, Path(file.name).name, file.tell()))
        except OSError:
            self._let_go()
            self._began = False  # what was half written is cut off before the next
            raise
        return True

    def close(self) -> None:
        """Close the file."""
        self._let_go()

    def _begin(self) -> None:
        """Make the folders, and cut off what was under way."""
        self._directory.mkdir(parents=True, exist_ok=True)
        self._place_file.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
            said = json.loads(self._place_file.read_text(encoding="utf-8"))
            after = Position(said["segment"], said["offset"])
            self._place = _Place(after, str(said["file"]), int(said["size"]))
        known = self._directory / self._place.file
        for path in self.files() if self._place.file else ():
            if path.name > self._place.file:
                path.unlink()
        if self._place.file and known.is_file() and known.stat().st_size > self._place.size:
            os.truncate(known, self._place.size)
        self._began = True

    def files(self) -> list[Path]:
        """Return the files that are there, the oldest first."""
        return sorted(self._directory.glob(f"{self._stem}-2*.{self._kind}"))

    def _writable(self, at: int) -> IO[bytes]:
        full = self._place.size >= self._bounds.file or at // _DAY != self._day
        if self._file is not None and not full:
            return self._file
        self._let_go()
        known = self._directory / self._place.file
        today = known.name.startswith(f"{self._stem}-{_stamp(at)[:8]}")
        if self._day < 0 and today and known.is_file() and self._place.size < self._bounds.file:
            self._file = known.open("ab")  # goes on after a start
        else:
            self._file = self._fresh(at)
        self._day = at // _DAY
        return self._file

    def _fresh(self, at: int) -> IO[bytes]:
        """Begin a file; its name is behind those of all others."""
        path = self._path(at)
        while path.name <= self._place.file or path.exists():
            at += 1
            path = self._path(at)
        self._make_room()
        file = path.open("xb")
        file.write(self._head)
        sync_directory(self._directory)
        return file

    def _path(self, at: int) -> Path:
        return self._directory / f"{self._stem}-{_stamp(at)}.{self._kind}"

    def _make_room(self) -> None:
        files = self.files()
        total = sum(path.stat().st_size for path in files)
        for path in files:
            if total + self._bounds.file <= self._bounds.all:
                break
            total -= path.stat().st_size
            path.unlink()

    def _note(self, place: _Place) -> None:
        said = {
            "segment": place.after.segment,
            "offset": place.after.offset,
            "file": place.file,
            "size": place.size,
        }
        replace_text(self._place_file, json.dumps(said) + "\n")
        self._place = place

    def _let_go(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None


def _stamp(at: int) -> str:
    return str(np.datetime64(at, "ms")).replace("-", "").replace(":", "") + "Z"
