"""The keys of the config file, as a person writes them (format 1, ``docs/configuration.md``)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field

from dcim.model import Kind
from dcim.settings.settings import HEARTBEAT, LISTEN
from dcim.settings.written import DeviceAddress, Endpoint, HostName, Id, LabelName, Line, Seconds, TimeZone
from dcim.yaml import Section


def _listed(written: Any) -> Any:
    return [written] if isinstance(written, str) else written


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
    """Where page, API and ``/metrics`` are served, and under which names besides that address."""

    listen: Endpoint = LISTEN
    hosts: tuple[HostName, ...] = ()


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


class CredentialShape(Section):
    """What every credential has; the rest is its collector's own."""

    protocol: str


class ChannelShape(Section):
    """What every channel has; the rest is the channel's own."""

    name: Line = Field(min_length=1)
    type: str


class NotifyShape(Section):
    """Where messages go."""

    channels: list[Opaque] = Field(default_factory=list)


class Template(Section):
    """What a device, a group and the defaults may say. The collector's own section stands beside it."""

    kind: Kind | None = None
    collector: str | None = None
    address: DeviceAddress | None = None
    profile: Names = ()
    credential: Names = ()
    interval: Annotated[Seconds, Field(ge=0.1, le=86400)] = 10.0
    timeout: Annotated[Seconds, Field(ge=0.05, le=3600)] = 2.0
    room: Line = ""
    row: Line = ""
    rack: Line = ""
    tenant: Line = ""
    feed: Line = ""
    tags: tuple[Line, ...] = ()
    labels: dict[LabelName, Line] = Field(default_factory=dict)


class DeviceShape(Template):
    """One device. Keys that it lacks come from its group, then from the defaults."""

    id: Id
    name: Line = Field(default="", max_length=200)
    group: str | None = None
    kind: Kind
    collector: str
    address: DeviceAddress


class PartShape(Section):
    """The keys of an included file."""

    format: Literal[1] = 1
    rooms: dict[Id, Line] = Field(default_factory=dict)
    credentials: dict[Id, Opaque] = Field(default_factory=dict)
    groups: dict[Id, Opaque] = Field(default_factory=dict)
    devices: list[Opaque] = Field(default_factory=list)


class FileShape(PartShape):
    """The keys of the config file itself."""

    format: Literal[1]
    include: Names = ()
    site: Opaque
    state: Path = Path("/var/lib/dcim")
    web: Opaque = None
    poll: Opaque = None
    history: Opaque = None
    heartbeat: Annotated[Seconds, Field(ge=1, le=3600)] = HEARTBEAT
    plausibility: Literal["on", "off"] = "on"
    profiles: Names = ()
    alerts: Opaque = None
    notify: Opaque = None
    defaults: Opaque = None
