"""Recordings of SNMP devices without what tells whose they are. Pure.

What people entered (sysContact, sysName, sysLocation, names of UPS-MIB), serial numbers of ENTITY-MIB, IPv4
and hardware addresses, and every text that is hidden elsewhere are replaced by placeholders; lines below the
tables of IP, whose very names are addresses, are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from collectors.snmp.cells import Cell, text_of
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import IpAddress, Tag
from collectors.snmp.recording import parse_lines
from collectors.snmp.tap import line
from dcim.mask import Mask

_NAMES: Final = tuple(
    map(
        oid.encode,
        (
            "1.3.6.1.2.1.1.4",  # sysContact, sysName, sysLocation
            "1.3.6.1.2.1.1.5",
            "1.3.6.1.2.1.1.6",
            "1.3.6.1.2.1.33.1.1.5",  # upsIdentName, upsIdentAttachedDevices
            "1.3.6.1.2.1.33.1.1.6",
            "1.3.6.1.2.1.47.1.1.1.1.11",  # entPhysicalSerialNum, entPhysicalAlias, entPhysicalAssetID
            "1.3.6.1.2.1.47.1.1.1.1.14",
            "1.3.6.1.2.1.47.1.1.1.1.15",
        ),
    )
)
_OF_IP: Final = tuple(
    map(oid.encode, ("1.3.6.1.2.1.3", "1.3.6.1.2.1.4", "1.3.6.1.2.1.6", "1.3.6.1.2.1.7", "1.3.6.1.6.3"))
)
"""Tables of addresses, of connections, and of the users and communities of the agent."""

_MAC_BYTES: Final = 6


def mask(lines: Sequence[str], hidden: Sequence[str]) -> list[str]:
    """Return the recording in the order of its OIDs, masked."""
    cells = parse_lines(lines).by_oid
    veil = Mask(hidden)
    for name, cell in cells.items():
        if name.startswith(_NAMES):
            veil.hide(text_of(cell.value))
    names = sorted((name for name in cells if not name.startswith(_OF_IP)), key=oid.parts)
    return list(_masked(names, cells, veil))


def _masked(names: Sequence[bytes], cells: dict[bytes, Cell], veil: Mask) -> Iterator[str]:
    for name in names:
        tag, value = cells[name]
        if isinstance(value, IpAddress):
            value = IpAddress(map(int, veil.address(str(value)).split(".")))
        elif isinstance(value, bytes) and tag == Tag.OCTET_STRING:
            value = _veiled(name, value, veil)
        written = line(name, tag, value)
        if written is not None:
            yield written


def _veiled(name: bytes, raw: bytes, veil: Mask) -> bytes:
    """Return a text masked; bytes that are none, and as long as a hardware address, are held to be one."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        text = "\0"
    if name.startswith(_NAMES) and text.strip("\0 "):
        return veil.hide(text).encode()
    if text.replace("\0", " ").isprintable() or any(char in text for char in "\r\n\t"):
        return veil.text(text).encode()
    return veil.mac(raw) if len(raw) == _MAC_BYTES else raw
