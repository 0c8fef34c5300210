"""The open incidents, over the API: the root, why, what is hit, and the alerts that belong to each."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from dcim.alerts import Language
from dcim.incidents import Member
from dcim.web.view.view import IncidentView, View


class RootShape(BaseModel):
    """A part of the building at which the cause stands."""

    id: str
    name: str


class HitShape(BaseModel):
    """A service that an incident hits."""

    id: str
    name: str
    function: str
    redundancy: str


class MemberShape(BaseModel):
    """An alert of an incident, and why it belongs there."""

    key: str
    rule: str
    severity: str
    asset: str
    name: str
    open: bool
    because: str = Field(
        description="itself, follows, power, between, network, behind, cooling, twin, standby, parts, "
        "same_device, together, remains"
    )
    part: str = Field(description="the part of the building at which its cause stands")
    cause: str = Field(description="key of the alert that shows the cause; empty where readings alone do")
    held_back: bool = Field(description="it has no message of its own")
    apart: bool = Field(description="it is told by itself beside the incident: safety")


class IncidentShape(BaseModel):
    """Alerts that share one cause."""

    id: str
    headline: str
    severity: str
    opened_at: datetime
    roots: list[RootShape]
    because: str
    root: str = Field(description="key of the alert that the incident is named after")
    told: bool = Field(description="false: those are being asked who may show the cause")
    messages: int
    acknowledged_by: str
    note: str
    devices: list[str]
    racks: list[str]
    tenants: list[str]
    services: list[HitShape]
    alerts: list[MemberShape]


def add_incidents(router: APIRouter, view: View) -> None:
    """Add what the API says of incidents."""

    @router.get("/incidents")
    async def incidents(lang: Language | None = None) -> list[IncidentShape]:
        """Return the open incidents, worst first."""
        language = lang or Language(view.site.language)
        return [incident_of(shown, language) for shown in view.incidents()]


def incident_of(shown: IncidentView, language: Language) -> IncidentShape:
    """Show one incident in a language."""
    incident, hit = shown.incident, shown.incident.hit
    return IncidentShape(
        id=incident.id,
        headline=shown.headline[language],
        severity=incident.severity,
        opened_at=datetime.fromtimestamp(incident.opened_at, UTC),
        roots=[RootShape(id=part, name=shown.name(part)) for part in incident.roots],
        because=incident.because,
        root=incident.root.key,
        told=incident.told,
        messages=incident.number,
        acknowledged_by=incident.acknowledged,
        note=incident.note,
        devices=list(hit.devices),
        racks=[shown.name(part) for part in hit.racks],
        tenants=list(hit.tenants),
        services=[
            HitShape(id=name, name=shown.name(name), function=one.function, redundancy=one.redundancy)
            for name, one in hit.services.items()
        ],
        alerts=[_member(member) for member in incident.members],
    )


def _member(member: Member) -> MemberShape:
    alert, reason, asset = member.alert, member.reason, member.change.asset
    return MemberShape(
        key=alert.key,
        rule=alert.rule,
        severity=alert.severity,
        asset=alert.asset,
        name=asset.name if asset else alert.asset,
        open=member.open,
        because=reason.because,
        part=reason.node,
        cause=reason.cause,
        held_back=reason.suppresses and not member.apart,
        apart=member.apart,
    )
