"""Who is on call and who stands in, over the API."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, HTTPException, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dcim.model import DcimError
from dcim.routing import Override
from dcim.web.entrance.caller import caller_of
from dcim.web.entrance.wishes import Said
from dcim.web.shapes.shapes import moment
from dcim.web.view.view import DutyView, View


class Order(BaseModel):
    """What somebody wishes, and who."""

    model_config = ConfigDict(extra="forbid")

    who: Said = Field(default="", max_length=100, description="who you are; with a token it is that person")


class StandIn(Order):
    """Somebody stands in for whoever is on call."""

    person: str
    start: AwareDatetime | None = Field(default=None, description="null: now")
    end: AwareDatetime


class StandsIn(BaseModel):
    """Who stands in, and when."""

    person: str
    start: datetime
    end: datetime


class OnCall(BaseModel):
    """Who is on call of one rota, until when at least, and who stands in from now on."""

    rota: str
    person: str
    name: str
    until: datetime
    stand_ins: list[StandsIn]


class WasOnCall(BaseModel):
    """Who was on call of one rota."""

    rota: str
    person: str


def duty(view: View) -> APIRouter:
    """Return the routes over a view."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/oncall")
    async def on_call() -> list[OnCall]:
        """Return who is on call."""
        return [_on_call(one) for one in view.on_call()]

    @router.get("/oncall/at/{at}")
    async def on_call_at(at: AwareDatetime) -> list[WasOnCall]:
        """Return who was on call at a moment, by what is on record, or will be; empty: nothing is."""
        found = await view.on_call_at(at.timestamp())
        return [WasOnCall(rota=rota, person=person) for rota, person in found.items()]

    @router.post("/oncall/{rota}")
    async def stand_in(request: Request, rota: str, order: StandIn) -> list[OnCall]:
        """Let somebody stand in; it is recorded."""
        caller = await caller_of(request, view, order.who)
        start = view.now() if order.start is None else order.start.timestamp()
        try:
            await view.stand_in(rota, Override(order.person, start, order.end.timestamp()), caller)
        except DcimError as why:
            raise HTTPException(422, str(why)) from why
        return await on_call()

    return router


def _on_call(one: DutyView) -> OnCall:
    stand_ins = [
        StandsIn(person=each.person, start=moment(each.start), end=moment(each.end)) for each in one.overrides
    ]
    return OnCall(
        rota=one.rota, person=one.person, name=one.name, until=moment(one.until), stand_ins=stand_ins
    )
