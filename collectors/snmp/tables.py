"""Tables of a profile and the cells beside a value, on their way to places. Used by ``compiler`` alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from collectors.snmp.dialect import Filter, Label, Place, SnmpValue
from collectors.snmp.engine import oid
from collectors.snmp.shapes import ColumnShape, LabelShape, PlaceShape, SnmpPoint, TableShape
from dcim.catalogue import METRICS
from dcim.model import Lane
from dcim.yaml import Loc, nearest

if TYPE_CHECKING:
    from collectors.snmp.compiler import Compiler

_DUMMY: Final = "0.0"


UNIT: Final = "unit"
"""The label of a gateway's members: every metric may carry it beside its own."""


class Beside:
    """The cells beside a value: decimals, scale, unit, whether it is valid."""

    def __init__(self, compiler: Compiler, loc: Loc, point: SnmpPoint, table: Place | None) -> None:
        self._compiler = compiler
        self._point = point
        self._table = table
        self._loc = loc
        if point.scale_from is not None and point.unit_from is not None:
            compiler.wrong((*loc, "unit_from"), "scale_from or unit_from, not both", key=True)

    def add(self, value: SnmpValue) -> SnmpValue:
        """Return the value with the cells beside it."""
        point = self._point
        valid = self.place("valid", point.valid)
        codes = frozenset(point.valid.codes) if point.valid is not None else frozenset()
        return replace(
            value,
            decimals=self.place("decimals", point.decimals),
            scale_place=self.place("scale_from", point.scale_from),
            unit_place=self.place("unit_from", point.unit_from),
            valid=(valid, codes) if valid is not None else None,
        )

    def place(self, key: str, found: PlaceShape | None) -> Place | None:
        """Return where such a cell stands."""
        if found is None:
            return None
        return place_of(self._compiler, (*self._loc, key), found, self._table)


def place_of(
    compiler: Compiler, loc: Loc, found: PlaceShape | LabelShape, table: Place | None
) -> Place | None:
    """Return the place that ``column`` or ``oid`` and ``index`` name, and note what is wrong with it."""
    if (found.column is None) == (found.oid is None):
        compiler.wrong(loc, "expected column or oid, one of them")
        return None
    if found.column is not None:
        if table is None:
            compiler.wrong((*loc, "column"), "only a table has columns", key=True)
            return None
        return Place(table.oid + oid.encode_index((found.column,)), table.index)
    index = found.index if isinstance(found.index, tuple) else None
    for at, part in enumerate(index or ()):
        if table is None or part not in (table.index or ()):
            compiler.wrong((*loc, "index", at), f"{part!r} is no index of this table")
    return Place(compiler.oid((*loc, "oid"), found.oid or _DUMMY), index)


class Table:
    """One table on its way to values."""

    def __init__(self, compiler: Compiler, loc: Loc, table: TableShape) -> None:
        self._compiler = compiler
        self._loc = loc
        self._shape = table
        self._place = Place(compiler.oid((*loc, "entry"), table.entry), table.index)
        self._labels = tuple(self._label(name, label) for name, label in table.labels.items())
        self._check_rows()

    def values(self) -> list[SnmpValue]:
        """Return the points of the table."""
        made = [self._value(at, point) for at, point in enumerate(self._shape.points)]
        return [value for value in made if value is not None]

    def _check_rows(self) -> None:
        rows = self._shape.rows
        if rows is not None and (len(self._shape.index) != 1 or not 0 <= rows[0] <= rows[1] < rows[0] + 512):
            self._compiler.wrong(
                (*self._loc, "rows"), "expected [first, last] of a single index, at most 512"
            )

    def _value(self, at: int, point: ColumnShape) -> SnmpValue | None:
        loc: Loc = (*self._loc, "points", at)
        fixed = tuple(Label(name, text=text) for name, text in point.labels.items())
        metric = METRICS.get(point.metric)
        wanted = metric.labels if metric is not None else ()
        labels = (*fixed, *(label for label in self._labels if label.name in {*wanted, UNIT}))
        value = self._compiler.value(loc, point, labels, self._shape.absent)
        beside = Beside(self._compiler, loc, point, self._place)
        variants = self._compiler.variants(loc, point, value)
        where = self._where(loc, point)
        if value is None:
            return None
        made = SnmpValue(
            key=f"{self._loc[0]}.{self._loc[1]}.points[{at}]",
            value=value,
            place=Place(self._place.oid + oid.encode_index((point.column,)), self._place.index),
            kind=point.type,
            lane=point.lane or self._shape.lane or Lane.FAST,
            labels=labels,
            where=where,
            rows=self._shape.rows,
            variants=variants,
            untested=point.untested or self._shape.untested or "",
        )
        return beside.add(made)

    def _where(self, loc: Loc, point: ColumnShape) -> tuple[Filter, ...]:
        filters = [
            self._filter((*self._loc, "where", name), name, codes)
            for name, codes in self._shape.where.items()
        ]
        filters += [self._filter((*loc, "where", name), name, codes) for name, codes in point.where.items()]
        return tuple(filters)

    def _filter(self, loc: Loc, name: str, codes: int | str | tuple[int | str, ...]) -> Filter:
        allowed = self._compiler.codes(codes)
        if name in self._shape.index:
            return Filter(allowed, part=name)
        found = self._shape.columns.get(name)
        if found is None:
            known = (*self._shape.index, *self._shape.columns)
            what = f"{name!r} is no index and none of columns{nearest(name, known)}"
            self._compiler.wrong(loc, what, key=True)
            return Filter(allowed)
        shape = PlaceShape(column=found) if isinstance(found, int) else found
        where: Loc = (*self._loc, "columns", name)
        return Filter(allowed, place=place_of(self._compiler, where, shape, self._place))

    def _label(self, name: str, label: LabelShape) -> Label:
        loc: Loc = (*self._loc, "labels", name)
        if label.text is not None:
            return Label(name, text=label.text)
        if label.column is not None or label.oid is not None:
            place = place_of(self._compiler, loc, label, self._place)
            return Label(name, place=place, words=label.map, prefix=label.prefix)
        parts = (label.index,) if isinstance(label.index, str) else label.index or ()
        if not parts:
            self._compiler.wrong(loc, "expected column, oid, index or text")
        for part in parts:
            if part not in self._shape.index:
                self._compiler.wrong(
                    (*loc, "index"), f"{part!r} is no index of this table{nearest(part, self._shape.index)}"
                )
        return Label(name, parts=parts, words=label.map, prefix=label.prefix)
