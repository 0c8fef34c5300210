"""How the channels are, as points of the daemon itself: so a dead channel is an alert through the next one.

counts of the postman ─▶ channel_state{channel} ─▶ watch, like any reading
09:00 of every day ─▶ trial ─▶ the channel's outbox, the way of an alert
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from dcim.clock import Clock
from dcim.daemon.itself import AGAIN, OWN
from dcim.model import Address, Asset, Batch, Health, Kind, Lane, Layout, Meaning, Point, state_code
from dcim.notify import Channel, Counts, Site, trial
from dcim.settings import Referring
from dcim.store import Work
from dcim.web import ChannelView, HeldBack

STATE: Final = "channel_state"
_MAIL: Final = "smtp"

_LOOK: Final = 2.0
_HEALTH: Final = {
    "working": Health.OK,
    "failing": Health.CRITICAL,
    "refusing": Health.WARNING,
    "untried": Health.UNKNOWN,
}
_CODES: Final = {word: state_code(word) for word in _HEALTH}
_STATES: Final = {_CODES[word]: Meaning(word, health) for word, health in _HEALTH.items()}


def state_of(counts: Counts) -> str:
    """Return a channel's state as a word of the catalogue. Pure."""
    if counts.failing_since is not None:
        return "failing"
    if counts.refused_at is not None:
        return "refusing"
    return "untried" if counts.delivered_at is None else "working"


def _shown(part: Referring, counts: Counts) -> ChannelView:
    silences = (HeldBack(one.by, one.why, one.until, one.matchers, len(one.keys)) for one in counts.silences)
    return ChannelView(
        part.name,
        part.type,
        state_of(counts),
        counts.why,
        counts.delivered_at,
        counts.tested_at,
        counts.failing_since,
        getattr(part.fields, "test", "off"),
        counts.delivered,
        tuple(silences),
    )


class Channels:
    """Says how the channels of a site are, and tries each of them every day."""

    def __init__(
        self, site: Site, parts: Sequence[Referring], opened: Mapping[str, Channel], clock: Clock
    ) -> None:
        self.asset = Asset(
            OWN, f"dcim {site.name or site.id}", Kind.SERVICE, "", Address(""), site=site.id, interval=AGAIN
        )
        self.counts: Callable[[], Mapping[str, Counts]] = dict
        self.said: Callable[[Batch], None] = lambda _batch: None  # effects, carried by the daemon
        self.noted: Callable[[Work], None] = lambda _work: None
        self.also: Callable[[], None] = lambda: None  # what else is looked after as often
        self.ended: Callable[[], str] = str  # where the ledger ended last by a signature; mails keep it
        self._site = site
        self._parts = parts
        self._opened = opened
        self._clock = clock
        points = tuple(Point(OWN, STATE, (("channel", part.name),)) for part in parts)
        sources = ("channels",) * len(points)
        self._layout = Layout(OWN, Lane.SLOW, points, (_STATES,) * len(points), sources, own=True)
        self._last: tuple[float, tuple[str, ...]] = (-AGAIN, ())
        self._next: dict[str, tuple[Any, datetime]] = {}  # channel: its trigger, and when it is due

    async def run(self) -> None:
        """Look, and try what is due, until cancelled."""
        await asyncio.to_thread(self.plan)
        while True:
            await asyncio.sleep(_LOOK)
            self.look()
            self.also()

    def plan(self) -> None:
        """Find out when each channel is tried next. It imports APScheduler: call it in a thread."""
        from apscheduler.triggers.cron import CronTrigger

        now = self._now()
        for part in self._parts:
            written = getattr(part.fields, "test", "off")
            if written != "off":
                hour, minute = map(int, written.split(":"))
                trigger = CronTrigger(hour=hour, minute=minute, timezone=self._site.time_zone)
                self._next[part.name] = trigger, trigger.get_next_fire_time(None, now)

    def look(self) -> None:
        """Say the states that changed, or all of them after a while; send the test messages that are due."""
        if not self._parts:
            return
        counts = self.counts()
        words = tuple(state_of(counts[part.name]) for part in self._parts)
        at, last = self._last
        if words != last or self._clock.monotonic() - at >= AGAIN:
            self._last = self._clock.monotonic(), words
            self.said(Batch(self._layout, self._clock.now(), array("d", map(_CODES.__getitem__, words))))
        now = self._now()
        for name, (trigger, due) in self._next.items():
            if due <= now:
                self._next[name] = trigger, trigger.get_next_fire_time(due, now)
                self.try_out(name)

    def shown(self) -> tuple[ChannelView, ...]:
        """Return how the channels are, for people, in the order of the configuration."""
        counts = self.counts()
        return tuple(_shown(part, counts[part.name]) for part in self._parts)

    def try_out(self, name: str) -> None:
        """Send a test message through a channel, the way of an alert."""
        mails = any(part.name == name and part.type == _MAIL for part in self._parts)
        head = self.ended() if mails else ""
        self.noted(trial(self._site, name, self._opened[name], self._clock.now(), head))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)
