"""Tables of a profile on their way to values. Used by ``compiler`` alone."""

from __future__ import annotations

from typing import Final

from collectors.snmp.dialect.beside import Beside, allowed, filters_of_when, label_of, place_of
from collectors.snmp.dialect.draft import Draft
from collectors.snmp.dialect.forms import IndexForm
from collectors.snmp.dialect.profile import Filter, Label, Place, SnmpValue
from collectors.snmp.dialect.shapes import ColumnShape, PlaceShape, TableShape, Wanted
from collectors.snmp.engine import oid
from dcim.catalogue import METRICS
from dcim.model import Lane
from dcim.yaml import Loc, nearest

_OPEN: Final = frozenset({"implied", "any"})


UNIT: Final = "unit"
"""The label of a gateway's members: every metric may carry it beside its own."""


class Table:
    """One table on its way to values."""

    def __init__(self, draft: Draft, loc: Loc, table: TableShape) -> None:
        self._draft = draft
        self._loc = loc
        self._shape = table
        self._place = Place(draft.oid((*loc, "entry"), table.entry), *self._index())
        self._when = (*filters_of_when(draft, (*loc, "when"), table.when), *self._count())
        self._labels = tuple(
            label_of(draft, (*loc, "labels", name), name, label, self._place)
            for name, label in table.labels.items()
        )
        self._check_rows()

    def values(self) -> list[SnmpValue]:
        """Return the points of the table."""
        made = [self._value(at, point) for at, point in enumerate(self._shape.points)]
        return [value for value in made if value is not None]

    def _index(self) -> tuple[tuple[str, ...], tuple[IndexForm, ...]]:
        """Return the names and the forms of the index; no forms where each part is one number."""
        parts = [
            (part, 1) if isinstance(part, str) else next(iter(part.items())) for part in self._shape.index
        ]
        names = tuple(name for name, _ in parts)
        forms: tuple[IndexForm, ...] = tuple(form for _, form in parts)
        for at, (name, form) in enumerate(parts):
            if form in _OPEN and at < len(parts) - 1:
                self._draft.wrong((*self._loc, "index", at), f"only the last part of an index may be {form}")
            if names.index(name) != at:
                self._draft.wrong((*self._loc, "index", at), f"{name!r} stands twice")
        return names, () if set(forms) == {1} else forms

    def _count(self) -> tuple[Filter, ...]:
        """Return what leaves out the rows that the device says it does not have."""
        if self._shape.count is None:
            return ()
        place = Place(self._draft.oid((*self._loc, "count"), self._shape.count))
        return (Filter(frozenset(), (self._place.index or ("",))[0], place, most=True),)

    def _check_rows(self) -> None:
        rows = self._shape.rows
        if rows is None:
            return
        single = len(self._shape.index) == 1 and not self._place.forms
        if not single or not 0 <= rows[0] <= rows[1] < rows[0] + 512:
            self._draft.wrong((*self._loc, "rows"), "expected [first, last] of a single index, at most 512")

    def _value(self, at: int, point: ColumnShape) -> SnmpValue | None:
        loc: Loc = (*self._loc, "points", at)
        own = tuple(
            Label(name, text=label)
            if isinstance(label, str)
            else label_of(self._draft, (*loc, "labels", name), name, label, self._place)
            for name, label in point.labels.items()
        )
        metric = METRICS.get(point.metric)
        wanted = metric.labels if metric is not None else ()
        others = (
            label
            for label in self._labels
            if label.name in {*wanted, UNIT} and label.name not in point.labels
        )
        labels = (*own, *others)
        value = self._draft.value(loc, point, labels, self._shape.absent)
        column = Place(
            self._place.oid + oid.encode_index((point.column,)), self._place.index, self._place.forms
        )
        beside = Beside(self._draft, loc, point, self._place)
        where = (*self._when, *beside.when(), *self._where(loc, point))
        if value is None:
            beside.check()
            return None
        made = SnmpValue(
            key=f"{self._loc[0]}.{self._loc[1]}.points[{at}]",
            value=value,
            place=column,
            kind=point.type,
            lane=point.lane or self._shape.lane or Lane.FAST,
            labels=labels,
            where=where,
            rows=self._shape.rows,
            untested=point.untested or self._shape.untested or "",
        )
        return beside.add(made)

    def _where(self, loc: Loc, point: ColumnShape) -> tuple[Filter, ...]:
        filters = [
            self._filter((*self._loc, "where", name), name, wanted)
            for name, wanted in self._shape.where.items()
        ]
        filters += [self._filter((*loc, "where", name), name, wanted) for name, wanted in point.where.items()]
        return tuple(filters)

    def _filter(self, loc: Loc, name: str, wanted: Wanted) -> Filter:
        codes = allowed(self._draft, loc, wanted)
        if name in (self._place.index or ()):
            return Filter(codes, part=name)
        found = self._shape.columns.get(name)
        if found is None:
            known = (*(self._place.index or ()), *self._shape.columns)
            what = f"{name!r} is no index and none of columns{nearest(name, known)}"
            self._draft.wrong(loc, what, key=True)
            return Filter(codes)
        shape = PlaceShape(column=found) if isinstance(found, int) else found
        where: Loc = (*self._loc, "columns", name)
        return Filter(codes, place=place_of(self._draft, where, shape, self._place))
