"""Requests take turns: all readers together have a share of the loop, and among them each has an equal one.

request ─▶ is there time left? ─▶ answered, and what it took of the loop is taken from the readers' time
              └ no: waits ─▶ one goes at a time, as time comes back; between two the loop is the polls'
                    │         (who stands lowest of those that share: ``shares``)
                    └ too many wait: one of whoever waits with most is answered 503, and its connection ends

The loop that answers is the loop that polls. A page takes tens of milliseconds, and asking for one takes
nothing; so who asks for thousands waits for themselves, and neither polls nor other readers wait for them. A
stream of events stays open, so there are only so many, of one address and in all.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

from dcim.daemon.ports.refusing import busy
from dcim.daemon.ports.shares import Reader, Shares
from dcim.record import dataclass

STREAMS: Final = frozenset({"/live", "/api/v1/events"})
"""Paths whose answer goes on until the reader leaves."""

FIRST: Final = frozenset({"/-/healthy", "/-/ready", "/api/v1/status"})
"""Paths that say how the daemon is: asked for most when it is slow. They go before all others."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What readers may have."""

    share: float = 1 / 3
    """Of the loop's time, for long."""
    burst: float = 0.5
    """Seconds of the loop that may be had at once after a quiet while, and most that may be owed."""
    waiting: int = 48
    """Requests that wait for a turn."""
    waiting_of_one: int = 16
    """Those of one address."""
    streams: int = 100
    """Event streams."""
    streams_of_one: int = 50
    """Those of one address; a proxy is one."""


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    """A request that waits."""

    reader: Reader
    first: bool
    """Whether it goes before all others."""
    number: int
    turn: asyncio.Future[bool]


class Turns:
    """An ASGI application before another: it decides when a request begins, or that it does not."""

    def __init__(self, app: ASGIApp, limits: Limits | None = None) -> None:
        self._app, self._limits = app, limits or Limits()
        self._left, self._counted = self._limits.burst, 0.0
        self._waiting: list[_Waiting] = []
        self._numbers = itertools.count()
        self._shares = Shares()
        self._streams: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request in its turn; 503 when too many wait, or too many streams are open."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = scope.get("client") or ("", 0)
        reader = self._shares.reader(client)
        if not await self._turn(reader, first=scope["path"] in FIRST):
            await busy(scope, "busy.requests")(scope, receive, send)
            return
        self._shares.know(client)
        if scope["path"] not in STREAMS:
            await self._charged(reader, scope, receive, send)
        elif not self._has_place(client[0]):
            await busy(scope, "busy.streams")(scope, receive, send)
        else:
            self._streams[client[0]] += 1
            try:
                await self._charged(reader, scope, receive, send)
            finally:
                self._streams -= Counter([client[0]])

    def _has_place(self, address: str) -> bool:
        most = self._limits
        return self._streams.total() < most.streams and self._streams[address] < most.streams_of_one

    async def _charged(self, reader: Reader, scope: Scope, receive: Receive, send: Send) -> None:
        def charge(seconds: float) -> None:
            self._left = max(self._time_left() - seconds, -self._limits.burst)
            self._shares.took(reader, seconds)

        await _Stepped(self._app(scope, receive, send), charge)

    async def _turn(self, reader: Reader, first: bool) -> bool:
        """Wait until a request of this reader may begin; False when it shall not."""
        if not self._waiting:
            if self._time_left() > 0:
                return True
            self._shares.forget()  # what was had while nobody waited was taken from nobody
        turn: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        mine = _Waiting(reader, first, next(self._numbers), turn)
        self._waiting.append(mine)
        self._send_away(reader.address)
        self._plan()
        try:
            return await turn
        finally:
            if mine in self._waiting:
                self._waiting.remove(mine)

    def _send_away(self, address: str) -> None:
        """Refuse one of whoever waits with most, where too many wait: the last in turn of them."""
        same = [one for one in self._waiting if one.reader.address == address]
        crowd = same if len(same) > self._limits.waiting_of_one else self._waiting
        if crowd is same or len(crowd) > self._limits.waiting:
            of_address = Counter(one.reader.address for one in crowd)
            of_reader = Counter(one.reader for one in crowd)

            def most(one: _Waiting) -> tuple[object, ...]:
                held = of_address[one.reader.address], of_reader[one.reader]
                return not one.first, *held, *self._place(one)

            self._let(max(crowd, key=most), go=False)

    def _place(self, one: _Waiting) -> tuple[bool, tuple[float, float], int]:
        """Return the place of a request in the order in which they go."""
        return not one.first, self._shares.standing(one.reader), one.number

    def _plan(self) -> None:
        if self._timer is None and self._waiting:
            pause = max(-self._time_left() / self._limits.share, 0.001)
            self._timer = asyncio.get_running_loop().call_later(pause, self._next)

    def _next(self) -> None:
        """Give one its turn, when there is time for it."""
        self._timer = None
        if self._waiting and self._time_left() > 0:
            one = min(self._waiting, key=self._place)
            self._shares.went(one.reader)
            self._let(one, go=True)
        self._plan()

    def _let(self, one: _Waiting, go: bool) -> None:
        self._waiting.remove(one)
        if not one.turn.done():
            one.turn.set_result(go)

    def _time_left(self) -> float:
        now = asyncio.get_running_loop().time()
        if self._counted:
            came = (now - self._counted) * self._limits.share
            self._left = min(self._left + came, self._limits.burst)
        self._counted = now
        return self._left


class _Stepped:
    """Awaits something, and tells how long the loop was kept by each of its steps."""

    def __init__(self, awaited: Awaitable[None], took: Callable[[float], None]) -> None:
        self._awaited, self._took = awaited, took

    def __await__(self) -> Generator[Any, None, None]:
        """Go step by step, as ``await`` does."""
        steps, clock = self._awaited.__await__(), asyncio.get_running_loop().time
        thrown: BaseException | None = None
        while True:
            begun = clock()
            try:
                future = steps.send(None) if thrown is None else steps.throw(thrown)
            except StopIteration:
                return
            finally:
                self._took(clock() - begun)
            thrown = None
            try:
                yield future
            except BaseException as why:  # noqa: BLE001  it is the step's to handle, a cancellation too
                thrown = why
