"""The dictionary of points: what every id in the files stands for, durable before the first frame with it.

One JSON object a line, appended only; of two lines with one id the later one counts. In memory there are
three numbers a point; the text stays in the file.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from dcim.history.durable import Disk, sync_directory
from dcim.model import Health, Layout, Meaning, Point, canonical
from dcim.model.reading import States

_LINE: Final = re.compile(rb'\{"id":"[0-9a-f]{16}",.*\}\n')


@dataclass(frozen=True, slots=True)
class Described:
    """What a point is: whose, what, where it stands in the device, and the words of its states."""

    point: Point
    states: States | None
    source: str


@dataclass(frozen=True, slots=True)
class _Known:
    """Sorted ids with the checksum and the place of each one's newest line. Replaced, never changed."""

    ids: NDArray[np.uint64]
    crcs: NDArray[np.uint32]
    offsets: NDArray[np.int64]

    def row(self, point_id: int) -> int | None:
        wanted = np.uint64(point_id)
        row = int(np.searchsorted(self.ids, wanted))
        return row if row < len(self.ids) and self.ids[row] == wanted else None


def _line(layout: Layout, slot: int) -> bytes:
    point, states = layout.points[slot], layout.states[slot]
    what: dict[str, Any] = {
        "id": f"{point.id:016x}",
        "asset": point.asset,
        "metric": point.metric,
        "labels": dict(point.labels),
        "source": layout.sources[slot],
    }
    if states is not None:
        what["states"] = {f"{code:.0f}": [state.word, state.health] for code, state in states.items()}
    return json.dumps(what, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _parse(line: bytes) -> Described | None:
    """Read a line; None when it is torn, damaged, or not made by this program."""
    try:
        what = json.loads(line)
        point = Point(what["asset"], what["metric"], canonical(what["labels"]))
        if point.id != int(what["id"], 16):
            return None
        return Described(point, _states(what.get("states")), what["source"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _states(written: dict[str, list[str | None]] | None) -> States | None:
    if written is None:
        return None
    return MappingProxyType(
        {
            float(code): Meaning(str(word), Health(health) if health else None)
            for code, (word, health) in written.items()
        }
    )


class Points:
    """The dictionary in its file. One thread registers; any thread may ask."""

    def __init__(self, path: Path, disk: Disk) -> None:
        """Open the dictionary and cut a torn last line."""
        self._path = path
        self._disk = disk
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        sync_directory(path.parent)
        self._size = 0
        self._known = self._load()
        os.ftruncate(self._handle, self._size)

    def _load(self) -> _Known:
        """Find every line by its id alone; a damaged one shows when it is read, or is written anew."""
        rows: dict[int, tuple[int, int]] = {}
        offset = 0
        with self._path.open("rb") as file:
            for line in file:
                if not line.endswith(b"\n"):
                    break
                if _LINE.match(line):
                    rows[int(line[7:23], 16)] = (crc32(line), offset)
                offset += len(line)
        self._size = offset
        return _known(rows)

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self._known.ids)

    def register(self, layouts: Iterable[Layout]) -> None:
        """Make the points of these layouts durable where they are new or have changed. Raise OSError."""
        fresh: dict[int, tuple[int, int]] = {}
        lines: list[bytes] = []
        end = self._size
        for layout in layouts:
            for slot, point_id in enumerate(layout.ids):
                line = _line(layout, slot)
                crc = crc32(line)
                if self._crc(point_id, fresh) != crc:
                    fresh[point_id] = (crc, end)
                    lines.append(line)
                    end += len(line)
        if lines:
            self._disk.write(self._handle, b"".join(lines), self._size)
            self._disk.sync(self._handle)
            self._size = end
            self._known = _merged(self._known, fresh)

    def _crc(self, point_id: int, fresh: dict[int, tuple[int, int]]) -> int | None:
        if point_id in fresh:
            return fresh[point_id][0]
        row = self._known.row(point_id)
        return None if row is None else int(self._known.crcs[row])

    def describe(self, point_id: int) -> Described | None:
        """Return what an id stands for, or None when it was never seen."""
        known = self._known
        row = known.row(point_id)
        return None if row is None else self._read(int(known.offsets[row]))

    def _read(self, offset: int) -> Described | None:
        with self._path.open("rb") as file:
            file.seek(offset)
            return _parse(file.readline())

    def __iter__(self) -> Iterator[Described]:
        """Go through all points, as their newest lines describe them."""
        with self._path.open("rb") as file:
            for offset in np.sort(self._known.offsets).tolist():
                file.seek(offset)
                found = _parse(file.readline())
                if found is not None:
                    yield found

    def close(self) -> None:
        """Close the file."""
        os.close(self._handle)


def _known(rows: dict[int, tuple[int, int]]) -> _Known:
    ids = np.array(sorted(rows), dtype=np.uint64)
    pairs = [rows[point_id] for point_id in ids.tolist()]
    return _Known(
        ids,
        np.array([crc for crc, _ in pairs], dtype=np.uint32),
        np.array([offset for _, offset in pairs], dtype=np.int64),
    )


def _merged(old: _Known, fresh: dict[int, tuple[int, int]]) -> _Known:
    """Return both together; of two rows with one id the fresh one stays."""
    new = _known(fresh)
    kept = ~np.isin(old.ids, new.ids, assume_unique=True)
    ids = np.concatenate([old.ids[kept], new.ids])
    order = np.argsort(ids, kind="stable")
    crcs = np.concatenate([old.crcs[kept], new.crcs])[order]
    offsets = np.concatenate([old.offsets[kept], new.offsets])[order]
    return _Known(ids[order], crcs, offsets)
