"""The application: API, health, metrics and pages over one view, with headers that keep browsers honest."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse

from dcim.web.api import api
from dcim.web.pages import pages
from dcim.web.view import View

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
_METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def build(view: View) -> FastAPI:
    """Return the ASGI application over a running daemon's view."""
    app = FastAPI(title="dcim", version=view.health().version, docs_url=None, redoc_url=None)
    app.include_router(api(view))
    app.include_router(pages(view))
    _health(app, view)

    @app.middleware("http")
    async def headers(request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await handle(request)
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    return app


def _health(app: FastAPI, view: View) -> None:
    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        return StreamingResponse(view.metrics(), media_type=_METRICS_TYPE)

    @app.get("/-/healthy", include_in_schema=False)
    async def healthy() -> Response:
        """Answer 200 while the loop turns."""
        return PlainTextResponse("alive\n")

    @app.get("/-/ready", include_in_schema=False)
    async def ready() -> Response:
        """Answer 200 once every device has been asked and every part works; else 503 with the reasons."""
        health = view.health()
        wrong = [f"{part.name}: {part.why}" for part in health.parts if not part.ok]
        if not health.ready:
            wrong.append("poll loop: not every device has had its first beat")
        body = {"ready": not wrong, "why": wrong}
        return JSONResponse(body, status_code=503 if wrong else 200)
