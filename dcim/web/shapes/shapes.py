"""What the API answers: shapes with their units, made from the view. Times are UTC, RFC 3339."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from math import inf
from typing import Annotated

from pydantic import BaseModel, Field

from dcim.alerts import Language, Mute
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


class MuteShape(BaseModel):
    """Why nobody is told."""

    kind: str = Field(description="out_of_service, suppressed (by design), shelved")
    by: str = Field(description="a person; of suppressed the logic that does it")
    reason: str
    until: datetime | None = Field(description="null: until it is taken off")
    ticket: str


class AlertShape(BaseModel):
    """One alert that stands, is muted, or returned and waits to be seen."""

    key: str
    rule: str
    severity: str
    title: str
    consequence: str
    action: str
    runbook: str = Field(description="where it is written what to do; empty where nowhere")
    limit: str
    asset: str
    name: str
    room: str
    rack: str
    metric: str
    labels: dict[str, str]
    raised_at: datetime
    age: Seconds
    acknowledged_by: str
    note: str = Field(description="of the acknowledgement")
    acknowledged_until: datetime | None = Field(description="null: until it clears")
    life: str = Field(description="unacknowledged, acknowledged, returned_unacknowledged, latched (ISA-18.2)")
    open: bool = Field(description="false: it returned, and waits to be acknowledged")
    told: bool = Field(description="whether people were told that it stands")
    chattering: bool
    mutes: list[MuteShape]
    observed: bool = Field(
        description="false: the device answers without the point, so the alert cannot be judged"
    )
    returning: bool = Field(description="true: it stands, but its condition is gone and its off-delay runs")
    reading: Value | None
    incident: str = Field(description="id of the incident it belongs to; empty where it belongs to none")
    because: str = Field(description="why it belongs there (see /incidents); empty where it belongs to none")


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


def mute_of(mute: Mute) -> MuteShape:
    """Show a mute."""
    return MuteShape(
        kind=mute.kind,
        by=mute.by,
        reason=mute.reason,
        until=None if mute.until == inf else moment(mute.until),
        ticket=mute.ticket,
    )


def alert_of(shown: AlertView, language: Language, now: float) -> AlertShape:
    """Show one alert in a language."""
    alert, rule, asset = shown.alert, shown.rule, shown.asset
    reading = value_of(shown.reading, shown.quality, now) if shown.reading else None
    return AlertShape(
        key=alert.key,
        rule=alert.rule,
        severity=alert.severity,
        title=rule.title[language] if rule else alert.rule,
        consequence=rule.consequence[language] if rule else "",
        action=rule.action[language] if rule else "",
        runbook=rule.runbook if rule else "",
        limit=rule.limit if rule else "",
        asset=alert.asset,
        name=asset.name if asset else alert.asset,
        room=asset.room if asset else "",
        rack=asset.rack if asset else "",
        metric=alert.point.metric,
        labels=dict(alert.point.labels),
        raised_at=moment(alert.raised_at),
        age=max(0.0, now - alert.raised_at),
        acknowledged_by=alert.acknowledged,
        note=alert.note,
        acknowledged_until=None if alert.acknowledged_until is None else moment(alert.acknowledged_until),
        life=alert.life,
        open=alert.open,
        told=alert.told,
        chattering=alert.chattering,
        mutes=[mute_of(mute) for mute in alert.mutes],
        observed=shown.observed,
        returning=shown.returning,
        reading=reading,
        incident=shown.incident,
        because=shown.reason.because if shown.reason else "",
    )


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
