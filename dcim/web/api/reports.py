"""Reports on the page and over the API: what was issued, its files, and having one made.

POST /reports ─▶ job ─▶ GET /reports/jobs/ID (how far) ─▶ the report ─▶ GET /reports/CLAIM/FILE
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final, Protocol

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, Field

from dcim.alerts import Language
from dcim.evidence.asissued import Flaw
from dcim.record import dataclass
from dcim.reports.issue import Issued, NotAsIssued
from dcim.reports.model import Kind, Moment, Period
from dcim.reports.say import Writer
from dcim.reports.scope import NothingLike
from dcim.reports.wish import Wish
from dcim.web.api.duty import Order
from dcim.web.entrance.caller import caller_of, reader_of
from dcim.web.entrance.told import Told
from dcim.web.entrance.wishes import Said
from dcim.web.shapes.shapes import moment
from dcim.web.view.acting import Caller
from dcim.web.view.view import View
from dcim.words import Words, words

TYPES: Final = {
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
_FILE: Final = re.compile(r"report\.(fr|en)\.(pdf|html|csv)|report\.json|claim\.json")
_CLAIM: Final = r"^[0-9a-f]{64}$"
_OWN_CSP: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
)
_SHOWN: Final = 200


class Progress(StrEnum):
    """How far a report is."""

    WAITING = "waiting"
    MAKING = "making"
    DONE = "done"
    REFUSED = "refused"  # it cannot be made as it was asked for
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Making:
    """A report that somebody asked for: how far it is, why there is none, or what was issued.

    ``ahead``: how many that others asked for are made before it.
    """

    job: str
    progress: Progress = Progress.WAITING
    step: str = ""
    why: str = ""
    issued: Issued | None = None
    ahead: int = 0


class Reporter(Protocol):
    """Who has reports made; the daemon, or a fake."""

    def ask(self, wish: Wish, by: str) -> Making | None:
        """Have a report made for somebody; None when too many wait already."""
        ...

    def making(self, job: str) -> Making | None:
        """Return how far a report is; None when nobody asked for it."""
        ...

    async def listed(self, limit: int) -> Sequence[Issued]:
        """Return the issued reports, the newest first."""
        ...

    async def file(self, claim: str, name: str) -> bytes | None:
        """Return a file of an issued report; None when there is none. Raises ``NotAsIssued``."""
        ...

    async def was_read(self, claim: str, name: str, reader: Caller) -> None:
        """Record that somebody had a file; ``who`` is empty where nobody knows who it was."""
        ...


class Asked(Order):
    """A report that somebody wants: of a named period, or from a moment to another."""

    kind: Kind
    scope: Said = Field(
        default="", max_length=200, description="empty: the site; tenant:NAME, service:ID ..."
    )
    period: Said = Field(default="", max_length=40, description="2026-10, last-month, 2026-W47 ...")
    start: Said = Field(default="", max_length=40, description="with `end`: a day or moment of the site")
    end: Said = Field(default="", max_length=40)


class Report(BaseModel):
    """A version of a report that was issued: hashes are SHA-256."""

    kind: Kind
    scope: str
    start: datetime
    end: datetime
    number: int
    claim: str
    supersedes: str
    made: datetime
    software: str
    head: str
    by: str = Field(description="who asked for it; empty: the schedule")
    files: dict[str, str]
    flaws: dict[str, Flaw] = Field(
        description="in the list: by name each file that is altered, missing or unreadable; it is not served"
    )
    fact: int = Field(description="the sequence of the fact that issued it; 0: not known to whoever answers")


class Job(BaseModel):
    """How far a report is."""

    job: str
    progress: Progress
    step: str
    why: str
    report: Report | None
    ahead: int = Field(default=0, description="how many that were asked for earlier are made before it")


def reports(view: View, reporter: Reporter) -> APIRouter:
    """Return the routes over whoever has reports made."""
    router = APIRouter(prefix="/api/v1/reports")

    @router.get("")
    async def listed(limit: Annotated[int, Query(ge=1, le=1000)] = 100) -> list[Report]:
        """Return the issued reports, the newest first."""
        return [_report(one) for one in await reporter.listed(limit)]

    @router.post("", status_code=202)
    async def ask(request: Request, asked: Asked) -> Job:
        """Have a report made and issued; the answer names the job to be asked how far it is."""
        caller = await caller_of(request, view, asked.who)
        making = reporter.ask(_wish(asked, view), caller.who)
        if making is None:
            raise HTTPException(503, "too many reports wait already")
        return _job(making)

    @router.get("/jobs/{job}")
    async def making(job: str) -> Job:
        """Return how far a report is."""
        found = reporter.making(job)
        if found is None:
            raise HTTPException(404, f"no report is made under {job[:40]!r}")
        return _job(found)

    @router.get("/{claim}/{name}")
    async def file(request: Request, claim: Annotated[str, Path(pattern=_CLAIM)], name: str) -> Response:
        """Return a file of an issued report as it was issued: 409 for an altered one, 410 for one gone."""
        data = await _given(reporter, claim, name)
        await reporter.was_read(claim, name, await reader_of(request, view))
        shown = name.replace("report", f"report-{claim[:12]}")
        headers = {
            "Content-Disposition": f'inline; filename="{shown}"',
            "Content-Security-Policy": _OWN_CSP,
            "Cache-Control": "private, max-age=31536000, immutable",
        }
        return Response(data, media_type=TYPES[name.rpartition(".")[2]], headers=headers)

    return router


async def _given(reporter: Reporter, claim: str, name: str) -> bytes:
    """Return a file as it was issued, or tell why there is none."""
    try:
        data = await reporter.file(claim, name) if _FILE.fullmatch(name) else None
    except NotAsIssued as why:
        raise _unlike(why) from why
    if data is None:
        raise HTTPException(404, "no such file was issued")
    return data


def _unlike(why: NotAsIssued) -> Told:
    """Return the answer for a file that is not the one that was issued."""
    if why.flaw is Flaw.MISSING:
        detail = f"{why.name} was issued and its file is gone: put it back from a backup"
        return Told(410, detail, "report.file.missing", why.name)
    if why.flaw is Flaw.UNREADABLE:
        detail = f"{why.name} cannot be read and is not given out: look at its rights and the disk"
        return Told(503, detail, "report.file.unreadable", why.name)
    detail = f"{why.name} was altered after it was issued and is not given out: put it back from a backup"
    return Told(409, detail, "report.file.altered", why.name)


def _wish(asked: Asked, view: View) -> Wish:
    """Return the wish of an order that makes sense; 422 with what is wrong else."""
    wish = Wish(asked.kind, asked.scope, asked.period, asked.start, asked.end)
    try:
        wish.whose()
        wish.of(view.site.zone.key, round(view.now() * 1e6))
    except NothingLike as why:
        raise HTTPException(422, str(why)) from why
    return wish


def _job(one: Making) -> Job:
    report = _report(one.issued) if one.issued else None
    return Job(job=one.job, progress=one.progress, step=one.step, why=one.why, report=report, ahead=one.ahead)


def _report(one: Issued) -> Report:
    return Report(
        kind=one.kind,
        scope=one.scope,
        start=moment(one.since / 1e6),
        end=moment(one.until / 1e6),
        number=one.number,
        claim=one.claim,
        supersedes=one.supersedes,
        made=moment(one.made / 1e6),
        software=one.software,
        head=one.head,
        by=one.by,
        files=dict(one.files),
        flaws=dict(one.flaws),
        fact=one.sequence,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """An issued report as the page shows it."""

    title: str
    scope: str
    period: str
    number: int
    made: str
    claim: str
    files: tuple[tuple[str, str], ...]  # what it is called, where it is
    flaws: tuple[str, ...]  # sentences on files that are not as issued


def rows(found: Sequence[Issued], said: Words) -> list[Row]:
    """Return issued reports as people of a language read them."""
    return [_row(one, said) for one in found]


def _row(one: Issued, said: Words) -> Row:
    writer = Writer(Language(said.language), Period(one.since, one.until, one.zone))
    files = [
        name
        for name in sorted(one.files)
        if name.startswith(f"report.{said.language}.") or name.endswith(".json")
    ]
    return Row(
        said(f"report.title.{one.kind}"),
        one.scope.partition(":")[2] or said("report.site"),
        f"{writer(Moment(one.since))} – {writer(Moment(one.until))}",
        one.number,
        writer(Moment(one.made)),
        one.claim,
        tuple((_called(name), f"/api/v1/reports/{one.claim}/{name}") for name in files),
        tuple(said(f"report.file.{flaw}", name) for name, flaw in sorted(one.flaws.items())),
    )


def _called(name: str) -> str:
    return "claim" if name.startswith("claim") else name.rpartition(".")[2].upper()


def add_page(
    router: APIRouter, view: View, reporter: Reporter | None, page: Callable[..., Response], chosen: Any
) -> None:
    """Add the page that lists the issued reports; ``chosen`` gives the language of a request."""
    if reporter is None:
        return

    @router.get("/reports")
    async def overview(request: Request, lang: Annotated[Language | None, Query()] = None) -> Response:
        said = words(chosen(request, lang, view))
        found = await reporter.listed(_SHOWN)
        kinds = [(kind.value, said(f"report.title.{kind}")) for kind in Kind]
        return page(request, lang, "reports.html", rows=rows(found, said), kinds=kinds)
