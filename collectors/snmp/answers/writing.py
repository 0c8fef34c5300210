"""One answer as a line of a recording, ``oid|tag|value``: the inverse of ``recording``. Pure."""

from __future__ import annotations

import struct

from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Absence, IpAddress, Malformed, Oid, Tag, Value


def line(name: bytes, tag: int, value: Value) -> str | None:
    """Return one answer as ``oid|tag|value``, or None where the device has no such object."""
    if isinstance(value, Absence):
        return None
    where = oid.text(name)
    match value:
        case None:
            return f"{where}|{int(Tag.NULL)}|"
        case Oid() | IpAddress() | int():
            return f"{where}|{tag}|{value}"
        case float():
            return f"{where}|{int(Tag.OPAQUE)}x|9f7908{struct.pack('>d', value).hex()}"
        case Malformed():
            return f"{where}|{tag}x|{value.raw.hex()}"
        case bytes():
            return f"{where}|{tag}x|{value.hex()}"
