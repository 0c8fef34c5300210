"""From a profile file to a checked profile, or every mistake in it at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from collectors.snmp.beside import Beside, pattern_of
from collectors.snmp.dialect import Label, Part, Place, Raised, SnmpProfile, SnmpValue
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Oid
from collectors.snmp.meanings import meanings
from collectors.snmp.shapes import (
    Kind,
    PartOf,
    ProfileShape,
    RaisedShape,
    SnmpPoint,
)
from collectors.snmp.tables import Table
from dcim.catalogue import METRICS, Shape
from dcim.model import ConfigError, Lane, Meaning, Problem
from dcim.profile import Around, Value, check_name, compile_value
from dcim.profile.shapes import meaning
from dcim.yaml import Document, Loc, nearest, shape

_DUMMY: Final = "0.0"


def compile_profile(
    document: Document, folder: str, sys_object_id: str = _DUMMY, unit: int = 1
) -> SnmpProfile:
    """Return the profile in a document. Raise ConfigError with every mistake in it."""
    file, problems = shape(document, ProfileShape)
    if file is None:
        raise ConfigError(tuple(sorted({*problems, *meanings(document)})))
    compiler = Compiler(document, file, sys_object_id, unit)
    profile = compiler.profile()
    problems = [*check_name(document, file, folder), *compiler.problems]
    if problems:
        raise ConfigError(tuple(sorted(problems)))
    return profile


class Compiler:
    """One file on its way to a profile."""

    def __init__(self, document: Document, file: ProfileShape, sys_object_id: str, unit: int) -> None:
        self.problems: list[Problem] = []
        self.document = document
        self._file = file
        self._own = sys_object_id
        self._unit = unit
        self._root: str | None = None
        if file.snmp.root is not None:
            self._root = self._dotted(("snmp", "root"), file.snmp.root)

    def profile(self) -> SnmpProfile:
        """Return the profile; what is wrong stands in ``problems`` afterwards."""
        file = self._file
        values = self._values()
        snmp = file.snmp
        if not (snmp.match or snmp.match_descr or snmp.probe):
            self.wrong(("snmp",), "nothing says how to recognise the family: match, match_descr or probe")
        return SnmpProfile(
            name=file.profile,
            kind=file.kind,
            vendor=file.vendor,
            title=file.title,
            match=tuple(self.oid(("snmp", "match", at), text) for at, text in enumerate(snmp.match)),
            match_descr=snmp.match_descr,
            probe=tuple(self.oid(("snmp", "probe", at), text) for at, text in enumerate(snmp.probe)),
            generic=snmp.generic,
            relative="$sys_object_id" in (snmp.root or ""),
            max_varbinds=snmp.max_varbinds,
            max_repetitions=snmp.max_repetitions,
            bulk=snmp.walk == "bulk",
            least_interval=snmp.least_interval,
            identity=self._identity(),
            values=tuple(values),
            raised=tuple(self._raised(("raised", at), one) for at, one in enumerate(file.raised)),
        )

    def _values(self) -> list[SnmpValue]:
        """Return the points in the order of the file: the first provider of a quantity wins."""
        found: list[SnmpValue] = []
        for section in self.document.data:
            if section == "points":
                found += self._scalars()
            elif section == "tables":
                for name, table in self._file.tables.items():
                    values = Table(self, ("tables", name), table).values()
                    found += values if self._speaks(table.chain) else []
        return found

    def _speaks(self, chain: str | None) -> bool:
        return chain is None or self._unit == 1

    def codes(self, codes: int | str | tuple[int | str, ...]) -> frozenset[int | str]:
        """Return the codes of a filter; ``$unit`` is the unit of the chain."""
        every = codes if isinstance(codes, tuple) else (codes,)
        return frozenset(self._unit if code == "$unit" else code for code in every)

    def wrong(self, loc: Loc, what: str, *, key: bool = False) -> None:
        """Note a mistake and go on."""
        self.problems.append(self.document.problem(loc, what, key=key))

    def oid(self, loc: Loc, text: str) -> bytes:
        """Return an OID of the file as bytes."""
        try:
            return oid.encode(self._dotted(loc, text))
        except ValueError as error:
            self.wrong(loc, str(error))
            return b""

    def _dotted(self, loc: Loc, text: str) -> str:
        if text.startswith("$root"):
            if self._root is None:
                self.wrong(loc, "$root stands for snmp.root, and there is none")
                return _DUMMY
            text = text.replace("$root", self._root, 1)
        return text.replace("$sys_object_id", self._own, 1).replace("$unit", str(self._unit))

    def value(
        self, loc: Loc, point: SnmpPoint, labels: tuple[Label, ...], absent: tuple[int | float | str, ...]
    ) -> Value | None:
        """Return what a point means, and note what is wrong with it."""
        own = absent if point.absent is None else point.absent
        wide = point.model_copy(update={"absent": (*own, *_unsigned(own))})
        names = [label.name for label in labels]
        value, problems = compile_value(self.document, loc, wide, Around(labels=names))
        self.problems += problems
        if point.type is Kind.TIMETICKS and point.unit not in {None, "cs"}:
            self.wrong((*loc, "unit"), "TimeTicks are hundredths of a second: the unit is cs")
        return value

    def _scalars(self) -> list[SnmpValue]:
        values: list[SnmpValue] = []
        for at, point in enumerate(self._file.points):
            loc: Loc = ("points", at)
            labels = tuple(Label(name, text=text) for name, text in point.labels.items())
            value = self.value(loc, point, labels, ())
            beside = Beside(self, loc, point, None)
            place = Place(self.oid((*loc, "oid"), point.oid))
            if value is None:
                beside.check()
                continue
            base = SnmpValue(f"points[{at}]", value, place, point.type, point.lane or Lane.FAST, labels)
            made = beside.add(replace(base, where=beside.when(), untested=point.untested or ""))
            values += [made] if self._speaks(point.chain) else []
        return values

    def _raised(self, loc: Loc, one: RaisedShape) -> Raised:
        metric = METRICS.get(one.metric)
        if metric is None or metric.shape is not Shape.ALARM:
            self.wrong((*loc, "metric"), f"expected an alarm of the catalogue{nearest(one.metric, METRICS)}")
        names: dict[int | bytes, Meaning] = {}
        for name, state in one.names.items():
            number = name if isinstance(name, int) else Oid(self.oid((*loc, "names", name), name))
            names[number] = meaning(state)
        count = self.oid((*loc, "count"), one.count) if one.count else None
        column = self.oid((*loc, "column"), one.column)
        return Raised(f"raised[{loc[1]}]", one.metric, column, count, names, one.untested or "")

    def _identity(self) -> dict[str, tuple[Part, ...]]:
        identity: dict[str, tuple[Part, ...]] = {}
        for field in ("vendor", "model", "serial", "firmware"):
            parts: tuple[str | PartOf, ...] = getattr(self._file.identity, field)
            identity[field] = tuple(
                self._part(("identity", field, at), part) for at, part in enumerate(parts)
            )
        return identity

    def _part(self, loc: Loc, part: str | PartOf) -> Part:
        if isinstance(part, str):
            return Part(self.oid(loc, part))
        pattern = pattern_of(self, (*loc, "pattern"), part.pattern, (1,))
        return Part(self.oid((*loc, "oid"), part.oid), pattern)


def _unsigned(absent: tuple[int | float | str, ...]) -> list[int]:
    """Return the negative ones as an agent sends them that has no sign: -1 is 4294967295 too."""
    return [raw & 0xFFFFFFFF for raw in absent if isinstance(raw, int) and raw < 0]
