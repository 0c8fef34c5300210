"""Closes a run of segments and sets into one set of Parquet files. Runs in a child process.

It holds the readings of one file at a time: for each range of point ids it goes once through the sources.
Late rows are sorted in; of two readings of one point at one time the later written stays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

from dcim.history.closed import FACE, ClosedFile, ClosedSet, face, file_name, read_set
from dcim.history.columns import pl, types
from dcim.history.durable import sync_directory, sync_file
from dcim.history.frame import SCHEMA
from dcim.history.segment import Entry, read_frame, scan
from dcim.record import dataclass

ROW_GROUP: Final = 24_576
"""Readings in a row group. Larger ones cost more to unpack for one point, smaller ones more to find it."""
FILE_ROWS: Final = 2_000_000
"""Readings in a file: bounds the memory of this process (25 bytes each, four copies at the peak)."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to make: a set named by ``label`` from segments and sets, given in the order they were written."""

    label: str
    first: int
    last: int
    segments: tuple[str, ...]
    sets: tuple[str, ...]
    target: str  # a directory that is not there yet; the daemon gives it its name when it is complete
    file_rows: int = FILE_ROWS

    def to_json(self) -> str:
        """Return the job as the child reads it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Read a job."""
        what = json.loads(text)
        what["segments"], what["sets"] = tuple(what["segments"]), tuple(what["sets"])
        return cls(**what)


def bits_for(rows: int, file_rows: int) -> int:
    """Return in how many files (as a power of two) so many readings fit."""
    return max(0, -(-rows // file_rows) - 1).bit_length()


class _Sources:
    """The readings that go into a set, one range of point ids at a time."""

    def __init__(self, job: Job) -> None:
        self._sets = [found for path in job.sets if (found := read_set(Path(path)))]
        if len(self._sets) != len(job.sets):
            msg = "a set to be merged is not there"
            raise FileNotFoundError(msg)
        self._frames: list[tuple[Path, Entry]] = [
            (Path(path), entry) for path in job.segments for entry in scan(Path(path))
        ]

    @property
    def rows(self) -> int:
        """Return the number of readings, doubles included."""
        return sum(each.rows for each in self._sets) + sum(entry.header.rows for _, entry in self._frames)

    def tables(self, low: int, high: int) -> Iterator[pl.DataFrame]:
        """Go through the readings of points in [low, high], oldest written first."""
        inside = pl.col("point").is_between(pl.lit(low, pl.UInt64), pl.lit(high, pl.UInt64))
        for each in self._sets:
            files = each.files_of_range(low, high)
            yield pl.scan_parquet(files).select(*SCHEMA).filter(inside).collect()
        for path, entry in self._frames:
            table = read_frame(path, entry)
            yield table if (low, high) == _ALL else table.filter(inside)


_ALL: Final = (0, 2**64 - 1)


def _sorted(tables: list[pl.DataFrame]) -> pl.DataFrame:
    """Sort by point and time; of doubles keep the one written last.

    Rows mostly come in the order of time already, and a stable sort by point keeps it: four times cheaper
    than a sort by both, which is left for late rows.
    """
    rows = pl.concat(tables, rechunk=True).sort("point", maintain_order=True)
    again = pl.col("point") == pl.col("point").shift(-1)
    if rows.select((again & (pl.col("at") > pl.col("at").shift(-1))).any()).item():
        rows = rows.sort("point", "at", maintain_order=True)
    double = again & (pl.col("at") == pl.col("at").shift(-1))
    return rows.filter(~double.fill_null(value=False))


def _write(rows: pl.DataFrame, path: Path) -> ClosedFile:
    rows.select("point", "at", "value", "gap").write_parquet(
        path, compression="zstd", compression_level=3, statistics=True, row_group_size=ROW_GROUP
    )
    sync_file(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ClosedFile(path.name, rows.height, path.stat().st_size, digest)


def close(job: Job) -> ClosedSet:
    """Make the set in ``job.target``, every byte of it on the disk. Raise OSError."""
    target = Path(job.target)
    target.mkdir()
    sources = _Sources(job)
    bits = bits_for(sources.rows, job.file_rows)
    files: list[ClosedFile] = []
    times: list[int] = []
    for part in range(2**bits):
        low = part << (64 - bits)
        rows = _sorted(
            [pl.DataFrame(schema=types(SCHEMA)), *sources.tables(low, low + (1 << (64 - bits)) - 1)]
        )
        files.append(_write(rows, target / file_name(part, bits)))
        times.extend(rows.select(pl.col("at").min().alias("a"), pl.col("at").max().alias("b")).row(0))
        del rows
    known = [at for at in times if at is not None]
    made = ClosedSet(
        job.label,
        job.first,
        job.last,
        min(known, default=0),
        max(known, default=0),
        sum(file.rows for file in files),
        sum(file.bytes for file in files),
        bits,
        target,
    )
    (target / FACE).write_text(face(made, files), encoding="utf-8")
    sync_file(target / FACE)
    sync_directory(target)
    return made
