"""One connection of a reader: it asks in time, or gives way to those who do.

connect ─▶ too many? ─▶ the oldest that asks nothing goes, of whoever holds most of them
        └▶ no whole request within ``HEAD`` ─▶ closed
 answered ─▶ the answer is not taken away? ─▶ the rest of it, and the next request, wait
                                         └▶ nothing of it is taken within ``HEAD`` ─▶ closed

A large answer over a slow line takes as long as it takes, while it moves. Hundreds of connections that say
half a request cost an attacker nothing (slow loris). So what asks nothing never keeps out what asks, and one
address cannot hold all the places of those that are served.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import sys
import termios
from collections import Counter
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol


class Connection(H11Protocol):
    """A connection of HTTP/1.1."""

    MOST: ClassVar = 200
    """Connections that are answered at once: readers cannot starve the polls of files."""

    MOST_OF_ONE: ClassVar = 100
    """Connections of one address; a proxy is one, and its readers share these."""

    SPARE: ClassVar = 20
    """Connections beyond these that are taken all the same: those who find no place are told so, and who asks
    how the daemon is finds one."""

    HEAD: ClassVar = 10.0
    """Seconds in which a request's head must have come whole, from the connection or the answer before; and
    in which something of an answer must have been taken."""

    since: float
    _unread: bool = False
    _timer: asyncio.TimerHandle | None = None
    _untaken: int = 0  # bytes, when the timer was started

    @property
    def waits(self) -> bool:
        """Whether no request of it is being answered."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def address(self) -> str:
        """Return where it comes from; empty when that is not known any more."""
        return self.client[0] if self.client else ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, and make room for it."""
        super().connection_made(transport)
        self.since = self.loop.time()
        self._expect()
        self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._expect_nothing()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """Wait for the next request, for as long as for the first; it begins when this is read."""
        self._unread = self.flow.write_paused and not self.transport.is_closing()
        if not self._unread:
            super().on_response_complete()
        self.since = self.loop.time()
        self._expect()

    def pause_writing(self) -> None:
        """Wait until some of what is to be sent is taken: what is streamed goes on only then."""
        super().pause_writing()
        self._expect()

    def resume_writing(self) -> None:
        """Go on: most of what was to be sent is on its way."""
        super().resume_writing()
        if self._unread:
            self.on_response_complete()

    def _expect(self) -> None:
        self._expect_nothing()
        self._untaken = _untaken(self.transport)
        self._timer = self.loop.call_later(self.HEAD, self._give_up)

    def _expect_nothing(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        if not self.waits and not self.flow.write_paused:
            return  # it is being answered, and nothing of the answer is kept up
        if _untaken(self.transport) == self._untaken:
            self.go()
        else:  # the answer is on its way, or was until a moment ago
            self._expect()

    def go(self) -> None:
        """End it at once: nobody counts it any more."""
        self._expect_nothing()
        self.connections.discard(self)
        self.transport.abort()

    def _make_room(self) -> None:
        others = [one for one in self.connections if isinstance(one, Connection) and one is not self]
        mine = [one for one in others if one.address == self.address]
        if len(mine) >= self.MOST_OF_ONE:
            self._instead(_oldest(mine), len(mine) - self.MOST_OF_ONE)
        elif len(others) >= self.MOST:
            self._instead(_oldest(_of_most(others)), len(others) - self.MOST)

    def _instead(self, oldest: Connection | None, beyond: int) -> None:
        """Take the place of one that asks nothing; where there is none, a spare one if any is left."""
        if oldest is not None:
            oldest.go()
        elif beyond >= self.SPARE:
            self.go()


def _untaken(transport: asyncio.Transport) -> int:
    """Return how many bytes of answers are not acknowledged by the far end: ours, and those of the kernel."""
    wire, kept = transport.get_extra_info("socket"), 0
    with contextlib.suppress(OSError, ValueError):  # a closed one
        kept = int.from_bytes(fcntl.ioctl(wire.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    return transport.get_write_buffer_size() + kept


def _oldest(connections: list[Connection]) -> Connection | None:
    """Return the one that has asked nothing for longest, None where all are being answered."""
    return min((one for one in connections if one.waits), key=lambda one: one.since, default=None)


def _of_most(connections: list[Connection]) -> list[Connection]:
    """Return those of the address that has most that ask nothing."""
    held = Counter(one.address for one in connections if one.waits)
    most = max(held, key=held.__getitem__, default="")
    return [one for one in connections if one.address == most]
