"""Recordings and images of Modbus devices: what stood in which registers. Pure, and never raises.

    # anything after a hash
    holding 1024: 350 0x0052 88            three registers from 1024, decimal or hexadecimal
    input 0: 223
    coil 1013: 1 0 0                       bits
    object 0: Schneider Electric           an object of function 43/14
    profile: schneider_pm5000              where nothing in the registers tells the family

An address that is in no line does not exist: reading it is exception 2. A later line wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from collectors.modbus.family import Place
from collectors.modbus.geometry import raw_at
from collectors.modbus.transport import LAST_ADDRESS, Read, Space
from dcim.model import legible
from dcim.profile import Raw

SUFFIX: Final = ".regs"
MAX_BYTES: Final = 16 * 1024**2
_SPACES: Final = {str(space): space for space in Space}
_LINE: Final = re.compile(r"\s*(coil|discrete|holding|input|object)\s+(\d{1,5})\s*:(.*)")
_PROFILE: Final = re.compile(r"\s*profile\s*:\s*(\S+)")


@dataclass(frozen=True, slots=True)
class Recording:
    """What a device holds: values by space and address, identification objects by number."""

    cells: Mapping[Space, Mapping[int, int]] = field(default_factory=dict)
    objects: Mapping[int, str] = field(default_factory=dict)
    profile: str = ""

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
    with path.open("rb") as file:
        return parse(file.read(MAX_BYTES).decode("utf-8", "replace"))


def parse(text: str) -> Recording:
    """Return what a recording's text holds; lines that say nothing are left out."""
    cells: dict[Space, dict[int, int]] = {}
    objects: dict[int, str] = {}
    profile = ""
    for line in text.splitlines():
        if named := _PROFILE.match(line):
            profile = named[1]
            continue
        found = _LINE.match(line)
        if found is None:
            continue
        address = int(found[2])
        if found[1] == "object":
            objects[address] = legible(found[3])
        else:
            space = _SPACES[found[1]]
            cells.setdefault(space, {}).update(_cells(space, address, found[3]))
    return Recording(cells, objects, profile)


def _cells(space: Space, address: int, text: str) -> dict[int, int]:
    cells: dict[int, int] = {}
    top = 0xFFFF if space.has_words else 1
    for at, word in enumerate(text.split("#", 1)[0].split(), address):
        value = _number(word)
        if value is None or not 0 <= value <= top or at > LAST_ADDRESS:
            break
        cells[at] = value
    return cells


def _number(word: str) -> int | None:
    try:
        return int(word[:8], 16 if word.lower().startswith("0x") else 10)
    except ValueError:
        return None


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
