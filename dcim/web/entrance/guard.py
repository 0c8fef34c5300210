"""What stands before every route: for whom a request was meant, and headers that keep browsers honest.

request ─▶ Host is ours? ─▶ reads, or is of our page? ─▶ routes ─▶ headers ─▶ browser
               │                └ no: 403 (415 when it is no JSON), and nothing is done
               └ no: 421 (400 without a Host), and nothing of the site is said

A page of a stranger can have its own name resolve to this address (DNS rebinding): the browser then lets its
scripts read whatever the daemon answers. Such a request carries the stranger's name in ``Host``, so only
names that the daemon is known by are answered. An address in numbers cannot be rebound.

What changes something must be JSON, which no form can send, and if a browser says from where it comes,
then from the very origin that is asked, or from the address under which people reach us. It is short, and
comes whole before anybody looks at it. The page of a link (``links``) sends a form: what it may do stands in
its address, which no stranger's page knows. A query is a form too, and changes nothing. A bug costs the one
request that met it, and is logged.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, MutableMapping
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dcim.model import legible
from dcim.web.view.acting import LINKS

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"
_LOCAL: Final = "localhost"
_HOST: Final = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_.-]{1,254})(?::[0-9]{1,5})?")
_SHOWN: Final = 80
_MOST: Final = 64 * 1024
"""Bytes of a wish; the longest that makes sense has a few hundred."""

READING: Final = frozenset(
    f"/api/v1/{name}" for name in ("query", "query_range", "series", "labels", "query_exemplars")
)
"""Paths that only read, and take their question as a form: Grafana sends it so."""

_PATIENCE: Final = 10.0
"""Seconds in which a wish must have come whole."""

_log = structlog.get_logger()


class Hosts:
    """The names under which this server may be asked: where it listens, this machine, and ``names``.

    A server that listens on every address of its machine is asked by any of them, in numbers. ``url``: under
    which people reach it, perhaps through a proxy that asks by another name.
    """

    def __init__(self, listen: str, names: Iterable[str] = (), url: str = "") -> None:
        base = urlsplit(url)
        self._origin = (base.scheme, base.netloc.lower())
        self._names = {_plain(name) for name in (_LOCAL, listen, base.hostname or _LOCAL, *names)}
        address = _address(listen)
        self._any_number = address is not None and address.is_unspecified

    def knows(self, host: str) -> bool:
        """Return whether a ``Host`` header names this server; its port says nothing."""
        parts = _HOST.fullmatch(host)
        if parts is None:
            return False
        name = _plain(parts[1])
        address = _address(name)
        if address is not None and (self._any_number or address.is_loopback):
            return True
        return name in self._names

    def is_ours(self, origin: str, host: str) -> bool:
        """Return whether a page of this origin is one of ours: as it was asked for, or as people reach us."""
        scheme, _, name = origin.lower().partition("://")
        return name == host.lower() or (scheme, name) == self._origin


class Guard:
    """An ASGI application before another."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on if it is meant for us, and put the headers on whatever is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                _add(message)
            await send(message)

        answer: ASGIApp | None = self._stranger(scope) or _forged(scope, self._hosts)
        if answer is None and scope["method"] not in _READS:
            answer, receive = await _whole(receive)
        try:
            await (answer or self._app)(scope, receive, with_headers)
        except Exception:  # noqa: BLE001  whatever a route raises, the others go on
            _log.exception("a request met a bug", method=scope["method"], path=legible(scope["path"])[:200])
            if not begun:
                text = "a bug met this request; it is in the daemon's log\n"
                await PlainTextResponse(text, status_code=500)(scope, receive, with_headers)

    def _stranger(self, scope: Scope) -> PlainTextResponse | None:
        """Return what is said to a request that is not meant for this server, None when it is."""
        said = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(said) != 1 or not said[0]:
            return PlainTextResponse("a request must name one host (the Host header)\n", status_code=400)
        if self._hosts.knows(said[0]):
            return None
        shown = ascii(said[0][:_SHOWN])
        text = f"this is no host of this server: {shown}. Hosts are named in the configuration: web.hosts\n"
        return PlainTextResponse(text, status_code=421)


async def _whole(receive: Receive) -> tuple[ASGIApp | None, Receive]:
    """Return a request's body once it is here whole, to be received again; or what is said instead."""
    body, more = b"", True
    try:
        async with asyncio.timeout(_PATIENCE):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return PlainTextResponse("gone\n", status_code=400), receive
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > _MOST:
                    return PlainTextResponse(f"longer than {_MOST} bytes\n", status_code=413), receive
    except TimeoutError:
        return PlainTextResponse("too slow\n", status_code=408), receive
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return None, again


def _no_form() -> Response:
    """Return what is said to a question that is no form, in the shape of Prometheus' API."""
    said = {
        "status": "error",
        "errorType": "bad_data",
        "error": f"a query is posted as {_FORM}, or asked by GET",
    }
    return JSONResponse(said, status_code=415)


def _forged(scope: Scope, hosts: Hosts) -> Response | None:
    """Return what is said to a request that would change something and does not come from our page."""
    if scope["method"] in _READS:
        return None
    headers = Headers(scope=scope)
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return PlainTextResponse("this comes from another site's page\n", status_code=403)
    origin = headers.get("origin")
    if origin is not None and not hosts.is_ours(origin, headers.get("host", "")):
        return PlainTextResponse("this comes from another origin\n", status_code=403)
    sent = headers.get("content-type", "").partition(";")[0].strip().lower()
    forms = scope["path"].startswith(LINKS) or scope["path"] in READING
    if sent != _FORM and scope["path"] in READING:
        return _no_form()
    if sent != (_FORM if forms else _JSON):
        return PlainTextResponse(f"what changes something is sent as {_JSON}\n", status_code=415)
    return None


def _add(message: MutableMapping[str, Any]) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)


def _plain(name: str) -> str:
    return name.strip("[]").rstrip(".").lower()


def _address(name: str) -> Any:
    try:
        return ip_address(name)
    except ValueError:
        return None
