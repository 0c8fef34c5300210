"""A block: some readings on their way out, in the order in which they were written. Pure.

rows    place of the point │ at (ms) │ value, NaN for a gap        as devices said it
lines   number of the series │ at │ value, NaN for a gap           as ``/metrics`` says it: of a state
                                                                   one line a word, 1 or 0
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dcim.history import Position
from dcim.outputs.book import Book, Columns

if TYPE_CHECKING:
    import polars as pl

Places: TypeAlias = NDArray[np.int64]
Values: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Series by number, with times (UTC ms) and values; NaN where a series has none from then on."""

    series: Places
    at: Places
    value: Values

    def __len__(self) -> int:
        """Return the number of lines."""
        return len(self.series)

    def said(self) -> Lines:
        """Return the lines that say a number that a database takes: no gap, no infinity."""
        return self.only(np.isfinite(self.value))

    def by_time(self) -> Lines:
        """Return the lines in the order of time; those of one moment stay as they are."""
        order = np.argsort(self.at, kind="stable")
        return Lines(self.series[order], self.at[order], self.value[order])

    def only(self, which: NDArray[np.bool_] | slice) -> Lines:
        """Return some of the lines, in their order."""
        return Lines(self.series[which], self.at[which], self.value[which])


@dataclass(frozen=True, eq=False)
class Block:
    """Readings of one stretch of the log. ``after`` is the place behind them: blocks only go forward.

    ``point`` are places in ``book``, ``at`` UTC milliseconds, ``value`` NaN where ``gap`` is not 0 (its
    reasons: ``dcim.history.GAP_REASONS``). A state's value is the number of its word.
    """

    book: Book = field(repr=False)
    point: Places
    at: Places
    value: Values
    gap: NDArray[np.uint8]
    after: Position

    def __len__(self) -> int:
        """Return the number of readings."""
        return len(self.point)

    @classmethod
    def of(cls, book: Book, table: pl.DataFrame, after: Position) -> Block:
        """Make a block of columns ``dcim.history.SCHEMA``. A state's word that is new is looked up."""
        point = book.places(table["point"].to_numpy())
        block = cls(
            book,
            point,
            table["at"].to_numpy(),
            table["value"].to_numpy(),
            table["gap"].to_numpy(),
            after,
        )
        lines, lost = _lines(block, book.columns())
        if len(lost) and book.look_again(
            set(zip(point[lost].tolist(), block.value[lost].tolist(), strict=True))
        ):
            lines, _ = _lines(block, book.columns())
        vars(block)["lines"] = lines
        return block

    @cached_property
    def lines(self) -> Lines:
        """The readings as series."""
        return _lines(self, self.book.columns())[0]


def _lines(block: Block, columns: Columns) -> tuple[Lines, Places]:
    """Return the lines, and the rows whose word is not known."""
    count = columns.count[block.point]
    row = np.repeat(np.arange(len(count)), count)
    begins = np.cumsum(count) - count
    series = np.repeat(columns.first[block.point] - begins, count) + np.arange(len(row))
    code, value = columns.code[series], block.value[row]
    words = np.flatnonzero(~np.isnan(code))
    lost: Places = np.empty(0, dtype=np.int64)
    if len(words):
        is_it = value[words] == code[words]
        known = np.zeros(len(count), dtype=bool)
        known[row[words[is_it]]] = True
        value[words] = np.where(known[row[words]], is_it, np.nan)
        asked = row[words]
        lost = np.unique(asked[~known[asked] & ~np.isnan(block.value[asked])])
    return Lines(series, block.at[row], value), lost
