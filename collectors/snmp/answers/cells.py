"""What a device said, by OID: filled by a walk or from a recording, read when tables become rows. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Absence, IpAddress, Malformed, Oid, Tag, Value

INTEGERS: Final = frozenset({Tag.INTEGER, Tag.COUNTER32, Tag.GAUGE32, Tag.COUNTER64, Tag.UINTEGER32})
"""Tags of a plain whole number. TimeTicks are none: they carry their own unit (A3)."""

_UNSEEN: Final = dict.fromkeys(
    [
        *range(0x20),
        *range(0x7F, 0xA0),
        *range(0x200B, 0x2010),
        *range(0x2028, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
    ]
)
"""What nobody sees and what turns text around: control characters of ASCII and Latin-1, zero-width and bidi
marks, line and paragraph separators. Two names that look the same are the same; none rewrites its line."""

_WHOLE: Final = re.compile(r"-?[0-9]+")


class Cell(NamedTuple):
    """One value with the type it was sent in."""

    tag: int
    value: Value

    @property
    def there(self) -> bool:
        """Whether the device has such an object."""
        return not (self.value is None or isinstance(self.value, Absence))


class Row(NamedTuple):
    """One cell of a column, with the numbers that lead to it."""

    parts: tuple[int, ...]
    cell: Cell


def text_of(value: object) -> str:
    """Return a value as people write it: text trimmed, without what nobody sees; other bytes in hex."""
    if isinstance(value, Oid | IpAddress):
        return str(value)
    if isinstance(value, Malformed):
        return value.raw.hex()
    if isinstance(value, bytes):
        return _readable(value)
    if isinstance(value, Absence):
        return value.value
    return "" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)


def code_of(value: object) -> int | str:
    """Return a cell as profiles write codes: a number where it is one, else text."""
    if isinstance(value, int):
        return value
    text = value if isinstance(value, str) else text_of(value)
    return int(text) if len(text) < 20 and _WHOLE.fullmatch(text) else text


def _readable(value: bytes) -> str:
    try:
        text = value.decode()
    except UnicodeDecodeError:
        latin = value.rstrip(b"\0 ").decode("latin-1")
        return latin.strip() if latin.isprintable() else value.hex()
    if not text.isprintable():  # nothing of _UNSEEN is
        text = text.replace("\0", " ").translate(_UNSEEN)
    return text.strip()


@dataclass(slots=True)
class Cells:
    """Cells by OID (content bytes). A column's rows are found in the order of their bytes.

    ``unheard`` are the instances and columns that were asked and did not come.
    """

    by_oid: dict[bytes, Cell] = field(default_factory=dict)
    unheard: tuple[bytes, ...] = ()
    _sorted: list[bytes] = field(default_factory=list, repr=False)

    def put(self, name: bytes, cell: Cell) -> None:
        """Keep a cell; a later one of the same name wins."""
        self.by_oid[name] = cell

    def get(self, name: bytes) -> Cell | None:
        """Return the cell of this name if the device has it."""
        cell = self.by_oid.get(name)
        return cell if cell is not None and cell.there else None

    def is_open(self, name: bytes | None) -> bool:
        """Whether it is not known if the device has this cell, and what it says."""
        return name is not None and name not in self.by_oid and name.startswith(self.unheard)

    def below(self, column: bytes) -> list[bytes]:
        """Return the names below a column."""
        if len(self._sorted) != len(self.by_oid):
            self._sorted = sorted(self.by_oid)
        start = end = bisect_left(self._sorted, column)
        while end < len(self._sorted) and self._sorted[end].startswith(column):
            end += 1
        return self._sorted[start:end]

    def rows(self, column: bytes) -> Iterator[Row]:
        """Yield the rows of a column as SNMP sorts them. Names with a broken index are left out."""
        found: list[Row] = []
        for name in self.below(column):
            cell = self.by_oid[name]
            if not cell.there or len(name) == len(column):
                continue
            try:
                found.append(Row(oid.index_parts(name[len(column) :]), cell))
            except ValueError:
                continue
        found.sort(key=lambda row: row.parts)
        return iter(found)


def told(cells: Cells, name: bytes) -> Cell | None:
    """Return the cell of this name, or the first one below it that the device has."""
    return cells.get(name) or next(filter(None, map(cells.get, cells.below(name))), None)
