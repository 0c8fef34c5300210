"""What stands beside a value, on its way to places: cells, labels, conditions. Used by ``compiler`` alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeVar

from collectors.snmp.dialect import patterns
from collectors.snmp.dialect.draft import NO_OID, Draft
from collectors.snmp.dialect.profile import (
    SYS_OBJECT_ID,
    Allowed,
    Choice,
    Codes,
    Filter,
    Guess,
    Label,
    Part,
    Place,
    SnmpValue,
)
from collectors.snmp.dialect.shapes import (
    Condition,
    IdentityShape,
    LabelFrom,
    LabelShape,
    PartOf,
    PlaceShape,
    Plus,
    SnmpPoint,
    Wanted,
    When,
)
from collectors.snmp.engine import oid
from dcim.catalogue import METRICS
from dcim.profile import Around, Quantity, Ratio, compile_value, ratio
from dcim.record import replace
from dcim.yaml import Loc, nearest

T = TypeVar("T")

_ANYTHING: Final = Allowed(like=re.compile(""))
_MILLI: Final = frozenset({"mA", "mV", "mHz", "mAh"})
"""Units of agents that have no decimal point."""


class Beside:
    """The cells beside a value: decimals, scale, unit, what is added, whether it is valid."""

    def __init__(self, draft: Draft, loc: Loc, point: SnmpPoint, table: Place | None) -> None:
        self._draft = draft
        self._point = point
        self._table = table
        self._loc = loc

    def add(self, value: SnmpValue) -> SnmpValue:
        """Return the value with the cells beside it, and note what is wrong with them."""
        point = self._point
        self._check_number(value)
        valid = self._place("valid", point.valid)
        codes = allowed(self._draft, (*self._loc, "valid"), point.valid) if point.valid else None
        return replace(
            value,
            pattern=pattern_of(self._draft, (*self._loc, "pattern"), point.pattern, (1, 2)),
            mask=point.mask or 0,
            plus=self._plus(),
            decimals=self._place("decimals", point.decimals),
            scale=self._scale(value.place),
            guess=self._guess(value),
            unit=self._unit(value),
            valid=(valid, codes) if valid is not None and codes is not None else None,
            fraction=abs(point.scale) < 1 or point.unit in _MILLI,
        )

    def check(self) -> None:
        """Note what is wrong with the places of a point whose value is wrong already."""
        for key in ("decimals", "scale_from", "unit_from", "valid"):
            self._place(key, getattr(self._point, key))
        self._plus()

    def when(self) -> tuple[Filter, ...]:
        """Return the conditions under which the point is used at all."""
        return filters_of_when(self._draft, (*self._loc, "when"), self._point.when)

    def _check_number(self, value: SnmpValue) -> None:
        if not isinstance(value.value, Quantity):
            for key in ("unit_from", "scale_from", "scale_by", "decimals"):
                if key in self._point.model_fields_set:
                    self._draft.wrong((*self._loc, key), "only a number has a unit and a scale", key=True)

    def _place(self, key: str, found: PlaceShape | None) -> Place | None:
        return None if found is None else place_of(self._draft, (*self._loc, key), found, self._table)

    def _plus(self) -> tuple[tuple[Place, Ratio], ...]:
        several = self._point.plus
        found: list[tuple[Place, Ratio]] = []
        for at, one in enumerate((several,) if isinstance(several, Plus) else several):
            loc: Loc = (*self._loc, "plus") if isinstance(several, Plus) else (*self._loc, "plus", at)
            place = place_of(self._draft, loc, one, self._table)
            if place is not None:
                found.append((place, ratio(one.scale)))
        return tuple(found)

    def _scale(self, own: Place) -> Choice[Ratio] | None:
        found = self._point.scale_from
        if found is None:
            return None
        place = self._place("scale_from", found)
        if place is not None and place.oid == own.oid:
            what = "it changes with every value: say the unit of each text in unit_from instead"
            self._draft.wrong((*self._loc, "scale_from"), what, key=True)
        for code, scale in found.map.items():
            if scale == 0:
                self._draft.wrong((*self._loc, "scale_from", "map", code), "a scale of 0 makes every value 0")
        return self._choice(
            "scale_from", found, found.pattern, {code: ratio(scale) for code, scale in found.map.items()}
        )

    def _guess(self, value: SnmpValue) -> Guess | None:
        """Return the scales to choose from; their bounds in the base unit."""
        found, point = self._point.scale_by, self._point
        if found is None or not isinstance(value.value, Quantity):
            return None
        if point.scale_from is not None or point.unit_from is not None or 0 in found.of:
            self._draft.wrong((*self._loc, "scale_by"), "not with scale_from or unit_from, and no scale is 0")
        low, high = found.within
        if low >= high:
            self._draft.wrong(
                (*self._loc, "scale_by", "within"), f"expected [low, high], found [{low:g}, {high:g}]"
            )
        until = high if found.until is None else found.until
        if until < high:
            self._draft.wrong(
                (*self._loc, "scale_by", "until"), f"expected at least {high:g}, found {until:g}"
            )
        low, high = self._base(low, high)
        return Guess(
            tuple(ratio(scale) for scale in found.of), low, high, self._base(found.within[0], until)[1]
        )

    def _base(self, low: float, high: float) -> tuple[float, float]:
        """Return bounds in the base unit."""
        wide = self._point.model_copy(update={"range": (low, high)})
        made, _ = compile_value(self._draft.document, self._loc, wide, self._around())
        return (made.low, made.high) if isinstance(made, Quantity) else (low, high)

    def _around(self, unit: tuple[str, Loc] | None = None) -> Around:
        metric = METRICS.get(self._point.metric)
        return Around(labels=metric.labels if metric is not None else (), unit=unit)

    def _unit(self, value: SnmpValue) -> Choice[Quantity] | None:
        """Return the value for each code of the cell that tells the unit; its range stays the same."""
        found, means = self._point.unit_from, value.value
        if found is None or not isinstance(means, Quantity):
            return None
        of: dict[int | str, Quantity] = {}
        for code, unit in found.map.items():
            made = self._in_unit(means, unit, ("unit_from", "map", code))
            if made is not None:
                of[code] = made
        choice = self._choice("unit_from", found, found.pattern, of)
        if choice is None or found.otherwise is None:
            return choice
        return replace(choice, otherwise=self._in_unit(means, found.otherwise, ("unit_from", "otherwise")))

    def _in_unit(self, means: Quantity, unit: str, loc: Loc) -> Quantity | None:
        other = self._point.model_copy(update={"range": None})
        made, problems = compile_value(self._draft.document, self._loc, other, self._around((unit, loc)))
        self._draft.problems += problems
        if not isinstance(made, Quantity):
            return None
        return replace(made, low=means.low, high=means.high, absent=means.absent)

    def _choice(
        self, key: str, found: PlaceShape, pattern: str | None, of: Mapping[int | str, T]
    ) -> Choice[T] | None:
        place = self._place(key, found)
        made = pattern_of(self._draft, (*self._loc, key, "pattern"), pattern, (1,))
        return Choice(place, of, made) if place is not None else None


def pattern_of(
    draft: Draft, loc: Loc, text: str | None, groups: tuple[int, ...] = ()
) -> re.Pattern[str] | None:
    """Return a pattern of the file, and note what is wrong with it."""
    if text is None:
        return None
    try:
        return patterns.compiled(text, groups)
    except ValueError as error:
        draft.wrong(loc, str(error))
        return None


def allowed(draft: Draft, loc: Loc, wanted: Wanted) -> Codes:
    """Return what a cell may say; ``$unit`` is the unit of the chain."""
    if not isinstance(wanted, Condition):
        return draft.codes(wanted)
    if wanted.codes is None and wanted.is_not is None and wanted.like is None and wanted.unlike is None:
        if not isinstance(wanted, When):
            draft.wrong(loc, "expected is, is_not, like or unlike")
        return Allowed()
    codes = draft.codes(wanted.codes) if wanted.codes is not None else None
    if codes is not None and wanted.is_not is None and wanted.like is None and wanted.unlike is None:
        return codes
    return Allowed(
        codes,
        draft.codes(() if wanted.is_not is None else wanted.is_not),
        pattern_of(draft, (*loc, "like"), wanted.like),
        pattern_of(draft, (*loc, "unlike"), wanted.unlike),
    )


def filters_of_when(draft: Draft, loc: Loc, when: When | tuple[When, ...]) -> tuple[Filter, ...]:
    """Return the instances that decide whether something is used at all."""
    filters: list[Filter] = []
    for at, one in enumerate((when,) if isinstance(when, When) else when):
        where: Loc = loc if isinstance(when, When) else (*loc, at)
        place = Place(draft.oid((*where, "oid"), one.oid))
        codes = allowed(draft, where, one)
        anything = codes == Allowed()
        filters.append(Filter(_ANYTHING if anything else codes, place=place, there=one.there))
    return tuple(filters)


def place_of(draft: Draft, loc: Loc, found: PlaceShape | LabelShape, table: Place | None) -> Place | None:
    """Return the place that ``column`` or ``oid`` and ``index`` name, and note what is wrong with it."""
    if (found.column is None) == (found.oid is None):
        draft.wrong(loc, "expected column or oid, one of them")
        return None
    if found.column is not None:
        if table is None:
            draft.wrong((*loc, "column"), "only a table has columns", key=True)
            return None
        return Place(table.oid + oid.encode_index((found.column,)), table.index)
    index = (found.index,) if isinstance(found.index, str) else found.index
    for at, part in enumerate(index or ()):
        if table is None or part not in (table.index or ()):
            draft.wrong((*loc, "index", at), f"{part!r} is no index of this table")
    return Place(draft.oid((*loc, "oid"), found.oid or NO_OID), index)


def label_of(draft: Draft, loc: Loc, name: str, label: LabelFrom, table: Place | None) -> Label:
    """Return a label of a profile; of several sources the first that gives text counts."""
    if isinstance(label, LabelShape):
        return _label(draft, loc, name, label, table)
    *earlier, last = (_label(draft, (*loc, at), name, one, table) for at, one in enumerate(label))
    for one in reversed(earlier):
        last = replace(one, otherwise=last)
    return last


def _label(draft: Draft, loc: Loc, name: str, label: LabelShape, table: Place | None) -> Label:
    pattern = pattern_of(draft, (*loc, "pattern"), label.pattern, (1, 2))
    made = Label(name, by=label.by, pattern=pattern, words=label.map, prefix=label.prefix)
    if label.text is not None:
        return replace(made, text=label.text)
    if label.join is not None:
        joined = tuple(
            label_of(draft, (*loc, "join", at), name, one, table) for at, one in enumerate(label.join)
        )
        return replace(made, joined=joined)
    if label.column is not None or label.oid is not None:
        return replace(made, place=place_of(draft, loc, label, table))
    parts = (label.index,) if isinstance(label.index, str) else label.index or ()
    if not parts:
        draft.wrong(loc, "expected column, oid, index or text")
    known = (table.index if table is not None else None) or ()
    for part in parts:
        if part not in known:
            draft.wrong((*loc, "index"), f"{part!r} is no index of this table{nearest(part, known)}")
    return replace(made, parts=parts)


def identity(draft: Draft, shape: IdentityShape) -> dict[str, tuple[Part, ...]]:
    """Return where a device says what it is, by field."""
    made: dict[str, tuple[Part, ...]] = {}
    for name in ("vendor", "model", "serial", "firmware"):
        parts: tuple[str | PartOf, ...] = getattr(shape, name)
        made[name] = tuple(_part(draft, ("identity", name, at), part) for at, part in enumerate(parts))
    return made


def _part(draft: Draft, loc: Loc, part: str | PartOf) -> Part:
    if isinstance(part, str):
        return Part(draft.oid(loc, part))
    given = [key for key in ("oid", "column", "text", "enterprise") if getattr(part, key) is not None]
    if len(given) != 1:
        draft.wrong(loc, "expected oid, column, text or enterprise, one of them")
        return Part()
    several = (part.pattern,) if isinstance(part.pattern, str) else part.pattern or ()
    found = [
        pattern_of(
            draft,
            (*loc, "pattern") if isinstance(part.pattern, str) else (*loc, "pattern", at),
            text,
            (1,),
        )
        for at, text in enumerate(several)
    ]
    patterns = tuple(pattern for pattern in found if pattern is not None)
    made = Part(
        SYS_OBJECT_ID, patterns, part.map, column=part.column is not None, enterprise=bool(part.enterprise)
    )
    if part.text is not None:
        return replace(made, oid=b"", text=part.text)
    where = part.oid or part.column
    return replace(made, oid=draft.oid((*loc, given[0]), where)) if where is not None else made
