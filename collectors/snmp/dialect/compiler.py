"""From a profile file to a checked profile, or every mistake in it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from collectors.snmp.dialect.beside import Beside, allowed, identity, pattern_of
from collectors.snmp.dialect.draft import ANY_MODEL, NO_OID, Draft
from collectors.snmp.dialect.meanings import meanings
from collectors.snmp.dialect.profile import (
    Allowed,
    Evidence,
    Label,
    Place,
    Raised,
    SnmpProfile,
    SnmpValue,
    TrapWord,
)
from collectors.snmp.dialect.shapes import (
    ProfileShape,
    RaisedShape,
    When,
)
from collectors.snmp.dialect.tables import Table
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Oid
from dcim.catalogue import METRICS, Shape
from dcim.model import ConfigError, Lane, Meaning, Problem
from dcim.profile import check_name
from dcim.profile.shapes import meaning
from dcim.record import dataclass, replace
from dcim.yaml import Document, Loc, nearest, shape

_CLOCK: Final = "device_clock_offset_seconds"


Extended: TypeAlias = Callable[[str, str], SnmpProfile]
"""Gives the profile of a name below another root; raises ConfigError where there is none."""


def _nothing(name: str, root: str) -> SnmpProfile:
    raise ConfigError((Problem(name, 0, 0, "", f"there is no profile to extend below {root}"),))


@dataclass(frozen=True, slots=True)
class Device:
    """What a profile is compiled for: what the device calls itself, and its unit in a chain.

    ``root`` stands for that of the file; ``extended`` gives the profiles that others extend, None leaves out
    whatever stands behind the profile itself.
    """

    sys_object_id: str = NO_OID
    unit: int = 1
    root: str | None = None
    extended: Extended | None = _nothing


def compile_profile(
    document: Document, folder: str, sys_object_id: str = NO_OID, unit: int = 1
) -> SnmpProfile:
    """Return the profile in a document. Raise ConfigError with every mistake in it."""
    return compile_for(document, folder, Device(sys_object_id, unit))


def compile_for(document: Document, folder: str, device: Device) -> SnmpProfile:
    """Return the profile in a document for a device. Raise ConfigError with every mistake in it."""
    file, problems = shape(document, ProfileShape)
    if file is None:
        raise ConfigError(tuple(sorted({*problems, *meanings(document, folder)})))
    draft = _draft(document, file, device)
    profile = Compiler(draft, file).profile()
    problems = [*check_name(document, file, folder), *draft.problems]
    if problems:
        raise ConfigError(tuple(sorted(problems)))
    return _layered(profile, draft.roots, file.extends, document, device)


def _layered(
    profile: SnmpProfile, roots: Sequence[str], extends: str | None, document: Document, device: Device
) -> SnmpProfile:
    """Return the profile with what it extends, and with the same below its other roots."""
    layers: list[SnmpProfile] = []
    if device.extended is None:
        return profile
    if extends is not None:
        base = device.extended(extends, roots[0])
        layers.append(replace(base, name=f"{profile.name}/{base.name}"))
        profile = replace(
            profile,
            max_varbinds=profile.max_varbinds or base.max_varbinds,
            max_repetitions=profile.max_repetitions or base.max_repetitions,
            bulk=profile.bulk and base.bulk,
            least_interval=max(profile.least_interval, base.least_interval),
        )
    for root in roots[1:]:
        other = compile_for(document, profile.name, replace(device, root=root))
        layers.append(replace(other, name=f"{profile.name}@{root}"))
    return replace(profile, layers=tuple(layers))


def _draft(document: Document, file: ProfileShape, device: Device) -> Draft:
    """Return the draft of a file for a device; the device's own root stands for those of the file."""
    draft = Draft(document, device.sys_object_id, device.unit)
    own = file.snmp.root or ()
    several = (own,) if isinstance(own, str) else own
    dotted = tuple(draft.dotted(("snmp", "root"), root) for root in several)
    draft.roots = dotted if device.root is None else (device.root,)
    return draft


class Compiler:
    """One file on its way to a profile, below the first root of its draft."""

    def __init__(self, draft: Draft, file: ProfileShape) -> None:
        self._draft = draft
        self._file = file

    def profile(self) -> SnmpProfile:
        """Return the profile; what is wrong stands in the draft afterwards."""
        draft, file, snmp = self._draft, self._file, self._file.snmp
        values = self._values()
        self._check()
        probe = ((("snmp", "probe", at), text) for at, text in enumerate(snmp.probe))
        descr = ((("snmp", "match_descr", at), text) for at, text in enumerate(snmp.match_descr))
        patterns = (pattern_of(draft, loc, f"(?i:{text})") for loc, text in descr)
        return SnmpProfile(
            name=file.profile,
            kind=file.kind,
            vendor=file.vendor,
            title=file.title,
            match=tuple(draft.oid(("snmp", "match", at), text) for at, text in enumerate(snmp.match)),
            match_descr=tuple(pattern for pattern in patterns if pattern is not None),
            probe=tuple(name for loc, text in probe for name in draft.every(loc, text)),
            needs=tuple(self._evidence("needs", snmp.needs)),
            lacks=tuple(self._evidence("lacks", snmp.lacks)),
            roots=tuple(draft.oid(("snmp", "root"), root) for root in draft.roots if self._is_fixed()),
            generic=bool(snmp.generic),
            alone=snmp.generic == "alone",
            part=snmp.part,
            inherit=() if snmp.inherit == "none" else snmp.inherit,
            max_varbinds=snmp.max_varbinds,
            max_repetitions=snmp.max_repetitions,
            bulk=snmp.walk == "bulk",
            least_interval=snmp.least_interval,
            identity=identity(draft, file.identity),
            values=tuple(values),
            raised=tuple(self._raised(("raised", at), one) for at, one in enumerate(file.raised)),
            traps=self._traps(),
            without=frozenset(file.without),
            relative=draft.relative,
            above=draft.above,
        )

    def _check(self) -> None:
        """Note what is wrong with the top of the file."""
        draft, file, snmp = self._draft, self._file, self._file.snmp
        if not (snmp.match or snmp.match_descr or snmp.probe):
            draft.wrong(("snmp",), "nothing says how to recognise the family: match, match_descr or probe")
        if snmp.generic and snmp.part:
            draft.wrong(("snmp", "part"), "generic or part, not both", key=True)
        if file.extends is not None and not draft.roots:
            draft.wrong(("extends",), "what it extends stands below snmp.root, and there is none")
        for at, metric in enumerate(file.without):
            if metric not in METRICS:
                draft.wrong(("without", at), f"no canonical metric {metric!r}{nearest(metric, METRICS)}")

    def _is_fixed(self) -> bool:
        """Whether the roots are the same for every device."""
        root = str(self._file.snmp.root)
        return "$sys_object_id" not in root and not root.endswith(ANY_MODEL)

    def _evidence(self, key: str, several: Sequence[str | When]) -> Iterator[Evidence]:
        for at, one in enumerate(several):
            loc: Loc = ("snmp", key, at)
            if isinstance(one, str):
                yield from (Evidence(name) for name in self._draft.every(loc, one))
            else:
                codes = allowed(self._draft, loc, one)
                anything = isinstance(codes, Allowed) and codes == Allowed()
                for name in self._draft.every((*loc, "oid"), one.oid):
                    yield Evidence(name, None if anything else codes, one.there)

    def _values(self) -> list[SnmpValue]:
        """Return the points in the order of the file: the first provider of a quantity wins."""
        found: list[SnmpValue] = []
        for section in self._draft.document.data:
            if section == "points":
                found += self._scalars()
            elif section == "tables":
                for name, table in self._file.tables.items():
                    values = Table(self._draft, ("tables", name), table).values()
                    found += values if self._speaks(table.chain) else []
        return found

    def _speaks(self, chain: str | None) -> bool:
        return chain is None or self._draft.unit == 1

    def _scalars(self) -> list[SnmpValue]:
        values: list[SnmpValue] = []
        for at, point in enumerate(self._file.points):
            loc: Loc = ("points", at)
            labels = tuple(Label(name, text=text) for name, text in point.labels.items())
            value = self._draft.value(loc, point, labels, ())
            beside = Beside(self._draft, loc, point, None)
            place = Place(self._draft.oid((*loc, "oid"), point.oid))
            if value is None:
                beside.check()
                continue
            base = SnmpValue(f"points[{at}]", value, place, point.type, point.lane or Lane.FAST, labels)
            made = beside.add(replace(base, where=beside.when(), untested=point.untested or ""))
            values += [made] if self._speaks(point.chain) else []
        return values

    def _traps(self) -> dict[str, TrapWord]:
        """Return what the traps of the family say, by snmpTrapOID."""
        found: dict[str, TrapWord] = {}
        for text, said in self._file.traps.items():
            name = self._draft.oid(("traps", text), text)
            word = TrapWord(said) if isinstance(said, str) else TrapWord(said.name, said.ask)
            found[oid.text(name) if name else text] = word
        return found

    def _raised(self, loc: Loc, one: RaisedShape) -> Raised:
        metric = METRICS.get(one.metric)
        if metric is None or metric.shape is not Shape.ALARM:
            self._draft.wrong(
                (*loc, "metric"), f"expected an alarm of the catalogue{nearest(one.metric, METRICS)}"
            )
        names: dict[int | bytes, Meaning] = {}
        for name, state in one.names.items():
            number = name if isinstance(name, int) else Oid(self._draft.oid((*loc, "names", name), name))
            names[number] = meaning(state)
        count = self._draft.oid((*loc, "count"), one.count) if one.count else None
        column = self._draft.oid((*loc, "column"), one.column)
        return Raised(f"raised[{loc[1]}]", one.metric, column, count, names, one.untested or "")
