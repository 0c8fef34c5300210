"""Reclassify over the API: a person says that a time was not what it seemed; appended, named."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

from fastapi import APIRouter, HTTPException, Request
from pydantic import AwareDatetime, BaseModel, Field

from dcim.availability import Reclassified, moment
from dcim.model import DcimError
from dcim.store import CommitFailed
from dcim.web.api.duty import Order
from dcim.web.entrance.caller import caller_of
from dcim.web.entrance.wishes import Said
from dcim.web.shapes.shapes import moment as shown
from dcim.web.view.acting import Caller
from dcim.web.view.view import View

Word = Literal[
    "blind",
    "force_majeure",
    "scheduled_maintenance",
    "planned_corrective",
    "forced_outage",
    "degraded",
    "full",
]


class Reclassifier(Protocol):
    """What records that a time was not what it seemed."""

    async def reclassify(self, wish: Wish, caller: Caller) -> Reclassified:
        """Record it; raise DcimError for what makes no sense, CommitFailed where it cannot."""
        ...

    def said(self, service: str) -> Sequence[Reclassified]:
        """Return what people said of a service (empty: of any), the oldest first."""
        ...


class Wish(Order):
    """From when to when a service was in one category and is to be in another, and why."""

    service: str = Field(max_length=200)
    start: AwareDatetime
    end: AwareDatetime
    was: Word
    now: Word
    reason: Said = Field(min_length=1, max_length=1000)
    cause: Said = Field(default="", max_length=200, description="of force majeure, as the contract lists it")

    @property
    def span(self) -> tuple[int, int]:
        """Return start and end in microseconds since 1970."""
        return moment(self.start), moment(self.end)


class Recorded(BaseModel):
    """What a person said."""

    sequence: int = Field(description="of the fact; 0: not yet on disk")
    service: str
    start: datetime
    end: datetime
    was: str
    now: str
    who: str
    reason: str
    cause: str
    at: datetime


def reclassifying(view: View, reclassifier: Reclassifier) -> APIRouter:
    """Return the routes over a view."""
    router = APIRouter(prefix="/api/v1/reclassified")

    @router.get("")
    async def listed(service: str = "") -> list[Recorded]:
        """Return what people said of a service, or of any, the oldest first."""
        return [_shown(one) for one in await asyncio.to_thread(reclassifier.said, service)]

    @router.post("")
    async def reclassify(request: Request, wish: Wish) -> Recorded:
        """Append that a time was not what it seemed; what was recorded of it stays, and both are reported."""
        caller = await caller_of(request, view, wish.who)
        try:
            return _shown(await reclassifier.reclassify(wish, caller))
        except CommitFailed as why:
            raise HTTPException(503, str(why)) from why
        except DcimError as why:
            raise HTTPException(422, str(why)) from why

    return router


def _shown(one: Reclassified) -> Recorded:
    return Recorded(
        sequence=one.sequence,
        service=one.subject,
        start=shown(one.start / 1e6),
        end=shown(one.end / 1e6),
        was=one.was.word,
        now=one.now.word,
        who=one.who,
        reason=one.reason,
        cause=one.cause,
        at=shown(one.at / 1e6),
    )
