"""Closed sets: directories of Parquet files made from a run of segments, complete once they have their name.

    closed/2026-11-25T13_0000000012-0000000014/      one hour (or a part of it), from segments 12 to 14
               set.json  0-of-2.parquet  1-of-2.parquet
    closed/2026-11-25_0000000001-0000000090/         a day: stands for every set inside its run

A point's readings of one set are all in one file, chosen by the first bits of its id. A set whose run lies
inside another's is superseded; so the names alone say what counts, after a crash at any instruction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Final

from dcim.record import dataclass

_NAME: Final = re.compile(r"(\d{4}-\d\d-\d\d(?:T\d\d)?)_(\d{10,})-(\d{10,})")
FACE: Final = "set.json"


@dataclass(frozen=True, slots=True)
class ClosedFile:
    """One finished file: ``sha256`` is what an auditor compares."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ClosedSet:
    """One set. Times are UTC milliseconds; ``first`` and ``last`` are the segments it stands for."""

    label: str  # 2026-11-25T13 or 2026-11-25
    first: int
    last: int
    first_at: int
    last_at: int
    rows: int
    bytes: int
    bits: int  # so many first bits of a point's id choose its file, of 2 ** bits
    path: Path

    @property
    def day(self) -> str:
        """Return the day in which the set was recorded."""
        return self.label[:10]

    def covers(self, other: ClosedSet) -> bool:
        """Say whether this set stands for another one too. Over the same run, the shorter label counts."""
        if (self.first, self.last) == (other.first, other.last):
            return len(self.label) < len(other.label)
        return self.first <= other.first and other.last <= self.last

    def files_of(self, points: Iterable[int]) -> list[Path]:
        """Return the files that may hold readings of these points."""
        return self._paths(sorted({part_of(point, self.bits) for point in points}))

    def files_of_range(self, low: int, high: int) -> list[Path]:
        """Return the files that may hold readings of points in [low, high]."""
        return self._paths(range(part_of(low, self.bits), part_of(high, self.bits) + 1))

    def _paths(self, parts: Iterable[int]) -> list[Path]:
        return [self.path / file_name(part, self.bits) for part in parts]


def file_name(part: int, bits: int) -> str:
    """Return the name of one file of a set."""
    return f"{part}-of-{2**bits}.parquet"


def part_of(point_id: int, bits: int) -> int:
    """Return the number of the file that holds a point in a set of ``2 ** bits`` files."""
    return point_id >> (64 - bits) if bits else 0


def set_name(label: str, first: int, last: int) -> str:
    """Return the name of a set's directory."""
    return f"{label}_{first:010d}-{last:010d}"


def face(made: ClosedSet, files: Iterable[ClosedFile]) -> str:
    """Return the text of ``set.json``."""
    kept = {key: value for key, value in asdict(made).items() if key != "path"}
    return json.dumps({**kept, "files": [asdict(file) for file in files]}, indent=1) + "\n"


def read_set(path: Path) -> ClosedSet | None:
    """Read a set's face; None when the directory is not a finished set."""
    if not _NAME.fullmatch(path.name):
        return None
    try:
        what = json.loads((path / FACE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    del what["files"]
    return ClosedSet(**what, path=path)


def read_files(path: Path) -> tuple[ClosedFile, ...]:
    """Read what a set's face says of its files."""
    what = json.loads((path / FACE).read_text(encoding="utf-8"))
    return tuple(ClosedFile(**file) for file in what["files"])


def read_sets(directory: Path) -> list[ClosedSet]:
    """Return all finished sets in a directory, superseded ones too, in the order of their segments."""
    found = (read_set(path) for path in directory.iterdir() if path.is_dir())
    return sorted((each for each in found if each), key=lambda each: (each.first, each.last, each.label))


def living(sets: Iterable[ClosedSet]) -> list[ClosedSet]:
    """Return the sets that no other one stands for."""
    everyone = list(sets)
    return [each for each in everyone if not any(other.covers(each) for other in everyone)]
