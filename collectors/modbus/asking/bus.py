"""One connection and everybody behind it: a gateway, a serial line, or a single device.

    collect(unit 1) --+                       +-- breaker of unit 1
    collect(unit 2) --+--> turns --> pace --> +-- breaker of unit 2 --> transport --> wire
    collect(unit 7) --+                       +-- ...

Equal links share one connection, because many devices accept only one (C8). What one unit does costs the
others at most one timeout, and less and less of them (C6). A connection over which nobody answers is
made anew, however well it stands (C9). Other buses notice nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Final, NamedTuple, TypeVar

from collectors.modbus.asking.pacing import ANSWERING, PATIENCE, Breaker, Redial, Turns
from collectors.modbus.transport.contract import Denied, Link, Lost, Read, Transport
from dcim.model import BadAnswer, NoAnswer, PollError, Refused
from dcim.record import dataclass

T = TypeVar("T")

_BUSY_PAUSES: Final = (0.05, 0.1, 0.2, 0.4)
"""Seconds between attempts on a unit that says it is busy (exception 6)."""

_DEAF_AFTER: Final = 3
"""Questions in a row, of any unit, after whose silence the connection itself is doubted."""


class Manner(NamedTuple):
    """How one unit wants to be asked: seconds to wait for an answer, of pause around questions, and
    between attempts while it is busy.
    """

    timeout: float = 2.0
    pause: float = 0.0
    while_busy: tuple[float, ...] = _BUSY_PAUSES


@dataclass(slots=True)
class Tally:
    """Questions sent, and how many of those were repeats."""

    requests: int = 0
    retries: int = 0


class NotAsked(NoAnswer):
    """The question was not sent: the unit or the connection is at rest, or its turn never came."""


class Bus:
    """The queue, the pace and the patience of one connection."""

    def __init__(self, link: Link, transport: Transport) -> None:
        self.link = link
        self.reached = False  # there was a connection once
        self._transport = transport
        self._turns = Turns()
        self._breakers: dict[int, Breaker] = {}
        self._redial = Redial()
        self._free_at = 0.0
        self._deaf = 0
        self._closed = False
        self._silence = link.silence

    def read(
        self, unit: int, read: Read, manner: Manner, deadline: float, tally: Tally
    ) -> Coroutine[Any, Any, bytes]:
        """Return the values of one read, ``read.size`` bytes, by ``deadline`` (``loop.time()`` seconds).

        Raises ``NoAnswer`` (also at once, while a silent unit rests), ``Denied`` with the exception code,
        ``BadAnswer``; nothing else.
        """
        transport = self._transport
        return self._patiently(unit, manner, deadline, tally, lambda until: transport.read(unit, read, until))

    def identify(
        self, unit: int, manner: Manner, deadline: float, tally: Tally
    ) -> Coroutine[Any, Any, Mapping[int, str]]:
        """Return the objects of function 43/14; raises as ``read`` does."""
        transport = self._transport
        return self._patiently(unit, manner, deadline, tally, lambda until: transport.identify(unit, until))

    def silent(self, unit: int) -> bool:
        """Whether a unit has not answered lately, so that one cheap question should come first."""
        return self._breakers.get(unit, ANSWERING).silent

    async def _patiently(
        self, unit: int, manner: Manner, deadline: float, tally: Tally, ask: Callable[[float], Awaitable[T]]
    ) -> T:
        """Ask, and again while the unit is busy, or once when a unit that used to answer did not."""
        second_chance = self._breakers.get(unit, ANSWERING).misses < PATIENCE
        busy = 0
        while True:
            try:
                return await self._in_turn(unit, manner, deadline, tally, ask)
            except Denied as exc:
                if exc.code != Denied.BUSY or busy == len(manner.while_busy):
                    raise
                wait, busy = manner.while_busy[busy], busy + 1
            except NotAsked:
                raise
            except (NoAnswer, BadAnswer):
                if not second_chance:
                    raise
                second_chance, wait = False, 0.0
            if _now() + wait + manner.pause >= deadline:
                msg = f"{self.link} unit {unit}: no useful answer by the deadline"
                raise NoAnswer(msg)
            await asyncio.sleep(wait)
            tally.retries += 1

    async def _in_turn(
        self, unit: int, manner: Manner, deadline: float, tally: Tally, ask: Callable[[float], Awaitable[T]]
    ) -> T:
        self._check(unit)
        if not self._turns.take_now():
            await self._wait_for_turn(unit, deadline)
        try:
            if not self._transport.connected:
                await self._connect(manner, deadline)
            start = _now()
            if self._free_at > start:
                start = await self._pace()
            if start >= deadline:
                msg = f"{self.link} unit {unit}: its turn came too late"
                raise NotAsked(msg)
            tally.requests += 1
            try:
                answer = await ask(min(start + manner.timeout, deadline))
            except PollError as exc:
                self._note(unit, exc, start, manner, deadline)
                raise
            finally:
                self._free_at = _now() + max(manner.pause, self._silence)
            self._deaf = 0
            self._breakers[unit] = ANSWERING
            return answer
        finally:
            self._turns.give()

    async def _wait_for_turn(self, unit: int, deadline: float) -> None:
        """Wait for the bus, and check again: what the others did meanwhile may have changed everything."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._turns.take(unit)
        except TimeoutError as exc:
            msg = f"{self.link} unit {unit}: the bus was busy until the deadline"
            raise NotAsked(msg) from exc
        try:
            self._check(unit)
        except NotAsked:
            self._turns.give()
            raise

    def _check(self, unit: int) -> None:
        """Raise ``NoAnswer`` at once when the unit, or the way to it, is at rest."""
        if self._closed:
            msg = f"{self.link}: closed"
            raise NotAsked(msg)
        breaker = self._breakers.setdefault(unit, ANSWERING)
        if breaker is not ANSWERING and not breaker.allows(now := _now()):
            again = breaker.rests_until - now
            msg = f"{self.link} unit {unit}: no answer {breaker.misses} times, asked again in {again:.0f} s"
            raise NotAsked(msg)

    def _note(self, unit: int, exc: PollError, start: float, manner: Manner, deadline: float) -> None:
        """Take note of what came instead of an answer; ``NoAnswer`` where a gateway speaks for a unit."""
        if isinstance(exc, Denied):
            self._heard(unit, exc.code in Denied.GATEWAY, start)
            if exc.code in Denied.GATEWAY:
                raise NoAnswer(str(exc)) from exc
        elif not isinstance(exc, Lost) and start + manner.timeout <= deadline:
            self._unheard(unit, exc, start, manner)

    async def _connect(self, manner: Manner, deadline: float) -> None:
        if self._transport.connected:
            return
        now = _now()
        if now < self._redial.not_before:
            msg = f"{self.link}: no connection, tried again in {self._redial.not_before - now:.1f} s"
            raise NotAsked(msg)
        try:
            await self._transport.connect(min(now + manner.timeout, deadline))
        except NoAnswer as exc:
            self._redial = self._redial.failed(_now())
            raise NotAsked(str(exc)) from exc
        self._redial = Redial()
        self._deaf = 0
        self.reached = True

    async def _pace(self) -> float:
        """Wait until the line has been quiet for as long as the last unit wants (C7); return the time."""
        await asyncio.sleep(self._free_at - _now())
        return _now()

    def _heard(self, unit: int, by_gateway: bool, start: float) -> None:
        """Something came: the connection lives. From a gateway it says nothing good about the unit."""
        self._deaf = 0
        if by_gateway:
            self._miss(unit, start)
        else:
            self._breakers[unit] = ANSWERING

    def _unheard(self, unit: int, error: PollError, start: float, manner: Manner) -> None:
        """Nothing useful came. What came at once and was nonsense is no silence."""
        if isinstance(error, BadAnswer) and _now() - start < manner.timeout:
            self._deaf = 0
            return
        self._miss(unit, start)
        self._deaf += isinstance(error, NoAnswer)
        if self._deaf >= _DEAF_AFTER:
            self._deaf = 0
            self._transport.close()

    def _miss(self, unit: int, start: float) -> None:
        now = _now()
        others = [breaker for other, breaker in self._breakers.items() if other != unit]
        held = now - start if others else 0.0
        silent = sum(breaker.silent for breaker in others)
        self._breakers[unit] = self._breakers.get(unit, ANSWERING).missed(now, held, silent)

    def close(self) -> None:
        """End the connection; questions under way and in the queue end as ``NoAnswer``."""
        self._closed = True
        self._transport.close()


def _now() -> float:
    return asyncio.get_running_loop().time()


class Buses:
    """Every bus, one for each host and port or serial line."""

    def __init__(self, make: Callable[[Link], Transport]) -> None:
        self._make = make
        self._by_place: dict[tuple[str, int], Bus] = {}

    def of(self, link: Link) -> Bus:
        """Return the bus of a link; raise ``Refused`` when another device describes the place otherwise."""
        bus = self._by_place.get(link.where)
        if bus is None:
            bus = self._by_place[link.where] = Bus(link, self._make(link))
        if bus.link != link:
            msg = f"{link}: two devices describe this connection differently ({bus.link!r}, {link!r})"
            raise Refused(msg)
        return bus

    def close(self) -> None:
        """Close every connection."""
        for bus in self._by_place.values():
            bus.close()
