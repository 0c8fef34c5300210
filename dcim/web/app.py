"""The application: API, health, metrics and pages over one view, behind a guard."""

from __future__ import annotations

from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.types import ASGIApp

from dcim.web.api.api import api
from dcim.web.api.beats import Take, beats
from dcim.web.api.deeds import deeds
from dcim.web.api.duty import duty
from dcim.web.api.losses import losses
from dcim.web.api.maintenance import maintenance
from dcim.web.api.past import past
from dcim.web.api.people import Register, people
from dcim.web.api.query import Querier, queries
from dcim.web.api.reclassify import Reclassifier, reclassifying
from dcim.web.api.recordings import Keeper, recordings
from dcim.web.api.reports import Reporter, reports
from dcim.web.api.scrape import scrapes
from dcim.web.entrance.guard import Guard, Hosts
from dcim.web.pages.drawing import add_mistakes
from dcim.web.pages.links import links
from dcim.web.pages.pages import pages
from dcim.web.view.losing import Losing
from dcim.web.view.view import View


def build(  # noqa: PLR0913 - each is a part that may be missing
    view: View,
    hosts: Hosts,
    take_beat: Take = lambda *_: "nobody listens here",
    reporter: Reporter | None = None,
    reclassifier: Reclassifier | None = None,
    register: Register | None = None,
    querier: Querier | None = None,
    keeper: Keeper | None = None,
    losing: Losing | None = None,
) -> ASGIApp:
    """Return the ASGI application over a running daemon's view, answering requests to these hosts."""
    app = FastAPI(title="dcim", version=view.health().version, docs_url=None, redoc_url=None)
    add_mistakes(app, view)
    app.include_router(api(view))
    app.include_router(deeds(view))
    app.include_router(duty(view))
    app.include_router(maintenance(view))
    app.include_router(beats(take_beat))
    app.include_router(links(view))
    if reporter is not None:
        app.include_router(reports(view, reporter))
    if reclassifier is not None:
        app.include_router(reclassifying(view, reclassifier))
    if register is not None:
        app.include_router(people(view, register))
    if querier is not None:
        app.include_router(queries(querier, view.now))
        app.include_router(past(querier, view.now))
    if keeper is not None:
        app.include_router(recordings(view, keeper))
    if losing is not None:
        app.include_router(losses(view, losing))
    app.include_router(pages(view, reporter, losing))
    app.include_router(scrapes(view))
    _health(app, view)
    return Guard(app, hosts)


def _health(app: FastAPI, view: View) -> None:
    @app.get("/-/healthy", include_in_schema=False)
    async def healthy() -> Response:
        """Answer 200 while the loop turns."""
        return PlainTextResponse("alive\n")

    @app.get("/-/ready", include_in_schema=False)
    async def ready() -> Response:
        """Answer 200 once every device has been asked and every part works; else 503 with the reasons.

        ``degraded`` is what does not work and that the daemon can do without: the far side of an output.
        """
        health = view.health()
        wrong = [f"{part.name}: {part.why}" for part in health.parts if not part.ok and part.needed]
        degraded = [f"{part.name}: {part.why}" for part in health.parts if not part.ok and not part.needed]
        if not health.ready:
            wrong.append("poll loop: not every device has had its first beat")
        body = {"ready": not wrong, "why": wrong, "degraded": degraded}
        return JSONResponse(body, status_code=503 if wrong else 200)
