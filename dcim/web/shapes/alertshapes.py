"""What the API answers of alerts: how each stands, what it means, and why nobody is told."""

from __future__ import annotations

from datetime import datetime
from math import inf

from pydantic import BaseModel, Field

from dcim.alerts import Language, Mute
from dcim.web.shapes.shapes import Seconds, Value, moment, value_of
from dcim.web.view.view import AlertView, View
from dcim.words import PART


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
    called: dict[str, str] = Field(description="what people call the part that a label names, by its id")
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
    incident: str = Field(
        description="id of the incident it belongs to, or returned in; empty where there is none"
    )
    because: str = Field(description="why it belongs there (see /incidents); empty where it belongs to none")


def mute_of(mute: Mute) -> MuteShape:
    """Show a mute."""
    return MuteShape(
        kind=mute.kind,
        by=mute.by,
        reason=mute.reason,
        until=None if mute.until == inf else moment(mute.until),
        ticket=mute.ticket,
    )


def alert_of(shown: AlertView, language: Language, view: View) -> AlertShape:
    """Show one alert in a language."""
    now = view.now()
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
        called={part: view.name(part) for label, part in alert.point.labels if label == PART},
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
