"""The outbox worker: every message of every channel, at least once, and one dead channel delays no other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Final

from dcim.clock import Clock
from dcim.notify.channel import Channels
from dcim.notify.line import Counts, Line, commit, settled
from dcim.notify.patience import Patience
from dcim.store import Attempt, MessageState, Outbox, Outcome

_ALL: Final = 1_000_000


class Postman:
    """Takes messages from the store to their channels. Only what a channel says is delivered counts as sent.

    ``chance`` gives the jitter of the back-off, a number in [0, 1).
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
        self._lines = {
            name: Line(name, channel, store, clock, patience or Patience(), chance)
            for name, channel in channels.items()
        }

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

    async def _take_over(self) -> None:
        """Read what is pending: order is kept over a restart, and messages without a channel are given up."""
        pending = await asyncio.to_thread(self._store.outbox, (MessageState.PENDING,), _ALL)
        for name, line in self._lines.items():
            line.hold([queued for queued in pending if queued.channel == name])
        for queued in reversed(pending):
            if queued.channel not in self._lines:
                why = "the channel is no longer in the configuration"
                attempt = Attempt(queued.id, Outcome.DROPPED, self._clock.now(), why)
                await commit(self._store, settled(queued, attempt))
