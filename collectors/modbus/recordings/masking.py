"""Recordings of Modbus devices without what tells whose they are. Pure.

Texts of function 43/14 are masked as texts are. In registers a hidden text is looked for as characters in
either order of bytes, and a hidden number of more than 16 bits as two registers in either order of words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from collectors.modbus.recordings import recording
from dcim.mask import Mask, shaped

_LEAST: Final = 4  # characters: shorter ones stand everywhere
_WORD: Final = 1 << 16


def mask(lines: Sequence[str], hidden: Sequence[str]) -> list[str]:
    """Return the recording in the order of its registers, masked."""
    found = recording.parse("\n".join(lines))
    veil = Mask(hidden)
    objects = {number: veil.text(text) for number, text in found.objects.items()}
    pairs = [pair for text in hidden for pair in _pairs(text.strip(), veil)]
    cells = {
        space: _masked(values, pairs) if space.has_words else dict(values)
        for space, values in found.cells.items()
    }
    return recording.write(recording.Recording(cells, objects, found.profile)).splitlines()


def _pairs(text: str, veil: Mask) -> Iterator[tuple[bytes, bytes]]:
    """Yield the forms that a hidden text may have in registers, each with what stands there instead."""
    if len(text) < _LEAST or not text.isascii():
        return
    raw, made = text.encode(), veil.hide(text).encode()
    yield raw, made
    for first in (0, 1):  # the low byte of each register first; the text may begin in the middle of one
        yield _swapped(raw, first), _swapped(made, first)
    if text.isdecimal() and _WORD <= int(text) < _WORD**2:
        value, other = int(text).to_bytes(4, "big"), int(shaped(text, 1)).to_bytes(4, "big")
        yield value, other
        yield value[2:] + value[:2], other[2:] + other[:2]


def _swapped(raw: bytes, first: int) -> bytes:
    padded = raw[: len(raw) - (len(raw) - first) % 2]
    head, rest = padded[:first], padded[first:]
    return head + b"".join(rest[at + 1 : at + 2] + rest[at : at + 1] for at in range(0, len(rest), 2))


def _masked(values: Mapping[int, int], pairs: Sequence[tuple[bytes, bytes]]) -> dict[int, int]:
    """Return registers without what is hidden, looked for in each run of addresses."""
    made: dict[int, int] = {}
    for start, run in _runs(values):
        raw = b"".join(value.to_bytes(2, "big") for value in run)
        for original, placeholder in pairs:
            raw = raw.replace(original, placeholder) if original else raw
        made |= {start + at // 2: int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)}
    return made


def _runs(values: Mapping[int, int]) -> Iterator[tuple[int, list[int]]]:
    start, run = 0, list[int]()
    for address in sorted(values):
        if run and address != start + len(run):
            yield start, run
            run = []
        start = start if run else address
        run.append(values[address])
    if run:
        yield start, run
