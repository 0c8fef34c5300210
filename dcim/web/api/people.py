"""People over the API: who stands in the record under which pseudonym, and a name erased on request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, Field

from dcim.model import DcimError
from dcim.people import Person
from dcim.web.api.duty import Order
from dcim.web.entrance.caller import caller_of
from dcim.web.entrance.wishes import Said
from dcim.web.shapes.shapes import moment
from dcim.web.view.acting import Caller
from dcim.web.view.view import View


class Register(Protocol):
    """What knows the names behind pseudonyms."""

    def people(self) -> Sequence[Person]:
        """Return everybody, who came first first."""
        ...

    async def erase(self, who: str, caller: Caller) -> tuple[Person, bool]:
        """Erase a name, on record; return whose, and whether it is on disk. Raise DcimError for nobody."""
        ...


class Erasure(Order):
    """Whose name is to be erased: the name itself or its pseudonym."""

    person: Said = Field(min_length=1, max_length=200)


class Somebody(BaseModel):
    """A person of the record; no name: it was erased."""

    pseudonym: str
    name: str | None
    added: datetime
    erased: datetime | None
    recorded: bool = Field(default=True, description="false: the disk takes nothing now; it is tried again")


def people(view: View, register: Register) -> APIRouter:
    """Return the routes over a register."""
    router = APIRouter(prefix="/api/v1/people")

    @router.get("")
    async def listed(request: Request) -> list[Somebody]:
        """Return everybody; where people have tokens only for one of them."""
        await caller_of(request, view, "somebody")
        return [_shown(one) for one in register.people()]

    @router.post("/erase")
    async def erase(request: Request, order: Erasure) -> Somebody:
        """Erase the name of somebody. Facts keep the pseudonym: the chain stays as it is."""
        caller = await caller_of(request, view, order.who)
        try:
            gone, recorded = await register.erase(order.person, caller)
        except DcimError as why:
            raise HTTPException(404, str(why)) from why
        return _shown(gone, recorded=recorded)

    return router


def _shown(one: Person, *, recorded: bool = True) -> Somebody:
    erased = None if one.erased_at is None else moment(one.erased_at)
    return Somebody(
        pseudonym=one.pseudonym, name=one.name, added=moment(one.added_at), erased=erased, recorded=recorded
    )
