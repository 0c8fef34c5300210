"""Recordings of devices: ``oid|tag|value`` lines, snmpsim's format. Pure, and never raises.

    1.3.6.1.2.1.1.3.0|67|12345             TimeTicks
    1.3.6.1.2.1.2.2.1.6.2|4x|00C0B7FAE271  text as hexadecimal
    1.3.6.1.2.1.1.1.0|4e|two\\nlines        text with Python escapes
    1.3.6.1.4.1.9.1.0|2:numeric|initial=2  a variation module of snmpsim: its first value

Files taken by people are unsorted, name an OID twice (the last wins), hold text where a number is meant and
lines that are none. What cannot be a value of its type is kept as text; what has no OID is left out, and
``unread`` says of which lines that is so. A byte order mark before the first line is none of it. Of a file
that is too large the whole lines of its beginning are read.
"""

from __future__ import annotations

import ast
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Absence, IpAddress, Oid, Opaque, Tag, Value
from dcim.collect import Unread, whole_lines
from dcim.model import legible

MAX_BYTES: Final = 16 * 1024**2
"""A recording is read no further than this: the largest known has 2 MB."""

_NUMBERS: Final = frozenset(
    {Tag.INTEGER, Tag.COUNTER32, Tag.GAUGE32, Tag.TIME_TICKS, Tag.COUNTER64, Tag.UINTEGER32}
)
_LONGEST: Final = 24
_SHOWN: Final = 60
_LEAST_DOTS: Final = (
    2  # of a name that others are made from: its first two numbers are one, and a dot may lead
)
_ABSENT: Final = {
    Tag.NO_SUCH_OBJECT: Absence.NO_SUCH_OBJECT,
    Tag.NO_SUCH_INSTANCE: Absence.NO_SUCH_INSTANCE,
    Tag.END_OF_MIB_VIEW: Absence.END_OF_MIB_VIEW,
}


def read(path: Path) -> Cells:
    """Read a recording. Raise OSError if the file cannot be read."""
    return parse(read_text(path)[0])


def read_text(path: Path) -> tuple[str, str]:
    """Return the text of a recording, and why it is read no further than that; nothing where it is whole.

    Bytes that are no UTF-8 are kept. Raise OSError if the file cannot be read.
    """
    raw, rest = whole_lines(path, MAX_BYTES)
    return raw.decode("utf-8", "surrogateescape"), rest


def parse(text: str) -> Cells:
    """Return the cells of a recording's text, whatever it holds."""
    return parse_lines(_lines(text))


def unread(text: str, cells: Cells, rest: str = "") -> Unread:
    """Return which lines of a text are not in its cells: those without OID or value, and those said again.

    First of all is the one behind the text from which on its file is not read, if ``rest`` says why.
    """
    lines = _lines(text)
    cut = [(len(lines) + 1, rest)] if rest else []
    if len(cells.by_oid) == len(lines):
        return Unread.of(cut)  # each line made a cell of its own
    return Unread.of((*cut, *_odd(lines)))


def _lines(text: str) -> list[str]:
    """Return the lines as an editor counts them; a value may hold what only Unicode takes for an end."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text.removesuffix("\n").split("\n")


def _odd(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the number of each line that made no cell, or that took the place of an earlier one, and why."""
    seen: dict[bytes, int] = {}
    values = _Values()
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, bar, rest = line.partition("|")
        encoded = _encoded(name) if bar else b""
        if not bar:
            yield number, f"no line of oid|tag|value: {_shown(line)}"
        elif not encoded:
            yield number, f"{_shown(name)} is no OID"
        elif values[rest] is None:
            yield number, f"{_shown(rest)} is no tag and value"
        elif encoded in seen:
            yield number, f"{_shown(name)} stood in line {seen[encoded]} already; this one counts"
        if encoded and values[rest] is not None:
            seen[encoded] = number


def _shown(text: str) -> str:
    """Return the beginning of what somebody wrote, as it can be printed."""
    return repr(legible(text[:_SHOWN].encode("utf-8", "replace").decode()))


def parse_lines(lines: Iterable[str]) -> Cells:
    """Return the cells of these lines; a later line of the same OID wins."""
    cells: dict[bytes, Cell] = {}
    names, values = _Names(), _Values()
    numbers = names.numbers
    for line in lines:
        name, _, rest = line.partition("|")
        parent, _, last = name.rpartition(".")
        above, below, cell = names[parent], numbers[last], values[rest]
        if cell is None:
            continue
        encoded = _encoded(name) if above is None else above and below and above + below
        if encoded:
            cells[encoded] = cell
    return Cells(cells)


class _Numbers(dict[str, bytes]):
    """One number of an OID as bytes by its text; empty for what is none."""

    def __missing__(self, text: str) -> bytes:
        try:
            made = oid.encode_index((int(text),))
        except ValueError:
            made = b""
        self[text] = made
        return made


class _Names(dict[str, "bytes | None"]):
    """OIDs as bytes by their text, each made once from the one above it.

    Empty for what is no OID, None for what is too short or too long to be the beginning of others.
    """

    def __init__(self) -> None:
        super().__init__()
        self.numbers: Final = _Numbers()

    def __missing__(self, text: str) -> bytes | None:
        made: bytes | None
        dots = text.count(".")
        if not _LEAST_DOTS <= dots < oid.MAX_PARTS - 1:
            made = None
        elif dots == _LEAST_DOTS:
            made = _encoded(text)
        else:
            parent, _, last = text.rpartition(".")
            above, below = self[parent], self.numbers[last]
            made = above + below if above and below else b""
        self[text] = made
        return made


def _encoded(text: str) -> bytes:
    try:
        return oid.encode(text)
    except ValueError:
        return b""


class _Values(dict[str, "Cell | None"]):
    """Cells by what stands behind the OID (``2|0``), each made once; None for what is no value."""

    def __missing__(self, text: str) -> Cell | None:
        kind, bar, value = text.partition("|")
        made = self[text] = _cell(kind.strip(), value) if bar else None
        return made


def _cell(kind: str, text: str) -> Cell | None:
    kind, _, module = kind.partition(":")
    if module:
        text = _first_value(text)
    number = kind.rstrip("xe")
    if not number.isascii() or not number.isdigit() or len(number) > 3:
        return None
    tag = int(number)
    if tag in _NUMBERS and number == kind:
        return _number(tag, text)
    return _typed(tag, _raw(kind[len(number) :], text))


def _first_value(options: str) -> str:
    """Return what a variation module answers first: its ``initial`` or ``value`` or ``min``."""
    named = dict(option.split("=", 1) for option in options.split(",") if "=" in option)
    return next((named[key] for key in ("value", "initial", "min") if key in named), "")


def _raw(suffix: str, text: str) -> bytes:
    plain = text.encode("utf-8", "surrogateescape")
    if suffix == "x":
        try:
            return bytes.fromhex(text)
        except ValueError:
            return plain
    if suffix == "e":
        return _unescaped(text, plain)
    return plain


def _unescaped(text: str, plain: bytes) -> bytes:
    quoted = text.replace("\n", "").replace("\r", "").replace('"', '\\"')
    try:
        value = ast.literal_eval(f'"{quoted}"')
        return str(value).encode("latin-1")
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return plain


def _typed(tag: int, raw: bytes) -> Cell:
    text = raw.decode("utf-8", "replace")
    if tag in _NUMBERS:
        return _number(tag, text, raw)
    if tag in _ABSENT:
        return Cell(tag, _ABSENT[Tag(tag)])
    if tag == Tag.NULL:
        return Cell(tag, None)
    return _other(tag, raw, text.strip())


def _number(tag: int, text: str, raw: bytes | None = None) -> Cell:
    """Return a number, or the text (``raw``, where it was written otherwise) that stands in its place."""
    if len(text) <= _LONGEST:
        try:
            return Cell(tag, int(text))
        except ValueError:
            pass
    return Cell(Tag.OCTET_STRING, text.encode("utf-8", "surrogateescape") if raw is None else raw)


def _other(tag: int, raw: bytes, text: str) -> Cell:
    value: Value = raw
    try:
        if tag == Tag.OBJECT_IDENTIFIER:
            value = Oid(oid.encode(text))
        elif tag == Tag.IP_ADDRESS:
            value = _address(text)
        elif tag == Tag.OPAQUE:
            return Cell(tag, _opaque(raw, text))
    except ValueError:
        return Cell(Tag.OCTET_STRING, raw)
    return Cell(tag if tag in {Tag.OBJECT_IDENTIFIER, Tag.IP_ADDRESS} else Tag.OCTET_STRING, value)


def _address(text: str) -> IpAddress:
    address = IpAddress(int(part) for part in text.split("."))
    if len(address) != 4:
        msg = f"{text!r} is no IPv4 address"
        raise ValueError(msg)
    return address


def _opaque(raw: bytes, text: str) -> Value:
    """Return the float inside an Opaque as net-snmp packs it (9f78 04 ..., 9f79 08 ...) or written out."""
    if raw[:3] == b"\x9f\x78\x04" and len(raw) == 7:
        return float(struct.unpack(">f", raw[3:])[0])
    if raw[:3] == b"\x9f\x79\x08" and len(raw) == 11:
        return float(struct.unpack(">d", raw[3:])[0])
    try:
        return float(text)
    except ValueError:
        return Opaque(raw)
