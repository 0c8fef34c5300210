"""BER as SNMP uses it (RFC 3417 8): definite lengths, one-byte tags."""

from __future__ import annotations

from collections.abc import Iterable

from dcim.model import BadAnswer


def opening(tag: int, size: int) -> bytes:
    """Return tag and length of a content of ``size`` bytes."""
    if size < 0x80:
        return bytes((tag, size))
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length


def tlv(tag: int, content: bytes) -> bytes:
    """Return tag, length and content."""
    return opening(tag, len(content)) + content


def integer(number: int) -> bytes:
    """Return an INTEGER with the fewest bytes."""
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def null_varbinds(oids: Iterable[bytes]) -> bytes:
    """Return a varbind list that asks for these OIDs (content bytes)."""
    return tlv(0x30, b"".join(tlv(0x30, tlv(0x06, oid) + b"\x05\x00") for oid in oids))


def header(data: bytes, pos: int) -> tuple[int, int, int]:
    """Return tag, where the content starts and where it would end. IndexError at the end of the data."""
    length = data[pos + 1]
    if length < 0x80:
        return data[pos], pos + 2, pos + 2 + length
    start = pos + 2 + (length & 0x7F)
    if length == 0x80 or length > 0x84 or start > len(data):
        msg = "a length is indefinite, or longer than any datagram"
        raise BadAnswer(msg)
    return data[pos], start, start + int.from_bytes(data[pos + 2 : start], "big")


def read(data: bytes, pos: int, end: int, tag: int) -> tuple[int, int]:
    """Return start and stop of the content of this type at ``pos``. BadAnswer if something else is there."""
    try:
        found, start, stop = header(data, pos)
    except IndexError:
        found, start, stop = -1, end, end + 1
    if found != tag or stop > end:
        msg = f"expected a 0x{tag:02x} that fits, found " + (f"0x{found:02x}" if found >= 0 else "nothing")
        raise BadAnswer(msg)
    return start, stop


def read_integer(data: bytes, pos: int, end: int) -> tuple[int, int]:
    """Return an INTEGER of at most 8 bytes and where it stops. BadAnswer if something else is there."""
    start, stop = read(data, pos, end, 0x02)
    if not 0 < stop - start <= 8:
        msg = "a number in a header has no byte or too many"
        raise BadAnswer(msg)
    return int.from_bytes(data[start:stop], "big", signed=True), stop
