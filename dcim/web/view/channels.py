"""How the channels are: what the daemon shows of them, and how the API says it."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel, Field

from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A silence of a far side over some of our alerts: by whom, why, until when (UTC seconds), how many."""

    by: str
    why: str
    until: float
    matchers: str
    alerts: int


@dataclass(frozen=True, slots=True)
class ChannelView:
    """How a channel is: a word of ``channel_state``, what it says, and UTC seconds of what it last did.

    ``test``: when it is tried every day, HH:MM, or off.
    """

    name: str
    type: str
    state: str
    why: str = ""
    delivered_at: float | None = None
    tested_at: float | None = None
    failing_since: float | None = None
    test: str = "off"
    delivered: int = 0
    silences: tuple[HeldBack, ...] = ()


class SilenceShape(BaseModel):
    """A silence of a far side, such as Alertmanager, over alerts of this site."""

    by: str
    why: str
    until: datetime
    matchers: str
    alerts: int = Field(description="of this site that it holds back")


class ChannelShape(BaseModel):
    """A channel that messages go through."""

    name: str
    type: str
    state: str = Field(description="working, failing, refusing (the last message), untried")
    why: str = Field(description="what the far side says; also of a channel that works")
    delivered_at: datetime | None = Field(description="when it last took a message")
    tested_at: datetime | None = Field(description="when it last took a test message")
    failing_since: datetime | None
    test: str = Field(description="when it is tried every day, HH:MM of the site's time zone, or off")
    delivered: int = Field(description="messages since the start")
    silences: list[SilenceShape]


def channel_of(shown: ChannelView) -> ChannelShape:
    """Show a channel."""
    return ChannelShape(
        name=shown.name,
        type=shown.type,
        state=shown.state,
        why=shown.why,
        delivered_at=_at(shown.delivered_at),
        tested_at=_at(shown.tested_at),
        failing_since=_at(shown.failing_since),
        test=shown.test,
        delivered=shown.delivered,
        silences=[
            SilenceShape(
                by=one.by,
                why=one.why,
                until=datetime.fromtimestamp(one.until, UTC),
                matchers=one.matchers,
                alerts=one.alerts,
            )
            for one in shown.silences
        ],
    )


def _at(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
