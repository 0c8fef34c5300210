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

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import TypeAlias

from collectors.snmp.engine import oid


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
