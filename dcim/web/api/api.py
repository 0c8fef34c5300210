"""The API, version 1: status, devices, alerts, history, live events. JSON in base units."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import StreamingResponse

from dcim.alerts import Language
from dcim.model import Point
from dcim.web.api.explain import add_explain
from dcim.web.api.incidents import add_incidents
from dcim.web.api.live import Sayings, stream
from dcim.web.api.services import add_services
from dcim.web.api.traps import add_traps
from dcim.web.shapes.alertshapes import AlertShape, alert_of
from dcim.web.shapes.shapes import (
    DeviceDetail,
    DeviceSummary,
    Sample,
    Status,
    Track,
    device_of,
    exchange_of,
    moment,
    status_of,
    unit_of,
    values_of,
)
from dcim.web.view.view import AlertView, View

_MOST_SAMPLES = 20_000
_MOST_POINTS = 50
_POINT_ID = re.compile(r"[0-9a-fA-F]{1,16}")
_FIRST_YEAR, _LAST_YEAR = 1971, 2200


def api(view: View) -> APIRouter:
    """Return the routes of the API over a view."""
    router = APIRouter(prefix="/api/v1")
    sayings = Sayings(view)

    add_traps(router, view)
    add_services(router, view)
    add_incidents(router, view)
    add_explain(router, view)

    @router.get("/status")
    async def status() -> Status:
        """Return the daemon and its site at a glance."""
        return status_of(view)

    @router.get("/devices")
    async def devices() -> list[DeviceSummary]:
        """Return every device of the configuration."""
        by_asset = alerts_by_asset(view)
        return [device_of(view, asset, by_asset[asset.id]) for asset in view.assets()]

    @router.get("/devices/{asset_id}")
    async def device(asset_id: str) -> DeviceDetail:
        """Return one device with its newest values."""
        asset = view.asset(asset_id)
        if asset is None:
            raise HTTPException(404, f"no device {asset_id!r} in the configuration")
        summary = device_of(view, asset, alerts_by_asset(view)[asset_id])
        values = values_of(view.batches(asset_id), view.now())
        return DeviceDetail(**summary.model_dump(), exchange=exchange_of(view, asset_id), values=values)

    @router.get("/alerts")
    async def alerts(lang: Language | None = None) -> list[AlertShape]:
        """Return the open alerts, worst first."""
        language = lang or Language(view.site.language)
        return [alert_of(shown, language, view) for shown in view.alerts()]

    _history(router, view)

    @router.get("/events")
    async def events() -> StreamingResponse:
        """Stream changes as server-sent events."""
        return StreamingResponse(
            stream(view, sayings),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return router


def alerts_by_asset(view: View) -> defaultdict[str, list[AlertView]]:
    """Return the open alerts of each device, worst first."""
    by_asset: defaultdict[str, list[AlertView]] = defaultdict(list)
    for shown in view.alerts():
        by_asset[shown.alert.asset].append(shown)
    return by_asset


def _history(router: APIRouter, view: View) -> None:
    @router.get("/history")
    async def history(
        point: Annotated[
            list[str], Query(description="point ids, 16 hexadecimal digits", max_length=_MOST_POINTS)
        ],
        start: Annotated[
            datetime | None, Query(description="RFC 3339; an hour before `end` by default")
        ] = None,
        end: Annotated[datetime | None, Query(description="RFC 3339; now by default")] = None,
        step: Annotated[
            float | None,
            Query(
                ge=0.001,
                le=366 * 86400.0,
                allow_inf_nan=False,
                description="seconds; the mean of each step, of states the last",
            ),
        ] = None,
    ) -> list[Track]:
        """Return the past of points."""
        until = _aware(end, "end") if end else moment(view.now())
        since = _aware(start, "start") if start else until - timedelta(hours=1)
        if since >= until:
            raise HTTPException(422, "start must be earlier than end")
        if step and (until - since).total_seconds() / step > _MOST_SAMPLES:
            raise HTTPException(422, f"more than {_MOST_SAMPLES} steps: ask for a longer step")
        points = [_known_point(view, text) for text in point]
        found = await view.history([known.id for known in points], since.timestamp(), until.timestamp(), step)
        return [await _track(view, known, found.get(known.id, ())) for known in points]


async def _track(view: View, point: Point, samples: Sequence[tuple[float, float | None]]) -> Track:
    """Show the past of a point; a state is a word and no number."""
    states = await view.states(point.id)
    return Track(
        point=f"{point.id:016x}",
        metric=point.metric,
        labels=dict(point.labels),
        unit=unit_of(point.metric),
        samples=[
            Sample(at=moment(at), value=value)
            if states is None
            else Sample(at=moment(at), value=None, state=None if value is None else states.get(value))
            for at, value in samples
        ],
    )


def _aware(given: datetime, name: str) -> datetime:
    if given.tzinfo is None:
        raise HTTPException(422, f"{name} must say its zone: 2026-01-31T12:00:00Z or +01:00")
    if not _FIRST_YEAR <= given.year <= _LAST_YEAR:
        raise HTTPException(422, f"{name} must lie between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return given


def _known_point(view: View, text: str) -> Point:
    if not _POINT_ID.fullmatch(text):
        raise HTTPException(422, f"{text[:40]!r} is not a point id: 16 hexadecimal digits")
    found = view.point(int(text, 16))
    if found is None:
        raise HTTPException(404, f"no point {text} has been read by this daemon")
    return found
