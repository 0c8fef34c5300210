"""Recordings and images of Modbus devices: what stood in which registers. Pure, and never raises.

    # anything after a hash
    holding 1024: 350 0x0052 88            three registers from 1024, decimal or hexadecimal
    input 0: 223
    coil 1013: 1 0 0                       bits
    object 0: Schneider Electric           an object of function 43/14
    profile: schneider_pm5000              where nothing in the registers tells the family

An address that is in no line does not exist: reading it is exception 2. A later line wins. A line counts
up to the first of its values that is none. A byte order mark before the first line is none of it. Of a
file that is too large the whole lines of its beginning are read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Final

from collectors.modbus.families.family import Place
from collectors.modbus.families.geometry import raw_at
from collectors.modbus.transport.contract import LAST_ADDRESS, Read, Space
from dcim.collect import Unread, whole_lines
from dcim.model import legible
from dcim.profile import Raw
from dcim.record import dataclass, field

SUFFIX: Final = ".regs"
MAX_BYTES: Final = 16 * 1024**2
"""A recording is read no further than this: all that a unit can hold takes less than 2 MB."""

_DIGITS: Final = 5
_SPACES: Final = {str(space): space for space in Space}
_LINE: Final = re.compile(r"\s*(coil|discrete|holding|input|object)\s+([0-9]+)\s*:(.*)")
_NUMBER: Final = re.compile(r"0[xX][0-9a-fA-F]{1,16}|[+-]?[0-9]{1,24}")
_SHOWN: Final = 60
_PROFILE: Final = re.compile(r"\s*profile\s*:\s*(\S+)")


@dataclass(frozen=True, slots=True)
class Recording:
    """What a device holds: values by space and address, identification objects by number.

    ``unread``: lines of its text that are not wholly in it.
    """

    cells: Mapping[Space, Mapping[int, int]] = field(default_factory=dict)
    objects: Mapping[int, str] = field(default_factory=dict)
    profile: str = ""
    unread: Unread = field(default_factory=Unread)

    def answer(self, read: Read) -> bytes | None:
        """Return the bytes that answer a read, or None when an address of it does not exist."""
        cells = self.cells.get(read.space, {})
        values = [cells.get(at) for at in range(read.start, read.stop)]
        present = [value for value in values if value is not None]
        if len(present) < len(values):
            return None
        if read.space.has_words:
            return b"".join(value.to_bytes(2, "big") for value in present)
        packed = sum(1 << at for at, value in enumerate(present) if value)
        return packed.to_bytes(read.size, "little")


def read(path: Path) -> Recording:
    """Read a recording. Raise OSError if the file cannot be read."""
    raw, rest = whole_lines(path, MAX_BYTES)
    return parse(raw.decode("utf-8", "replace"), rest)


def parse(text: str, rest: str = "") -> Recording:
    """Return what a recording's text holds; lines that say nothing are left out, and told in ``unread``.

    First of those is the one behind the text from which on its file is not read, if ``rest`` says why.
    """
    reader = _Reader()
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    cut = [(len(lines), rest)] if rest else []
    odd = ((number, why) for number, line in enumerate(lines, 1) for why in reader.take(line))
    unread = Unread.of(chain(cut, odd))
    return Recording(reader.cells, reader.objects, reader.profile, unread)


class _Reader:
    """What the lines taken so far hold."""

    def __init__(self) -> None:
        self.cells: Final[dict[Space, dict[int, int]]] = {}
        self.objects: Final[dict[int, str]] = {}
        self.profile = ""

    def take(self, line: str) -> Iterator[str]:
        """Take a line. Yield what is wrong with it, once at most."""
        if named := _PROFILE.match(line):
            if self.profile:
                yield f"profile stood there already ({self.profile}); this one counts"
            self.profile = named[1]
        elif found := _LINE.match(line):
            yield from self._held(found[1], found[2], found[3])
        elif (bare := line.split("#", 1)[0]) and not bare.isspace():
            yield f"no line of a recording: {_shown(line)}"

    def _held(self, what: str, number: str, text: str) -> Iterator[str]:
        """Take an object, or values from an address on."""
        if len(number) > _DIGITS or (what != "object" and int(number) > LAST_ADDRESS):
            yield f"{what} {_shown(number)}: the last address is {LAST_ADDRESS}"
            return
        address = int(number)
        if what != "object":
            yield from self._values(_SPACES[what], address, text)
            return
        if address in self.objects:
            yield f"object {address} stood there already; this one counts"
        elif "\ufffd" in text:
            yield f"object {address}: bytes that are no UTF-8"
        self.objects[address] = legible(text)

    def _values(self, space: Space, address: int, text: str) -> Iterator[str]:
        """Take values up to the first that is none."""
        held = self.cells.setdefault(space, {})
        again: int | None = None
        wrong = ""
        for at, word in enumerate(text.split("#", 1)[0].split(), address):
            wrong = _mistake(space, at, word)
            if wrong:
                break
            again = at if again is None and at in held else again
            held[at] = _number(word)
        if wrong:
            yield f"{wrong}; the line counts up to there"
        elif again is not None:
            yield f"{space} {again} stood there already; this one counts"


def _mistake(space: Space, at: int, word: str) -> str:
    """Say why a word cannot stand at an address; nothing where it can."""
    top = 0xFFFF if space.has_words else 1
    if at > LAST_ADDRESS:
        return f"{_shown(word)} would stand at {space} {at}: the last address is {LAST_ADDRESS}"
    if _NUMBER.fullmatch(word) is None:
        return f"{_shown(word)} at {space} {at} is no whole number"
    if not 0 <= _number(word) <= top:
        return f"{_shown(word)} at {space} {at} is not from 0 to {top}"
    return ""


def _number(word: str) -> int:
    return int(word, 16 if word[:2] in ("0x", "0X") else 10)


def _shown(text: str) -> str:
    """Return the beginning of what somebody wrote, as it can be printed."""
    return repr(legible(text[:_SHOWN]))


def write(recording: Recording) -> str:
    """Return the text of a recording, runs of addresses in one line each."""
    lines = [f"profile: {recording.profile}"] if recording.profile else []
    lines += [f"object {number}: {text}" for number, text in sorted(recording.objects.items())]
    for space, cells in sorted(recording.cells.items()):
        for start, values in _runs(cells):
            lines.append(f"{space} {start}: {' '.join(str(value) for value in values)}")
    return "\n".join(lines) + "\n"


def _runs(cells: Mapping[int, int]) -> list[tuple[int, list[int]]]:
    runs: list[tuple[int, list[int]]] = []
    for address in sorted(cells):
        if runs and address == runs[-1][0] + len(runs[-1][1]) and len(runs[-1][1]) < 16:
            runs[-1][1].append(cells[address])
        else:
            runs.append((address, [cells[address]]))
    return runs


def lookup(recording: Recording) -> Callable[[Place], Raw | None]:
    """Return a function that finds the raw value at a place of the recording."""

    def find(place: Place) -> Raw | None:
        payload = recording.answer(place.read)
        return None if payload is None else raw_at(place, place.read, payload)

    return find
