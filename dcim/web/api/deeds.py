"""What people do to alerts over the API and the page: acknowledge, shelve, take out of service, and back.

Every deed says who, and how that is known (``caller``); it is recorded with its reason before it is answered.
A browser sends deeds only from our own pages: the guard refuses what comes from another origin, and takes
nothing but JSON.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from dcim.alerts import Deed, Doing, Lying, MuteRefused, NoSuchAlert, NothingToDo, Target
from dcim.record import replace
from dcim.web.entrance.caller import caller_of
from dcim.web.entrance.wishes import Said
from dcim.web.shapes.alertshapes import MuteShape, mute_of
from dcim.web.view.view import View

_KEY = r"^[0-9a-f]{64}$"


class Order(BaseModel):
    """Who wishes it, why, and for how long."""

    model_config = ConfigDict(extra="forbid")

    who: Said = Field(
        default="",
        max_length=100,
        description="who you are; with a token it is that person, whatever stands here",
    )
    note: Said = Field(default="", max_length=400, description="a note or reason; shelving needs one")
    seconds: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        strict=True,
        description="how long; shelving needs it, null: no end",
    )
    ticket: Said = Field(default="", max_length=100, description="out of service needs one")
    rule: str = Field(default="", max_length=100, description="of a device: only the alerts of this rule")


class Changed(BaseModel):
    """One change of one alert."""

    key: str
    change: str
    life: str


class Done(BaseModel):
    """What changed."""

    changes: list[Changed]
    recorded: bool = Field(description="false: the disk takes nothing now; it is kept and tried again")
    who: str = Field(description="who did it, as it is recorded")
    proof: str = Field(description="how that is known: claimed, login, token, link, reply")


class Lain(BaseModel):
    """A mute and what it lies on: one alert, or a device or one rule of it."""

    asset: str
    rule: str
    key: str
    mute: MuteShape


def deeds(view: View) -> APIRouter:
    """Return the routes of deeds over a view."""
    router = APIRouter(prefix="/api/v1")

    @router.post("/alerts/{key}/{doing}")
    async def to_alert(
        request: Request, key: Annotated[str, Path(pattern=_KEY)], doing: Doing, order: Order
    ) -> Done:
        """Do something to one alert."""
        return await _do(view, request, Deed(doing, Target("", key=key), ""), order)

    @router.post("/incidents/{incident}/acknowledge")
    async def to_incident(
        request: Request, incident: Annotated[str, Path(pattern=_KEY)], order: Order
    ) -> Done:
        """Acknowledge all alerts of an incident that stand."""
        deed = Deed(Doing.ACKNOWLEDGE, Target(""), "", incident=incident)
        return await _do(view, request, deed, order)

    @router.post("/devices/{asset_id}/{doing}")
    async def to_device(request: Request, asset_id: str, doing: Doing, order: Order) -> Done:
        """Do something to all alerts of a device, or of one rule of it, also to those that come later."""
        if view.asset(asset_id) is None:
            raise HTTPException(404, f"no device {asset_id!r} in the configuration")
        return await _do(view, request, Deed(doing, Target(asset_id, order.rule), ""), order)

    @router.get("/mutes")
    async def mutes() -> list[Lain]:
        """Return everything that is shelved, suppressed by design or out of service."""
        return [_lain(lying) for lying in view.mutes()]

    return router


async def _do(view: View, request: Request, meant: Deed, order: Order) -> Done:
    caller = await caller_of(request, view, order.who)
    deed = replace(
        meant, who=caller.who, note=order.note, lasts=order.seconds, ticket=order.ticket,
        proof=caller.proof, login=caller.login,
    )  # fmt: skip
    try:
        changes, recorded = await view.act(deed)
    except NoSuchAlert as why:
        raise HTTPException(404, str(why)) from why
    except NothingToDo as why:
        raise HTTPException(409, str(why)) from why
    except MuteRefused as why:
        raise HTTPException(422, str(why)) from why
    said = [Changed(key=one.alert.key, change=one.kind, life=one.alert.life) for one in changes]
    return Done(changes=said, recorded=recorded, who=caller.who, proof=caller.proof)


def _lain(lying: Lying) -> Lain:
    target = lying.target
    return Lain(asset=target.asset, rule=target.rule, key=target.key, mute=mute_of(lying.mute))
