"""Where other sites' heartbeats come in: small, signed, and answered with as little as possible."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

_MOST: Final = 16 * 1024
"""Bytes of a beat that are read; ours have some 400."""

Take = Callable[[bytes, str, str], str]
"""Takes body, timestamp and signature; returns why they count for nothing, or nothing."""


def beats(take: Take) -> APIRouter:
    """Return the route of heartbeats."""
    router = APIRouter()

    @router.post("/api/heartbeat", status_code=204)
    async def heartbeat(request: Request) -> Response:
        """Take the heartbeat of another site's daemon, signed as `docs/channels.md` says."""
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST:
                return PlainTextResponse("too long\n", status_code=413)
        headers = request.headers
        why = take(body, headers.get("x-dcim-timestamp", ""), headers.get("x-dcim-signature-v2", ""))
        return PlainTextResponse(f"{why}\n", status_code=403) if why else Response(status_code=204)

    return router
