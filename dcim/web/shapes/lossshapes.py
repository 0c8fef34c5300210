"""What would be if something were lost, as JSON: numbers that are not known exactly are least and most."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

Between = tuple[float | None, float | None]


class TripShape(BaseModel):
    """A breaker that opens."""

    part: str
    name: str
    phase: str
    others: list[str] = Field(description="further phases of which the same is known: it is any of them")
    surely: bool
    share: Between = Field(description="of what it may carry, at least and at most")
    step: int = Field(description="0: in no order that is known")


class OverShape(BaseModel):
    """A limit that is passed, or may be."""

    part: str
    name: str
    phase: str
    others: list[str] = Field(description="further phases of which the same is known: it is any of them")
    level: str = Field(description="warn, trip")
    surely: bool
    share: Between
    carries: Between
    limit: float
    unit: str


class EnduranceShape(BaseModel):
    """How long a battery or the fuel of an engine lasts."""

    part: str
    name: str
    kind: str = Field(description="battery, fuel")
    seconds: Between
    watts: Between


class StageShape(BaseModel):
    """How it stands at one stage: at_once, engines (generators run), empty (a battery has nothing left)."""

    when: str
    after: Between = Field(description="seconds after the loss")
    trips: list[TripShape]
    over: list[OverShape]
    dead: list[str]
    doubtful: list[str]
    on_battery: list[str]
    emptied: list[str] = Field(
        description="batteries that have nothing left now; of several the order is not known"
    )
    endurance: list[EnduranceShape]


class BarShape(BaseModel):
    """What a part carries of one of its limits."""

    phase: str
    unit: str
    limit: float
    before: Between = Field(description="share of the limit")
    after: Between


class PartShape(BaseModel):
    """A part before and at the end: its limits, and voltamperes by phase."""

    part: str
    name: str
    kind: str
    feeds: list[str]
    was: str
    state: str = Field(description="live, stopped, lost, tripped, dead, doubtful, battery")
    limits: list[BarShape]
    before: dict[str, Between] = Field(description="voltamperes by phase")
    after: dict[str, Between]


class ServiceChangeShape(BaseModel):
    """A service that would stand otherwise."""

    service: str
    name: str
    before: str
    after: str = Field(description="up, down, unknown")
    redundancy: str = Field(description="full, reduced, unknown")


class WarmingShape(BaseModel):
    """A room that gets too little cooling."""

    room: str
    name: str
    seconds: Between = Field(description="until its warmest inlet passes the limit")
    celsius: float
    limit: float
    kelvin_per_hour: Between


class SingleShape(BaseModel):
    """One loss in short."""

    lost: str
    name: str
    trips: list[TripShape]
    over: list[OverShape]
    down: list[str]
    down_names: list[str] = Field(description="the feeds of a rack only where the rack stays up")
    unknown: list[str]
    unknown_names: list[str]
    reduced: int


class FindingShape(BaseModel):
    """Power that contradicts the drawing."""

    part: str
    name: str
    phase: str
    doubt: str = Field(description="more, less, sharing, demand, losses, unused")
    voltamperes: Between
    measured: Between
    explained: Between
    perhaps: str = Field(
        description="a part with the same amount the other way round; of unused, what the cord hangs on"
    )
    perhaps_name: str
    text: str = Field(description="all of that as a sentence, in the language asked for")


class WhatIfShape(BaseModel):
    """What would be if these parts were lost, on the load of ``at``."""

    at: datetime
    lost: list[str]
    names: list[str]
    stages: list[StageShape]
    services: list[ServiceChangeShape]
    parts: list[PartShape] = Field(description="those that carry something else, or are rated")
    cooling: list[WarmingShape]
    following: list[SingleShape] = Field(description="of maintenance: what one more loss would do")
    unrated: list[str] = Field(
        description="parts that carry more and have no rating: whether they open is not known"
    )
    unrated_names: list[str]
    findings: list[FindingShape] = Field(description="what is measured and contradicts the drawing, now")


class HeadroomShape(BaseModel):
    """What a part keeps after the worst single loss."""

    part: str
    name: str
    phase: str
    unit: str
    limit: float
    warn: float = Field(description="share of the rating above which it is too much in the long run")
    trip: float | None = Field(description="share of the rating above which it opens; null: nothing opens")
    now: Between = Field(description="share of the rating")
    after: Between
    lost: str
    lost_name: str


class SurvivalShape(BaseModel):
    """Whether a service would survive any single loss."""

    service: str
    name: str
    survival: str = Field(description="survives, falls, unknown")
    by: str
    by_name: str


class ComparisonShape(BaseModel):
    """What had been said of a loss against what was measured after it."""

    lost: list[str]
    said_at: datetime
    at: datetime
    holds: bool
    rows: list[dict[str, Any]]


class LossesShape(BaseModel):
    """Every single loss on the load of ``at``."""

    at: datetime | None
    cpu_seconds: float
    headroom: list[HeadroomShape]
    services: list[SurvivalShape]
    singles: list[SingleShape]
    findings: list[FindingShape]
    comparisons: list[ComparisonShape]


class SpotShape(BaseModel):
    """A rack and whether something would fit."""

    rack: str
    name: str
    room: str
    phase: str
    fits: bool | None = Field(description="null: not known")
    part: str
    part_name: str
    part_phase: str
    share: float | None = Field(
        description="of its rating after the worst loss: at most where it fits, at least where it does not"
    )
    why: str
