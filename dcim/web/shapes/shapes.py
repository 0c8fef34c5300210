"""What the API answers: shapes with their units, made from the view. Times are UTC, RFC 3339."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, Field

from dcim.catalogue import METRICS
from dcim.model import Asset, Batch, Identity, Reading
from dcim.poll import Presence
from dcim.series import Quality
from dcim.web.view.channels import ChannelShape, channel_of
from dcim.web.view.view import AlertView, HealthView, View

Seconds = Annotated[float, Field(description="seconds")]


def moment(at: float) -> datetime:
    """Return UTC seconds as a moment that says its zone."""
    return datetime.fromtimestamp(at, UTC)


class Value(BaseModel):
    """The newest reading of a point: a number in ``unit``, a state, or the reason why there is neither."""

    point: str = Field(description="point id, 16 hexadecimal digits: the same on every machine")
    metric: str
    labels: dict[str, str]
    value: float | None
    unit: str = Field(description="base unit; empty for counts, states and alarms")
    state: str | None
    health: str | None = Field(description="ok, warning, critical, unknown; null where a state means neither")
    gap: str | None = Field(description="why there is no value; null where there is one")
    at: datetime
    age: Seconds
    quality: str = Field(description="fresh, or stale: too old to say what is true now")
    source: str = Field(description="OID or register in the device")


class DeviceSummary(BaseModel):
    """One device in the list."""

    id: str
    name: str
    kind: str
    room: str
    rack: str
    feed: str
    tenant: str
    address: str
    collector: str
    reach: str = Field(description="answering, silent, refused, nonsense, unknown")
    reach_since: datetime | None
    why: str = Field(description="the words of the last failed poll; empty while the device answers")
    vendor: str
    model: str
    serial: str
    firmware: str
    alerts: int = Field(description="that stand and are not muted")
    worst: str | None = Field(description="severity of the worst alert that stands; null where there is none")


class Hardware(BaseModel):
    """What a device says it is."""

    vendor: str
    model: str
    serial: str
    firmware: str


class ExchangeShape(BaseModel):
    """Other hardware at the same device."""

    at: datetime
    before: Hardware
    after: Hardware


class DeviceDetail(DeviceSummary):
    """One device with its newest values."""

    exchange: ExchangeShape | None = Field(description="the newest exchange of its hardware; null: none")
    values: list[Value]


class PartShape(BaseModel):
    """One part of the daemon."""

    name: str
    ok: bool
    why: str


class Status(BaseModel):
    """The daemon and its site at a glance."""

    site: str
    name: str
    time_zone: str
    language: str
    version: str
    now: datetime
    started_at: datetime
    blind_from: datetime | None = Field(
        description="when it last watched before this start; null: first start"
    )
    ready: bool
    ok: bool
    parts: list[PartShape]
    channels: list[ChannelShape]
    devices: int
    devices_by_reach: dict[str, int]
    alerts: int = Field(description="that stand and are not muted")
    alerts_by_severity: dict[str, int]
    alerts_returned: int = Field(description="that returned, and wait to be acknowledged")
    alerts_muted: int = Field(description="that are shelved, suppressed by design or out of service")
    points: int
    polls: int
    late_max: Seconds
    outbox_pending: int


class Sample(BaseModel):
    """One value or state of the past; neither: a gap."""

    at: datetime
    value: float | None
    state: str | None = None


class Track(BaseModel):
    """The past of one point."""

    point: str
    metric: str
    labels: dict[str, str]
    unit: str
    samples: list[Sample]


def value_of(reading: Reading, quality: Quality, now: float) -> Value:
    """Show one reading."""
    point = reading.point
    return Value(
        point=f"{point.id:016x}",
        metric=point.metric,
        labels=dict(point.labels),
        value=reading.value,
        unit=unit_of(point.metric),
        state=reading.state,
        health=reading.health,
        gap=reading.gap.reason if reading.gap else None,
        at=moment(reading.at),
        age=max(0.0, now - reading.at),
        quality=quality,
        source=reading.source,
    )


def unit_of(metric: str) -> str:
    """Return the base unit of a metric; empty for one that the catalogue does not know."""
    known = METRICS.get(metric)
    return known.unit if known else ""


def values_of(batches: Sequence[tuple[Batch, Quality]], now: float) -> list[Value]:
    """Show every slot of every lane."""
    return [
        value_of(batch.reading(slot), quality, now)
        for batch, quality in batches
        for slot in range(len(batch.layout))
    ]


def device_of(view: View, asset: Asset, open_alerts: Sequence[AlertView]) -> DeviceSummary:
    """Show one device; ``open_alerts`` are its own, worst first."""
    presence: Presence = view.presence(asset.id)
    standing = [shown for shown in open_alerts if shown.alert.standing]
    identity = view.identity(asset.id)
    return DeviceSummary(
        id=asset.id,
        name=asset.name,
        kind=asset.kind,
        room=asset.room,
        rack=asset.rack,
        feed=asset.feed,
        tenant=asset.tenant,
        address=str(asset.address),
        collector=asset.collector,
        reach=presence.reach,
        reach_since=moment(presence.since) if presence.since else None,
        why=presence.why,
        vendor=identity.vendor,
        model=identity.model,
        serial=identity.serial,
        firmware=identity.firmware,
        alerts=len(standing),
        worst=standing[0].alert.severity if standing else None,
    )


def exchange_of(view: View, asset_id: str) -> ExchangeShape | None:
    """Show the newest exchange of a device's hardware."""
    found = view.exchange(asset_id)
    if found is None:
        return None
    return ExchangeShape(at=moment(found.at), before=_hardware(found.before), after=_hardware(found.after))


def _hardware(said: Identity) -> Hardware:
    return Hardware(vendor=said.vendor, model=said.model, serial=said.serial, firmware=said.firmware)


def status_of(view: View) -> Status:
    """Show the daemon and its site."""
    health: HealthView = view.health()
    assets, listed = view.assets(), view.alerts()
    alerts = [shown for shown in listed if shown.alert.standing]
    site = view.site
    return Status(
        site=site.id,
        name=site.name,
        time_zone=site.zone.key,
        language=site.language,
        version=health.version,
        now=moment(view.now()),
        started_at=moment(health.started_at),
        blind_from=moment(health.blind_from) if health.blind_from is not None else None,
        ready=health.ready,
        ok=all(part.ok for part in health.parts),
        parts=[PartShape(name=part.name, ok=part.ok, why=part.why) for part in health.parts],
        channels=list(map(channel_of, health.channels)),
        devices=len(assets),
        devices_by_reach=_count(view.presence(asset.id).reach for asset in assets),
        alerts=len(alerts),
        alerts_by_severity=_count(shown.alert.severity for shown in alerts),
        alerts_returned=sum(not shown.alert.open for shown in listed),
        alerts_muted=sum(bool(shown.alert.mutes) for shown in listed),
        points=health.points,
        polls=health.polls,
        late_max=health.late_max,
        outbox_pending=health.outbox_pending,
    )


def _count(words: Iterable[str]) -> dict[str, int]:
    return dict(Counter(str(word) for word in words))
