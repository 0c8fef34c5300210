"""CSV after RFC 4180, with the names of the columns in the first line of each file.

Labels beside those of the device stand in one column, as the text format writes them. A text that a
spreadsheet would take for a formula begins with an apostrophe.
"""

from __future__ import annotations

import csv
import io
from typing import Final

from dcim.outputs.book import Book
from dcim.outputs.exposition import exported, quoted
from dcim.outputs.files.output import FilePlugin
from dcim.outputs.rows import Row, moment

_DEVICE: Final = ("asset", "kind", "site", "room", "rack", "feed", "tenant")
COLUMNS: Final = ("at", *_DEVICE, "metric", "labels", "unit", "value", "state", "gap")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Csv:
    """Writes lines of one book."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._heads: dict[int, str] = {}
        self._moment = (-1, "")

    def line(self, row: Row) -> str:
        """Return a reading as a line."""
        head = self._heads.get(row.place)
        if head is None:
            head = self._heads[row.place] = self._head(row.place)
        if self._moment[0] != row.at:
            self._moment = row.at, moment(row.at)
        value = "" if row.value is None else repr(row.value)
        word = "" if row.word is None else joined([row.word])
        return f"{self._moment[1]},{head},{value},{word},{row.gap or ''}\r\n"

    def _head(self, place: int) -> str:
        labels = self._book.labels(place)
        device = [labels.pop(name, "") for name in _DEVICE]
        inside = ",".join(f"{name}={quoted(value)}" for name, value in labels.items())
        return joined([*device, exported(self._book.point(place).metric), inside, self._book.unit(place)])


def joined(texts: list[str]) -> str:
    """Return texts as cells of one line."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(
        [f"'{text}" if text.startswith(_FORMULA) else text for text in texts]
    )
    return out.getvalue()


plugin = FilePlugin("csv", Csv, ",".join(COLUMNS) + "\r\n")
