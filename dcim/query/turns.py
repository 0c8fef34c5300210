"""Whose turn it is: a few at once, in order, and each client in its turn however much another one asks."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from typing import Final

from dcim.query.refused import Refused

WAITING: Final = 100
"""Questions that may wait for their turn."""
OF_ONE: Final = 50
"""Of those, how many may be of one client."""


class Turns:
    """As many turns at once as there are; ``patience``: seconds that one waits for its own."""

    def __init__(self, at_once: int, patience: float) -> None:
        self._free = at_once
        self._patience = patience
        self._queues: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def waiting(self) -> int:
        """Return how many wait."""
        return sum(map(len, self._queues.values()))

    async def take(self, client: str) -> None:
        """Wait for a turn. Raise Refused when too many wait already, or when it does not come in time."""
        if self._free and not self._queues:
            self._free -= 1
            return
        self._bounded(client)
        mine = asyncio.get_running_loop().create_future()
        self._queues.setdefault(client, deque()).append(mine)
        try:
            async with asyncio.timeout(self._patience):
                await mine
        except BaseException as why:
            self._leave(client, mine)
            if not isinstance(why, TimeoutError):
                raise
            kind = "unavailable"
            raise Refused(kind, f"waited {self._patience:g} s for its turn: others ask too much") from None

    def _bounded(self, client: str) -> None:
        kind = "unavailable"
        if self.waiting >= WAITING:
            raise Refused(kind, f"{WAITING} queries wait already: ask again later")
        if len(self._queues.get(client, ())) >= OF_ONE:
            raise Refused(
                kind, f"{OF_ONE} queries of {client or 'this client'} wait already: ask again later"
            )

    def _leave(self, client: str, mine: asyncio.Future[None]) -> None:
        """Take one out that waits no more; a turn that it was given in that very moment is passed on."""
        if mine.done() and not mine.cancelled():
            self.give()
            return
        queue = self._queues.get(client)
        if queue is not None and mine in queue:
            queue.remove(mine)
            if not queue:
                del self._queues[client]

    def give(self) -> None:
        """Give a turn back: to the client that has waited the longest since its last one."""
        while self._queues:
            client, queue = self._queues.popitem(last=False)
            mine = queue.popleft()
            if queue:
                self._queues[client] = queue
            if not mine.done():
                mine.set_result(None)
                return
        self._free += 1
