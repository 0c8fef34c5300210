"""The rows a device has, found in the cells of a survey: each point of a profile on each row. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from collectors.snmp.answers.cells import Cells, code_of, text_of
from collectors.snmp.decoding.counters import as_counted
from collectors.snmp.decoding.slots import AnySlot, Form, RaisedSlot, Slot, code_in, is_word
from collectors.snmp.dialect.forms import COUNTED, Kind
from collectors.snmp.dialect.profile import (
    SYS_UP_TIME,
    UNNAMED,
    Allowed,
    Filter,
    Place,
    Raised,
    SnmpProfile,
    SnmpValue,
)
from collectors.snmp.engine import oid
from collectors.snmp.tables.index import Index, OnRow, at, read, shown
from collectors.snmp.tables.naming import Namer
from dcim.catalogue import UP_TIME
from dcim.model import Gap, Health, Labels, Lane, canonical
from dcim.model.reading import States as Meanings
from dcim.profile import Alarms, Condition, Quantity, Ratio, Raw, States, Value
from dcim.profile.value import HIGHEST, LOWEST, alarm_meanings
from dcim.record import dataclass, field, replace

T = TypeVar("T")

_AS_IS: Final = (1.0, 1.0)
_MOST_TICKS: Final = 2.0**32 - 1.0  # RFC 2578 7.1.8: hundredths of a second, never below 0

_UP_TIME: Final = SnmpValue(
    "agent",
    Quantity(UP_TIME, "seconds", divisor=100.0, low=0.0, high=_MOST_TICKS / 100.0),
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

    @property
    def measured(self) -> bytes:
        """Return the cell that is read as a number, or whose rows are alarms; nothing for a word.

        A profile that stands behind another one does not read it again: the first knows better what it means.
        """
        if self.raised is not None:
            return self.raised.column
        return b"" if is_word(self.slot) else self.oids[0]

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
    """Finds the candidates of profiles in the cells of a survey.

    ``scales`` are the scales chosen among those that agents of a family use, by point; those that were chosen
    before stay where these cells do not tell.
    """

    cells: Cells
    keys: dict[bytes, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    scales: dict[str, Ratio] = field(default_factory=dict)
    _codes: dict[bytes, int | str | None] = field(default_factory=dict)
    _found: dict[Place, list[OnRow]] = field(default_factory=dict)

    def candidates(self, profiles: Sequence[SnmpProfile]) -> Iterator[Candidate]:
        """Yield what each point finds, in the order of the files.

        What a profile extends, and a standard beside a family of its own, give what no earlier one gives.
        """
        yield from self._of_value("", _UP_TIME)
        taken: set[bytes] = set()
        without: set[str] = set()
        for profile in profiles:
            for layer in profile.stack():
                later = layer is not profile or profile.generic
                read: set[bytes] = set()
                for candidate in self._of_layer(layer):
                    if not (later and (candidate.metric in without or candidate.measured in taken)):
                        read.add(candidate.measured)
                        yield candidate
                taken |= read - {b""}
                without |= layer.without

    def _of_layer(self, profile: SnmpProfile) -> Iterator[Candidate]:
        for value in profile.values:
            yield from self._of_value(f"{profile.name}:", value)
        for raised in profile.raised:
            yield from self._of_raised(f"{profile.name}:", raised)

    def _of_value(self, prefix: str, value: SnmpValue) -> Iterator[Candidate]:
        rows = list(self._rows(value))
        guessed = self._guessed(prefix + value.key, value, [name for name, _ in rows])
        for name, index in rows:
            yield from self._on_row(prefix, value, name, index, guessed)

    def _rows(self, value: SnmpValue) -> Iterator[tuple[bytes, Index]]:
        found = self._found.get(value.place)
        if found is None:
            found = self._found[value.place] = list(self._at(value.place))
        for row in found:
            if all(self._keeps(one, row) for one in value.where):
                yield row.name, row.steps

    def _at(self, place: Place) -> Iterator[OnRow]:
        """Yield the rows of a column; it is read once for all points that stand in it."""
        if place.index is None:
            if self.cells.get(place.oid) is not None:
                yield OnRow(place.oid, {}, {})
            return
        for parts, _ in self.cells.rows(place.oid):
            index = read(place, parts)
            if index is not None:
                yield OnRow(place.oid + oid.encode_index(parts), index, {})

    def _keeps(self, one: Filter, row: OnRow) -> bool:
        if one.part and not one.most:
            return row.steps[one.part].said in one.codes
        name = row.at(one.place)
        said = self._said(name) if name else None
        if said is None and self.cells.is_open(name):
            return False
        if said is None or name is None:
            return one.most or not one.there or (isinstance(one.codes, Allowed) and one.codes.excludes)
        if not one.loose and name not in self.keys:
            self.keys[name] = text_of(self.cells.by_oid[name].value)
        if one.most:
            at_row = row.steps[one.part].said
            return not isinstance(said, int) or not isinstance(at_row, int) or said < 1 or at_row <= said
        return one.there and said in one.codes

    def _said(self, name: bytes) -> int | str | None:
        """Return what a cell says that decides about rows; it is read once for all points of its table."""
        if name not in self._codes:
            cell = self.cells.get(name)
            self._codes[name] = None if cell is None else code_of(cell.value)
        return self._codes[name]

    def _guessed(self, key: str, value: SnmpValue, names: Sequence[bytes]) -> Ratio | None:
        """Return the scale of a column of a card that does not tell it: as its values look, or as before."""
        guess = value.guess
        if guess is None or not isinstance(value.value, Quantity):
            return None
        quantity = replace(value.value, low=LOWEST, high=HIGHEST)
        raws = [raw for name in names if (raw := self._number(quantity, value, name)) is not None]
        found = [[quantity.times(scale).decode(raw) for raw in raws] for scale in guess.of]
        if (chosen := guess.choose(found, self.scales.get(key))) is not None:
            self.scales[key] = chosen
        return self.scales.get(key, guess.of[0])

    def _number(self, quantity: Quantity, value: SnmpValue, name: bytes) -> Raw | None:
        """Return the raw number of a cell if it has one, as the pattern of its point finds it."""
        cell = self.cells.get(name)
        if cell is None:
            return None
        slot = Slot(quantity, value.kind, 0, form=Form(value.pattern, mask=value.mask))
        raw = slot.raw([cell.value], [cell.tag])
        return None if isinstance(raw, Gap) or isinstance(quantity.decode(raw), Gap) else raw

    def _on_row(
        self, prefix: str, value: SnmpValue, name: bytes, index: Index, guessed: Ratio | None
    ) -> Iterator[Candidate]:
        if self._open(value, index):
            return
        key = prefix + value.key
        labels = Namer(self.cells, self.keys, self.notes).labels(key, value.labels, name, index)
        decimals, scale = self._decimals(value, index), guessed or self._scale(value, index)
        means = self._means(value, index)
        if labels is None or decimals is None or scale is None or means is None:
            return
        oids = [name]
        unit, valid = value.unit, value.valid or (None, None)
        counted = as_counted(value.value.metric, self.cells.get(name))
        variants = (
            {code: counted(one.times(scale)) for code, one in unit.of.items()} if unit is not None else None
        )
        slot = Slot(
            counted(means.times(scale)) if isinstance(means, Quantity) else means,
            value.kind,
            0,
            decimals,
            variants=self._beside(oids, unit.place if unit is not None else None, index, variants),
            valid=self._beside(oids, valid[0], index, valid[1]),
            form=self._form(oids, value, index),
            whole=_is_counted(value, decimals, scale),
        )
        base = Candidate(key, value.value.metric, canonical(labels), value.lane, slot, tuple(oids))
        yield from _expanded(base, labels)

    def _form(self, oids: list[bytes], value: SnmpValue, index: Index) -> Form | None:
        """Return what else makes up the raw value; a cell to be added is asked whether it is there or not."""
        plus: list[tuple[int, Ratio]] = []
        for place, scale in value.plus:
            oids.append(at(place, index) or b"")
            plus.append((len(oids) - 1, scale))
        unit = value.unit.pattern if value.unit is not None else None
        unusual = value.pattern or plus or unit or value.mask
        return Form(value.pattern, tuple(plus), unit, value.mask) if unusual else None

    def _beside(
        self, oids: list[bytes], place: Place | None, index: Index, what: T | None
    ) -> tuple[int, T] | None:
        """Add the cell beside a value to what is asked, if the device has it."""
        name = at(place, index)
        if name is None or what is None or self.cells.get(name) is None:
            return None
        oids.append(name)
        return len(oids) - 1, what

    def _open(self, value: SnmpValue, index: Index) -> bool:
        """Whether the unit of a value, or if it counts, is not known yet: the cell beside it did not come."""
        places = (choice.place for choice in (value.unit, value.scale) if choice is not None)
        beside = (*places, value.decimals, value.valid[0] if value.valid is not None else None)
        return any(self.cells.is_open(at(place, index)) for place in beside)

    def _means(self, value: SnmpValue, index: Index) -> Value | None:
        """Return what a value means where no unit stands beside it; None where one should and does not."""
        unit = value.unit
        name = at(unit.place, index) if unit is not None else None
        if unit is None or (name is not None and self.cells.get(name) is not None):
            return value.value
        if unit.otherwise is None:
            self.notes.append(f"{value.key}{shown(index)}: the device does not say in which unit")
        return unit.otherwise

    def _decimals(self, value: SnmpValue, index: Index) -> int | None:
        name = at(value.decimals, index)
        if name is None:
            return 0
        cell = self.cells.get(name)
        code = code_of(cell.value) if cell is not None else ""
        if cell is not None and isinstance(code, int) and -30 <= code <= 30:
            self.keys[name] = text_of(cell.value)
            return code
        self.notes.append(f"{value.key}{shown(index)}: the device gives no decimal digits")
        return None

    def _scale(self, value: SnmpValue, index: Index) -> Ratio | None:
        """Return the scale that the device itself gives."""
        if value.scale is None:
            return _AS_IS
        name = at(value.scale.place, index)
        cell = self.cells.get(name) if name else None
        code = code_in(cell.value, value.scale.pattern) if cell is not None else ""
        found = value.scale.of.get(code)
        if cell is None or name is None or found is None:
            what = f"the device gives no scale that the profile knows: {code!r}"
            self.notes.append(f"{value.key}{shown(index)}: {what}")
            return None
        self.keys[name] = text_of(cell.value)
        return found

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


def _is_counted(value: SnmpValue, decimals: int, scale: Ratio) -> bool:
    """Whether a value is sent as a whole number of tenths or the like: no cell has a decimal point."""
    smaller = value.fraction or decimals > 0 or abs(scale[0]) < scale[1]
    return smaller and value.pattern is None and value.kind in COUNTED


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
    slot = Slot(old.value, old.kind, 0, bit=bit, valid=old.valid, form=old.form)
    return Candidate(
        base.key, base.metric, canonical({**labels, "alarm": word}), base.lane, slot, base.oids, meanings
    )
