"""What a config file says, checked: frozen, with secrets still references."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from pydantic import BaseModel

from dcim.contracts import Contract
from dcim.energy.terms import EnergyTerms
from dcim.graph import Wiring
from dcim.model import Address, Asset, Problem
from dcim.record import dataclass, field
from dcim.routing import Telling
from dcim.settings.checked.kept import RecordingTerms
from dcim.settings.checked.power import Redundancy
from dcim.settings.checked.reported import ReportTerms
from dcim.settings.checked.stamped import Timestamps
from dcim.thermal.terms import ThermalTerms
from dcim.windows import Window

LISTEN: Final = Address("127.0.0.1", 8480)
HEARTBEAT: Final = 30.0
"""Seconds. A heartbeat takes about 230 bytes on disk, for ever: 0.24 GB a year, thrice that at 10 s."""


@dataclass(frozen=True, slots=True)
class Site:
    """The place that this daemon watches. ``time_zone`` is a name of the tz database."""

    id: str = ""
    name: str = ""
    time_zone: str = "UTC"
    language: Literal["en", "fr"] = "en"


@dataclass(frozen=True, slots=True)
class Polling:
    """Seconds between two questions on the slow and static lanes; missed polls that make a device silent."""

    slow: float = 60.0
    static: float = 6 * 3600.0
    misses: int = 2


@dataclass(frozen=True, slots=True)
class TrapSettings:
    """Where devices are heard that send unasked (None: nowhere); addresses of those who pass it on."""

    listen: Address | None = None
    relays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retention:
    """Whether readings are kept, and for how many seconds."""

    enabled: bool = True
    seconds: float = 400 * 86400.0


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """The rule files, in the order in which they are read; ``default_rules``: the shipped ones come first.

    ``shelve_most``: seconds for which an alert may be shelved at once. ``runbooks``: where it is written what
    to do about a rule that names no address of its own; ``{rule}`` stands for its name.
    """

    default_rules: bool = True
    rules: tuple[Path, ...] = ()
    shelve_most: float = 8 * 3600.0
    runbooks: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Referring:
    """A part with secrets in it, still references, and the place of each of its keys for messages."""

    name: str
    type: str  # the protocol of a credential, the type of a channel
    fields: BaseModel  # the plug-in's own shape
    places: Mapping[str, Problem] = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that a config file says. Relative paths are already joined to the file's folder."""

    path: Path
    files: tuple[Path, ...] = ()  # the main file and those it includes
    site: Site = Site()
    state: Path = Path("/var/lib/dcim")
    listen: Address = LISTEN
    hosts: tuple[str, ...] = ()  # further names under which the page is asked for
    url: str = ""  # under which people reach it, without a slash at its end; empty: nobody has said
    grafana: str = ""  # under which people reach Grafana; empty: no page leads there
    links_last: float = 86400.0  # seconds for which a link in a message acknowledges
    traps: TrapSettings = TrapSettings()
    polling: Polling = Polling()
    retention: Retention = Retention()
    plausibility: bool = True  # whether what devices say is held against itself
    database: Referring | None = None  # where the ledger is kept; None: in the state directory
    heartbeat: float = HEARTBEAT  # seconds between two heartbeats in the ledger
    heads_to: tuple[Path, ...] = ()  # files elsewhere to which signed heads of the ledger are appended
    timestamps: Timestamps | None = None  # who is asked when a signed head was there
    profile_dirs: tuple[Path, ...] = ()
    alerts: AlertSettings = AlertSettings()
    rooms: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # id: name
    credentials: Mapping[str, Referring] = field(default_factory=lambda: MappingProxyType({}))
    channels: tuple[Referring, ...] = ()
    metrics: Referring | None = None  # a port of its own for /metrics
    outputs: tuple[Referring, ...] = ()  # where readings go beside the history
    peers: tuple[Referring, ...] = ()  # other sites whose heartbeats are listened for
    telling: Telling = field(default_factory=Telling)
    people: tuple[Referring, ...] = ()  # those who have a token; with one, every deed needs one
    assets: tuple[Asset, ...] = ()
    written: frozenset[str] = frozenset()  # ids of all devices in the files, also of those that are wrong
    windows: tuple[Window, ...] = ()  # announced maintenance
    contracts: tuple[Contract, ...] = ()  # what was promised for services
    energy: EnergyTerms = field(default_factory=EnergyTerms)
    thermal: ThermalTerms = field(default_factory=ThermalTerms)
    reports: ReportTerms = field(default_factory=ReportTerms)
    redundancy: Redundancy = field(default_factory=Redundancy)
    recordings: RecordingTerms = field(default_factory=RecordingTerms)
    wiring: Wiring = field(
        default_factory=Wiring
    )  # what feeds, cools and reaches what, and the services that stand on it
