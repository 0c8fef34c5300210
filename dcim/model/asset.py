"""Devices: what they are, where they stand and how they are reached."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from dcim.record import dataclass, field


class Kind(StrEnum):
    """What a device is for."""

    UPS = "ups"
    PDU = "pdu"
    FLOOR_PDU = "floor_pdu"
    SWITCHBOARD = "switchboard"
    TRANSFORMER = "transformer"
    ATS = "ats"
    STS = "sts"
    CRAC = "crac"
    CHILLER = "chiller"
    GENSET = "genset"
    FUEL_TANK = "fuel_tank"
    METER = "meter"
    SENSOR = "sensor"
    LEAK = "leak"
    SMOKE = "smoke"
    DOOR = "door"
    BATTERY = "battery"
    DC_PLANT = "dc_plant"
    IO = "io"
    GATEWAY = "gateway"
    SERVICE = "service"  # what the building promises: nobody polls it


@dataclasses.dataclass(frozen=True, slots=True)
class Address:
    """Where a device is reached: a host and port, or a serial line (``host`` is its path, ``port`` 0)."""

    host: str
    port: int = 0

    def __str__(self) -> str:
        """Read as ``host:port``, with brackets around IPv6."""
        if not self.port:
            return self.host
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says it is. Empty text where it does not say."""

    kind: str = ""
    vendor: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""


@dataclass(frozen=True, slots=True)
class Asset:
    """One pollable piece of hardware. ``id`` never changes; name, address, serial and model may.

    ``options`` is the device's own section of its collector (``snmp:`` or ``modbus:``), already read by
    that collector's ``read_options``: opaque to the core. ``credentials`` are names, never secrets.
    Times are seconds.
    """

    id: str
    name: str
    kind: Kind
    collector: str
    address: Address
    profiles: tuple[str, ...] = ()  # empty: identify
    site: str = ""
    room: str = ""
    row: str = ""
    rack: str = ""
    tenant: str = ""
    feed: str = ""
    tags: frozenset[str] = frozenset()
    interval: float = 10.0
    timeout: float = 2.0
    credentials: tuple[str, ...] = ()
    options: Any = None
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
