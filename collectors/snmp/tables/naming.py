"""The labels of a row, from its index and its cells. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from collectors.snmp.answers.cells import Cells, code_of, text_of
from collectors.snmp.dialect import patterns
from collectors.snmp.dialect.profile import Label
from collectors.snmp.engine import oid
from collectors.snmp.tables.index import Index, at
from dcim.record import dataclass


class _LateError(Exception):
    """A cell that a label is made of has not come yet."""


@dataclass(slots=True)
class Namer:
    """Names rows. ``keys`` are the cells that names came from, ``notes`` say which rows have none."""

    cells: Cells
    keys: dict[bytes, str]
    notes: list[str]

    def labels(self, key: str, labels: Iterable[Label], name: bytes, index: Index) -> dict[str, str] | None:
        """Return the labels of a row, or None to leave it out: for good, or until what they need has come."""
        try:
            return self._labels(key, labels, name, index)
        except _LateError:
            return None

    def _labels(self, key: str, labels: Iterable[Label], name: bytes, index: Index) -> dict[str, str] | None:
        made: dict[str, str] = {}
        for label in labels:
            text = self._label(label, index)
            if not text:
                if text is not None:
                    self.notes.append(f"{key} at {oid.text(name)}: no text for the label {label.name!r}")
                return None
            made[label.name] = text
        return made

    def _label(self, label: Label, index: Index) -> str | None:
        """Return a label's text, empty when the device gives none, or None to leave the row out."""
        if self.cells.is_open(at(label.place, index)):
            raise _LateError
        found = self._first(label, index)
        if not found and label.otherwise is not None:
            return self._label(label.otherwise, index)
        return found

    def _first(self, label: Label, index: Index) -> str | None:
        if label.text:
            return label.text
        found: int | str | None = self._said(label, index)
        if found == "" or found is None:
            return "" if found == "" else None
        if label.pattern is not None:
            part = patterns.part(label.pattern, str(found))
            if not part:
                return None
            found = code_of(part) if label.words is not None else part
        if label.words is not None:
            return f"{label.prefix}{label.words[found]}" if found in label.words else None
        return f"{label.prefix}{found}"

    def _said(self, label: Label, index: Index) -> int | str | None:
        """Return what the source of a label says: as a code where words follow."""
        if label.joined:
            several = [self._label(one, index) for one in label.joined]
            return None if None in several else label.by.join(filter(None, several))
        place = at(label.place, index)
        if place is None:
            said = [index[part].said for part in label.parts]
            return said[0] if len(said) == 1 else "-".join(map(str, said))
        cell = self.cells.get(place)
        if cell is None:
            return ""
        self.keys[place] = text = text_of(cell.value)
        return code_of(cell.value) if label.words is not None and label.pattern is None else text
