"""The pages: what stands where, its state and newest values, open alerts; and one page a device."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, StreamingResponse

from dcim.alerts import Language
from dcim.explain import Unknown
from dcim.grafana import board_of
from dcim.web.api.api import alerts_by_asset
from dcim.web.api.explain import drawn, moment_of
from dcim.web.api.reports import Reporter, add_page
from dcim.web.api.services import part_rows, service_row, service_rows
from dcim.web.api.traps import heard_lines
from dcim.web.drawn.alertcards import alert_cards
from dcim.web.drawn.dutycards import on_call_lines, window_lines
from dcim.web.drawn.hour import hour
from dcim.web.drawn.scene import (
    device_card,
    device_values,
    exchange_said,
    rooms,
    summary,
)
from dcim.web.pages.drawing import Draw, Lang, language_of, missing, renderer
from dcim.web.pages.news import News
from dcim.web.pages.whatif import add_whatif
from dcim.web.view.losing import Losing
from dcim.web.view.view import View
from dcim.words import words

_STATIC: Final = Path(__file__).parents[1] / "static"
_KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES: Final = frozenset(path.name for path in _STATIC.iterdir() if path.suffix in _KINDS)
_POINT: Final = re.compile(r"[0-9a-fA-F]{1,16}")


def pages(view: View, reporter: Reporter | None = None, losing: Losing | None = None) -> APIRouter:
    """Return the routes of the pages over a view."""
    router, page = APIRouter(include_in_schema=False), renderer(view)

    @router.get("/")
    async def overview(request: Request, lang: Lang = None) -> Response:
        said = words(language_of(request, lang, view))
        return page(
            request, lang, "overview.html", summary=summary(view, said), rooms=rooms(view, said),
            alerts=alert_cards(view, said), services=service_rows(view, said),
            on_call=on_call_lines(view), windows=window_lines(view, said),
        )  # fmt: skip

    @router.get("/devices/{asset_id:path}")
    async def device(request: Request, asset_id: str, lang: Lang = None) -> Response:
        asset = view.asset(asset_id)
        if asset is None:
            return _of_service(view, asset_id) or missing(request, lang, view, page)
        said = words(language_of(request, lang, view))
        own = alerts_by_asset(view)[asset_id]
        return page(
            request, lang, "device.html", asset=asset,
            room=view.site.room(asset.room), identity=view.identity(asset_id),
            dashboard=board_of(view.site.grafana, asset),
            exchanged=exchange_said(view, asset_id, said), heard=heard_lines(view, said, asset_id),
            whatif=losing.part(asset_id) if losing is not None and losing.on else "",
            card=device_card(view, asset, own, said), values=device_values(view, asset_id, said),
            alerts=[card for card in alert_cards(view, said) if card.asset == asset_id],
        )  # fmt: skip

    @router.get("/traps")
    async def traps(request: Request, lang: Lang = None) -> Response:
        lines = heard_lines(view, words(language_of(request, lang, view)))
        return page(request, lang, "traps.html", lines=lines, hearing=view.hearing())

    _live(router, view)
    _services(router, view, page)
    _explain(router, view, page)
    _last_hour(router, view)
    add_page(router, view, reporter, page, language_of)
    if losing is not None:
        add_whatif(router, view, losing, page, language_of)
    router.get("/static/{name}")(_static)
    return router


def _live(router: APIRouter, view: View) -> None:
    drawn_in: dict[Language, News] = {}

    @router.get("/live")
    async def live(request: Request, lang: Lang = None, device: str = "") -> StreamingResponse:
        language = language_of(request, lang, view)
        news = drawn_in.setdefault(language, News(view, words(language)))
        return StreamingResponse(
            news.stream(device),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _of_service(view: View, asset_id: str) -> Response | None:
    """Send who follows an alert of a service to its page; None when there is no such service."""
    found = view.service(asset_id)
    return RedirectResponse(f"/services/{quote(asset_id)}", 307) if found else None


def _services(router: APIRouter, view: View, page: Draw) -> None:
    @router.get("/services/{service_id:path}")
    async def service(request: Request, service_id: str, lang: Lang = None) -> Response:
        shown = view.service(service_id)
        if shown is None:
            return missing(request, lang, view, page)
        said = words(language_of(request, lang, view))
        return page(
            request, lang, "service.html", row=service_row(view, shown, said), needs=shown.service.needs,
            rows=part_rows(view, shown, said),
            alerts=[card for card in alert_cards(view, said) if card.asset == service_id],
        )  # fmt: skip


def _explain(router: APIRouter, view: View, page: Draw) -> None:
    @router.get("/explain/{name:path}")
    async def explain(request: Request, name: str, lang: Lang = None, at: datetime | None = None) -> Response:
        language = language_of(request, lang, view)
        known = await view.explain(name, moment_of(at), language)
        if isinstance(known, Unknown):
            return page(request, lang, "unexplained.html", 404, unknown=known)
        return page(request, lang, "explain.html", **drawn(known, view, words(language)))


def _last_hour(router: APIRouter, view: View) -> None:
    @router.get("/points/{point_id}/hour")
    async def last_hour(request: Request, point_id: str, lang: Lang = None) -> Response:
        point = view.point(int(point_id, 16)) if _POINT.fullmatch(point_id) else None
        if point is None:
            return JSONResponse({"range": "", "samples": []}, status_code=404)
        return JSONResponse(await hour(view, point, words(language_of(request, lang, view))))


async def _static(name: str) -> Response:
    if name not in _FILES:
        return Response(status_code=404)
    path = _STATIC / name
    return FileResponse(path, media_type=_KINDS[path.suffix], headers={"Cache-Control": "no-cache"})
