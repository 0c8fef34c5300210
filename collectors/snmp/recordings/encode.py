"""The inverse of decode: what a device with this profile would answer if these were its values.

For the simulator. An image made from the manual gives everything that does not move (rows, names, ratings);
values are written over it where the profile reads them. Whatever the profile says about scale, sign, unit,
decimals and codes is used backwards, so an encoded value decodes to itself within the resolution of its cell.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from collectors.snmp.answers.cells import Cell, Cells, text_of
from collectors.snmp.answers.recording import read
from collectors.snmp.decoding.program import RaisedSlot, Slot
from collectors.snmp.decoding.slots import PACKED, code_in, shift_of
from collectors.snmp.dialect.forms import Kind
from collectors.snmp.dialect.library import Library
from collectors.snmp.dialect.profile import Raised, SnmpProfile
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import IpAddress, Oid, Tag
from collectors.snmp.identifying.identify import Greeting
from collectors.snmp.identifying.number import number_of
from collectors.snmp.tables.rows import Candidate, Finder
from dcim.profile import Alarms, Condition, States
from dcim.profile.inverse import Key, Said, Unsayable, code_of, image_of, raw_of
from dcim.record import dataclass

Number: TypeAlias = "tuple[int, ...]"
Encoded: TypeAlias = "tuple[int, int | bytes | Number]"
"""A tag and a value: a number, text, or the numbers of an OID."""

SYS_NAME: Final = oid.encode("1.3.6.1.2.1.1.5.0")
_SIGN: Final = 1 << 32
_WIDTHS: Final = {
    Tag.INTEGER: (-(1 << 31), (1 << 31) - 1),
    Tag.COUNTER32: (0, (1 << 32) - 1),
    Tag.GAUGE32: (0, (1 << 32) - 1),
    Tag.TIME_TICKS: (0, (1 << 32) - 1),
    Tag.UINTEGER32: (0, (1 << 32) - 1),
    Tag.COUNTER64: (0, (1 << 64) - 1),
}


@dataclass(frozen=True, slots=True)
class Encoder:
    """One device of a family. ``points`` are the values that it can say."""

    points: frozenset[Key]
    _cells: Cells
    _writers: Mapping[Key, tuple[Candidate, ...]]
    _texts: Mapping[str, tuple[bytes, ...]]

    def image(self, identity: Mapping[str, str]) -> dict[Number, Encoded]:
        """Return the cells that do not move, with another ``serial`` (or model, name) where one stands."""
        cells = dict(self._cells.by_oid)
        for key, text in identity.items():
            for name in self._texts.get(key, ()):
                if name in cells and cells[name].tag == Tag.OCTET_STRING:
                    cells[name] = Cell(Tag.OCTET_STRING, text.encode())
        return {oid.parts(name): _sent(cell) for name, cell in cells.items() if cell.there}

    def encode(self, said: Mapping[Key, Said]) -> dict[Number, Encoded]:
        """Return the cells that say these values. Raise ``Unsayable`` for a word without a code."""
        cells: dict[bytes, Cell] = {}
        raised: dict[str, tuple[Raised, dict[int | bytes, bool]]] = {}
        for key, value in said.items():
            found = self._writers.get(key, ())
            for candidate in reversed(found):  # of two, the first is read
                if isinstance(candidate.slot, RaisedSlot):
                    if candidate.raised is not None and candidate.slot.name is not None:
                        rows = raised.setdefault(candidate.key, (candidate.raised, {}))[1]
                        rows[candidate.slot.name] = bool(value)
                    continue
                name = candidate.oids[candidate.slot.position]
                before = cells.get(name) or self._cells.by_oid[name]
                try:
                    cells[name] = _write(candidate.slot, candidate.oids, self._cells, before, value)
                except Unsayable:
                    if candidate is found[0]:
                        raise
        for table, names in raised.values():
            cells.update(_rows(table, [name for name, there in names.items() if there]))
        return {oid.parts(name): _sent(cell) for name, cell in cells.items()}


def encoder(profile: SnmpProfile, image: Cells) -> Encoder:
    """Return the encoder of a device that looks like this image."""
    writers: dict[Key, list[Candidate]] = {}
    for candidate in Finder(image).candidates([profile]):
        writers.setdefault((candidate.metric, candidate.labels), []).append(candidate)
    for table in (raised for layer in profile.stack() for raised in layer.raised):
        for name in image.below(table.column):
            del image.by_oid[name]
    frozen = {key: tuple(found) for key, found in writers.items()}
    texts = {
        what: tuple(
            _first(image, part.oid) if part.column else part.oid
            for part in parts
            if not (part.patterns or part.words)
        )
        for what, parts in profile.identity.items()
    }
    return Encoder(frozenset(writers), image, frozen, {**texts, "name": (SYS_NAME,)})


def _first(image: Cells, column: bytes) -> bytes:
    """Return the row of a column that gives the text: the first that has one; else the column itself."""
    return next((name for name in image.below(column) if text_of(image.by_oid[name].value)), column)


def shipped(name: str, image: str = "", library: Library | None = None) -> Encoder:
    """Return the encoder of a shipped profile and an image: its first, the one named so, or the file there.

    Raise LookupError for an unknown image, ConfigError for an unknown or wrong profile.
    """
    library = library or Library.of()
    library.profile(name)
    images = {path.stem: path for path in sorted(library.folders[name].glob("*.snmprec"))}
    cells = read(image_of(name, images, image))
    number = number_of(library.above(), Greeting.of(cells), cells)
    return encoder(library.profile(name, number), cells)


def _write(slot: Slot, names: tuple[bytes, ...], cells: Cells, before: Cell, said: Said) -> Cell:
    """Return the cell that says a value. ``before`` gives its type and the other bits of its word."""
    value = slot.value
    if isinstance(value, Alarms):
        return _bit(slot, before, said)
    if isinstance(value, States):
        code = code_of(value, said)
        if isinstance(code, int):
            code -= round(_added(slot, names, cells))
        return _typed(before, code, slot)
    if isinstance(value, Condition):
        codes = value.active if said else value.clear
        return _typed(before, min(codes, key=str), slot) if codes else before
    if slot.variants is not None:
        beside = cells.by_oid[names[slot.variants[0]]]
        value = slot.variants[1][code_in(beside.value, slot.form.unit if slot.form is not None else None)]
    raw = raw_of(value, slot.decimals, said) - _added(slot, names, cells)
    if slot.form is not None and slot.form.mask:
        return _typed(before, round(raw), slot)
    if slot.form is not None and slot.form.pattern is not None:
        text = _within(slot.form.pattern, before, raw)
        return Cell(before.tag, text if before.tag == Tag.OCTET_STRING else int(text))
    return _number(slot.kind, before, raw)


def _added(slot: Slot, names: tuple[bytes, ...], cells: Cells) -> float:
    """Return what the cells say that are added to a value: they stay as in the image."""
    total = 0.0
    for position, (factor, divisor) in slot.form.plus if slot.form is not None else ():
        cell = cells.get(names[position])
        if cell is not None and isinstance(cell.value, int | float):
            total += cell.value * factor / divisor
    return total


def _within(pattern: re.Pattern[str], before: Cell, raw: float) -> bytes:
    """Write a number into the text of the image, where the pattern finds it."""
    text = text_of(before.value)
    match = pattern.search(text)
    if match is None:
        return text.encode()
    spans = [match.span(group) for group in range(1, (match.lastindex or 0) + 1) if match.group(group)]
    whole, _, fraction = f"{raw:.{_digits(text[spans[0][0] : spans[-1][1]])}f}".partition(".")
    shown = whole + (text[spans[0][1] : spans[1][0]] if len(spans) > 1 else ".") + fraction
    return (text[: spans[0][0]] + (shown if fraction else whole) + text[spans[-1][1] :]).encode()


def _digits(shown: str) -> int:
    """Return how many digits stand behind the point or comma of a number."""
    return len(shown.replace(",", ".").partition(".")[2])


def _number(kind: Kind, before: Cell, raw: float) -> Cell:
    if before.tag == Tag.OPAQUE or isinstance(before.value, float):
        return Cell(Tag.OPAQUE, float(raw))
    if kind in PACKED:
        return Cell(
            before.tag, _packed(kind, len(before.value) if isinstance(before.value, bytes) else 4, raw)
        )
    if before.tag == Tag.OCTET_STRING:
        return Cell(before.tag, _shown(before, raw))
    low, high = _WIDTHS[Tag(before.tag)]
    whole = round(raw)
    if kind in {Kind.SIGNED, Kind.TICKS_NUMBER} and low == 0 and whole < 0:
        whole += _SIGN
    return Cell(before.tag, min(high, max(low, whole)))


def _packed(kind: Kind, length: int, raw: float) -> bytes:
    """Write a number into as many octets as the image has."""
    if kind is Kind.FLOAT32:
        return struct.pack(">d" if length == 8 else ">f", raw)
    signed = kind is Kind.INT_BE
    low, high = (-(1 << 8 * length - 1), (1 << 8 * length - 1) - 1) if signed else (0, (1 << 8 * length) - 1)
    return min(high, max(low, round(raw))).to_bytes(length, "big", signed=signed)


def _shown(before: Cell, raw: float) -> bytes:
    """Write a number as text with as many decimals as the image shows."""
    return f"{raw:.{_digits(text_of(before.value))}f}".encode()


def _typed(before: Cell, code: int | str, slot: Slot) -> Cell:
    """Write a code in the type that the image has; only the bits under the mask are its own."""
    mask = slot.form.mask if slot.form is not None else 0
    if mask and isinstance(code, int):
        word = code_in(before.value, None)
        code = (word if isinstance(word, int) else 0) & ~mask | code << shift_of(mask) & mask
    return Cell(before.tag, str(code).encode() if before.tag == Tag.OCTET_STRING else int(code))


def _bit(slot: Slot, before: Cell, said: Said) -> Cell:
    """Set or clear one bit of an alarm word. The point of the nameless bits has none: it says nothing."""
    if slot.bit is None:
        return before
    if isinstance(before.value, bytes):
        return Cell(before.tag, _in_text(slot.kind, before.value, slot.bit, bool(said)))
    word = before.value if isinstance(before.value, int) else 0
    return Cell(before.tag, word | 1 << slot.bit if said else word & ~(1 << slot.bit))


def _in_text(kind: Kind, text: bytes, bit: int, there: bool) -> bytes:
    """Set a bit of BITS (bit 0 is the highest of the first octet) or a flag of a text of 0 and 1."""
    if kind is Kind.OCTETS:
        octets = bytearray(text.ljust(bit // 8 + 1, b"\0"))
        mask = 0x80 >> bit % 8
        octets[bit // 8] = octets[bit // 8] | mask if there else octets[bit // 8] & ~mask
        return bytes(octets)
    flags = bytearray(text.ljust(bit + 1, b"0"))
    flags[bit] = ord("1" if there else "0")
    return bytes(flags)


def _rows(table: Raised, names: Iterable[int | bytes]) -> dict[bytes, Cell]:
    """Return the rows of a table that names the alarms which are there, numbered from 1."""
    named = list(names)
    cells = {
        table.column + oid.encode_index((number,)): (
            Cell(Tag.OBJECT_IDENTIFIER, Oid(name)) if isinstance(name, bytes) else Cell(Tag.INTEGER, name)
        )
        for number, name in enumerate(named, 1)
    }
    if table.count is not None:
        cells[table.count] = Cell(Tag.GAUGE32, len(named))
    return cells


def _sent(cell: Cell) -> Encoded:
    """Return a cell as an agent sends it."""
    value = cell.value
    if isinstance(value, Oid):
        return cell.tag, oid.parts(value)
    if isinstance(value, float):
        return Tag.OPAQUE, b"\x9f\x78\x04" + struct.pack(">f", value)
    if isinstance(value, IpAddress | bytes):
        return cell.tag, bytes(value)
    return cell.tag, value if isinstance(value, int) else 0
