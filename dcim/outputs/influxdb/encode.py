"""Line protocol: the text that InfluxDB takes. Pure.

dcim_pdu_outlet_power_watts,asset=pdu-1,kind=pdu,outlet=7 value=120.5 1790000000000000000
└── once for each series, kept ─────────────────────────────┘└ float ┘└ ns since 1970 ──┘
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl

from dcim.outputs.block import Lines
from dcim.outputs.book import Book, Series

_MEASUREMENT: Final = str.maketrans({",": r"\,", " ": r"\ "})
_TAG: Final = str.maketrans({",": r"\,", "=": r"\=", " ": r"\ "})
_BROKEN: Final = re.compile(r"[\x00-\x1f\x7f]")
_ESCAPING: Final = re.compile(r"\\(?=[,= \\]|$)")


def head(series: Series) -> str:
    """Return what stands before the value of a series."""
    tags = "".join(f",{_tag(name)}={value}" for name, value in _values(series.labels))
    return f"{series.name.translate(_MEASUREMENT)}{tags} value="


def _values(labels: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return tags sorted by name, as the server likes them; one of which nothing is left is left out."""
    written = ((name, _tag(value)) for name, value in sorted(labels.items()))
    return [(name, value) for name, value in written if value]


@lru_cache(1 << 14)
def _tag(text: str) -> str:
    """Return a tag's name or value. What the protocol cannot carry is replaced.

    A line end ends a point, and a backslash before a comma, a space, an equals sign or the end of the tag
    would be taken for an escape: they become a space and a slash.
    """
    return _ESCAPING.sub("/", _BROKEN.sub(" ", text)).translate(_TAG)


class Encoder:
    """Writes lines of one book; what stands before the values is made once for each series."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._heads: pl.Series = pl.Series([], dtype=pl.String)

    def encode(self, lines: Lines) -> bytes:
        """Return a body with one line for each; they hold no gap."""
        self._learn()
        times, which = np.unique(lines.at, return_inverse=True)
        ends = pl.Series([f" {at}000000" for at in times.tolist()], dtype=pl.String)
        frame = pl.DataFrame(
            {
                "head": self._heads.gather(lines.series),
                "value": lines.value,
                "end": ends.gather(which.astype(np.uint32)),
            }
        )
        out = io.BytesIO()
        whole = pl.concat_str("head", pl.col("value").cast(pl.String), "end")
        frame.select(whole).write_csv(out, include_header=False, quote_style="never")
        return out.getvalue()

    def _learn(self) -> None:
        known, there = len(self._heads), len(self._book)
        if known < there:
            fresh = [head(self._book.series(line)) for line in range(known, there)]
            self._heads = pl.concat([self._heads, pl.Series(fresh, dtype=pl.String)], rechunk=True)
