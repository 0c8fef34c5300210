"""The outbox worker: every message of every channel, at least once, and one dead channel delays no other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Final

import structlog

from dcim.clock import Clock
from dcim.notify.channel import Channels, Letter, RefusedForGood, Reply, Ticking
from dcim.notify.posting.counts import Counts
from dcim.notify.posting.line import Line
from dcim.notify.posting.patience import Patience
from dcim.notify.posting.settle import commit, letter_of, settled
from dcim.notify.posting.trial import trial_key
from dcim.record import dataclass
from dcim.store import Attempt, MessageState, Outbox, Outcome

_ALL: Final = 1_000_000

_log = structlog.get_logger("dcim.notify")


@dataclass(frozen=True, slots=True)
class Heard:
    """Somebody answered a message: who, when (UTC seconds), on which channel, and what it told of."""

    letter: Letter
    channel: str
    who: str
    text: str
    at: float


class Postman:
    """Takes messages from the store to their channels. Only what a channel says is delivered counts as sent.

    ``chance`` gives the jitter of the back-off, a number in [0, 1). ``on_reply`` is the effect of an answer
    that came back through a channel: set it before ``run``; it may come twice after a crash.
    """

    def __init__(
        self,
        store: Outbox,
        channels: Channels,
        clock: Clock,
        patience: Patience | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._clock = clock
        self._channels = channels
        self.on_reply: Callable[[Heard], None] = lambda _heard: None
        self._lines = {
            name: Line(name, channel, store, clock, patience or Patience(), chance)
            for name, channel in channels.items()
        }
        for line in self._lines.values():
            line.heard = self._reply

    def show(self, shown: Callable[[str], str]) -> None:
        """Have messages say names for pseudonyms from now on: ``shown`` gives a text with them."""
        for line in self._lines.values():
            line.shown = shown

    @property
    def counts(self) -> Mapping[str, Counts]:
        """Return what became of the messages, by channel."""
        return {name: line.counts for name, line in self._lines.items()}

    def wake(self) -> None:
        """Look for messages at once: call it after a work with messages was committed."""
        for line in self._lines.values():
            line.wake()

    async def run(self) -> None:
        """Deliver until cancelled. What was under way when the last daemon died is sent again."""
        await self._take_over()
        async with asyncio.TaskGroup() as tasks:
            for name, line in self._lines.items():
                tasks.create_task(line.run(), name=f"channel {name}")
            tasks.create_task(asyncio.Event().wait(), name="no channel")  # a site may have none

    async def deliver_due(self) -> None:
        """Send once everything that is due now, and return: for a clean stop, and for tests."""
        await self._take_over()
        async with asyncio.TaskGroup() as tasks:
            for line in self._lines.values():
                tasks.create_task(line.work_off())

    async def aclose(self) -> None:
        """Close every channel."""
        for channel in self._channels.values():
            await channel.aclose()

    def _reply(self, channel: str, reply: Reply) -> None:
        """Find what a reply is about, and tell it on; one to a message that was never sent is nothing."""
        queued = self._store.message(reply.number)
        letter = letter_of(queued) if queued is not None and queued.channel == channel else None
        if letter is None or isinstance(letter, RefusedForGood):
            _log.warning("reply to no message", channel=channel, number=reply.number, who=reply.who)
            return
        _log.info("reply", channel=channel, number=reply.number, who=reply.who)
        self.on_reply(Heard(letter, channel, reply.who, reply.text, reply.at))

    def _remember(self) -> None:
        """Read what earlier runs have delivered: the newest times, and what is said again while it holds."""
        for name, line in self._lines.items():
            line.counts.delivered_at = self._store.delivered_at(name)
            line.counts.tested_at = self._store.delivered_at(name, trial_key(name))
            if isinstance(self._channels[name], Ticking):
                line.stand(self._store.newest_delivered(name))

    async def _take_over(self) -> None:
        """Read what is pending: order is kept over a restart, and messages without a channel are given up."""
        await asyncio.to_thread(self._remember)
        pending = await asyncio.to_thread(self._store.outbox, (MessageState.PENDING,), _ALL)
        for name, line in self._lines.items():
            line.hold([queued for queued in pending if queued.channel == name])
        for queued in reversed(pending):
            if queued.channel not in self._lines:
                why = "the channel is no longer in the configuration"
                attempt = Attempt(queued.id, Outcome.DROPPED, self._clock.now(), why)
                await commit(self._store, settled(queued, attempt))
