"""Modbus TCP, RTU over TCP and serial RTU through pymodbus, which carries bytes and checks nothing for us.

    bus -> PymodbusTransport -> Connection -> Wire: a pymodbus line, a new one for every dial
                  ^                             |
                  +--------- our framer <-------+     decides which frame is the answer

pymodbus would retry, reconnect and time out by itself, and on RTU would take a late answer for the next one
(there is no transaction number). So only its lines are used, without its reconnecting, and the framers are
ours: a frame is an answer when ``frames.fit`` says so.

On RTU a late answer of the same unit, function and length cannot be told from a new one. A question that
got no answer therefore leaves a *ghost*; before the like of it is asked again, a question of another length
is. Devices answer in order: an answer to that one means the ghost has gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Coroutine, Mapping
from typing import Any, Final

from collectors.modbus.transport.connection import Connection
from collectors.modbus.transport.contract import LAST_ADDRESS, Denied, Framing, Link, Lost, Read
from collectors.modbus.transport.framers import Waiting
from collectors.modbus.transport.frames import MEI, MEI_IDENTIFY, Objects, Question, read_objects, words
from collectors.modbus.transport.wire import Expired
from dcim.model import BadAnswer, NoAnswer, PollError, Sign

_GHOST_LIFE: Final = 60.0
"""Seconds after which no answer is expected any more: far beyond what gateways are seen to queue."""

_MOST_OBJECT_PAGES: Final = 16
_BASIC, _REGULAR = 1, 2
_VALUES: Final = 2
"""Where values begin in the answer to a read: after function and length."""


class _Ghosts:
    """Answers that may still come, by unit: function and length of each, and until when."""

    def __init__(self) -> None:
        self._by_unit: dict[int, dict[tuple[int, int | None], float]] = {}

    def of(self, unit: int, now: float) -> set[tuple[int, int | None]]:
        """Return what may still come from a unit."""
        known = self._by_unit.get(unit)
        return {shape for shape, until in known.items() if until > now} if known else set()

    def add(self, question: Question, now: float) -> None:
        """Expect a late answer to this question."""
        known = self._by_unit.setdefault(question.unit, {})
        known[question.function, question.size] = now + _GHOST_LIFE

    def lay(self, question: Question, *, but: bool, now: float) -> None:
        """Forget a unit's ghosts, as it answered a later question; keep that one when it may answer again."""
        if self._by_unit.pop(question.unit, None) is not None and but:
            self.add(question, now)


class PymodbusTransport:
    """The way to one place through pymodbus: one connection at a time."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._connection: Connection | None = None
        self._waiting = Waiting()
        self._ghosts = _Ghosts()
        self._numbered = link.framing is Framing.TCP  # so that a late answer can be told from a new one
        self._owed_until = 0.0
        logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)  # our bus logs, on change

    @property
    def connected(self) -> bool:
        """Whether the connection stands, as far as this side knows."""
        connection = self._connection
        return connection is not None and connection.open and not self._waiting.derailed

    @property
    def late(self) -> int:
        """Return how many answers came after their question had been given up."""
        return self._waiting.late

    async def connect(self, deadline: float) -> None:
        """Open a new connection by ``deadline``, or raise ``NoAnswer``."""
        self.close()
        self._waiting.derailed = False
        try:
            self._connection = connection = Connection(self.link, self._waiting)
        except Exception as exc:
            msg = f"{self.link}: no connection: {exc!r}"
            raise NoAnswer(msg) from exc
        self._waiting.end = connection.end
        await connection.dial(deadline)

    def read(self, unit: int, read: Read, deadline: float) -> Coroutine[Any, Any, bytes]:
        """Return ``read.size`` bytes, as the device sent them in answer to this very question."""
        question = Question.of(unit, read)
        if self._numbered:
            return self._ask(question, words(read), read, deadline, _VALUES)
        return self._on_a_line(question, read, deadline)

    async def _on_a_line(self, question: Question, read: Read, deadline: float) -> bytes:
        """Read where nothing in an answer tells which question it is of."""
        await self._let_finish(deadline)
        await self._lay_ghosts(question, read, deadline)
        return await self._ask(question, words(read), read, deadline, _VALUES)

    async def _let_finish(self, deadline: float) -> None:
        """Wait for the answer to a question that was cancelled: two voices on one line destroy each other."""
        until = min(self._owed_until, deadline)
        with contextlib.suppress(TimeoutError):
            if until > asyncio.get_running_loop().time():
                async with asyncio.timeout_at(until):
                    await self._waiting.heard.wait()
        self._owed_until = 0.0

    async def _lay_ghosts(self, question: Question, read: Read, deadline: float) -> None:
        """Make sure that no late answer can be taken for the answer to ``question``."""
        expected = self._ghosts.of(question.unit, _now())
        if (question.function, question.size) not in expected:
            return
        step = 1 if read.space.has_words else 8
        counts = range(1, 12 * step, step)  # eleven unanswered in a minute: one more changes nothing
        probes = [Read(read.space, min(read.start, LAST_ADDRESS + 1 - count), count) for count in counts]
        fits = (probe for probe in probes if (question.function, probe.size) not in expected)
        probe = next(fits, probes[-1])
        asked = Question.of(question.unit, probe)
        try:
            await self._ask(asked, words(probe), probe, deadline)
        except Denied:
            return  # in order: what was before this has been answered

    async def _ask(
        self, question: Question, pdu: bytes, what: object, deadline: float, first: int = 0
    ) -> bytes:
        """Send one question and return its answer from a byte on. ``what`` is what people call it."""
        connection = self._ready()
        self._waiting.question = question
        try:
            answer = await connection.ask(question.unit, pdu, deadline)
        except asyncio.CancelledError:
            self._owed_until = deadline
            self._waiting.heard.clear()
            self._ghosts.add(question, _now())
            raise
        except (NoAnswer, BadAnswer) as exc:
            self._ghosts.add(question, _now())
            if not isinstance(exc, Lost):
                raise
            msg = f"{self._name(question, what)}: {exc}"
            raise Lost(msg) from exc
        except Expired as exc:
            self._ghosts.add(question, _now())
            raise self._silence(connection, self._name(question, what)) from exc
        finally:
            self._waiting.question = None
        denied = answer[0] & 0x80
        if not self._numbered:
            self._ghosts.lay(question, but=bool(denied), now=_now())
        if denied:
            raise Denied(answer[1], self._name(question, what))
        return answer[first:]

    def _name(self, question: Question, what: object) -> str:
        return f"{self.link} unit {question.unit}: {what}"

    def _ready(self) -> Connection:
        """Return the connection when a question can be sent now, or raise ``Lost``."""
        connection = self._connection
        if connection is None or not self.connected or self._stands_in_a_frame(connection):
            self.close()
            msg = f"{self.link}: not connected"
            raise Lost(msg)
        return connection

    def _stands_in_a_frame(self, connection: Connection) -> bool:
        """Whether a late answer is half here: that half is forgotten when the next question is sent."""
        return self._numbered and bool(connection.rest)

    def _silence(self, connection: Connection, what: str) -> PollError:
        """Return what a question without an answer ended as. Half a frame makes a TCP stream worthless."""
        rest = connection.rest
        if not rest:
            return NoAnswer(f"{what}: no answer in time")
        if self._numbered:
            self.close()
        msg = f"{what}: {len(rest)} bytes that are no answer: {rest[:8].hex(' ')}"
        return BadAnswer(msg, sign=Sign.NO_FRAME)

    async def identify(self, unit: int, deadline: float) -> Mapping[int, str]:
        """Return the identification objects: the regular ones, or the basic ones where those are refused."""
        try:
            return await self._objects(unit, _REGULAR, deadline)
        except Denied as exc:
            if exc.code == Denied.ILLEGAL_FUNCTION:
                raise
            return await self._objects(unit, _BASIC, deadline)

    async def _objects(self, unit: int, code: int, deadline: float) -> Mapping[int, str]:
        texts: dict[int, str] = {}
        following: int | None = 0
        for _ in range(_MOST_OBJECT_PAGES):
            if following is None:
                break
            page = await self._page(unit, code, following, deadline)
            texts.update(page.texts)
            following = page.following
        return texts

    async def _page(self, unit: int, code: int, first: int, deadline: float) -> Objects:
        asked = bytes((MEI, MEI_IDENTIFY, code, first))
        pdu = await self._ask(Question(unit, MEI, None), asked, "identification", deadline)
        page = read_objects(pdu)
        if page is None:
            msg = f"{self.link} unit {unit}: identification objects longer than their answer"
            raise BadAnswer(msg)
        return page

    def close(self) -> None:
        """End the connection; a question under way ends as ``Lost``."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _now() -> float:
    return asyncio.get_running_loop().time()
