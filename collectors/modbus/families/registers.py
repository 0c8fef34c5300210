"""From the bytes of registers to raw numbers and texts: types, word and byte order, masks. Pure.

order            a 32-bit value 0x11223344 is sent as
words high first, bytes high first    11 22 33 44     (ABCD: the standard, and most devices)
words low first, bytes high first     33 44 11 22     (CDAB)
words high first, bytes low first     22 11 44 33     (BADC)
words low first, bytes low first      44 33 22 11     (DCBA)
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeAlias

from dcim.model import legible
from dcim.profile import Raw
from dcim.record import dataclass

Reader: TypeAlias = "Callable[[bytes | bytearray, int], Raw]"
"""Reads the raw value that stands at a byte offset."""


class Type(StrEnum):
    """How a value stands in its registers."""

    INT16 = "int16"
    UINT16 = "uint16"
    INT32 = "int32"
    UINT32 = "uint32"
    INT48 = "int48"
    UINT48 = "uint48"
    INT64 = "int64"
    UINT64 = "uint64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    STRING = "string"

    @property
    def words(self) -> int:
        """Return how many registers a value takes; 0 for text, whose length the profile says."""
        return 0 if self is Type.STRING else int(self.lstrip("uintfloa")) // 16

    @property
    def signed(self) -> bool:
        """Whether the highest bit is a sign."""
        return self.startswith("int")

    @property
    def whole(self) -> bool:
        """Whether the values are whole numbers."""
        return self.startswith(("int", "uint"))


class Order(StrEnum):
    """Which half comes first."""

    BIG = "big"
    LITTLE = "little"


@dataclass(frozen=True, slots=True)
class Coding:
    """Everything about how one value stands in its registers. ``mask`` selects bits of a whole number."""

    type: Type = Type.UINT16
    words: int = 1
    word_order: Order = Order.BIG
    byte_order: Order = Order.BIG
    mask: int | None = None


CODES: Final = {
    Type.INT16: "h",
    Type.UINT16: "H",
    Type.INT32: "i",
    Type.UINT32: "I",
    Type.INT64: "q",
    Type.UINT64: "Q",
    Type.FLOAT32: "f",
    Type.FLOAT64: "d",
}
"""What ``struct`` calls them; it knows no number of 48 bits."""


def fold(raw: Raw, kind: Type) -> Raw:
    """Return an absent value as the manual prints it (0x8000) as the decoder sees it (-32768)."""
    bits = 16 * kind.words
    if kind.signed and isinstance(raw, int) and 1 << (bits - 1) <= raw < 1 << bits:
        return raw - (1 << bits)
    return raw


def reader(coding: Coding) -> Reader:
    """Return the function that reads such a value."""
    plain = _plain(coding)
    if coding.mask is None:
        return plain
    mask, shift = coding.mask, shift_of(coding.mask)

    def masked(image: bytes | bytearray, at: int) -> Raw:
        raw = plain(image, at)
        return (raw & mask) >> shift if isinstance(raw, int) else raw

    return masked


def shift_of(mask: int) -> int:
    """Return by how many bits a masked value is shifted down."""
    return (mask & -mask).bit_length() - 1


def _plain(coding: Coding) -> Reader:
    size = 2 * coding.words
    swap = _swap(coding)
    if coding.type is Type.STRING:
        return lambda image, at: _text(swap(image[at : at + size]))
    if coding.type not in CODES:
        signed = coding.type.signed
        return lambda image, at: int.from_bytes(swap(image[at : at + size]), "big", signed=signed)
    code = CODES[coding.type]
    if coding.byte_order is Order.BIG and (coding.words == 1 or coding.word_order is Order.BIG):
        straight = struct.Struct(f">{code}").unpack_from
        return lambda image, at: straight(image, at)[0]
    swapped = struct.Struct(f">{code}").unpack
    return lambda image, at: swapped(swap(image[at : at + size]))[0]


def _swap(coding: Coding) -> Callable[[bytes | bytearray], bytes | bytearray]:
    """Return what puts the bytes of a value in the standard order."""
    order = bytes_of(coding)
    if order == sorted(order):
        return lambda raw: raw
    return lambda raw: bytes([raw[place] for place in order])


def bytes_of(coding: Coding) -> list[int]:
    """Return where the bytes of a value stand among those that were sent, in the standard order."""
    low_words_first = coding.word_order is Order.LITTLE and coding.type is not Type.STRING
    places = list(range(2 * coding.words))
    pairs = [places[at : at + 2] for at in range(0, len(places), 2)]
    if low_words_first:
        pairs.reverse()
    if coding.byte_order is Order.LITTLE:
        pairs = [pair[::-1] for pair in pairs]
    return [place for pair in pairs for place in pair]


def _text(raw: bytes | bytearray) -> str:
    """Return text up to the first NUL, legible and without the blanks that fill it up."""
    return legible(bytes(raw).split(b"\0", 1)[0].decode("utf-8", "replace"))


_BITS: Final = tuple(bytes(byte >> bit & 1 for bit in range(8)) for byte in range(256))


def spread(bits: bytes, count: int) -> bytes:
    """Return one byte for each of the first ``count`` bits, which are packed lowest first."""
    return b"".join([_BITS[byte] for byte in bits])[:count]
