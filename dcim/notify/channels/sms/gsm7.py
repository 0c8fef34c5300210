"""The alphabet of GSM 7 bit (3GPP TS 23.038, 6.2.1) and its packing into octets. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
ESCAPE: Final = 0x1B
_EXTENSION: Final = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_SEPTETS: Final = {
    **{sign: (number,) for number, sign in enumerate(_BASIC) if number != ESCAPE},
    **{sign: (ESCAPE, number) for number, sign in _EXTENSION.items()},
}
_ALIKE: Final = str.maketrans(
    {
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ",
        "\u2019": "'", "\u2018": "'", "\u201c": '"', "\u201d": '"', "«": '"', "»": '"',
        "\u2013": "-", "\u2014": "-", "\u2011": "-", "\u2026": "...", "·": ".",
        "œ": "oe", "Œ": "OE", "°": " deg ", "µ": "u", "≥": ">=", "≤": "<=", "²": "2", "³": "3",
    }
)  # fmt: skip
"""Signs that nobody misses: typography, and units that read as well in letters."""


def alike(text: str) -> str:
    """Return a text with the signs of typography replaced by those of the alphabet."""
    return text.translate(_ALIKE)


def plain(text: str) -> str:
    """Return a text that the alphabet can say: accents that it lacks fall off, what is left becomes ``?``."""
    return "".join(_nearest(sign) for sign in alike(text))


def _nearest(sign: str) -> str:
    if sign in _SEPTETS:
        return sign
    bare = "".join(one for one in unicodedata.normalize("NFKD", sign) if one in _SEPTETS)
    return bare or ("" if unicodedata.combining(sign) else "?")


def septets(text: str) -> list[tuple[int, ...]] | None:
    """Return the septets of each sign, one or two; None where the alphabet lacks one."""
    if any(sign not in _SEPTETS for sign in text):
        return None
    return [_SEPTETS[sign] for sign in text]


def pack(numbers: Iterable[int], fill: int = 0) -> bytes:
    """Return septets as octets, the first bit after ``fill`` bits of zero (TS 23.038, 6.1.2.1)."""
    bits, held = 0, fill
    packed = bytearray()
    for number in numbers:
        bits |= number << held
        held += 7
        while held >= 8:
            packed.append(bits & 0xFF)
            bits, held = bits >> 8, held - 8
    return bytes(packed) + (bytes([bits]) if held else b"")


def unpack(octets: Sequence[int], count: int, fill: int = 0) -> list[int]:
    """Return ``count`` septets, or as many as there are, of octets, those after ``fill`` bits."""
    bits = int.from_bytes(bytes(octets), "little") >> fill
    there = max(0, (len(octets) * 8 - fill) // 7)
    return [(bits >> (7 * number)) & 0x7F for number in range(min(count, there))]


def text_of(numbers: Iterable[int]) -> str:
    """Return the text of septets; an escape before what has no meaning is a blank."""
    said, escaped = "", False
    for number in numbers:
        if not escaped and number == ESCAPE:
            escaped = True
            continue
        said += _EXTENSION.get(number, " ") if escaped else _BASIC[number]
        escaped = False
    return said
