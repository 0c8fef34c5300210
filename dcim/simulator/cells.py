"""What an agent answers, before any protocol: SNMP cells by OID, Modbus values by table and address."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import NamedTuple, Protocol, TypeAlias

Oid: TypeAlias = tuple[int, ...]


class Tag(IntEnum):
    """The type of an SNMP value by its BER tag (RFC 2578, RFC 3416)."""

    INTEGER = 2
    TEXT = 4
    OID = 6
    ADDRESS = 64
    COUNTER = 65
    GAUGE = 66
    TICKS = 67
    OPAQUE = 68
    COUNTER64 = 70


class Cell(NamedTuple):
    """One SNMP value: a number, text, or an OID as its numbers."""

    tag: int
    value: int | bytes | Oid


class Space(StrEnum):
    """A table of Modbus, with the function code that reads it."""

    COIL = "coil"  # 1
    DISCRETE = "discrete"  # 2
    HOLDING = "holding"  # 3
    INPUT = "input"  # 4


Place: TypeAlias = tuple[Space, int]
"""A Modbus table and an address as on the wire."""


class SaysCells(Protocol):
    """What an SNMP device has to say now."""

    def cells(self, uptime: float) -> Mapping[Oid, Cell]:
        """Return every cell; ``uptime`` is the seconds since the agent started."""
        ...


class SaysWords(Protocol):
    """What a Modbus device has to say now."""

    def words(self) -> Mapping[Place, int]:
        """Return every register (0 to 65535) and bit (0 or 1) that it has."""
        ...


def oid(text: str) -> Oid:
    """Read ``1.3.6.1.2.1.1.1.0``."""
    return tuple(int(part) for part in text.split("."))
