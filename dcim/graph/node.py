"""The parts of the building, and what feeds, cools and reaches what."""

from __future__ import annotations

import dataclasses
from enum import StrEnum
from typing import Final

from dcim.record import dataclass


class NodeKind(StrEnum):
    """What a part of the building is: a pollable device's kind, or one of those that nobody polls."""

    UTILITY = "utility"
    TRANSFORMER = "transformer"
    GENSET = "genset"
    ATS = "ats"
    STS = "sts"
    UPS = "ups"
    SWITCHBOARD = "switchboard"
    FLOOR_PDU = "floor_pdu"
    PDU = "pdu"
    DC_PLANT = "dc_plant"
    BATTERY = "battery"
    RACK = "rack"
    LOAD = "load"
    CHILLER = "chiller"
    CRAC = "crac"
    ROOM = "room"
    SWITCH = "switch"
    ROUTER = "router"
    GATEWAY = "gateway"
    METER = "meter"
    SENSOR = "sensor"
    FUEL_TANK = "fuel_tank"
    LEAK = "leak"
    SMOKE = "smoke"
    DOOR = "door"
    IO = "io"


SOURCES: Final = frozenset({NodeKind.UTILITY, NodeKind.GENSET})
"""Where power comes from: nothing has to feed them."""

STORES: Final = frozenset({NodeKind.UPS, NodeKind.DC_PLANT, NodeKind.BATTERY})
"""What has voltage for a while without an input: their output proves nothing about what feeds them."""

SUPPLIES: Final = frozenset({NodeKind.PDU, NodeKind.UPS, NodeKind.DC_PLANT, NodeKind.ATS, NodeKind.STS})
"""What gives power to a rack when it stands in one."""

TRANSFER: Final = frozenset({NodeKind.ATS, NodeKind.STS})
"""What chooses between its feeds."""

COOLERS: Final = frozenset({NodeKind.CRAC})
"""What cools the room it stands in."""

CARRIERS: Final = frozenset({NodeKind.SWITCH, NodeKind.ROUTER, NodeKind.GATEWAY})
"""What stands only between the daemon and devices."""


class Via(StrEnum):
    """What one part gives another."""

    POWER = "power"
    COOLING = "cooling"
    NETWORK = "network"


@dataclasses.dataclass(frozen=True, slots=True)
class Rating:
    """What a part can carry, in base units; None where nobody has said. ``amperes`` are those of a phase."""

    amperes: float | None = None
    watts: float | None = None
    voltamperes: float | None = None

    def __bool__(self) -> bool:
        """Whether anything is rated."""
        return (self.amperes, self.watts, self.voltamperes) != (None, None, None)


@dataclass(frozen=True, slots=True)
class Node:
    """One part of the building. A device is called by its asset id, a rack ``rack/NAME``, a room ``room/ID``.

    ``fed_by``, ``cooled_by`` and ``reached_through`` name what it depends on, each one enough, unless it
    ``needs_all`` of its feeds (the fans and the compressor of a cooling unit). Of a transfer switch the first
    feed is source A, the preferred one. ``measures`` names the part that a meter's readings are those of.
    ``phases``: those connected; empty where nobody has said. ``polled``: there is a device.
    """

    id: str
    kind: NodeKind
    name: str = ""
    fed_by: tuple[str, ...] = ()
    needs_all: bool = False
    cooled_by: tuple[str, ...] = ()
    reached_through: tuple[str, ...] = ()
    measures: str = ""
    phases: tuple[str, ...] = ()
    rating: Rating = Rating()
    room: str = ""
    rack: str = ""
    tenant: str = ""
    feed: str = ""
    polled: bool = False

    def before(self, via: Via) -> tuple[str, ...]:
        """Return what it depends on in one way."""
        match via:
            case Via.POWER:
                return self.fed_by
            case Via.COOLING:
                return self.cooled_by
            case Via.NETWORK:
                return self.reached_through

    @property
    def passes(self) -> bool:
        """Whether voltage at its output proves voltage at what feeds it: one feed, and nothing stored."""
        return len(self.fed_by) == 1 and self.kind not in STORES

    @property
    def joins(self) -> bool:
        """Whether voltage at its output proves voltage at one of several that feed it, nobody says which."""
        return len(self.fed_by) > 1 and not self.needs_all and self.kind not in STORES


class ServiceKind(StrEnum):
    """What is promised."""

    POWER = "power"  # to a rack
    COOLING = "cooling"  # of a room
    TENANT = "tenant"  # everything that a tenant has
    FEED = "feed"  # several devices that are one feed of a rack
    OTHER = "other"  # what somebody wrote


@dataclass(frozen=True, slots=True)
class Service:
    """What the building promises: at least ``needs`` of ``parts``, which are nodes or services.

    ``subject`` is the rack, room or tenant that it is for; empty for one that somebody wrote. ``derived``:
    the topology says it, nobody wrote it.
    """

    id: str
    kind: ServiceKind
    needs: int
    parts: tuple[str, ...]
    name: str = ""
    subject: str = ""
    room: str = ""
    rack: str = ""
    tenant: str = ""
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Wiring:
    """The building as the configuration says it: every part once, a service after those it needs."""

    nodes: tuple[Node, ...] = ()
    services: tuple[Service, ...] = ()
