"""Lines as people read them: the text format of Prometheus with the time behind. Pure."""

from __future__ import annotations

from dcim.outputs.block import Lines
from dcim.outputs.book import Book, Series
from dcim.outputs.exposition import quoted


def series_text(series: Series) -> str:
    """Return a series as the text format writes it."""
    inside = ",".join(f"{name}={quoted(value)}" for name, value in series.labels.items())
    return f"{series.name}{{{inside}}}"


def line_of(book: Book, lines: Lines, row: int) -> str:
    """Return one line: the series, the value and the time in milliseconds."""
    return (
        f"{series_text(book.series(int(lines.series[row])))} {float(lines.value[row])} {int(lines.at[row])}"
    )
