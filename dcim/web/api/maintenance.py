"""Maintenance over the API: what is open and comes, announce, end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, HTTPException, Request
from pydantic import AwareDatetime, BaseModel, Field

from dcim.model import DcimError
from dcim.settings.values.written import Id
from dcim.web.api.duty import Order
from dcim.web.entrance.caller import caller_of
from dcim.web.entrance.wishes import Said
from dcim.web.shapes.shapes import moment
from dcim.web.view.view import View, WindowView
from dcim.windows import Once, Scope, Span, Window


class Announce(Order):
    """Work that is going to be done, once."""

    id: Id
    reason: Said = Field(min_length=1, max_length=400)
    ticket: Said = Field(default="", max_length=200)
    start: AwareDatetime | None = Field(default=None, description="null: now")
    end: AwareDatetime
    devices: list[str] = Field(default_factory=list)
    services: list[str] = Field(default_factory=list)
    rooms: list[str] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    everything: bool = False


class End(Order):
    """Work is over, or is not going to be done."""


class Maintained(BaseModel):
    """A window: open now, or the next time it is."""

    id: str
    open: bool
    start: datetime
    end: datetime
    reason: str
    ticket: str
    by: str = Field(description="who announced it; empty: it stands in the configuration")
    covers: list[str] = Field(description="the devices and services it lies over")


def maintenance(view: View) -> APIRouter:
    """Return the routes over a view."""
    router = APIRouter(prefix="/api/v1/maintenance")

    @router.get("")
    async def windows() -> list[Maintained]:
        """Return the windows that are open or come, the soonest first."""
        return [_maintained(one) for one in view.windows()]

    @router.post("")
    async def announce(request: Request, order: Announce) -> list[Maintained]:
        """Announce work; it is recorded, and people are told when it begins."""
        caller = await caller_of(request, view, order.who)
        try:
            await view.announce(_window(order, view.now(), caller.who), caller)
        except DcimError as why:
            raise HTTPException(422, str(why)) from why
        return await windows()

    @router.post("/{window_id}/end")
    async def end(request: Request, window_id: str, order: End) -> list[Maintained]:
        """End work that somebody announced, or take it back; what is still wrong there is told."""
        caller = await caller_of(request, view, order.who)
        try:
            await view.withdraw(window_id, caller)
        except DcimError as why:
            raise HTTPException(422, str(why)) from why
        return await windows()

    return router


def _window(order: Announce, now: float, who: str) -> Window:
    start = now if order.start is None else order.start.timestamp()
    lists: Sequence[list[str]] = (order.devices, order.services, order.rooms, order.tags)
    devices, services, rooms, tags = (frozenset(names) for names in lists)
    return Window(
        order.id,
        Scope(devices, services, rooms, tags, order.everything),
        Once(Span(start, order.end.timestamp())),
        order.reason.strip(),
        order.ticket.strip(),
        who,
    )


def _maintained(one: WindowView) -> Maintained:
    window = one.window
    return Maintained(
        id=window.id,
        open=one.open,
        start=moment(one.span.start),
        end=moment(one.span.end),
        reason=window.reason,
        ticket=window.ticket,
        by=window.by,
        covers=list(one.covers),
    )
