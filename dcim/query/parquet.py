"""Readings of any time as one Parquet file, written as it is made: no more than a few points are in memory.

points that match ─▶ groups of some hundred thousand readings ─▶ rows with labels ─▶ row groups ─▶ out
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, Final

import numpy as np
import polars as pl
from polars.io.plugins import register_io_source

from dcim.catalogue import METRICS
from dcim.history import GAP_REASONS
from dcim.promql import NAME, Selection, parse_matchers
from dcim.query.files import gap_codes
from dcim.query.source import Track, World

SCHEMA: Final[Mapping[str, pl.DataType | type[pl.DataType]]] = {
    "time": pl.Datetime("ms", "UTC"),
    "name": pl.String,
    "asset": pl.String,
    "kind": pl.String,
    "site": pl.String,
    "room": pl.String,
    "rack": pl.String,
    "feed": pl.String,
    "tenant": pl.String,
    "labels": pl.String,
    "unit": pl.String,
    "value": pl.Float64,
    "state": pl.String,
    "gap": pl.String,
}
"""The columns: what of a device is unknown is null; ``labels`` are those of the point, as a JSON object."""

ROWS: Final = 250_000
"""Readings in a row group, and about as many as are in memory at once."""
_DEVICE: Final = ("asset", "kind", "site", "room", "rack", "feed", "tenant")
_REASONS: Final = {0: None} | {code: reason.value for code, reason in GAP_REASONS.items()}
_UNSAID: Final = "unsaid"


def export(world: World, match: Sequence[str], start: int, end: int, out: IO[bytes]) -> None:
    """Write what was read of the points that match in [start, end), UTC ms; by point and time.

    Raise BadQuery before anything is written when a matcher is none.
    """
    matchers = [parse_matchers(text) for text in match]

    def frames(columns: Any, predicate: Any, most: Any, batch: Any) -> Iterator[pl.DataFrame]:
        del predicate, most, batch
        seen: set[int] = set()
        for one in matchers:
            for tracks in world.grouped(Selection(one, start, end - 1), ROWS, seen):
                yield from (frame.select(columns or list(SCHEMA)) for frame in _frames(tracks))

    lazy = register_io_source(frames, schema=SCHEMA, is_pure=True)
    lazy.sink_parquet(out, compression="zstd", row_group_size=ROWS, engine="streaming")


def _frames(tracks: Sequence[Track]) -> Iterator[pl.DataFrame]:
    """Give the rows of some points, in tables that are not too long."""
    if not tracks:
        return
    whole = _rows(tracks)
    for low in range(0, whole.height, ROWS):
        yield whole.slice(low, ROWS)


def _rows(tracks: Sequence[Track]) -> pl.DataFrame:
    number = np.repeat(np.arange(len(tracks)), [len(track.at) for track in tracks])
    value = np.concatenate([track.values for track in tracks])
    said = pl.Series(value).fill_nan(None)
    word = pl.Series([track.words is not None for track in tracks]).gather(number)
    words = {code: text for track in tracks for code, text in (track.words or {}).items()}
    state = said.replace_strict(words, default=None, return_dtype=pl.String) if words else None
    frame = pl.DataFrame({
        "time": pl.Series(np.concatenate([track.at for track in tracks])).cast(pl.Datetime("ms", "UTC")),
        **{name: column.gather(number) for name, column in _described(tracks).items()},
        "number": said,
        "word": word,
        "said": pl.Series([None], dtype=pl.String).new_from_index(0, len(said)) if state is None else state,
        "gap": pl.Series(gap_codes(value)).replace_strict(_REASONS, default=_UNSAID, return_dtype=pl.String),
    })  # fmt: skip
    number_or_none = pl.when(~pl.col("word")).then("number").alias("value")
    word_or_none = pl.when("word").then("said").alias("state")
    return frame.with_columns(number_or_none, word_or_none).select(*SCHEMA)


def _described(tracks: Sequence[Track]) -> dict[str, pl.Series]:
    """Return the columns that are the same for all readings of a point, a row a point."""
    rows = []
    for track in tracks:
        labels = dict(track.labels)
        name = labels.pop(NAME)
        known = METRICS.get(name.removeprefix("dcim_"))
        device = {key: labels.pop(key, None) for key in _DEVICE}
        text = json.dumps(labels, ensure_ascii=False, separators=(",", ":"))
        rows.append({"name": name, **device, "labels": text, "unit": known.unit if known else None})
    return {key: pl.Series([row[key] for row in rows], dtype=pl.String) for key in rows[0]}
