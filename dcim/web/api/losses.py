"""What would be if something were lost, and where there is room: over the API."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from fastapi import APIRouter, HTTPException, Query

from dcim.alerts import Language
from dcim.redundancy import Refused, Wish
from dcim.web.shapes.losssaid import answer_of, losses_of, spot_of
from dcim.web.shapes.lossshapes import LossesShape, SpotShape, WhatIfShape
from dcim.web.view.losing import Losing
from dcim.web.view.view import View
from dcim.words import Words, words

_MOST_LOST: Final = 50
_POWER: Final = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,3}|,[0-9]{1,2})?) ?(k?)W")
"""With a decimal comma too; three digits after one may be thousands."""


def losses(view: View, losing: Losing) -> APIRouter:
    """Return the routes of losses over the API."""
    router = APIRouter(prefix="/api/v1")

    @router.get("/losses")
    async def all_losses(lang: Language | None = None) -> LossesShape:
        """Return what every single loss would do, and what each part keeps at worst."""
        return losses_of(losing, words(lang or Language(view.site.language)))

    @router.get("/whatif")
    async def whatif(
        lose: Annotated[list[str], Query(max_length=_MOST_LOST, description="a part by id or name")],
        maintenance: bool = False,
        lang: Language | None = None,
    ) -> WhatIfShape:
        """Return what would be if these parts were lost together."""
        answer = await losing.ask(lose, maintenance=maintenance)
        language = lang or Language(view.site.language)
        if isinstance(answer, Refused):
            raise refusal(answer, losing, language)
        return answer_of(answer, losing, words(language))

    @router.get("/place")
    async def place(
        power: Annotated[str, Query(description="such as 3 kW")],
        cords: Annotated[int, Query(ge=1, le=8)] = 2,
        phase: Annotated[Literal["", "L1", "L2", "L3", "3"], Query(description="3: three-phase")] = "",
        room: str = "",
        lang: Language | None = None,
    ) -> list[SpotShape]:
        """Return where there is room with redundancy kept."""
        language = lang or Language(view.site.language)
        found = await losing.place(Wish(watts_of(power, words(language)), cords, phase, room))
        if isinstance(found, Refused):
            raise refusal(found, losing, language)
        return [spot_of(spot, losing) for spot in found]

    return router


def watts_of(written: str, said: Words) -> float:
    """Return a power such as ``3 kW`` or ``3,5 kW`` in watts; refuse anything else."""
    form = _POWER.fullmatch(written.strip())
    amount = float(form[1].replace(",", ".")) if form else 0.0
    if form is None or amount <= 0.0:
        raise HTTPException(422, said("losses.no_power", written[:40]))
    return amount * (1000.0 if form[2] else 1.0)


def refusal(refused: Refused, losing: Losing, language: Language) -> HTTPException:
    """Return why a question has no answer, with names that are near."""
    said = words(language)
    if refused.why == "no_room":
        return HTTPException(422, said("losses.no_room", *refused.names))
    nearest = [near for name in refused.names for near in losing.nearest(name)]
    why = (
        said(f"losses.{refused.why}", ", ".join(refused.names))
        if refused.names
        else said(f"losses.{refused.why}")
    )
    return HTTPException(404 if refused.names else 503, {"why": why, "nearest": nearest})
