"""Rows of a block in a Parquet file, and back: how they are stored, not what is proven."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from dcim.late import late
from dcim.rollup.block import Row

if TYPE_CHECKING:
    import polars as pl
else:
    pl = late("polars")

_ROW_GROUP: Final = 16_384
_PLAIN: Final = ("asset", "metric", "labels", "n", "gaps", "ms", "min", "mean", "max", "last", "limit")
_FILE: Final = "file"
_RUNS: Final = ("first_at", "first", "last_at", "last")
COLUMNS: Final = MappingProxyType(
    {
        **dict.fromkeys(("asset", "metric", "labels"), "String"),
        **dict.fromkeys(("n", "gaps", "ms"), "UInt32"),
        **dict.fromkeys(("min", "mean", "max", "last", "limit"), "Int64"),
    }
)
"""The columns of the file; beside them stand four lists of the runs' ends, times since the hour began, and
two of the parts of an hour that is cut."""
_CUTS: Final = "cuts"
"""After the lists: how often the hour is cut for a point, where that is not as its block says."""
_LISTS: Final = (*(f"run_{name}" for name in _RUNS), "part_ms", "part_mean")


def write(rows: Sequence[Row], path: Path, start: int) -> None:
    """Write the rows of the hour that begins at ``start`` (ms UTC), in their order. Raise OSError."""
    plain = [row[: len(_PLAIN)] for row in rows]
    table = pl.DataFrame(plain, schema=_schema(COLUMNS), orient="row")
    runs = [_runs(rows, which, start if name.endswith("_at") else 0) for which, name in enumerate(_RUNS)]
    parts = [[[part[which] for part in row.parts] for row in rows] for which in (0, 1)]
    lists = [
        pl.Series(name, each, dtype=pl.List(pl.Int64))
        for name, each in zip(_LISTS, [*runs, *parts], strict=True)
    ]
    cuts = pl.Series(_CUTS, [row.cuts for row in rows], dtype=pl.UInt8)
    table.with_columns([*lists, cuts]).write_parquet(
        path, compression="zstd", compression_level=9, statistics=True, row_group_size=_ROW_GROUP
    )


def _schema(columns: Mapping[str, str]) -> dict[str, Any]:
    return {name: getattr(pl, kind) for name, kind in columns.items()}


def _runs(rows: Sequence[Row], which: int, off: int) -> list[list[int]]:
    return [[run[which] - off for run in row.runs] for row in rows]


def read(
    files: Mapping[Path, int], assets: Iterable[str] | None = None, metrics: Iterable[str] | None = None
) -> Iterator[tuple[int, Row]]:
    """Yield the rows of files, each with the start of its hour (ms UTC), which is given with the file.

    Those of some devices or metrics if they are named. Raise OSError. Many files in one question cost half of
    what they cost one by one.
    """
    schema = {**_schema(COLUMNS), **dict.fromkeys(_LISTS, pl.List(pl.Int64)), _CUTS: pl.UInt8}
    scan = pl.scan_parquet(
        list(files), glob=False, include_file_paths=_FILE, schema=schema, missing_columns="insert"
    )  # files from before hours had parts have neither those nor cuts of a point
    for name, wanted in (("asset", assets), ("metric", metrics)):
        if wanted is not None:
            scan = scan.filter(pl.col(name).is_in(sorted(wanted)))
    starts = {str(path): start for path, start in files.items()}
    for row in _collected(scan).iter_rows():
        plain, start = row[: len(_PLAIN)], starts[row[-1]]
        *ends, spans, means, cuts = row[len(_PLAIN) : -1]
        since, until = ([at + start for at in ends[place]] for place in (0, 2))
        runs = tuple(zip(since, ends[1], until, ends[3], strict=True))
        yield start, Row._make((*plain, runs, tuple(zip(spans or (), means or (), strict=True)), cuts or 0))


def _collected(scan: pl.LazyFrame) -> pl.DataFrame:
    try:
        return scan.collect()
    except pl.exceptions.PolarsError as exc:
        msg = f"a roll-up is damaged: {exc}"
        raise OSError(msg) from exc
