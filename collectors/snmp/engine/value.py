"""Values of an answer in memory.

    INTEGER, Counter32, Gauge32, TimeTicks, Counter64, UInteger32    int
    OCTET STRING, BIT STRING content, NsapAddress                    bytes
    NULL                                                             None
    OBJECT IDENTIFIER                                                Oid (content bytes)
    IpAddress                                                        IpAddress (4 bytes)
    Opaque with a float or double inside (net-snmp)                  float
    any other Opaque, any unknown type                               Opaque
    noSuchObject, noSuchInstance, endOfMibView                       Absence
    bytes that are no value of their type                            Malformed

The exact type is in ``Answer.tags``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import Final, TypeAlias

from collectors.snmp.engine import oid
from dcim.record import dataclass


class Tag(IntEnum):
    """The first byte of a value (RFC 3416, RFC 2578), as recordings print it."""

    INTEGER = 0x02
    BIT_STRING = 0x03
    OCTET_STRING = 0x04
    NULL = 0x05
    OBJECT_IDENTIFIER = 0x06
    IP_ADDRESS = 0x40
    COUNTER32 = 0x41
    GAUGE32 = 0x42
    TIME_TICKS = 0x43
    OPAQUE = 0x44
    NSAP_ADDRESS = 0x45
    COUNTER64 = 0x46
    UINTEGER32 = 0x47
    NO_SUCH_OBJECT = 0x80
    NO_SUCH_INSTANCE = 0x81
    END_OF_MIB_VIEW = 0x82


class Absence(Enum):
    """The device says that there is no value here. Never zero."""

    NO_SUCH_OBJECT = "noSuchObject"
    NO_SUCH_INSTANCE = "noSuchInstance"
    END_OF_MIB_VIEW = "endOfMibView"


class Oid(bytes):
    """An OBJECT IDENTIFIER as a value: its content bytes. ``str`` gives it dotted."""

    __slots__ = ()

    def __str__(self) -> str:
        """Read as ``1.3.6.1...``."""
        return oid.text(self)


class IpAddress(bytes):
    """Four bytes of an IPv4 address. ``str`` gives it dotted."""

    __slots__ = ()

    def __str__(self) -> str:
        """Read as ``192.0.2.1``."""
        return ".".join(map(str, self))


class Opaque(bytes):
    """The content of an Opaque that holds no float, or of a type that SNMP does not know."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes that are no value of the type they claim. Costs this value and no other (B6)."""

    tag: int
    raw: bytes


Value: TypeAlias = int | float | bytes | Absence | Malformed | None

UNSIGNED: Final[frozenset[int]] = frozenset((0x41, 0x42, 0x43, 0x46, 0x47))
NUMBERS: Final[frozenset[int]] = UNSIGNED | {0x02}


def value_of(tag: int, content: bytes) -> Value:
    """Return the value with this tag and content; ``Malformed`` where the content is no such value."""
    read = _READERS.get(tag)
    return Opaque(content) if read is None else read(tag, content)


def _number(tag: int, content: bytes) -> Value:
    number = int.from_bytes(content, "big")
    if not content or number >> 64:
        return Malformed(tag, content)
    if tag == Tag.INTEGER and content[0] >= 0x80:
        number -= 1 << 8 * len(content)
    return number


def _text(_: int, content: bytes) -> Value:
    return content


def _oid(tag: int, content: bytes) -> Value:
    try:
        oid.parts(content)
    except ValueError:
        return Malformed(tag, content)
    return Oid(content)


def _address(tag: int, content: bytes) -> Value:
    return IpAddress(content) if len(content) == 4 else Malformed(tag, content)


def _opaque(_: int, content: bytes) -> Value:
    """Read net-snmp's wrapped float (9f 78 04 + 4 bytes) or double (9f 79 08 + 8 bytes)."""
    if content[:3] == b"\x9f\x78\x04" and len(content) == 7:
        return float(struct.unpack(">f", content[3:])[0])
    if content[:3] == b"\x9f\x79\x08" and len(content) == 11:
        return float(struct.unpack(">d", content[3:])[0])
    return Opaque(content)


def _empty(tag: int, content: bytes) -> Value:
    return Malformed(tag, content) if content else _EMPTY[tag]


_EMPTY: Final[Mapping[int, Absence | None]] = MappingProxyType(
    {
        0x05: None,
        0x80: Absence.NO_SUCH_OBJECT,
        0x81: Absence.NO_SUCH_INSTANCE,
        0x82: Absence.END_OF_MIB_VIEW,
    }
)
_READERS: Final[Mapping[int, Callable[[int, bytes], Value]]] = MappingProxyType(
    {
        **dict.fromkeys(NUMBERS, _number),
        **dict.fromkeys((0x03, 0x04, 0x45), _text),
        **dict.fromkeys(_EMPTY, _empty),
        0x06: _oid,
        0x40: _address,
        0x44: _opaque,
    }
)
