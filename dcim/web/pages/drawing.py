"""A template drawn in the language that a reader asks for, also where a request went wrong.

Whoever reads in a browser is answered with a page; programs, and everything below ``/api/``, with JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeAlias

from fastapi import FastAPI, Query, Request, Response
from fastapi.exception_handlers import http_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.exceptions import HTTPException

from dcim.alerts import Language
from dcim.model import legible
from dcim.web.entrance.told import Told
from dcim.web.entrance.wishes import refused
from dcim.web.pages.news import clock
from dcim.web.view.view import View
from dcim.words import Words, preferred, words

_COOKIE: Final = "dcim_language"
_MACHINES: Final = ("/api/", "/metrics", "/-/", "/static/", "/points/")
_LONGEST: Final = 200

Lang: TypeAlias = Annotated[Language | None, Query(alias="lang")]
"""The language of a page, as an address asks for it."""

Draw: TypeAlias = Callable[..., Response]
"""Draws a template: request, language or None, name, status, and what the template is about."""


def language_of(request: Request, lang: Language | None, view: View) -> Language:
    """Return the language asked for: by this request, else before, else by the browser, else the site's."""
    if lang is not None:
        return lang
    remembered = request.cookies.get(_COOKIE)
    if remembered in tuple(Language):
        return Language(remembered)
    return preferred(request.headers.get("accept-language", ""), Language(view.site.language))


def environment() -> Environment:
    """Return the templates of the pages: what is put in is text, and what they lack is a mistake."""
    return Environment(
        loader=PackageLoader("dcim.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def renderer(view: View) -> Draw:
    """Return what draws a template in the language that a reader asks for, and remembers the language."""
    templates = environment()

    def page(request: Request, lang: Language | None, name: str, status: int = 200, **more: Any) -> Response:
        chosen = language_of(request, lang, view)
        said = words(chosen)
        text = templates.get_template(name).render(
            t=said, view=view, path=request.url.path, other=_other(chosen), clock=clock(view), status=status,
            **more,
        )  # fmt: skip
        response = HTMLResponse(text, status_code=status)
        if lang is not None:
            response.set_cookie(_COOKIE, lang, max_age=365 * 86400, samesite="lax", httponly=True)
        return response

    return page


def missing(request: Request, lang: Language | None, view: View, page: Draw) -> Response:
    """Draw that there is no such page or device."""
    return page(request, lang, "missing.html", 404, why=words(language_of(request, lang, view))("not_found"))


def add_mistakes(app: FastAPI, view: View) -> None:
    """Answer what went wrong in the way of who asked: with a page, or with JSON."""
    page = renderer(view)

    @app.exception_handler(HTTPException)
    async def wrong(request: Request, what: HTTPException) -> Response:
        if not _is_read_by_people(request) and not (isinstance(what, Told) and _asks_for_a_page(request)):
            return await http_exception_handler(request, what)
        said = words(language_of(request, None, view))
        drawn = page(request, None, "missing.html", what.status_code, why=_said(what, said))
        drawn.headers.update(what.headers or {})
        return drawn

    @app.exception_handler(RequestValidationError)
    async def misunderstood(request: Request, what: RequestValidationError) -> Response:
        if not _is_read_by_people(request):
            return await refused(request, what)
        said = words(language_of(request, None, view))
        names = ", ".join(legible(str(error["loc"][-1]))[:_LONGEST] for error in what.errors()[:1])
        return page(request, None, "missing.html", 422, why=said("not_understood", names))


def _said(what: HTTPException, said: Words) -> str:
    if isinstance(what, Told):
        return said(what.word, *what.values)
    if what.status_code in (404, 405):
        return said("not_found" if what.status_code == 404 else "not_so")
    return said("not_answered", legible(str(what.detail))[:_LONGEST])


def _is_read_by_people(request: Request) -> bool:
    return _asks_for_a_page(request) and not request.url.path.startswith(_MACHINES)


def _asks_for_a_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _other(language: Language) -> Language:
    return Language.FR if language is Language.EN else Language.EN
