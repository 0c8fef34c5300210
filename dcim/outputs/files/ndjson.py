"""One JSON object a line:

    {"metric":"dcim_ups_output_load_ratio","asset":"ups-a","labels":{"room":"r1"},"unit":"ratio","at":"...Z","value":0.5}

``state`` stands in place of ``value`` for the word of a state, ``gap`` for the reason why there is none.
"""

from __future__ import annotations

import json
import math

from dcim.outputs.book import Book
from dcim.outputs.exposition import exported
from dcim.outputs.files.output import FilePlugin
from dcim.outputs.rows import Row, moment


class Ndjson:
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
        return f'{head}"at":"{self._moment[1]}",{_said(row)}}}\n'

    def _head(self, place: int) -> str:
        labels = self._book.labels(place)
        asset = labels.pop("asset", "")
        what = {"metric": exported(self._book.point(place).metric), "asset": asset, "labels": labels}
        if unit := self._book.unit(place):
            what["unit"] = unit
        return json.dumps(what, ensure_ascii=False, separators=(",", ":"))[:-1] + ","


def _said(row: Row) -> str:
    if row.gap is not None:
        return f'"gap":{json.dumps(row.gap)}'
    if row.word is not None:
        return f'"state":{json.dumps(row.word, ensure_ascii=False)}'
    value = row.value if row.value is not None and math.isfinite(row.value) else None
    return f'"value":{json.dumps(value)}'


plugin = FilePlugin("ndjson", Ndjson)
