"""The past of points by their labels: as JSON at any resolution, or as a Parquet file.

GET /history/series?match=…&start=…&end=…&step=…      GET /history/export?match=…&start=…&end=…
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from dcim.query.refused import Refused
from dcim.web.api.query import Querier, client_of, question_of, refusal, streamed
from dcim.web.entrance.fields import Fields, bad

PARQUET: Final = "application/vnd.apache.parquet"
_HOUR: Final = 3600.0
_EVERYTHING: Final = '{__name__=~".+"}'


def past(querier: Querier, now: Callable[[], float]) -> APIRouter:
    """Return the routes over whoever reads the history; ``now`` gives UTC seconds."""
    router = APIRouter(prefix="/api/v1/history")

    @router.get("/series", response_class=Response)
    async def series(request: Request) -> Response:
        """Return what was read of the points that match, in [start, end).

        `match` (may be given several times) selects series: `dcim_ups_output_load_ratio{room="r1"}`; `start`
        and `end` are UTC seconds or RFC 3339, the last hour by default; with `step` (seconds, or `5m`) there
        is a row for each step: begin, mean, least, most, last, how many readings and how many gaps. Without,
        each reading; null is a gap. States are words.
        """
        try:
            fields = await Fields.of(request, now())
            step = fields.step() if fields.text("step") else 0
            return await streamed(
                request, querier.ask(_asked(fields, "tracks") | {"step": step}, client_of(request))
            )
        except Refused as why:
            return refusal(why)

    @router.get("/export", response_class=Response)
    async def export(request: Request) -> Response:
        """Return the readings of the points that match in [start, end) as a Parquet file.

        Without `match`, of all points. It is written while it is sent, by one process at a time.
        """
        try:
            fields = await Fields.of(request, now())
            answer = await streamed(request, querier.export(_asked(fields, "export")), PARQUET)
            answer.headers["Content-Disposition"] = 'attachment; filename="history.parquet"'
            return answer
        except Refused as why:
            return refusal(why)

    return router


def _asked(fields: Fields, kind: str) -> dict[str, Any]:
    end = fields.moment("end", fields.now())
    start = fields.moment("start", end / 1000 - _HOUR)
    if start >= end:
        bad("start must be earlier than end")
    match = fields.all("match") or fields.all("match[]")
    if not match and kind == "tracks":
        bad("no match parameter provided: which series?")
    return question_of(kind, match=match or [_EVERYTHING], start=start, end=end)
