"""The services of the site, for the API and for people: function, redundancy, since when, and why."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from dcim.explain import evidence_said
from dcim.graph import Evidence, Redundancy, Service, ServiceKind, Standing, State
from dcim.record import dataclass
from dcim.web.shapes.shapes import moment
from dcim.web.view.view import ServiceView, View
from dcim.words import Words

_TONES: Final = {State.DOWN: "critical", State.UNKNOWN: "unknown"}
_UP_TONES: Final = {Redundancy.FULL: "ok", Redundancy.REDUCED: "warning", Redundancy.UNKNOWN: "unknown"}
_WORST: Final = ("critical", "warning", "unknown", "ok")
_KINDS: Final = tuple(ServiceKind)


class PartShape(BaseModel):
    """One part of a service: a device, something that nobody polls, or a service."""

    id: str
    function: str = Field(description="up, down, unknown")
    redundancy: str = Field(description="full, reduced, unknown")
    basis: str | None = Field(description="what it is concluded from; null for a service")
    why: str
    readings: list[str] = Field(description="point ids of the readings that say it")


class ServiceShape(BaseModel):
    """One service and how it stands."""

    id: str
    name: str
    kind: str = Field(description="power, cooling, tenant, other")
    function: str = Field(description="up, down, unknown")
    redundancy: str = Field(description="full, reduced, unknown")
    since: datetime | None = Field(description="when it last changed; null while devices are first asked")
    needs: int = Field(description="how many of its parts it needs")
    parts: list[PartShape]


def service_of(shown: ServiceView) -> ServiceShape:
    """Show one service."""
    return ServiceShape(
        id=shown.service.id,
        name=shown.service.name,
        kind=shown.service.kind,
        function=shown.standing.function,
        redundancy=shown.standing.redundancy,
        since=moment(shown.since) if shown.since else None,
        needs=shown.service.needs,
        parts=[
            PartShape(
                id=part.id,
                function=part.standing.function,
                redundancy=part.standing.redundancy,
                basis=part.evidence.basis if part.evidence else None,
                why=part.why,
                readings=[f"{point.id:016x}" for point in part.evidence.points] if part.evidence else [],
            )
            for part in shown.parts
        ],
    )


def add_services(router: APIRouter, view: View) -> None:
    """Add the routes of services to the API."""

    @router.get("/services")
    async def services() -> list[ServiceShape]:
        """Return every service with its parts and the reason of each."""
        return [service_of(shown) for shown in view.services()]

    @router.get("/services/{service_id:path}")
    async def service(service_id: str) -> ServiceShape:
        """Return one service."""
        shown = view.service(service_id)
        if shown is None:
            raise HTTPException(404, f"no service {service_id!r} in the configuration")
        return service_of(shown)


@dataclass(frozen=True, slots=True)
class ServiceRow:
    """A service, or a part of one, as a page shows it. ``page``: where more is said."""

    id: str
    page: str
    name: str
    kind: str
    tone: str
    function: str
    redundancy: str
    since: float
    why: str

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON takes them."""
        return asdict(self)


def service_rows(view: View, said: Words) -> list[ServiceRow]:
    """Return the services as people read them: the worst first, then by kind and name."""
    rows = [(service_row(view, shown, said), shown.service) for shown in view.services()]
    rows.sort(key=lambda pair: (_WORST.index(pair[0].tone), *_place(pair[1])))
    return [row for row, _ in rows]


def _place(service: Service) -> tuple[int, str]:
    return _KINDS.index(service.kind), service.id


def service_row(view: View, shown: ServiceView, said: Words) -> ServiceRow:
    """Draw one service; it says of the parts that are not as they should be what is wrong with them."""
    lacking = [
        f"{_name(view, part.id)}{said('colon')} {reason_said(view, part.evidence, said)}"
        if part.evidence
        else _name(view, part.id)
        for part in shown.parts
        if not part.standing.fine
    ]
    return ServiceRow(
        id=shown.service.id,
        page=f"/services/{shown.service.id}",
        name=shown.service.name or shown.service.id,
        kind=said(f"service.{shown.service.kind}"),
        tone=tone_of(shown.standing),
        function=said(f"state.{shown.standing.function}"),
        redundancy=said(f"redundancy.{shown.standing.redundancy}"),
        since=shown.since,
        why=" · ".join(lacking[:3]) + (" …" if len(lacking) > 3 else ""),
    )


def part_rows(view: View, shown: ServiceView, said: Words) -> list[ServiceRow]:
    """Return the parts of a service, each with its reason and where more is said of it."""
    return [
        ServiceRow(
            id=part.id,
            page=_page(view, part.id),
            name=_name(view, part.id),
            kind="",
            tone=tone_of(part.standing),
            function=said(f"state.{part.standing.function}"),
            redundancy=said(f"redundancy.{part.standing.redundancy}"),
            since=0.0,
            why=reason_said(view, part.evidence, said) if part.evidence else "",
        )
        for part in shown.parts
    ]


def tone_of(standing: Standing) -> str:
    """Return the tone of a standing: what nobody knows is never fine."""
    return _TONES.get(standing.function) or _UP_TONES[standing.redundancy]


def reason_said(view: View, evidence: Evidence, said: Words) -> str:
    """Say what the state of a part is concluded from."""
    return evidence_said(evidence, lambda part: _name(view, part), said)


def _name(view: View, part: str) -> str:
    asset = view.asset(part)
    return asset.name if asset else part


def _page(view: View, part: str) -> str:
    if view.asset(part):
        return f"/devices/{part}"
    return f"/services/{part}" if view.service(part) else ""
