"""What an edge node has said of its devices: their metrics, aliases, newest values, and who is born. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from dcim.outputs.book import Book
from dcim.outputs.exposition import exported
from dcim.outputs.mqtt.payload import DOUBLE, STRING, Metric
from dcim.outputs.rows import Row

_ODD: Final = re.compile(r"[^A-Za-z0-9 _.:()'-]")
_DEVICE: Final = frozenset({"asset", "kind", "site", "room", "rack", "feed", "tenant"})


class Devices:
    """Follows the devices of one book. The alias of a metric is the place of its point."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self._newest: dict[str, dict[int, Row]] = {}
        self._names: dict[int, str] = {}
        self._taken: set[tuple[str, str]] = set()
        self._born: set[str] = set()

    def note(self, device: str, some: Iterable[Row]) -> bool:
        """Take the newest readings of a device; return whether it has metrics that were not born."""
        held = self._newest.setdefault(device, {})
        before = len(held)
        for row in some:
            held[row.place] = row
        return len(held) > before

    def is_born(self, device: str) -> bool:
        """Return whether a birth of it was sent in this session."""
        return device in self._born

    def bury(self, device: str) -> None:
        """Note that it must be born again before its next data."""
        self._born.discard(device)

    def bury_all(self) -> list[str]:
        """Note that all must be born again; return who was born."""
        born, self._born = sorted(self._born), set()
        return born

    def birth(self, device: str) -> list[Metric]:
        """Return every metric of a device with its newest value, and count it as born."""
        self._born.add(device)
        return [self.metric(row, named=True) for row in self._newest.get(device, {}).values()]

    def metric(self, row: Row, *, named: bool = False, historical: bool = False) -> Metric:
        """Return a reading as a metric; ``named``: as births have them."""
        worded = self.book.states(row.place) is not None
        value = row.word if worded else row.value
        return Metric(
            value,
            row.at,
            STRING if worded else DOUBLE,
            self._name(row.place) if named else "",
            row.place,
            historical,
            self.book.unit(row.place) if named else "",
        )

    def _name(self, place: int) -> str:
        """Return the name of a metric: labels are folders below it; no two of a device are the same."""
        name = self._names.get(place)
        if name is None:
            point = self.book.point(place)
            inside = [text for key, text in self.book.labels(place).items() if key not in _DEVICE]
            stem = "/".join([exported(point.metric), *(_ODD.sub("_", text) for text in inside)])
            name, turn = stem, 2
            while (point.asset, name) in self._taken:
                name, turn = f"{stem}_{turn}", turn + 1
            self._taken.add((point.asset, name))
            self._names[place] = name
        return name
