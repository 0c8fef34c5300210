"""The page that a link in a mail opens: what is wrong, and a button that acknowledges all of it.

Scanners of mail open links, so opening it changes nothing: only the button does, which sends the form. Who
has the link needs no other login: it is for one reader, one occurrence and one use. The page is kept nowhere.
"""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse

from dcim.alerts import Language
from dcim.model import legible
from dcim.web.drawn.where import TONES, local
from dcim.web.pages.drawing import Lang, environment, language_of
from dcim.web.view.acting import LINKS, LinkState, LinkView
from dcim.web.view.view import View
from dcim.words import Words, words

_STATUS: Final = {LinkState.WRONG: 404, LinkState.EXPIRED: 410, LinkState.USED: 410, LinkState.OVER: 410}
_NOTE: Final = 400
_HEADERS: Final = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}

Token = Annotated[str, Path(max_length=1000)]


def links(view: View) -> APIRouter:
    """Return the routes of the pages that links open."""
    router = APIRouter(include_in_schema=False)
    templates = environment()

    def page(request: Request, lang: Language | None, link: LinkView, *, recorded: bool = True) -> Response:
        said = words(language_of(request, lang, view))
        text = templates.get_template("acknowledge.html").render(
            t=said, site=view.site.name, link=link, recorded=recorded, **_drawn(link, said, view)
        )
        return HTMLResponse(text, status_code=_STATUS.get(link.state, 200), headers=_HEADERS)

    @router.api_route(f"{LINKS}{{token}}", methods=["GET", "HEAD"])
    async def look(request: Request, token: Token, lang: Lang = None) -> Response:
        """Show how it stands. Nothing changes."""
        return page(request, lang, view.link(token))

    @router.post(f"{LINKS}{{token}}")
    async def take(request: Request, token: Token, lang: Lang = None) -> Response:
        """Acknowledge, once."""
        link, recorded = await view.follow(token, _note(await request.body()))
        return page(request, lang, link, recorded=recorded)

    return router


def _note(body: bytes) -> str:
    """Return the note of a form: one legible line, cut where it is too long."""
    try:
        fields = parse_qs(body.decode(), max_num_fields=8)
    except ValueError:
        return ""
    return legible(" ".join(fields.get("note", [""])[0].split()))[:_NOTE]


def _drawn(link: LinkView, said: Words, view: View) -> dict[str, Any]:
    tones = {str(severity): tone for severity, tone in TONES.items()}
    return {
        "headline": link.headline.get(said.language, ""),
        "tone": tones.get(link.severity, "unknown"),
        "severity": said(f"severity.{link.severity}") if link.severity else "",
        "since": local(link.since, view) if link.since else "",
        "said": said(f"link.{link.state}", *([link.by] if link.state is LinkState.TAKEN else [])),
        "is_open": link.state is LinkState.OPEN,
    }
