"""The keys of a file of stories, as a person writes them (format 1, ``docs/rules-test.md``)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from dcim.alerts import Doing
from dcim.alerts.shapes import Word
from dcim.model import Kind, Lane
from dcim.settings.values.written import Id, Line, Seconds, ServiceId
from dcim.yaml import Section

_LONGEST = 7 * 86400.0

Time: TypeAlias = Annotated[Seconds, Field(ge=0, le=_LONGEST)]
"""A moment of a story: seconds since it began, a week at most."""

Name: TypeAlias = Annotated[Line, Field(min_length=1, max_length=200)]


Said: TypeAlias = Annotated[str, Field(min_length=1, max_length=20_000)]
"""What is said over time."""


class Is(StrEnum):
    """How an alert stands at a moment, as a story expects it."""

    NOTHING = "nothing"  # at rest, and no delay of it runs
    PENDING = "pending"  # the condition holds, the on-delay runs
    RAISED = "raised"  # it stands and people were told
    CLEARED = "cleared"  # it stood in this story, and does no more
    UNACKNOWLEDGED = "unacknowledged"
    ACKNOWLEDGED = "acknowledged"
    LATCHED = "latched"
    RETURNED = "returned_unacknowledged"
    CHATTERING = "chattering"
    MUTED = "muted"  # by any of the next three
    SHELVED = "shelved"
    SUPPRESSED = "suppressed"
    OUT_OF_SERVICE = "out_of_service"


class PointShape(Section):
    """One point of a device and what it says over time (``dcim.ruletest.notation``)."""

    metric: Word
    labels: dict[Word, str] = Field(default_factory=dict)
    says: Said
    lane: Literal[Lane.FAST, Lane.SLOW] = Lane.FAST


class DeviceShape(Section):
    """One device of a story. A device of the site needs its id alone; others need a kind."""

    device: ServiceId
    kind: Kind | None = None
    interval: Annotated[Seconds, Field(ge=0.5, le=86400)] | None = None
    room: Line | None = None
    tags: tuple[Line, ...] | None = None
    answers: Said = "answering"
    points: tuple[PointShape, ...] = ()


class DeedShape(Section):
    """What a person does at a moment."""

    at: Time
    do: Doing
    device: Id
    rule: Word | None = None
    who: Name = "story"
    note: Name = "story"
    lasts: Annotated[Seconds, Field(gt=0, le=_LONGEST)] | None = Field(default=None, alias="for")
    ticket: str = ""


class ExpectShape(Section):
    """What is so at a moment: of one alert how it stands, of all alerts which stand, how much was told."""

    at: Time
    alert: Word | None = None
    device: ServiceId | None = None
    labels: dict[Word, str] | None = None
    is_: Is | None = Field(default=None, alias="is")
    stands: tuple[Word, ...] | None = None
    incidents: int | None = Field(default=None, ge=0)
    messages: int | None = Field(default=None, ge=0)


class StoryShape(Section):
    """One story: devices, what they say, what people do, what must be so."""

    story: Name
    devices: Annotated[tuple[DeviceShape, ...], Field(min_length=1, max_length=500)]
    deeds: tuple[DeedShape, ...] = ()
    expect: Annotated[tuple[ExpectShape, ...], Field(min_length=1)]


class StoryFile(Section):
    """One file of stories."""

    format: Literal[1]
    stories: Annotated[tuple[StoryShape, ...], Field(min_length=1)]
