"""The rows a device has, found in the cells of a survey: each point of a profile on each row. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from collectors.snmp.cells import Cells, text_of
from collectors.snmp.dialect import SYS_UP_TIME, UNNAMED, Filter, Label, Place, Raised, SnmpProfile, SnmpValue
from collectors.snmp.engine import oid
from collectors.snmp.shapes import Kind
from collectors.snmp.slots import AnySlot, RaisedSlot, Slot, code_of
from dcim.model import Gap, Health, Labels, Lane, canonical
from dcim.model.reading import States as Meanings
from dcim.profile import Alarms, Condition, Quantity, States
from dcim.profile.value import alarm_meanings

T = TypeVar("T")

_UP_TIME: Final = SnmpValue(
    "agent",
    Quantity("device_uptime_seconds", "seconds", divisor=100.0),
    Place(SYS_UP_TIME),
    Kind.TIMETICKS,
    Lane.FAST,
)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One point of a profile on one row. Positions of the slot count in ``oids``."""

    key: str
    metric: str
    labels: Labels
    lane: Lane
    slot: AnySlot
    oids: tuple[bytes, ...]
    meanings: Meanings | None = None
    raised: Raised | None = None

    def present(self, cells: Cells) -> bool:
        """Whether the device gives a value here now."""
        if self.raised is not None:
            return True
        found = [cells.get(name) for name in self.oids]
        values = [None if cell is None else cell.value for cell in found]
        tags = [0 if cell is None else cell.tag for cell in found]
        return not isinstance(self.slot.read(values, tags), Gap)


@dataclass(slots=True)
class Finder:
    """Finds the candidates of profiles in the cells of a survey."""

    cells: Cells
    keys: dict[bytes, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def candidates(self, profiles: Sequence[SnmpProfile]) -> Iterator[Candidate]:
        """Yield what each point finds, in the order of the files."""
        yield from self._of_value("", _UP_TIME)
        for profile in profiles:
            for value in profile.values:
                yield from self._of_value(f"{profile.name}:", value)
            for raised in profile.raised:
                yield from self._of_raised(f"{profile.name}:", raised)

    def _of_value(self, prefix: str, value: SnmpValue) -> Iterator[Candidate]:
        if value.place.index is None:
            if self.cells.get(value.place.oid) is not None:
                yield from self._on_row(prefix, value, value.place.oid, {})
            return
        for row in self.cells.rows(value.place.oid):
            parts = _index(row.parts, len(value.place.index))
            if parts is not None:
                index = dict(zip(value.place.index, parts, strict=True))
                if all(self._keeps(one, index) for one in value.where):
                    name = value.place.oid + oid.encode_index(row.parts)
                    yield from self._on_row(prefix, value, name, index)

    def _keeps(self, one: Filter, index: dict[str, int]) -> bool:
        if one.part:
            return index[one.part] in one.codes
        name = _at(one.place, index)
        cell = self.cells.get(name) if name else None
        if cell is None or name is None:
            return False
        self.keys[name] = text_of(cell.value)
        return code_of(cell.value) in one.codes

    def _on_row(
        self, prefix: str, value: SnmpValue, name: bytes, index: dict[str, int]
    ) -> Iterator[Candidate]:
        key = prefix + value.key
        labels = self._labels(key, value.labels, name, index)
        decimals, scaled = self._decimals(value, index), self._scaled(value, index)
        if labels is None or decimals is None or scaled is None:
            return
        oids = [name]
        slot = Slot(scaled, value.kind, 0, decimals)
        slot = Slot(
            slot.value,
            slot.kind,
            0,
            decimals,
            variants=self._beside(oids, value.unit_place, index, value.variants),
            valid=self._beside(oids, value.valid and value.valid[0], index, value.valid and value.valid[1]),
        )
        base = Candidate(key, value.value.metric, canonical(labels), value.lane, slot, tuple(oids))
        yield from _expanded(base, labels)

    def _beside(
        self, oids: list[bytes], place: Place | None, index: dict[str, int], what: T | None
    ) -> tuple[int, T] | None:
        """Add the cell beside a value to what is asked, if the device has it."""
        name = _at(place, index)
        if name is None or what is None or self.cells.get(name) is None:
            return None
        oids.append(name)
        return len(oids) - 1, what

    def _decimals(self, value: SnmpValue, index: dict[str, int]) -> int | None:
        name = _at(value.decimals, index)
        if name is None:
            return 0
        cell = self.cells.get(name)
        code = code_of(cell.value) if cell is not None else ""
        if cell is not None and isinstance(code, int) and -30 <= code <= 30:
            self.keys[name] = text_of(cell.value)
            return code
        self.notes.append(f"{value.key}{index or ''}: the device gives no decimal digits")
        return None

    def _scaled(
        self, value: SnmpValue, index: dict[str, int]
    ) -> Quantity | States | Condition | Alarms | None:
        name = _at(value.scale_place, index)
        if name is None or value.variants is None:
            return value.value
        cell = self.cells.get(name)
        code = code_of(cell.value) if cell is not None else ""
        found = value.variants.get(code) if isinstance(code, int) else None
        if cell is None or found is None:
            what = f"the device gives no scale that the profile knows: {code!r}"
            self.notes.append(f"{value.key}{index or ''}: {what}")
            return None
        self.keys[name] = text_of(cell.value)
        return found

    def _labels(
        self, key: str, labels: Iterable[Label], name: bytes, index: dict[str, int]
    ) -> dict[str, str] | None:
        made: dict[str, str] = {}
        for label in labels:
            text = self._label(label, index)
            if not text:
                if text is not None:
                    self.notes.append(f"{key} at {oid.text(name)}: no text for the label {label.name!r}")
                return None
            made[label.name] = text
        return made

    def _label(self, label: Label, index: dict[str, int]) -> str | None:
        """Return a label's text, empty when the device gives none, or None to leave the row out."""
        if label.text:
            return label.text
        place = _at(label.place, index)
        if place is not None:
            cell = self.cells.get(place)
            if cell is None:
                return ""
            self.keys[place] = found = text_of(cell.value)
            code: int | str = code_of(cell.value)
        else:
            found = "-".join(str(index[part]) for part in label.parts)
            code = index[label.parts[0]] if len(label.parts) == 1 else found
        if label.words is not None:
            return f"{label.prefix}{label.words[code]}" if code in label.words else None
        return f"{label.prefix}{found}" if found else ""

    def _of_raised(self, prefix: str, raised: Raised) -> Iterator[Candidate]:
        counted = raised.count is not None and self.cells.get(raised.count) is not None
        if not counted and not self.cells.below(raised.column):
            return
        known = frozenset(raised.names)
        source = raised.count if counted and raised.count is not None else raised.column
        for name, means in raised.names.items():
            slot = RaisedSlot(0, name, known)
            yield Candidate(
                prefix + raised.key,
                raised.metric,
                (("alarm", means.word),),
                Lane.FAST,
                slot,
                (source,),
                alarm_meanings(means.word, means.health),
                raised,
            )
        yield Candidate(
            prefix + raised.key,
            raised.metric,
            (("alarm", UNNAMED),),
            Lane.FAST,
            RaisedSlot(0, None, known),
            (source,),
            alarm_meanings(UNNAMED, Health.UNKNOWN),
            raised,
        )


def _index(parts: tuple[int, ...], length: int) -> tuple[int, ...] | None:
    """Return a row's index, or None for another table's. Some agents (EAST) end it with a 0 of their own."""
    if len(parts) == length:
        return parts
    return parts[:-1] if len(parts) == length + 1 and parts[-1] == 0 else None


def _at(place: Place | None, index: dict[str, int]) -> bytes | None:
    """Return the name of the cell at a place on the row with this index."""
    if place is None:
        return None
    return (
        place.oid
        if place.index is None
        else place.oid + oid.encode_index([index[part] for part in place.index])
    )


def _expanded(base: Candidate, labels: dict[str, str]) -> Iterator[Candidate]:
    """Yield the candidate with its meanings; an alarm word as one for each bit and one for the rest."""
    slot = base.slot
    assert isinstance(slot, Slot)  # noqa: S101  only rows of values come here
    value = slot.value
    if isinstance(value, Alarms):
        for alarm in value.alarms:
            yield _alarm(base, labels, alarm.word, alarm_meanings(alarm.word, alarm.health), alarm.bit)
        yield _alarm(base, labels, UNNAMED, alarm_meanings(UNNAMED, Health.UNKNOWN), None)
    else:
        meanings: Meanings | None = None
        if isinstance(value, States):
            meanings = value.meanings
        elif isinstance(value, Condition):
            meanings = alarm_meanings(labels.get("alarm", "set"), value.health)
        yield Candidate(base.key, base.metric, base.labels, base.lane, slot, base.oids, meanings)


def _alarm(
    base: Candidate, labels: dict[str, str], word: str, meanings: Meanings, bit: int | None
) -> Candidate:
    old = base.slot
    assert isinstance(old, Slot)  # noqa: S101  as above
    slot = Slot(old.value, old.kind, 0, bit=bit, valid=old.valid)
    return Candidate(
        base.key, base.metric, canonical({**labels, "alarm": word}), base.lane, slot, base.oids, meanings
    )


def wanted(profiles: Sequence[SnmpProfile]) -> tuple[list[bytes], list[bytes]]:
    """Return the instances and the columns that a survey for these profiles must ask."""
    scalars: dict[bytes, None] = {SYS_UP_TIME: None}
    columns: dict[bytes, None] = {}
    for profile in profiles:
        for parts in profile.identity.values():
            scalars.update(dict.fromkeys(part.oid for part in parts))
        for value in profile.values:
            for place in _places(value):
                _want(place, value.rows, scalars, columns)
        for raised in profile.raised:
            columns[raised.column] = None
            scalars.update(dict.fromkeys(filter(None, (raised.count,))))
    return list(scalars), list(columns)


def _want(
    place: Place, rows: tuple[int, int] | None, scalars: dict[bytes, None], columns: dict[bytes, None]
) -> None:
    if place.index is None:
        scalars[place.oid] = None
    elif rows is not None and len(place.index) == 1:
        every = range(rows[0], rows[1] + 1)
        scalars.update({place.oid + oid.encode_index((row,)): None for row in every})
    else:
        columns[place.oid] = None


def _places(value: SnmpValue) -> Iterator[Place]:
    beside = (value.decimals, value.scale_place, value.unit_place, value.valid and value.valid[0])
    names = (*(one.place for one in value.where), *(label.place for label in value.labels))
    yield value.place
    yield from (place for place in (*beside, *names) if place is not None)
