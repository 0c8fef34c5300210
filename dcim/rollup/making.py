"""Makes the blocks of hours from closed files of the history. Runs in a child process.

It holds the readings of one range of points at a time, as closing does, and the rows of one hour.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dcim.history.closed import ClosedSet, read_set
from dcim.history.closing import FILE_ROWS, bits_for
from dcim.history.durable import sync_directory, sync_file
from dcim.late import late
from dcim.record import dataclass, field
from dcim.rollup.block import HOUR, Row, hour_name, sections
from dcim.rollup.cuts import Cuts
from dcim.rollup.names import Names
from dcim.rollup.summary import CLOSE, Ints, Readings, nothing, summarise
from dcim.rollup.table import write
from dcim.rollup.tree import root

if TYPE_CHECKING:
    import polars as pl
else:
    pl = late("polars")

DONE: Final = "made.json"
_FEW: Final = 3  # hours: a set that spans no more is not searched for which of them it touches


@dataclass(frozen=True, slots=True)
class Job:
    """What to make. Sets are all that live; ``fresh`` those not looked at yet.

    Hours (ms UTC) from ``first`` on and before ``before`` are made when a fresh set touches them or they are
    ``pending``. ``points``: the dictionary; ``target``: a directory that is not there yet.
    """

    sets: tuple[str, ...]
    fresh: tuple[str, ...]
    pending: tuple[int, ...]
    first: int
    before: int
    points: str
    target: str
    cuts: int = 1
    file_rows: int = FILE_ROWS
    fine: Mapping[str, int] = field(default_factory=dict)  # devices whose energy is cut finer

    def to_json(self) -> str:
        """Return the job as the child reads it."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Job:
        """Read a job."""
        what = json.loads(text)
        for name in ("sets", "fresh", "pending"):
            what[name] = tuple(what[name])
        return cls(**what)


@dataclass(frozen=True, slots=True)
class Made:
    """One hour that was made: a block that has no version yet. ``file`` is in the target."""

    hour: str
    root: str
    sha256: str
    file: str
    cuts: int
    sections: int
    points: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Done:
    """What a job came to: the hours made, and those touched for which it is too early."""

    made: tuple[Made, ...]
    pending: tuple[int, ...]


def read_done(target: Path) -> Done:
    """Read what a finished job said. Raise OSError when it did not finish."""
    what = json.loads((target / DONE).read_text(encoding="utf-8"))
    return Done(tuple(Made(**one) for one in what["made"]), tuple(what["pending"]))


def make(job: Job) -> Done:
    """Do the job; every byte is on the disk when it returns. Raise OSError."""
    target = Path(job.target)
    target.mkdir(parents=True)
    sets = [_opened(path) for path in job.sets]
    touched = set(job.pending)
    for path in job.fresh:
        touched |= set(_touched(_opened(path)))
    due = sorted(hour for hour in touched if job.first <= hour < job.before)
    names = Names.read(Path(job.points)) if due else None
    finer = Cuts(job.cuts, job.fine).rows(names) if names else None
    made = [one for hour in due if names and (one := _hour(job, sets, names, finer, hour, target))]
    done = Done(tuple(made), tuple(sorted(hour for hour in touched if hour >= job.before)))
    said = {"made": [asdict(one) for one in done.made], "pending": done.pending}
    (target / DONE).write_text(json.dumps(said), encoding="utf-8")
    sync_file(target / DONE)
    sync_directory(target)
    return done


def _opened(path: str) -> ClosedSet:
    found = read_set(Path(path))
    if found is None:
        raise FileNotFoundError(path)
    return found


def _touched(each: ClosedSet) -> Iterator[int]:
    """Yield the hours to whose blocks a set adds anything: also those into which a last value lasts."""
    if not each.rows:
        return
    first, last = each.first_at // HOUR, (each.last_at + CLOSE) // HOUR
    if last - first < _FEW:
        yield from (hour * HOUR for hour in range(first, last + 1))
        return
    at = pl.col("at")
    files = [each.path / name for name in sorted(path.name for path in each.path.glob("*.parquet"))]
    scan = pl.scan_parquet(files, glob=False)
    for shift in (0, CLOSE):
        yield from (
            hour * HOUR for hour in scan.select(((at + shift) // HOUR).unique()).collect()["at"].to_list()
        )


def _hour(
    job: Job, sets: list[ClosedSet], names: Names, finer: Ints | None, start: int, target: Path
) -> Made | None:
    """Make the block of one hour; None when no point was read in it."""
    since, until = start - CLOSE, start + HOUR
    sources = [one for one in sets if one.rows and one.first_at < until and one.last_at >= since]
    bits = bits_for(sum(one.rows for one in sources), job.file_rows)
    rows: list[Row] = []
    for part in range(2**bits):
        low = part << (64 - bits)
        readings = _readings(sources, low, low + (1 << (64 - bits)) - 1, since, until)
        rows.extend(summarise(readings, names, start, job.cuts, finer))
    if not rows:
        return None
    rows.sort(key=lambda row: row[:3])
    hour = hour_name(start)
    parts = list(sections(hour, rows, job.cuts))
    path = target / f"{hour}.parquet"
    write(rows, path, start)
    sync_file(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    top = root([part.leaf for part in parts]).hex()
    return Made(hour, top, digest, path.name, job.cuts, len(parts), len(rows), path.stat().st_size)


def _readings(sources: list[ClosedSet], low: int, high: int, since: int, until: int) -> Readings:
    """Return the readings of a range of points, each time once (the last written)."""
    files = [path for each in sources for path in each.files_of_range(low, high)]
    inside = pl.col("at").is_between(since, until, closed="left")
    if (low, high) != (0, 2**64 - 1):
        inside &= pl.col("point").is_between(pl.lit(low, pl.UInt64), pl.lit(high, pl.UInt64))
    found = [pl.scan_parquet(path, glob=False).filter(inside).collect() for path in files]
    if not found:
        return nothing()
    table = pl.concat([one.select("point", "at", "value", "gap") for one in found], rechunk=True)
    if len(found) > 1:
        table = table.sort("point", "at", maintain_order=True)
    again = (pl.col("point") == pl.col("point").shift(-1)) & (pl.col("at") == pl.col("at").shift(-1))
    table = table.filter(~again.fill_null(value=False))
    point, at, value, gap = (table[name].to_numpy() for name in ("point", "at", "value", "gap"))
    return Readings(point, at, value, gap)
