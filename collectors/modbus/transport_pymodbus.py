"""Modbus TCP, RTU over TCP and serial RTU through pymodbus, which carries bytes and checks nothing for us.

    bus -> PymodbusTransport -> Connection: a pymodbus client, a new one for every dial -> wire
                  ^                                   |
                  +------------ our framer <----------+     decides which frame is the answer

pymodbus would retry, reconnect and time out by itself, and on RTU would take a late answer for the next one
(there is no transaction number). So its retries, timeouts and reconnecting are off, and its framer is
replaced: a frame is an answer when ``frames.fit`` says so.

On RTU a late answer of the same unit, function and length cannot be told from a new one. A question that
got no answer therefore leaves a *ghost*; before the like of it is asked again, a question of another length
is. Devices answer in order: an answer to that one means the ghost has gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Final

from pymodbus.pdu import ModbusPDU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.mei_message import ReadDeviceInformationRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from collectors.modbus.frames import MEI, Objects, Question, read_objects
from collectors.modbus.transport import LAST_ADDRESS, Denied, Framing, Link, Lost, Read, Space
from collectors.modbus.transport_connection import Connection
from collectors.modbus.transport_framers import Frame, Waiting
from dcim.model import BadAnswer, NoAnswer, PollError

_REQUESTS: Final[Mapping[Space, type[ModbusPDU]]] = {
    Space.COIL: ReadCoilsRequest,
    Space.DISCRETE: ReadDiscreteInputsRequest,
    Space.HOLDING: ReadHoldingRegistersRequest,
    Space.INPUT: ReadInputRegistersRequest,
}
_GHOST_LIFE: Final = 60.0
"""Seconds after which no answer is expected any more: far beyond what gateways are seen to queue."""

_MOST_OBJECT_PAGES: Final = 16
_BASIC, _REGULAR = 1, 2


def _request(read: Read, unit: int) -> ModbusPDU:
    return _REQUESTS[read.space](address=read.start, count=read.count, dev_id=unit)


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
        self._transaction = 0
        self._owed_until = 0.0
        logging.getLogger("pymodbus.logging").setLevel(logging.CRITICAL)  # our bus logs, on change

    @property
    def connected(self) -> bool:
        """Whether the connection stands, as far as this side knows."""
        return self._connection is not None and self._connection.open and not self._waiting.derailed

    @property
    def late(self) -> int:
        """Return how many answers came after their question had been given up."""
        return self._waiting.late

    async def connect(self, deadline: float) -> None:
        """Open a new connection by ``deadline``, or raise ``NoAnswer``."""
        self.close()
        self._waiting.derailed = False
        try:
            self._connection = connection = Connection(self.link, self._waiting, self._transaction)
        except Exception as exc:
            msg = f"{self.link}: no connection: {exc!r}"
            raise NoAnswer(msg) from exc
        self._waiting.end = connection.end
        await connection.dial(deadline)

    async def read(self, unit: int, read: Read, deadline: float) -> bytes:
        """Return ``read.size`` bytes, as the device sent them in answer to this very question."""
        question = Question.of(unit, read)
        if self.link.framing is not Framing.TCP:
            await self._let_finish(deadline)
            await self._lay_ghosts(question, read, deadline)
        pdu = await self._ask(question, _request(read, unit), str(read), deadline)
        return pdu[2:]

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
        expected = self._ghosts.of(question.unit, asyncio.get_running_loop().time())
        if (question.function, question.size) not in expected:
            return
        step = 1 if read.space.has_words else 8
        counts = range(1, 12 * step, step)  # eleven unanswered in a minute: one more changes nothing
        probes = [Read(read.space, min(read.start, LAST_ADDRESS + 1 - count), count) for count in counts]
        fits = (probe for probe in probes if (question.function, probe.size) not in expected)
        probe = next(fits, probes[-1])
        asked = Question.of(question.unit, probe)
        try:
            await self._ask(asked, _request(probe, asked.unit), str(probe), deadline)
        except Denied:
            return  # in order: what was before this has been answered

    async def _ask(self, question: Question, request: ModbusPDU, what: str, deadline: float) -> bytes:
        """Send one request and return the function code and data of its answer."""
        what = f"{self.link} unit {question.unit}: {what}"
        connection = self._ready()
        try:
            frame = await self._exchange(connection, question, request, what, deadline)
        except asyncio.CancelledError:
            self._owed_until = deadline
            self._waiting.heard.clear()
            self._ghosts.add(question, asyncio.get_running_loop().time())
            raise
        except (NoAnswer, BadAnswer):
            self._ghosts.add(question, asyncio.get_running_loop().time())
            raise
        denied = frame.pdu[0] & 0x80
        if self.link.framing is not Framing.TCP:
            self._ghosts.lay(question, but=bool(denied), now=asyncio.get_running_loop().time())
        if denied:
            raise Denied(frame.pdu[1], what)
        return frame.pdu

    def _ready(self) -> Connection:
        """Return the connection when a question can be sent now, or raise ``Lost``."""
        connection = self._connection
        if connection is None or not self.connected or self._stands_in_a_frame(connection):
            self.close()
            msg = f"{self.link}: not connected"
            raise Lost(msg)
        return connection

    async def _exchange(
        self, connection: Connection, question: Question, request: ModbusPDU, what: str, deadline: float
    ) -> Frame:
        self._waiting.question = question
        try:
            return await connection.exchange(request, deadline)
        except TimeoutError as exc:
            raise self._silence(connection, what) from exc
        except Lost as exc:
            msg = f"{what}: {exc}"
            raise Lost(msg) from exc
        finally:
            self._waiting.question = None
            self._transaction = connection.transaction

    def _stands_in_a_frame(self, connection: Connection) -> bool:
        """Whether a late answer is half here: pymodbus forgets that half when it sends."""
        return self.link.framing is Framing.TCP and bool(connection.rest)

    def _silence(self, connection: Connection, what: str) -> PollError:
        """Return what a question without an answer ended as. Half a frame makes a TCP stream worthless."""
        rest = connection.rest
        if not rest:
            return NoAnswer(f"{what}: no answer in time")
        if self.link.framing is Framing.TCP:
            self.close()
        return BadAnswer(f"{what}: {len(rest)} bytes that are no answer: {rest[:8].hex(' ')}")

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
        request = ReadDeviceInformationRequest(read_code=code, object_id=first, dev_id=unit)
        pdu = await self._ask(Question(unit, MEI, None), request, "identification", deadline)
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
