"""pymodbus's side of a connection: it opens lines and carries bytes; one question at a time is on them.

pymodbus makes a request object, a lock, a future, a task's timeout and an answer object for every question,
which cost more than the question. What it is good at, the lines, is used as its own clients use it; in place
of the rest a question here is a future, and all questions of a connection share one timer:

    ask          deadline 10.0, timer at 10.0
    answered
    ask          deadline 10.4, the timer stays
    10.0         rings: nothing is late, on again at 10.4
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from pymodbus.transport import CommParams, CommType, ModbusProtocol

from collectors.modbus.transport.contract import Framing, Link

_BUFFER: Final = 2048
"""Bytes that are looked at: of more only the last, since no device sends so much for one question."""


class Expired(Exception):  # a deadline, no error of ours
    """No answer came by the deadline of a question."""


class Wire(ModbusProtocol):
    """One line, and the question under way on it.

    ``take`` finds the answer: ``Framer.take``. ``changed`` is told when the line opens (True) or is lost.
    """

    def __init__(
        self, link: Link, take: Callable[[bytes], tuple[int, bytes | None]], changed: Callable[[bool], None]
    ) -> None:
        super().__init__(_params(link), is_server=False)
        self.comm_params.timeout_connect = None  # type: ignore[assignment]  # deadlines are ours
        self.failure: OSError | None = None  # why the line did not open: pymodbus keeps that to itself
        self._create = self.call_create
        self.call_create = self._creating
        self.question: asyncio.Future[bytes] | None = None
        self._take = take
        self._changed = changed
        self._deadline = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._rings = 0.0

    async def _creating(self) -> tuple[asyncio.BaseTransport, asyncio.BaseProtocol]:
        """Open the line as pymodbus does; what keeps it from opening is kept."""
        try:
            made: tuple[asyncio.BaseTransport, asyncio.BaseProtocol] = await self._create()
        except UnicodeError as wrong:  # a name that no name server can be asked for
            self.failure = socket.gaierror(socket.EAI_NONAME, str(wrong))
            raise self.failure from wrong
        except OSError as failure:
            self.failure = failure
            raise
        return made

    def ask(self, frame: bytes, deadline: float) -> asyncio.Future[bytes]:
        """Send a question. Its PDU is the result, or ``Expired`` after ``deadline`` (``loop.time()``).

        Raise whatever the line raises.
        """
        question = self.question = self.loop.create_future()
        self._deadline = deadline
        if self._timer is None or deadline < self._rings:
            self._set(deadline)
        self.recv_buffer = b""
        self.transport.write(frame)  # type: ignore[attr-defined]  # pymodbus: any kind of transport
        return question

    def end(self, error: Exception) -> None:
        """End the question under way with an error."""
        question = self.question
        if question is not None and not question.done():
            question.set_exception(error)
            question.exception()  # nobody may be waiting any more

    def data_received(self, data: bytes) -> None:
        """Look for the answer in what came; bytes that are no whole frame wait for the rest of it."""
        data = self.recv_buffer + data if self.recv_buffer else data
        data = data[-_BUFFER:]
        used, pdu = self._take(data)
        self.recv_buffer = data[used:]
        question = self.question
        if pdu is not None and question is not None and not question.done():
            question.set_result(pdu)

    def _set(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings = at
        self._timer = self.loop.call_at(at, self._ring)

    def _ring(self) -> None:
        self._timer = None
        if self.question is None or self.question.done():
            return
        if self.loop.time() < self._deadline:
            self._set(self._deadline)
        else:
            self.end(Expired())

    def callback_connected(self) -> None:
        """Tell that the line is open."""
        self._changed(True)

    def callback_disconnected(self, exc: Exception | None) -> None:
        """Tell that the line is lost."""
        del exc
        self._changed(False)

    def callback_data(self, data: bytes, addr: tuple[object, ...] | None = None) -> int:
        """Use up nothing: what comes goes through ``data_received``."""
        del data, addr
        return 0

    def callback_new_connection(self) -> ModbusProtocol:
        """Return this one: there is no other, as nothing is served here."""
        return self

    def forget(self) -> None:
        """Let go of the timer and of the line, whatever pymodbus thinks of them."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self.transport = None  # type: ignore[assignment]


def _params(link: Link) -> CommParams:
    """Return how pymodbus is to open a line: no attempts of its own."""
    serial = link.framing is Framing.SERIAL
    return CommParams(
        comm_name="dcim",
        comm_type=CommType.SERIAL if serial else CommType.TCP,
        host=link.host,
        port=link.port,
        reconnect_delay=0.0,
        timeout_connect=3600.0,  # of a serial port's own reads, which never wait
        baudrate=link.baudrate if serial else -1,
        bytesize=8 if serial else -1,
        parity=link.parity if serial else "",
        stopbits=link.stop_bits if serial else -1,
    )
