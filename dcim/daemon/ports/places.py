"""There are only so many places for readers: who finds none is told so in words.

request ─▶ does the address hold its share, or is all taken? ─ no ─▶ answered
              └ yes: who asks how the daemon is, or scrapes it, is answered all the same; others are told
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from dcim.daemon.ports.refusing import busy

ALWAYS: Final = frozenset({"/-/healthy", "/-/ready", "/metrics"})
"""Paths by which machines watch the daemon: readers do not crowd them out."""


class Places:
    """An ASGI application before another: ``most`` requests are answered at once, so many an address."""

    def __init__(self, app: ASGIApp, most: int, most_of_one: int) -> None:
        self._app, self._most, self._most_of_one = app, most, most_of_one
        self._held: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request if there is a place for it; else 503, and why."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address = (scope.get("client") or ("", 0))[0]
        if scope["path"] not in ALWAYS and self._is_full(address):
            await busy(scope, "busy.places")(scope, receive, send)
            return
        self._held[address] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._held -= Counter([address])

    def _is_full(self, address: str) -> bool:
        return self._held.total() >= self._most or self._held[address] >= self._most_of_one
