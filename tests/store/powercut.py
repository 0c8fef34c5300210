"""What a disk holds after the power went, made from the log that ``powercut.c`` writes of a program.

What is modelled:

* Bytes that were written to a file before its last sync are there. Of every later change of the file (a write, a change
  of its size) any subset is: not at all, whole, or torn at sectors of 512 bytes in any order. A lost write at the end of a
  file may have made it longer all the same; what was never written reads as zeros.
* Names that were made, removed or renamed in a folder before its last sync are as they were left. Of the later changes
  the first few are there, any number of them, in each folder for itself: file systems keep a journal of these. The sync
  of a file does not bring its name to the disk, which is less than ext4, XFS or btrfs give.
* A rename is there or not, never half.

What is not: a disk that lies about a sync, bytes that rot, a bad sector that takes its neighbours with it. The index of
the WAL (``-shm``) is written through memory and means nothing after a cut: where its name is there, it holds noise.
"""

from __future__ import annotations

import random
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

SECTOR = 512  # bytes that a disk writes whole or not at all
INDEX = "-shm"
_HEAD = struct.Struct("=5Q")


def build_shim(folder: Path) -> Path:
    """Compile the library that is preloaded."""
    made = folder / "powercut.so"
    source = Path(__file__).with_suffix(".c")
    subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-pthread", "-o", made, source], check=True)
    return made


class Record(NamedTuple):
    """One line of the log; what the kinds mean stands in ``powercut.c``."""

    kind: str
    file: int
    place: int
    data: bytes
    other: bytes


def read_log(path: Path) -> list[Record]:
    """Return everything that was asked, in order."""
    raw = path.read_bytes()
    records, at = [], 0
    while at < len(raw):
        kind, file, place, length, more = _HEAD.unpack_from(raw, at)
        at += _HEAD.size
        records.append(
            Record(chr(kind), file, place, raw[at : at + length], raw[at + length : at + length + more])
        )
        at += length + more
    return records


@dataclass(slots=True)
class Write:
    """Bytes that were written at a place of a file."""

    place: int
    data: bytes

    def apply(self, to: bytearray) -> None:
        _reach(to, self.place)
        to[self.place : self.place + len(self.data)] = self.data

    def tear(self, to: bytearray, chance: random.Random) -> None:
        """Apply some of its sectors."""
        for start, end in self._sectors():
            if chance.random() < 0.5:
                Write(self.place + start, self.data[start:end]).apply(to)

    def lose(self, to: bytearray, chance: random.Random) -> None:
        """Apply nothing but, perhaps, the length."""
        if chance.random() < 0.5:
            _reach(to, self.place + len(self.data))

    def _sectors(self) -> Iterator[tuple[int, int]]:
        start = 0
        while start < len(self.data):
            end = min(len(self.data), start + SECTOR - (self.place + start) % SECTOR)
            yield start, end
            start = end


@dataclass(slots=True)
class Resize:
    """A size that was given to a file."""

    size: int

    def apply(self, to: bytearray) -> None:
        del to[self.size :]
        _reach(to, self.size)

    def tear(self, to: bytearray, chance: random.Random) -> None:
        if chance.random() < 0.5:
            self.apply(to)

    def lose(self, to: bytearray, chance: random.Random) -> None:
        """Leave the size as it was."""


def _reach(data: bytearray, size: int) -> None:
    data.extend(bytes(max(0, size - len(data))))


@dataclass(slots=True)
class File:
    """The bytes that are on the disk for certain, and what was asked since."""

    sure: bytearray = field(default_factory=bytearray)
    since: list[Write | Resize] = field(default_factory=list)

    def sync(self) -> None:
        for change in self.since:
            change.apply(self.sure)
        self.since.clear()


@dataclass(slots=True)
class Folder:
    """The names that are on the disk for certain, and each change since: what became of one name, or of two at once."""

    sure: dict[str, File | Folder] = field(default_factory=dict)
    since: list[dict[str, File | Folder | None]] = field(default_factory=list)

    def sync(self) -> None:
        self.sure, self.since = self.names(len(self.since)), []

    def names(self, changes: int) -> dict[str, File | Folder]:
        """Return the names after so many of the changes that are not certain."""
        names: dict[str, File | Folder | None] = {**self.sure}
        for change in self.since[:changes]:
            names.update(change)
        return {name: what for name, what in names.items() if what is not None}


class Survival(NamedTuple):
    """How likely it is that a change which nobody synced is on the disk: whole, or torn if not whole."""

    whole: float
    torn: float

    @classmethod
    def draw(cls, chance: random.Random) -> Survival:
        """Draw nothing, everything, or some of it."""
        some = cls(chance.random(), chance.random())
        return chance.choice([cls(0.0, 0.0), cls(1.0, 0.0), some, some])


class Disk:
    """Follows a log, record by record, and can be cut off the power at any of them."""

    def __init__(self, root: Path) -> None:
        """Begin with what a folder holds now: all of it is on the disk for certain."""
        self._root = str(root)
        self._files: dict[int, File] = {}
        self._top = self._held(root)
        self.said = b""  # by the program, up to here

    def _held(self, folder: Path) -> Folder:
        names: dict[str, File | Folder] = {}
        for path in folder.iterdir():
            if path.is_dir():
                names[path.name] = self._held(path)
            else:
                names[path.name] = self._files[path.stat().st_ino] = File(bytearray(path.read_bytes()))
        return Folder(names)

    def follow(self, record: Record) -> None:
        kind = record.kind
        if kind == "A":
            self.said += record.data
        elif kind == "W":
            self._files[record.file].since.append(Write(record.place, record.data))
        elif kind == "T":
            self._files[record.file].since.append(Resize(record.place))
        elif kind == "S":
            self._files[record.file].sync()
        elif kind == "Y":
            self._folder(record.data.decode()).sync()
        else:
            self._names(kind, record)

    def _names(self, kind: str, record: Record) -> None:
        folder, name = self._place(record.data)
        if kind == "C":
            file = self._files[record.file] = File()
            folder.since.append({name: file})
        elif kind == "M":
            folder.since.append({name: Folder()})
        elif kind == "U":
            folder.since.append({name: None})
        else:
            assert kind == "R", f"not modelled: {record}"
            other, new = self._place(record.other)
            assert other is folder, f"a rename into another folder is not modelled: {record}"
            folder.since.append({name: None, new: folder.names(len(folder.since))[name]})

    def _place(self, path: bytes) -> tuple[Folder, str]:
        parent, _, name = path.decode().rpartition("/")
        return self._folder(parent), name

    def _folder(self, path: str) -> Folder:
        at = self._top
        for name in path.removeprefix(self._root).split("/")[1:]:
            found = at.names(len(at.since))[name]
            assert isinstance(found, Folder), path
            at = found
        return at

    def keep_running(self, to: Path) -> None:
        """Write down what the files hold as long as there is power."""
        self._write(self._top, to, Survival(1.0, 0.0), random.Random())

    def cut(self, to: Path, chance: random.Random) -> None:
        """Write down what the disk may hold if the power goes now."""
        self._write(self._top, to, Survival.draw(chance), chance)

    def _write(self, folder: Folder, to: Path, survival: Survival, chance: random.Random) -> None:
        to.mkdir()
        most = len(folder.since)
        changes = {0.0: 0, 1.0: most}.get(survival.whole, chance.randint(0, most))
        for name, what in folder.names(changes).items():
            if isinstance(what, Folder):
                self._write(what, to / name, survival, chance)
            elif name.endswith(INDEX):
                (to / name).write_bytes(chance.randbytes(1 << 15))
            else:
                (to / name).write_bytes(_contents(what, survival, chance))


def _contents(file: File, survival: Survival, chance: random.Random) -> bytes:
    data = bytearray(file.sure)
    for change in file.since:
        if chance.random() < survival.whole:
            change.apply(data)
        elif chance.random() < survival.torn:
            change.tear(data, chance)
        elif survival.whole:
            change.lose(data, chance)
    return bytes(data)
