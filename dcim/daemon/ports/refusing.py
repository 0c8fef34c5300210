"""What a reader is told who cannot be answered now: why, in the reader's words, and to ask again.

Who reads in a browser gets a page in French or English that asks again by itself; programs get the shape that
clients of Prometheus' API read, or a line of text.
"""

from __future__ import annotations

from html import escape
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import Scope

from dcim.alerts import Language
from dcim.query.refused import Refused
from dcim.web.api.query import refusal
from dcim.web.entrance.guard import HEADERS
from dcim.words import Words, preferred, words

_API: Final = "/api/"
_AGAIN: Final = 5
"""Seconds after which a refused page asks again by itself."""


def busy(scope: Scope, why: str) -> Response:
    """Return a refusal: ``why`` is one of ``busy.requests``, ``busy.streams`` and ``busy.places``."""
    headers = Headers(scope=scope)
    if scope["path"].startswith(_API):
        answer: Response = refusal(Refused("unavailable", _line(words(Language.EN), why)))
    elif "text/html" in headers.get("accept", ""):
        answer = _page(words(preferred(headers.get("accept-language", ""), Language.EN)), why)
    else:
        answer = PlainTextResponse(f"{_line(words(Language.EN), why)}\n", 503)
    answer.headers.update({**HEADERS, "Retry-After": "2", "Connection": "close"})
    return answer


def _line(said: Words, why: str) -> str:
    return f"{said(why)}{said('colon')} {said('busy.again')}"


def _page(said: Words, why: str) -> Response:
    text, title = escape(_line(said, why)), escape(said("busy.title"))
    return HTMLResponse(
        f'<!doctype html><html lang="{said.language}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="refresh" content="{_AGAIN}"><title>{title} · dcim</title>'
        f'<link rel="stylesheet" href="/static/dcim.css"></head>'
        f'<body><main><section class="empty"><h1>{title}</h1><p>{text}</p></section></main></body></html>',
        503,
    )
