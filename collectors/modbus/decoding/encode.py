"""The inverse of decode: what a device with this profile would hold if these were its values.

For the simulator. An image made from the manual gives everything that does not move; values are written over
it where the profile reads them. What the profile says about type, orders, mask, scale, unit, decimals and
codes is used backwards, so an encoded value decodes to itself within the resolution of its registers.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Final, TypeAlias

from collectors.modbus.families.family import ModbusProfile, ModbusValue, Part, Place, labels_of
from collectors.modbus.families.registers import Coding, Order, Type, reader
from collectors.modbus.known.library import Library
from collectors.modbus.recordings.recording import Recording, read
from collectors.modbus.transport.contract import Space
from dcim.profile import Alarms, Condition, Quantity, States
from dcim.profile.inverse import Key, Said, code_of, image_of, raw_of
from dcim.record import dataclass, replace

Words: TypeAlias = "dict[tuple[Space, int], int]"
Encoded: TypeAlias = "dict[tuple[str, int], int]"
"""Registers and bits by the word for their table (``holding``) and their address."""

_FLOATS: Final = {Type.FLOAT32: ">f", Type.FLOAT64: ">d"}


@dataclass(frozen=True, slots=True)
class Encoder:
    """One device of a family. ``points`` are the values that it can say."""

    points: frozenset[Key]
    _image: Mapping[tuple[Space, int], int]
    _writers: Mapping[Key, tuple[tuple[ModbusValue, int | None], ...]]
    _identity: Mapping[str, tuple[Part, ...]]

    def image(self, identity: Mapping[str, str]) -> Encoded:
        """Return the registers that do not move, with another ``serial`` or other text where one stands."""
        words = dict(self._image)
        for name, text in identity.items():
            for part in self._identity.get(name, ()):
                if part.place is not None and part.names is None:
                    self._store_text(words, part.place, text)
        return _outside(words)

    def encode(self, said: Mapping[Key, Said]) -> Encoded:
        """Return the registers that say these values. Raise ``Unsayable`` for a word without a code."""
        words: Words = {}
        for key, value in said.items():
            for point, bit in self._writers.get(key, ()):
                self._write(words, point, bit, value)
        return _outside(words)

    def _write(self, words: Words, point: ModbusValue, bit: int | None, said: Said) -> None:
        value, place = point.value, point.place
        if isinstance(value, Alarms):
            if bit is not None:
                word = self._now(words, place)
                self._store(words, place, word | 1 << bit if said else word & ~(1 << bit))
        elif isinstance(value, States):
            self._store(words, place, int(code_of(value, said)))
        elif isinstance(value, Condition):
            if codes := value.active if said else value.clear:
                self._store(words, place, int(min(codes, key=str)))
        else:
            self._write_number(words, point, said)

    def _write_number(self, words: Words, point: ModbusValue, said: Said) -> None:
        decimals = self._now(words, point.decimals) if point.decimals else 0
        unit = self._now(words, point.unit_place) if point.unit_place else -1
        found = (point.variants or {}).get(unit) or point.value
        if point.scale_place is not None and isinstance(found, Quantity):
            found = found.times((point.scales or {}).get(self._now(words, point.scale_place), (1.0, 1.0)))
        left = raw_of(found, decimals, said)
        for other, (up, down) in sorted(point.plus, key=lambda part: -part[1][0] / part[1][1]):
            if up > down:  # the high digits of a number in two registers
                self._store(words, other, left * down // up)
            left -= self._now(words, other) * up / down
        self._store(words, point.place, left)

    def _now(self, words: Words, place: Place) -> int:
        """Return the whole number or bit that stands at a place: written before, else as in the image."""
        at = (place.read.space, place.read.start)
        if not place.read.space.has_words:
            return words.get(at, self._image.get(at, 0))
        return int(reader(place.coding)(self._bytes(words, place), 0))

    def _bytes(self, words: Words, place: Place) -> bytes:
        read = place.read
        found = [
            words.get((read.space, at), self._image.get((read.space, at), 0))
            for at in range(read.start, read.stop)
        ]
        return b"".join(word.to_bytes(2, "big") for word in found)

    def _store(self, words: Words, place: Place, raw: float) -> None:
        read, coding = place.read, place.coding
        if not read.space.has_words:
            words[read.space, read.start] = int(bool(raw))
            return
        if coding.mask is not None:
            # only the bits under the mask are this value's
            shift = (coding.mask & -coding.mask).bit_length() - 1
            whole = int.from_bytes(_ordered(coding, self._bytes(words, place)), "big")
            raw = whole & ~coding.mask | (int(raw) << shift) & coding.mask
        _put(words, read.space, read.start, _ordered(coding, _packed(coding, raw)))

    def _store_text(self, words: Words, place: Place, text: str) -> None:
        if place.coding.type is Type.STRING:
            raw = text.encode()[: place.read.size].ljust(place.read.size, b"\0")
            pairs = replace(place.coding, word_order=Order.BIG)  # text is never sent low word first
            _put(words, place.read.space, place.read.start, _ordered(pairs, raw))
        elif text.isdecimal():
            self._store(words, place, int(text))


def encoder(profile: ModbusProfile, image: Recording) -> Encoder:
    """Return the encoder of a device that looks like this image."""
    words = {(space, at): word for space, cells in image.cells.items() for at, word in cells.items()}
    writers: dict[Key, list[tuple[ModbusValue, int | None]]] = {}
    for value in profile.values:
        bits: list[int | None] = [None]
        if isinstance(value.value, Alarms):
            bits = [*(alarm.bit for alarm in value.value.alarms), None]
        for labels, bit in zip(labels_of(value), bits, strict=True):
            writers.setdefault((value.value.metric, labels), []).append((value, bit))
    frozen = {key: tuple(found) for key, found in writers.items()}
    return Encoder(frozenset(writers), words, frozen, profile.identity)


def shipped(name: str, image: str = "", library: Library | None = None) -> Encoder:
    """Return the encoder of a shipped profile and an image: its first, the one named so, or the file there.

    Raise LookupError for an unknown profile or image, ConfigError for a wrong profile.
    """
    library = library or Library()
    profile = library.get(name)
    images = {path.stem: path for path in library.images(name)}
    return encoder(profile, read(image_of(name, images, image)))


def _outside(words: Words) -> Encoded:
    return {(str(space), at): word for (space, at), word in words.items()}


def _packed(coding: Coding, raw: float) -> bytes:
    """Return a number as the standard order has it, held within its type."""
    if coding.type in _FLOATS:
        return struct.pack(_FLOATS[coding.type], raw)
    bits = 16 * coding.words
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if coding.type.signed else (0, (1 << bits) - 1)
    whole = min(high, max(low, round(raw))) if math.isfinite(raw) else high
    return whole.to_bytes(2 * coding.words, "big", signed=coding.type.signed)


def _ordered(coding: Coding, raw: bytes) -> bytes:
    """Swap words and bytes between the standard order and the device's: the same both ways."""
    pairs = [raw[at : at + 2] for at in range(0, len(raw), 2)]
    if coding.word_order is Order.LITTLE:
        pairs.reverse()
    if coding.byte_order is Order.LITTLE:
        pairs = [pair[::-1] for pair in pairs]
    return b"".join(pairs)


def _put(words: Words, space: Space, start: int, raw: bytes) -> None:
    for at in range(0, len(raw), 2):
        words[space, start + at // 2] = int.from_bytes(raw[at : at + 2], "big")
