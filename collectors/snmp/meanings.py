"""What can be said of the points of a profile whose shape is wrong somewhere else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from collectors.snmp.shapes import ColumnShape, ScalarShape
from dcim.model import Problem
from dcim.profile import Around, check_points
from dcim.yaml import Document, Loc


def meanings(document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the meaning of points, in a file that cannot be compiled as a whole."""
    yield from check_points(document, ("points",), ScalarShape, lambda point: Around(tuple(point.labels)))
    tables = document.at(("tables",)) if document.has(("tables",)) else {}
    for name, table in tables.items() if isinstance(tables, dict) else ():
        labels = table.get("labels", {}) if isinstance(table, dict) else None
        if isinstance(labels, dict):
            loc: Loc = ("tables", name, "points")
            yield from check_points(document, loc, ColumnShape, partial(_meant, tuple(labels)))


def _meant(beside: tuple[str, ...], point: ColumnShape) -> Around:
    return Around((*beside, *point.labels))
