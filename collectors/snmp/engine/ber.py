"""BER as SNMP uses it (RFC 3417 8): definite lengths, one-byte tags."""

from __future__ import annotations

from collections.abc import Iterable


def tlv(tag: int, content: bytes) -> bytes:
    """Return tag, length and content."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(number: int) -> bytes:
    """Return an INTEGER with the fewest bytes."""
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def null_varbinds(oids: Iterable[bytes]) -> bytes:
    """Return a varbind list that asks for these OIDs (content bytes)."""
    return tlv(0x30, b"".join(tlv(0x30, tlv(0x06, oid) + b"\x05\x00") for oid in oids))
