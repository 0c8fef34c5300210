"""What can be said of the points of a profile whose shape is wrong somewhere else."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Final

from collectors.snmp.dialect import patterns
from collectors.snmp.dialect.shapes import ColumnShape, ScalarShape
from dcim.model import Problem
from dcim.profile import Around, check_points
from dcim.yaml import Document, Loc

_PATTERNS: Final = frozenset({"pattern", "like", "unlike"})


def meanings(document: Document, folder: str) -> Iterator[Problem]:
    """Yield what is wrong with name, patterns and points of a file that cannot be compiled as a whole."""
    name = document.at(("profile",)) if document.has(("profile",)) else folder
    if isinstance(name, str) and name != folder:
        what = f"expected {folder!r}, the name of the folder, found {name!r}"
        yield document.problem(("profile",), what)
    yield from _patterns(document, (), document.data)
    yield from check_points(document, ("points",), ScalarShape, _alone, {"oid": "1.0"})
    tables = document.at(("tables",)) if document.has(("tables",)) else {}
    for name, table in tables.items() if isinstance(tables, dict) else ():
        labels = table.get("labels", {}) if isinstance(table, dict) else None
        if isinstance(labels, dict):
            loc: Loc = ("tables", name, "points")
            yield from check_points(document, loc, ColumnShape, partial(_meant, tuple(labels)), {"column": 1})


def _patterns(document: Document, loc: Loc, data: object) -> Iterator[Problem]:
    """Yield what is wrong with the patterns below a place."""
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in parts:
        if isinstance(value, str) and key in _PATTERNS:
            try:
                patterns.compiled(value)
            except ValueError as error:
                yield document.problem((*loc, key), str(error))
        else:
            yield from _patterns(document, (*loc, key), value)


def _alone(point: ScalarShape) -> Around:
    return Around(tuple(point.labels))


def _meant(beside: tuple[str, ...], point: ColumnShape) -> Around:
    return Around((*beside, *point.labels))
