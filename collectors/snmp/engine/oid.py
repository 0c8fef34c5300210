"""Object identifiers: dotted text for people, BER content bytes for everything else.

An OID in this package is the content of its BER encoding (no tag, no length). A table cell lies below
its column exactly when ``cell.startswith(column)``. Bytes do not sort like OIDs: sort by ``parts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

MAX_PARTS = 128  # RFC 2578 3.5
_MAX_SUB_IDENTIFIER = 0xFFFFFFFF
_SHORT = tuple(bytes((part,)) for part in range(0x80))  # most parts of most OIDs


def encode(dotted: str) -> bytes:
    """Return the content bytes of ``1.3.6.1...`` (a leading dot is allowed). ValueError if it is no OID."""
    try:
        return encode_parts([int(part) for part in dotted.strip().removeprefix(".").split(".")])
    except ValueError as error:
        msg = f"{dotted!r} is no object identifier: {error}"
        raise ValueError(msg) from None


def encode_parts(parts: Sequence[int]) -> bytes:
    """Return the content bytes of an OID given as numbers. ValueError if it is no OID."""
    if not 2 <= len(parts) <= MAX_PARTS:
        msg = f"{len(parts)} parts, expected 2 to {MAX_PARTS}"
        raise ValueError(msg)
    first, second, *rest = parts
    if not (0 <= first <= 2 and 0 <= second < (40 if first < 2 else _MAX_SUB_IDENTIFIER - 79)):
        msg = f"cannot begin with {first}.{second}"
        raise ValueError(msg)
    content = bytearray()
    for part in (first * 40 + second, *rest):
        content += _sub_identifier(part)
    return bytes(content)


def encode_index(parts: Sequence[int]) -> bytes:
    """Return the bytes that lead from a column to the row with this index. ValueError if out of range."""
    return b"".join(map(_sub_identifier, parts))


def _sub_identifier(part: int) -> bytes:
    if 0 <= part < 0x80:
        return _SHORT[part]
    if not 0 <= part <= _MAX_SUB_IDENTIFIER:
        msg = f"{part} is no 32-bit number"
        raise ValueError(msg)
    septets = [part & 0x7F]
    while part := part >> 7:
        septets.append(part & 0x7F | 0x80)
    return bytes(reversed(septets))


def index_parts(content: bytes) -> tuple[int, ...]:
    """Return the numbers in the bytes that follow a column's OID. ValueError if cut off or too large."""
    if content.isascii():  # then each octet is a number
        return tuple(content)
    numbers: list[int] = []
    number = 0
    for octet in content:
        number = number << 7 | octet & 0x7F
        if number > _MAX_SUB_IDENTIFIER:
            msg = "a part is larger than 32 bits"
            raise ValueError(msg)
        if octet < 0x80:
            numbers.append(number)
            number = 0
    if content and content[-1] >= 0x80:
        msg = "the last part is cut off"
        raise ValueError(msg)
    return tuple(numbers)


def parts(content: bytes) -> tuple[int, ...]:
    """Return an OID's numbers, which sort as SNMP sorts. ValueError if the bytes are no OID."""
    numbers = index_parts(content)
    if not numbers:
        msg = "an object identifier has no content"
        raise ValueError(msg)
    first = min(numbers[0] // 40, 2)
    return (first, numbers[0] - 40 * first, *numbers[1:])


@lru_cache(16_384)
def text(content: bytes) -> str:
    """Return ``1.3.6.1...``, or the bytes in hexadecimal after ``?`` if they are no OID."""
    try:
        return ".".join(map(str, parts(content)))
    except ValueError:
        return "?" + content.hex()
