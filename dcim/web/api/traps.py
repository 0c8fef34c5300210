"""What devices send unasked, for the API and for people: who sent what and when, and who is a stranger."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from dcim.collect import Heard
from dcim.record import dataclass
from dcim.web.shapes.shapes import moment
from dcim.web.view.view import View
from dcim.words import Words


class TrapShape(BaseModel):
    """One message that a device sent unasked. It sets no state: the device is asked."""

    asset: str
    at: datetime
    trap: str = Field(description="its own name in its protocol: snmpTrapOID")
    name: str = Field(description="the profile's word for it; empty where it has none")
    how: str = Field(description="v1 trap, v2c trap, v2c inform, v3 trap, v3 inform")
    sender: str
    asked: bool = Field(description="whether it is a reason to ask the device at once")


class StrangerShape(BaseModel):
    """An address that sends and is no device's."""

    sender: str
    number: int
    first: datetime
    last: datetime


class TrapsShape(BaseModel):
    """What is heard. Lists are bounded; counts are since the start."""

    listening: list[str]
    counts: dict[str, int] = Field(
        description="heard; stranger, limited, crowded, kernel: thrown away unread; refused: not signed as "
        "the device's credential says; unusable; discovery; unmatched: a relay named no device"
    )
    recent: list[TrapShape]
    strangers: list[StrangerShape]


@dataclass(frozen=True, slots=True)
class HeardLine:
    """One message as a page shows it."""

    at: float
    asset: str
    device: str
    what: str
    trap: str
    how: str
    sender: str


def add_traps(router: APIRouter, view: View) -> None:
    """Add the route of what is heard to the API."""

    @router.get("/traps")
    async def traps(device: str = "") -> TrapsShape:
        """Return the newest messages that devices sent unasked, of one or of all, and who else sends."""
        hearing = view.hearing()
        return TrapsShape(
            listening=[str(address) for address in hearing.addresses],
            counts=dict(hearing.counts),
            recent=[_shape(heard) for heard in view.heard(device)],
            strangers=[
                StrangerShape(
                    sender=one.sender, number=one.number, first=moment(one.first), last=moment(one.last)
                )
                for one in hearing.strangers
            ],
        )


def _shape(heard: Heard) -> TrapShape:
    return TrapShape(
        asset=heard.asset,
        at=moment(heard.at),
        trap=heard.what,
        name=heard.name,
        how=heard.how,
        sender=heard.sender,
        asked=heard.ask,
    )


def heard_lines(view: View, said: Words, asset_id: str = "") -> list[HeardLine]:
    """Draw what a device sent, or what all sent, the newest first."""
    return [
        HeardLine(
            heard.at, heard.asset, _name(view, heard.asset),
            said.word("trap", heard.name) if heard.name else heard.what,
            heard.what, heard.how, heard.sender,
        )
        for heard in view.heard(asset_id)
    ]  # fmt: skip


def _name(view: View, asset_id: str) -> str:
    asset = view.asset(asset_id)
    return asset.name if asset is not None else asset_id
