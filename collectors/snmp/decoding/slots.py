"""How one reading comes from cells: the kind that a cell must have, the value or the gap it is then. Pure."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from collectors.snmp.answers.cells import code_of, text_of
from collectors.snmp.decoding.clocks import clock_of
from collectors.snmp.dialect.forms import Kind
from collectors.snmp.dialect.patterns import number, part
from collectors.snmp.engine.value import Absence, IpAddress, Malformed, Oid, Opaque, Tag
from dcim.model import Gap, GapReason
from dcim.profile import Alarms, Quantity, Raw, States, Value
from dcim.profile.value import gap
from dcim.record import dataclass, replace

NAN: Final = math.nan
_SIGN: Final = 0x8000_0000
_NAMELESS: Final = Gap(GapReason.MALFORMED, "no such type")

Named: TypeAlias = "frozenset[int | bytes]"
"""The alarms that the rows of a table name now."""


@dataclass(frozen=True, slots=True)
class Partly:
    """The alarms that rows name now, of a table of which not every row came; ``missing`` says why."""

    names: Named
    missing: Gap


def code_in(value: object, pattern: re.Pattern[str] | None) -> int | str:
    """Return a cell as profiles write codes; with a pattern, what that finds in its text."""
    if pattern is None:
        return code_of(value)
    found = part(pattern, text_of(value))
    return "" if found is None else code_of(found)


def names_in(values: Iterable[object], count: object = None) -> Named | Partly:
    """Return the alarms that the cells of a column name; an OID of zeros alone names none.

    ``count`` is what the device says of how many there are; None: it says nothing. Unless that is a number,
    and as many rows name one, no alarm without a row is known to be clear.
    """
    rows = [value for value in values if isinstance(value, int) or (isinstance(value, Oid) and any(value))]
    names = frozenset(rows)
    if isinstance(count, Gap):
        return Partly(names, count)
    told = code_of(count) if isinstance(count, int | bytes) else text_of(count)
    if count is None or (isinstance(told, int) and 0 <= told <= len(rows)):
        return names
    return Partly(names, gap(GapReason.MALFORMED, f"{len(rows)} rows of {told}"))


def raw_of(kind: Kind, tag: int, value: object) -> Raw | Gap:
    """Return what a cell says in the kind that the profile expects, or why it says nothing."""
    if isinstance(value, Gap):
        return value
    if value is None or isinstance(value, Absence):
        return Gap(GapReason.ABSENT, text_of(value))
    if isinstance(value, Malformed | Oid | IpAddress | Opaque):
        return Gap(GapReason.MALFORMED, text_of(value)[:64])
    if kind is Kind.CLOCK:
        told = clock_of(value)
        return Gap(GapReason.MALFORMED, text_of(value)[:64]) if told is None else told.isoformat()
    if isinstance(value, bytes):
        return _from_text(kind, value)
    ticks = tag == Tag.TIME_TICKS and kind is not Kind.TICKS_NUMBER
    if not isinstance(value, int | float) or ticks != (kind is Kind.TIMETICKS):
        return Gap(GapReason.MALFORMED, text_of(value)[:64])
    if kind in _SIGNED and isinstance(value, int) and _SIGN <= value <= 0xFFFF_FFFF:
        return value - 0x1_0000_0000
    return value if kind in _NUMERIC else Gap(GapReason.MALFORMED, text_of(value)[:64])


_SIGNED: Final = frozenset({Kind.SIGNED, Kind.TICKS_NUMBER})
_NUMERIC: Final = _SIGNED | {Kind.NUMBER, Kind.TIMETICKS}
PACKED: Final = frozenset({Kind.OCTETS, Kind.UINT_BE, Kind.INT_BE, Kind.FLOAT32})


def _packed(kind: Kind, value: bytes) -> Raw | Gap:
    """Read a number or bits that stand in octets."""
    if kind is Kind.OCTETS:
        return int.from_bytes(bytes(int(f"{octet:08b}"[::-1], 2) for octet in value[:8]), "little")
    if not value:
        return Gap(GapReason.ABSENT)
    if kind is Kind.FLOAT32:
        form = {4: ">f", 8: ">d"}.get(len(value))
        return float(struct.unpack(form, value)[0]) if form else Gap(GapReason.MALFORMED, value.hex()[:64])
    if len(value) > 8:
        return Gap(GapReason.MALFORMED, value.hex()[:64])
    return int.from_bytes(value, "big", signed=kind is Kind.INT_BE)


def _from_text(kind: Kind, value: bytes) -> Raw | Gap:
    """Read an OCTET STRING. A number may come as text, if it is nothing but a number; TimeTicks may not."""
    text = text_of(value)
    if kind in PACKED:
        return _packed(kind, value)
    if not text:
        return Gap(GapReason.ABSENT)
    if kind is Kind.TEXT:
        return text
    if kind is Kind.FLAGS:
        whole = text[:64]
        return int(whole[::-1], 2) if set(whole) <= {"0", "1"} else Gap(GapReason.ABSENT, whole)
    return Gap(GapReason.MALFORMED, text[:64]) if kind is Kind.TIMETICKS else text


@dataclass(frozen=True, slots=True)
class Form:
    """What else makes up a raw value. ``plus``: the cells added to it, each with its scale.

    ``pattern`` finds it in a text, or a part of a number (one that has no such part stays whole); ``unit``
    finds the code of the unit in the text of its cell. ``mask`` keeps some bits of a whole number, shifted
    down.
    """

    pattern: re.Pattern[str] | None = None
    plus: tuple[tuple[int, tuple[float, float]], ...] = ()
    unit: re.Pattern[str] | None = None
    mask: int = 0

    def raw(self, slot: Slot, raw: Raw, values: Sequence[object], tags: Sequence[int]) -> Raw | Gap:
        """Return the whole raw value of a slot whose own cell says ``raw``."""
        absent = slot.value.absent
        if self.pattern is not None and raw not in absent and _number(raw) not in absent:
            find = number if isinstance(slot.value, Quantity) else part
            found = find(self.pattern, str(raw))
            if not found and isinstance(raw, str):
                return Gap(GapReason.MALFORMED if found is None else GapReason.ABSENT, raw[:64])
            raw = found or raw
        whole = self._sum(slot, raw, values, tags) if self.plus else raw
        return self._masked(whole) if self.mask and not isinstance(whole, Gap) else whole

    def _masked(self, raw: Raw) -> Raw | Gap:
        code = code_of(raw) if isinstance(raw, str) else raw
        if isinstance(code, float) and code.is_integer():
            code = int(code)
        if not isinstance(code, int):
            return gap(GapReason.MALFORMED, raw)
        return (code & self.mask) >> shift_of(self.mask)

    def _sum(self, slot: Slot, raw: Raw, values: Sequence[object], tags: Sequence[int]) -> Raw | Gap:
        total = _number(raw)
        for position, (factor, divisor) in self.plus:
            other = raw_of(slot.kind, tags[position], values[position])
            if isinstance(other, Gap):
                return other
            number = _number(other)
            for cell in (raw, total, other, number):
                if cell is not None and cell in slot.value.absent:
                    return gap(GapReason.ABSENT, cell)
            if total is None or number is None:
                return gap(GapReason.MALFORMED, raw if total is None else other)
            total += number * factor / divisor
        return raw if total is None else total


def shift_of(mask: int) -> int:
    """Return by how many bits what a mask keeps is shifted down."""
    return (mask & -mask).bit_length() - 1


def _number(raw: Raw) -> float | None:
    try:
        return float(raw)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Slot:
    """How one reading comes from the answers. Positions count in the answers of its plan.

    ``bit``: this slot is one bit of an alarm word; without it, the point of the word's nameless bits.
    ``variants``: the cell there says which of these quantities it is. ``valid``: unless the cell there is one
    of these codes, there is no value. ``form``: what else makes up the raw value. ``whole``: the number is
    one of tenths and the like, which are counted; one with a decimal point is not what the profile means.
    """

    value: Value
    kind: Kind
    position: int
    decimals: int = 0
    bit: int | None = None
    variants: tuple[int, Mapping[int | str, Quantity]] | None = None
    valid: tuple[int, Container[object]] | None = None
    form: Form | None = None
    whole: bool = False

    def read(self, values: Sequence[object], tags: Sequence[int]) -> float | Gap:
        """Return the value, or the gap in its place."""
        if self.valid is not None:
            beside = values[self.valid[0]]
            if isinstance(beside, Gap):
                return beside
            code = code_of(beside)
            if code not in self.valid[1]:
                return Gap(GapReason.ABSENT, str(code)[:64])
        raw = self.raw(values, tags)
        if isinstance(raw, Gap):
            return raw
        value: Value | None = self.value
        if self.variants is not None:
            beside = values[self.variants[0]]
            if isinstance(beside, Gap):
                return beside
            code = code_in(beside, self.form.unit if self.form is not None else None)
            value = self.variants[1].get(code)
            if value is None:
                return Gap(GapReason.UNKNOWN_CODE, f"unit {code}"[:64])
        return self._decode(value, raw)

    def raw(self, values: Sequence[object], tags: Sequence[int]) -> Raw | Gap:
        """Return what the cell says before it has a unit, or why it says nothing."""
        raw = raw_of(self.kind, tags[self.position], values[self.position])
        if self.whole and not isinstance(raw, int | Gap) and self._has_point(raw):
            return gap(GapReason.MALFORMED, raw)
        return raw if self.form is None or isinstance(raw, Gap) else self.form.raw(self, raw, values, tags)

    def _has_point(self, raw: float | str) -> bool:
        """Whether a reading was sent with a decimal point, or as a float."""
        number = _number(raw)
        written = isinstance(raw, float) or "." in raw
        return written and number == number and number not in {None, *self.value.absent}

    def _decode(self, value: Value | None, raw: Raw) -> float | Gap:
        if isinstance(value, Alarms):
            if self.bit is not None and isinstance(raw, int) and raw not in value.absent:
                return float(raw >> self.bit & 1)
            return value.decode(raw)
        if not isinstance(value, Quantity):
            raw = code_of(raw.encode()) if isinstance(raw, str) and self.kind is not Kind.TEXT else raw
        return value.decode(raw, self.decimals) if value is not None else _NAMELESS

    def moved(self, positions: Sequence[int]) -> Slot:
        """Return the slot with its positions in another order: position p becomes ``positions[p]``."""
        variants, valid, form = self.variants, self.valid, self.form
        if form is not None:
            form = replace(form, plus=tuple((positions[at], scale) for at, scale in form.plus))
        return replace(
            self,
            form=form,
            position=positions[self.position],
            variants=variants and (positions[variants[0]], variants[1]),
            valid=valid and (positions[valid[0]], valid[1]),
        )


@dataclass(frozen=True, slots=True)
class RaisedSlot:
    """One alarm that a row may name; with ``name`` None the point of the rows that name none of ``known``."""

    position: int
    name: int | bytes | None
    known: Named

    def read(self, values: Sequence[object], tags: Sequence[int]) -> float | Gap:
        """Return 1 while a row names the alarm, 0 while none does, or why that is not known."""
        del tags
        said = values[self.position]
        if isinstance(said, Gap):
            return said
        named = said.names if isinstance(said, Partly) else said
        clear = said.missing if isinstance(said, Partly) else 0.0
        if not isinstance(named, frozenset):
            return Gap(GapReason.MALFORMED)
        if self.name is not None:
            return 1.0 if self.name in named else clear
        strange = sorted(text_of(name) for name in named - self.known)
        return gap(GapReason.UNKNOWN_CODE, " ".join(strange)) if strange else clear


AnySlot: TypeAlias = "Slot | RaisedSlot"


def quick_number(slot: AnySlot) -> bool:
    """Whether the quick pass can read a slot as a number."""
    return (
        isinstance(slot, Slot)
        and isinstance(slot.value, Quantity)
        and slot.kind in {Kind.NUMBER, Kind.TIMETICKS}
        and slot.variants is None
        and slot.form is None
    )


def quick_state(slot: AnySlot) -> bool:
    """Whether the quick pass can read a slot as a state."""
    return (
        isinstance(slot, Slot)
        and isinstance(slot.value, States)
        and slot.kind is Kind.NUMBER
        and slot.form is None
    )


def is_word(slot: AnySlot) -> bool:
    """Whether a slot says a word or a bit, so that it seldom changes."""
    return isinstance(slot, RaisedSlot) or not isinstance(slot.value, Quantity)


def cells_of(slot: AnySlot) -> list[int]:
    """Return the positions that a slot reads."""
    if isinstance(slot, RaisedSlot):
        return [slot.position]
    beside = (slot.variants and slot.variants[0], slot.valid and slot.valid[0])
    added = (at for at, _ in slot.form.plus) if slot.form is not None else ()
    return [slot.position, *(at for at in beside if at is not None), *added]
