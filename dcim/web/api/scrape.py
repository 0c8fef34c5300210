"""What Prometheus asks for: ``/metrics``, in the format it accepts best, and the devices as targets.

Also by themselves, on a port of their own that may stand open to the network: behind a token or a password.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from dcim.model import Address, Asset, Identity
from dcim.web.entrance.guard import Guard, Hosts
from dcim.web.view.view import View

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_OPEN: Final = "application/openmetrics-text"
_ANY: Final = ("*/*", "text/*", "text/plain")


def scrapes(view: View) -> APIRouter:
    """Return the routes over a view."""
    router = APIRouter()

    @router.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        openmetrics = prefers_openmetrics(request.headers.get("accept", ""))
        kind = OPENMETRICS if openmetrics else TEXT
        return StreamingResponse(view.metrics(openmetrics=openmetrics), media_type=kind)

    @router.get("/api/v1/sd")
    async def targets() -> list[dict[str, object]]:
        """Return every device as a target for Prometheus' ``http_sd_configs``, with where it stands."""
        return [target(asset, view.identity(asset.id)) for asset in view.assets() if asset.address.port]

    return router


def target(asset: Asset, identity: Identity) -> dict[str, object]:
    """Return a device as a target: its address, and what is known of it; empty labels are left out."""
    known = {
        "asset": asset.id,
        "name": asset.name,
        "kind": asset.kind.value,
        "site": asset.site,
        "room": asset.room,
        "row": asset.row,
        "rack": asset.rack,
        "feed": asset.feed,
        "tenant": asset.tenant,
        "collector": asset.collector,
        "interval": f"{asset.interval:g}s",
        "vendor": identity.vendor,
        "model": identity.model,
        "serial": identity.serial,
    }
    labels = {f"__meta_dcim_{name}": text for name, text in known.items() if text}
    return {"targets": [str(Address(asset.address.host, asset.address.port))], "labels": labels}


def prefers_openmetrics(accept: str) -> bool:
    """Return whether an ``Accept`` header (RFC 9110, 12.5.1) ranks OpenMetrics 1.0 above the text format."""
    best = {True: 0.0, False: 0.0}
    for kind, version, weight in _accepted(accept):
        if kind == _OPEN and version in ("", "1.0.0"):
            best[True] = max(best[True], weight)
        elif kind in _ANY:
            best[False] = max(best[False], weight)
    return best[True] > 0 and best[True] >= best[False]


def _accepted(accept: str) -> Iterator[tuple[str, str, float]]:
    for one in accept.split(","):
        kind, *parameters = (part.strip().lower() for part in one.split(";"))
        given = dict(part.partition("=")[::2] for part in parameters)
        try:
            weight = float(given.get("q", "1"))
        except ValueError:
            weight = 0.0
        yield kind, given.get("version", ""), weight


class Locked:
    """An ASGI application before another: passes on who shows one of these ``Authorization`` headers."""

    def __init__(self, app: ASGIApp, keys: tuple[str, ...]) -> None:
        self._app = app
        self._keys = [sha256(key.encode()).digest() for key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 401. It takes as long whichever key is wrong, and where."""
        if scope["type"] == "http":
            shown = [value for name, value in scope["headers"] if name == b"authorization"]
            digest = sha256(shown[0] if len(shown) == 1 else b"").digest()
            held = [compare_digest(digest, key) for key in self._keys]
            if not any(held):
                headers = {"WWW-Authenticate": 'Bearer, Basic realm="dcim", charset="UTF-8"'}
                answer = PlainTextResponse("who asks?\n", status_code=401, headers=headers)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)


def bearer(token: str) -> str:
    """Return the header by which a token is shown (RFC 6750)."""
    return f"Bearer {token}"


def basic(user: str, password: str) -> str:
    """Return the header by which a user is known (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def scraped(view: View, hosts: Hosts, keys: tuple[str, ...]) -> ASGIApp:
    """Return an application with nothing but these routes; without ``keys`` for anybody."""
    app = FastAPI(title="dcim metrics", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(scrapes(view))
    return Guard(Locked(app, keys) if keys else app, hosts)
