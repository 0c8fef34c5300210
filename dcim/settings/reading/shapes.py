"""The keys of the config file, as a person writes them (format 1, ``docs/configuration.md``)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field

from dcim.graph import NodeKind
from dcim.settings.checked.power import PowerShape
from dcim.settings.checked.settings import HEARTBEAT, LISTEN
from dcim.settings.checked.stamped import TimestampsShape
from dcim.settings.values.written import (
    BaseUrl,
    DeviceAddress,
    DeviceKind,
    Endpoint,
    HostName,
    Id,
    LabelName,
    Line,
    Rated,
    Seconds,
    ServiceId,
    TimeZone,
    fits,
)
from dcim.yaml import Section


def _listed(written: Any) -> Any:
    return [written] if isinstance(written, str) else written


def _once(written: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(written)) < len(written):
        msg = "a phase stands twice"
        raise ValueError(msg)
    return tuple(sorted(written))


Names: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_listed)]
"""One name, or a list of them."""

Opaque: TypeAlias = Any
"""A part that is checked on its own, so that a mistake in it hides no other."""


class SiteShape(Section):
    """The place that this daemon watches."""

    id: Id
    name: Line = Field(default="", max_length=200)
    time_zone: TimeZone = "UTC"
    language: Literal["en", "fr"] = "en"


class WebShape(Section):
    """Where page, API and ``/metrics`` are served, under which names besides that address, and for people.

    ``url``: what people's browsers ask for; links in messages begin with it. ``links_last``: seconds.
    ``grafana``: where people reach Grafana; pages of devices then lead to their dashboard.
    """

    listen: Endpoint = LISTEN
    hosts: tuple[HostName, ...] = ()
    url: BaseUrl = ""
    links_last: Annotated[Seconds, Field(ge=300, le=30 * 86400)] = 86400.0
    grafana: BaseUrl = ""


class TrapsShape(Section):
    """Where devices are heard that send unasked, and who passes on what others send."""

    listen: Endpoint
    relays: tuple[HostName, ...] = ()


class PollShape(Section):
    """How often the lanes beside the fast one are asked, and when a device counts as silent."""

    slow: Annotated[Seconds, Field(ge=1, le=86400)] = 60.0
    static: Annotated[Seconds, Field(ge=60, le=30 * 86400)] = 6 * 3600.0
    misses: int = Field(default=2, ge=1, le=100)


class HistoryShape(Section):
    """How long readings are kept."""

    enabled: bool = True
    retention: Annotated[Seconds, Field(ge=86400, le=20 * 366 * 86400)] = 400 * 86400.0


class AlertsShape(Section):
    """Which rules hold. ``rules`` are files beside this one."""

    default_rules: bool = True
    rules: tuple[str, ...] = ()
    shelve_most: Annotated[Seconds, Field(ge=60, le=30 * 86400)] = 8 * 3600.0
    runbooks: (
        Annotated[
            str,
            Field(max_length=500),
            fits(r"https?://\S*\{rule\}\S*", "an address with {rule} in it: https://wiki.example.org/{rule}"),
        ]
        | None
    ) = None


class CredentialShape(Section):
    """What every credential has; the rest is its collector's own."""

    protocol: str


class ChannelShape(Section):
    """What every channel has; the rest is the channel's own."""

    name: Line = Field(min_length=1)
    type: str


class OutputShape(Section):
    """What every output has; the rest is the output's own. The name is that of its place in the log."""

    name: Annotated[
        str,
        fits(
            r"[a-z0-9][a-z0-9_-]{0,40}",
            "a small letter or digit, then small letters, digits, _ or -; 41 at most",
        ),
    ]
    type: str


class Placed(Section):
    """Where a part of the building stands, what it depends on and what it can carry."""

    room: Line = ""
    rack: Line = ""
    tenant: Line = ""
    feed: Line = ""
    fed_by: Names = ()
    needs: Literal["any", "all"] = "any"  # of what it is fed by
    cooled_by: Names = ()
    reached_through: Names = ()
    phases: Annotated[
        tuple[Literal["L1", "L2", "L3"], ...], BeforeValidator(_listed), AfterValidator(_once)
    ] = ()
    rating: Rated | None = None
    power: PowerShape | None = None


class PartOfBuilding(Placed):
    """One part under ``topology``: nobody polls it."""

    kind: NodeKind
    name: Line = Field(default="", max_length=200)


class ServiceShape(Section):
    """A promise: ``all`` or ``any`` of what is named, or ``at_least`` so many ``of`` it."""

    name: Line = Field(default="", max_length=200)
    all: Names | None = None
    any: Names | None = None
    at_least: int | None = None
    of: Names | None = None


class Template(Placed):
    """What a device, a group and the defaults may say. The collector's own section stands beside it."""

    kind: DeviceKind | None = None
    collector: str | None = None
    address: DeviceAddress | None = None
    profile: Names = ()
    credential: Names = ()
    interval: Annotated[Seconds, Field(ge=0.1, le=86400)] = 10.0
    timeout: Annotated[Seconds, Field(ge=0.05, le=3600)] = 2.0
    row: Line = ""
    measures: str = ""  # the part whose readings these are
    tags: tuple[Line, ...] = ()
    labels: dict[LabelName, Line] = Field(default_factory=dict)


class DeviceShape(Template):
    """One device. Keys that it lacks come from its group, then from the defaults."""

    id: Id
    name: Line = Field(default="", max_length=200)
    group: str | None = None
    kind: DeviceKind
    collector: str
    address: DeviceAddress


class LedgerShape(Section):
    """``ledger``: files to which signed heads are appended, on another host's disk, best; who stamps them."""

    heads_to: Names = ()
    timestamps: TimestampsShape | None = None


class PartShape(Section):
    """The keys of an included file."""

    format: Literal[1] = 1
    rooms: dict[Id, Line] = Field(default_factory=dict)
    credentials: dict[Id, Opaque] = Field(default_factory=dict)
    groups: dict[Id, Opaque] = Field(default_factory=dict)
    devices: list[Opaque] = Field(default=[])
    topology: dict[Id, Opaque] = Field(default_factory=dict)
    services: dict[ServiceId, Opaque] = Field(default_factory=dict)
    maintenance: dict[Id, Opaque] = Field(default_factory=dict)
    contracts: dict[Id, Opaque] = Field(default_factory=dict)


class FileShape(PartShape):
    """The keys of the config file itself."""

    format: Literal[1]
    include: Names = ()
    site: Opaque
    state: Path = Path("/var/lib/dcim")
    web: Opaque = None
    metrics: Opaque = None
    traps: Opaque = None
    poll: Opaque = None
    database: Opaque = None
    history: Opaque = None
    heartbeat: Annotated[Seconds, Field(ge=1, le=3600)] = HEARTBEAT
    ledger: Opaque = None
    plausibility: Literal["on", "off"] = "on"
    profiles: Names = ()
    alerts: Opaque = None
    notify: Opaque = None
    outputs: list[Opaque] = Field(default=[])
    peers: list[Opaque] = Field(default=[])
    energy: Opaque = None
    thermal: Opaque = None
    redundancy: Opaque = None
    recordings: Opaque = None
    reports: Opaque = None
    defaults: Opaque = None
