"""From cells to readings: one compiled program a layout, the same for polls, probes and recordings (A7).

Slots are laid out so that most of a batch is one pass without a branch:

    slots      0 ........ n | n ....... m | m ........
    kind       numbers      | states      | text, bits, alarms, values with a unit beside them
    positions  the same     | the same    | anywhere in the answers

The quick pass leaves NaN wherever something is odd; only those slots are looked at again, to say why. Pure.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from collectors.snmp.asking import Said
from collectors.snmp.cells import INTEGERS, text_of
from collectors.snmp.engine.value import Absence, IpAddress, Malformed, Oid, Opaque, Tag
from collectors.snmp.shapes import Kind
from dcim.model import Batch, Gap, GapReason, Layout
from dcim.profile import Alarms, Quantity, Raw, States, Value
from dcim.profile.value import gap

NAN: Final = math.nan
_TICKS: Final = frozenset({int(Tag.TIME_TICKS)})
_WHOLE: Final = frozenset(int(tag) for tag in INTEGERS)
_SIGN: Final = 0x8000_0000
_NAMELESS: Final = Gap(GapReason.MALFORMED, "no such type")

Named: TypeAlias = "frozenset[int | bytes]"
"""The alarms that the rows of a table name now."""


def code_of(value: object) -> int | str:
    """Return a cell as profiles write codes: a number where it is one, else text."""
    if isinstance(value, int):
        return value
    text = text_of(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else text


def raw_of(kind: Kind, tag: int, value: object) -> Raw | Gap:
    """Return what a cell says in the kind that the profile expects, or why it says nothing."""
    if isinstance(value, Gap):
        return value
    if value is None or isinstance(value, Absence):
        return Gap(GapReason.ABSENT, text_of(value))
    if isinstance(value, Malformed | Oid | IpAddress | Opaque):
        return Gap(GapReason.MALFORMED, text_of(value)[:64])
    if isinstance(value, bytes):
        return _from_text(kind, value)
    if not isinstance(value, int | float) or (tag == Tag.TIME_TICKS) != (kind is Kind.TIMETICKS):
        return Gap(GapReason.MALFORMED, text_of(value)[:64])
    if kind is Kind.SIGNED and isinstance(value, int) and _SIGN <= value <= 0xFFFF_FFFF:
        return value - 0x1_0000_0000
    return value if kind in _NUMERIC else Gap(GapReason.MALFORMED, text_of(value)[:64])


_NUMERIC: Final = frozenset({Kind.NUMBER, Kind.SIGNED, Kind.TIMETICKS})


def _from_text(kind: Kind, value: bytes) -> Raw | Gap:
    """Read an OCTET STRING. A number may come as text, if it is nothing but a number; TimeTicks may not."""
    text = text_of(value)
    if kind is Kind.OCTETS:
        return int.from_bytes(bytes(int(f"{octet:08b}"[::-1], 2) for octet in value[:8]), "little")
    if not text:
        return Gap(GapReason.ABSENT)
    if kind is Kind.TEXT:
        return text
    if kind is Kind.FLAGS:
        whole = text[:64]
        return int(whole[::-1], 2) if set(whole) <= {"0", "1"} else Gap(GapReason.ABSENT, whole)
    return Gap(GapReason.MALFORMED, text[:64]) if kind is Kind.TIMETICKS else text


@dataclass(frozen=True, slots=True)
class Slot:
    """How one reading comes from the answers. Positions count in the answers of its plan.

    ``bit``: this slot is one bit of an alarm word; without it, the point of the word's nameless bits.
    ``variants``: the cell there says which of these quantities it is. ``valid``: unless the cell there is one
    of these codes, there is no value.
    """

    value: Value
    kind: Kind
    position: int
    decimals: int = 0
    bit: int | None = None
    variants: tuple[int, Mapping[int, Quantity]] | None = None
    valid: tuple[int, frozenset[int | str]] | None = None

    def read(self, values: Sequence[object], tags: Sequence[int]) -> float | Gap:
        """Return the value, or the gap in its place."""
        if self.valid is not None:
            code = code_of(values[self.valid[0]])
            if code not in self.valid[1]:
                return Gap(GapReason.ABSENT, str(code)[:64])
        raw = raw_of(self.kind, tags[self.position], values[self.position])
        if isinstance(raw, Gap):
            return raw
        value: Value | None = self.value
        if self.variants is not None:
            code = code_of(values[self.variants[0]])
            value = self.variants[1].get(code) if isinstance(code, int) else None
            if value is None:
                return Gap(GapReason.UNKNOWN_CODE, f"unit {code}"[:64])
        return self._decode(value, raw)

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
        variants, valid = self.variants, self.valid
        return replace(
            self,
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
        named = values[self.position]
        if isinstance(named, Gap):
            return named
        if not isinstance(named, frozenset):
            return Gap(GapReason.MALFORMED)
        if self.name is not None:
            return float(self.name in named)
        strange = sorted(text_of(name) for name in named - self.known)
        return gap(GapReason.UNKNOWN_CODE, " ".join(strange)) if strange else 0.0


AnySlot: TypeAlias = "Slot | RaisedSlot"


def quick_number(slot: AnySlot) -> bool:
    """Whether the quick pass can read a slot as a number."""
    return (
        isinstance(slot, Slot)
        and isinstance(slot.value, Quantity)
        and slot.kind in {Kind.NUMBER, Kind.TIMETICKS}
        and slot.variants is None
    )


def quick_state(slot: AnySlot) -> bool:
    """Whether the quick pass can read a slot as a state."""
    return isinstance(slot, Slot) and isinstance(slot.value, States) and slot.kind is Kind.NUMBER


@dataclass(slots=True, eq=False)
class Program:
    """Decodes the answers of one plan. ``slots[i]`` is for point i of the layout, ordered as above."""

    layout: Layout
    slots: tuple[AnySlot, ...]
    _numbers: tuple[tuple[float, float, float, float, float], ...] = field(init=False)
    _codes: tuple[Mapping[int | str, float], ...] = field(init=False)
    _types: tuple[frozenset[int], ...] = field(init=False)
    _rest: int = field(init=False)
    _absent: tuple[tuple[int, frozenset[int | float | str]], ...] = field(init=False)
    _valid: tuple[tuple[int, int, frozenset[int | str]], ...] = field(init=False)
    _tags: bytes = field(init=False, default=b"")
    _odd: tuple[int, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        """Compile the slots at the front into columns for the quick pass."""
        quick = self._front()
        numbers = [slot for slot in quick if isinstance(slot.value, Quantity)]
        self._numbers = tuple(_arithmetic(slot) for slot in numbers)
        self._codes = tuple(_codes(slot.value) for slot in quick if isinstance(slot.value, States))
        self._types = tuple(_TICKS if slot.kind is Kind.TIMETICKS else _WHOLE for slot in quick)
        self._rest = len(quick)
        self._absent = tuple((slot.position, slot.value.absent) for slot in numbers if _hides_absent(slot))
        self._valid = tuple((slot.position, *slot.valid) for slot in quick if slot.valid is not None)

    def _front(self) -> list[Slot]:
        """Return the slots that the quick pass reads: numbers, then states, each at its own position."""
        front: list[Slot] = []
        for at, slot in enumerate(self.slots):
            states = bool(front) and isinstance(front[-1].value, States)
            fits = quick_state(slot) or (quick_number(slot) and not states)
            if not fits or not isinstance(slot, Slot) or slot.position != at:
                break
            front.append(slot)
        return front

    def decode(self, values: Sequence[Said | Named], tags: bytes | bytearray, at: float) -> Batch:
        """Return the batch that these answers make; ``at`` is UTC seconds when they came."""
        rest = self._rest
        if tags[:rest] != self._tags:
            self._check(bytes(tags[:rest]))
        try:
            out = self._quick(self._blanked(values) if self._odd else values)
        except TypeError:  # malformed bytes under the tag of a number
            out = self._quick([raw if isinstance(raw, int | float) else NAN for raw in values])
        self._beside(out, values)
        gaps: dict[int, Gap] = {}
        total = sum(out)
        if total != total:
            self._explain(out, gaps, values, tags)
        for slot in range(rest, len(self.slots)):
            self._put(out, gaps, slot, self.slots[slot].read(values, tags))
        return (
            Batch(self.layout, at, array("d", out), gaps) if gaps else Batch(self.layout, at, array("d", out))
        )

    def _quick(self, raws: Sequence[Any]) -> list[float]:
        """Decode the slots whose types are checked; NaN where the value is none or out of range."""
        count = len(self._numbers)
        out = [
            value if low <= (value := raw * factor / divisor + offset) <= high else NAN
            for raw, (factor, divisor, offset, low, high) in zip(raws, self._numbers, strict=False)
        ]
        if self._codes:
            out += [codes.get(raw, NAN) for codes, raw in zip(self._codes, raws[count:], strict=False)]
        return out

    def _beside(self, out: list[float], values: Sequence[object]) -> None:
        """Blank the slots whose raw value means absent, or that the cell beside them calls invalid."""
        for slot, absent in self._absent:
            if values[slot] in absent:
                out[slot] = NAN
        for slot, position, codes in self._valid:
            if values[position] not in codes:
                out[slot] = NAN

    def _check(self, tags: bytes) -> None:
        """Remember which slots of the quick pass hold another type than they should, until types change."""
        self._odd = tuple(
            at for at, (tag, ok) in enumerate(zip(tags, self._types, strict=False)) if tag not in ok
        )
        self._tags = tags

    def _blanked(self, values: Sequence[object]) -> Sequence[object]:
        raws = list(values)
        for at in self._odd:
            raws[at] = NAN
        return raws

    def _explain(
        self, out: list[float], gaps: dict[int, Gap], values: Sequence[object], tags: Sequence[int]
    ) -> None:
        for slot, value in enumerate(out):
            if value != value:
                self._put(out, gaps, slot, self.slots[slot].read(values, tags))

    @staticmethod
    def _put(out: list[float], gaps: dict[int, Gap], slot: int, read: float | Gap) -> None:
        if isinstance(read, Gap):
            gaps[slot], read = read, NAN
        if slot < len(out):
            out[slot] = read
        else:
            out.append(read)


def _arithmetic(slot: Slot) -> tuple[float, float, float, float, float]:
    """Return factor, divisor, offset and range of a number, with the device's own decimals in it."""
    value = slot.value
    assert isinstance(value, Quantity)  # noqa: S101  the caller chose it
    return value.factor, value.divisor * 10.0**slot.decimals, value.offset, value.low, value.high


def _codes(value: States) -> Mapping[int | str, float]:
    return {code: number for code, (number, _) in value.codes.items() if code not in value.absent}


def _hides_absent(slot: Slot) -> bool:
    """Whether a raw value that means absent lies within the range, so that the range does not catch it."""
    factor, divisor, offset, low, high = _arithmetic(slot)
    numbers = (raw for raw in slot.value.absent if isinstance(raw, int | float))
    return any(low <= raw * factor / divisor + offset <= high for raw in numbers)
