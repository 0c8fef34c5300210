"""Reads readings of some points back: closed files, the tail of the log and what is not yet committed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from dcim.history.closed import ClosedSet
from dcim.history.columns import pl, types
from dcim.history.frame import SCHEMA, table
from dcim.history.segment import Entry, read_frame
from dcim.late import np
from dcim.model import Batch
from dcim.record import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS: Final = MappingProxyType({name: SCHEMA[name] for name in ("point", "at", "value", "gap")})
"""The columns of a query without resolution."""
BUCKETS: Final = MappingProxyType(
    {
        "point": "UInt64",
        "at": "Int64",
        "mean": "Float64",
        "min": "Float64",
        "max": "Float64",
        "last": "Float64",
        "count": "UInt32",
        "gaps": "UInt32",
    }
)
"""The columns of a query with resolution: ``at`` is the start of the bucket; null where it held gaps only."""


@dataclass(frozen=True, slots=True)
class Tail:
    """One segment that no set stands for yet, and its committed frames."""

    path: Path
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Where all readings stood at one moment, in the order in which they were written."""

    sets: Sequence[ClosedSet]
    tails: Sequence[Tail]
    pending: Sequence[Batch]


@dataclass(frozen=True, slots=True)
class Question:
    """Points and a time range [first, last) in UTC milliseconds; ``assets``: the codes of their devices."""

    points: tuple[int, ...]
    first: int
    last: int
    assets: NDArray[np.uint32] | None


def rows(question: Question, snapshot: Snapshot) -> pl.DataFrame:
    """Return the readings as columns ``ROWS``, sorted by point and time, each once (the last written)."""
    parts = [_closed(question, snapshot.sets), *_tail(question, snapshot.tails)]
    pending = [batch for batch in snapshot.pending if _concerns(question, batch)]
    if pending:
        parts.append(_picked(question, table(pending)))
    found = pl.concat([part.select(*ROWS) for part in parts if part.height] or [_none()])
    return _distinct(found)


def _none() -> pl.DataFrame:
    return pl.DataFrame(schema=types(ROWS))


def _wanted(question: Question) -> pl.Expr:
    inside = (pl.col("at") >= question.first) & (pl.col("at") < question.last)
    ids = pl.Series(question.points, dtype=pl.UInt64)
    if len(ids) == 1:
        return (pl.col("point") == pl.lit(ids[0], pl.UInt64)) & inside
    return pl.col("point").is_in(ids.implode()) & inside


def _closed(question: Question, sets: Sequence[ClosedSet]) -> pl.DataFrame:
    files = [
        file
        for each in sets
        if each.rows and each.first_at < question.last and each.last_at >= question.first
        for file in each.files_of(question.points)
    ]
    if not files:
        return _none()
    return pl.scan_parquet(files, schema=types(ROWS), glob=False).filter(_wanted(question)).collect()


def _tail(question: Question, tails: Sequence[Tail]) -> list[pl.DataFrame]:
    """Filter frame by frame: only one of them is in memory unpacked."""
    return [
        _picked(question, read_frame(tail.path, entry))
        for tail in tails
        for entry in tail.entries
        if entry.touches(question.first, question.last, question.assets)
    ]


def _picked(question: Question, found: pl.DataFrame) -> pl.DataFrame:
    """Return the wanted rows of a frame, at a tenth of what it costs to start a query: frames are many."""
    point, at = found["point"].to_numpy(), found["at"].to_numpy()
    ids = np.array(question.points, dtype=np.uint64)
    hits = point == ids[0] if len(ids) == 1 else np.isin(point, ids)
    return found[np.flatnonzero(hits & (at >= question.first) & (at < question.last))]


def _concerns(question: Question, batch: Batch) -> bool:
    if not question.first <= round(batch.at * 1000.0) < question.last:
        return False
    return any(point in question.points for point in batch.layout.ids)


def _distinct(found: pl.DataFrame) -> pl.DataFrame:
    """Sort by point and time and keep the last written of doubles; skip the work when it is done already."""
    point, at = found["point"].to_numpy(), found["at"].to_numpy()
    later = at[1:] > at[:-1]
    if bool(((point[1:] > point[:-1]) | ((point[1:] == point[:-1]) & later)).all()):
        return found
    ordered = found.sort("point", "at", maintain_order=True)
    again = (pl.col("point") == pl.col("point").shift(-1)) & (pl.col("at") == pl.col("at").shift(-1))
    return ordered.filter(~again.fill_null(value=False))


def buckets(found: pl.DataFrame, width: int) -> pl.DataFrame:
    """Return readings as columns ``BUCKETS``, one row per point and ``width`` ms that hold any.

    Buckets begin at whole multiples of their width since 1970. A gap is in ``gaps`` and in nothing else. For
    states only ``last`` means something.
    """
    value = pl.col("value").filter(pl.col("gap") == 0)
    return (
        found.group_by("point", (pl.col("at") // width * width).alias("at"), maintain_order=True)
        .agg(
            value.mean().alias("mean"),
            value.min().alias("min"),
            value.max().alias("max"),
            value.last().alias("last"),
            value.len().cast(pl.UInt32).alias("count"),
            (pl.col("gap") != 0).sum().cast(pl.UInt32).alias("gaps"),
        )
        .select(*BUCKETS)
    )
