"""Prometheus' HTTP API over the daemon's own history, as far as Grafana asks for it; refusals in its shape.

question (address or form) ─▶ checked here, on the loop ─▶ a child process works ─▶ its answer as it comes
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, Final, Protocol

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from dcim.query.refused import Refused
from dcim.query.status import STATUS
from dcim.web.entrance.fields import Fields, bad

STEPS: Final = 11_000
"""Steps that a range may have: more points than a screen has."""
SPEAKS: Final = "2.42.0"
"""The version of Prometheus whose answers ours are."""
_JSON: Final = "application/json"
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_LIMIT: Final = re.compile(r"-?[0-9]{1,9}")
_SHOWN: Final = 100
_LOOKS: Final = 0.5
"""Seconds between two looks whether whoever asked is still there."""
_LEFT: Final = 499
"""The status of an answer that nobody receives."""


class Querier(Protocol):
    """Who answers queries: the daemon's children, or a fake."""

    def ask(self, question: dict[str, Any], client: str = "") -> AsyncGenerator[bytes, None]:
        """Give the answer to a client piece by piece; raise Refused when there is none."""
        ...

    def export(self, question: dict[str, Any]) -> AsyncGenerator[bytes, None]:
        """Give a Parquet file piece by piece; raise Refused when there is none."""
        ...

    def families(self) -> Mapping[str, tuple[str, str]]:
        """Return type and help of every metric by its name outside."""
        ...


def queries(querier: Querier, now: Callable[[], float]) -> APIRouter:
    """Return the routes over whoever answers queries; ``now`` gives UTC seconds."""
    router = APIRouter(prefix="/api/v1", include_in_schema=False)

    async def answered(request: Request, make: Callable[[Fields], dict[str, Any]]) -> Response:
        try:
            question = make(await Fields.of(request, now()))
            return await streamed(request, querier.ask(question, client_of(request)))
        except Refused as why:
            return refusal(why)

    @router.api_route("/query", methods=["GET", "POST"])
    async def query(request: Request) -> Response:
        """Answer a query at one time."""
        return await answered(request, _at)

    @router.api_route("/query_range", methods=["GET", "POST"])
    async def query_range(request: Request) -> Response:
        """Answer a query at many times."""
        return await answered(request, _range)

    @router.api_route("/series", methods=["GET", "POST"])
    async def series(request: Request) -> Response:
        """Return the labels of the series that match."""
        return await answered(request, _series)

    @router.api_route("/labels", methods=["GET", "POST"])
    async def labels(request: Request) -> Response:
        """Return the names of all labels, or of those of the series that match."""
        return await answered(request, _labels)

    @router.get("/label/{name}/values")
    async def values(request: Request, name: str) -> Response:
        """Return the values of a label."""
        return await answered(request, lambda fields: _values(fields, name))

    _described(router, querier)
    return router


def _described(router: APIRouter, querier: Querier) -> None:
    """Add what is said without asking the history."""

    @router.get("/metadata")
    async def metadata(request: Request) -> Response:
        """Return type and help of metrics."""
        wanted, limit = request.query_params.get("metric", ""), request.query_params.get("limit", "")
        if limit and not _LIMIT.fullmatch(limit):
            return refusal(Refused("bad_data", "limit must be a number"))
        most = int(limit) if limit.isdigit() else None
        found = {
            name: [{"type": kind, "help": told, "unit": ""}]
            for name, (kind, told) in querier.families().items()
            if wanted in ("", name)
        }
        return _success(dict(list(found.items())[:most]))

    @router.get("/status/buildinfo")
    async def buildinfo() -> Response:
        """Return whose answers these are: Grafana asks by it what it may ask."""
        named = {"revision": "dcim", "branch": "", "buildUser": "", "buildDate": "", "goVersion": ""}
        return _success({"version": SPEAKS, **named})

    @router.api_route("/query_exemplars", methods=["GET", "POST"])
    async def exemplars() -> Response:
        """Return no exemplars: there are none."""
        return _success([])


def question_of(kind: str, **said: Any) -> dict[str, Any]:
    """Return a question as children understand it."""
    asked = {"kind": kind, "query": "", "match": [], "name": "", "start": 0, "end": 0, "step": 0}
    return asked | said


def _at(fields: Fields) -> dict[str, Any]:
    return question_of("query", query=fields.text("query"), end=fields.moment("time", fields.now()))


def _range(fields: Fields) -> dict[str, Any]:
    start, end, step = fields.moment("start"), fields.moment("end"), fields.step()
    if end < start:
        bad("invalid parameter 'end': end timestamp must not be before start time")
    if (end - start) // step > STEPS:
        bad(
            "exceeded maximum resolution of 11,000 points per timeseries. "
            "Try decreasing the query resolution (?step=XX)"
        )
    return question_of("query_range", query=fields.text("query"), start=start, end=end, step=step)


def _series(fields: Fields) -> dict[str, Any]:
    match = fields.all("match[]")
    if not match:
        bad("no match[] parameter provided")
    fields.between()
    return question_of("series", match=match)


def _labels(fields: Fields) -> dict[str, Any]:
    fields.between()
    return question_of("labels", match=fields.all("match[]"))


def _values(fields: Fields, name: str) -> dict[str, Any]:
    if not _LABEL.fullmatch(name):
        bad(f"invalid label name: {name[:_SHOWN]!r}")
    fields.between()
    return question_of("values", name=name, match=fields.all("match[]"))


def client_of(request: Request) -> str:
    """Return who asks: the address from which it comes."""
    return request.client.host if request.client else ""


async def streamed(
    request: Request, pieces: AsyncGenerator[bytes, None], media_type: str = _JSON
) -> Response:
    """Return an answer as it comes; its first piece is waited for, so that a refusal has its own status.

    Who leaves in the meantime is not waited for: the question ends.
    """
    task = asyncio.ensure_future(anext(pieces, b""))
    try:
        while not (await asyncio.wait({task}, timeout=_LOOKS))[0]:
            if await request.is_disconnected():
                return Response(status_code=_LEFT)
        first = await task
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})

    async def body() -> AsyncGenerator[bytes, None]:
        async with aclosing(pieces):
            yield first
            async for piece in pieces:
                yield piece

    return StreamingResponse(body(), media_type=media_type)


def refusal(why: Refused) -> Response:
    """Return a refusal in Prometheus' shape."""
    said = {"status": "error", "errorType": why.kind, "error": str(why)}
    return Response(json.dumps(said), STATUS.get(why.kind, 500), media_type=_JSON)


def _success(data: Any) -> Response:
    return Response(json.dumps({"status": "success", "data": data}), media_type=_JSON)
