"""One connection through pymodbus, dialled once: nothing of a dead one comes back.

pymodbus keeps the transport that ``connect`` brings, also when that was lost while ``connect`` was on its way
back, or when nobody waits for it any more; uvloop raises RuntimeError on such a transport. So what counts as
open is decided here, and whatever the library or the loop raises ends the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from pymodbus import FramerType
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.client.base import ModbusBaseClient
from pymodbus.pdu import ModbusPDU

from collectors.modbus.transport import Framing, Link, Lost
from collectors.modbus.transport_framers import Frame, RtuFramer, TcpFramer, Waiting
from dcim.model import NoAnswer, PollError

_BUFFER: Final = 2048


class Connection:
    """One client and the connection it makes. ``transaction`` is the number of the last question sent."""

    def __init__(self, link: Link, waiting: Waiting, transaction: int) -> None:
        self.transaction = transaction
        self._link = link
        self._over = False
        self._client = self._make(waiting)

    def _make(self, waiting: Waiting) -> ModbusBaseClient:
        link = self._link
        client: ModbusBaseClient
        if link.framing is Framing.SERIAL:
            client = AsyncModbusSerialClient(
                link.host, baudrate=link.baudrate, parity=link.parity, stopbits=link.stop_bits,
                retries=0, reconnect_delay=0, timeout=3600, trace_connect=self._changed,
            )  # fmt: skip
        else:
            framer = FramerType.SOCKET if link.framing is Framing.TCP else FramerType.RTU
            client = AsyncModbusTcpClient(
                link.host, port=link.port, framer=framer,
                retries=0, reconnect_delay=0, timeout=3600, trace_connect=self._changed,
            )  # fmt: skip
        framer_type = TcpFramer if link.framing is Framing.TCP else RtuFramer
        client.ctx.framer = framer_type(waiting)
        client.ctx.max_buffer_size = _BUFFER
        client.ctx.comm_params.timeout_connect = None  # type: ignore[assignment]  # deadlines are ours
        return client

    @property
    def open(self) -> bool:
        """Whether bytes can be sent, as far as this side knows."""
        transport = self._client.ctx.transport
        return not self._over and transport is not None and not transport.is_closing()

    @property
    def rest(self) -> bytes:
        """Return the bytes that came and are no whole frame yet."""
        return self._client.ctx.recv_buffer

    async def dial(self, deadline: float) -> None:
        """Open the connection by ``deadline``, or raise ``NoAnswer``; if it does not open it is closed."""
        opened = False
        try:
            async with asyncio.timeout_at(deadline):
                opened = await self._client.connect()
        except TimeoutError as exc:
            msg = f"{self._link}: no connection in time"
            raise NoAnswer(msg) from exc
        except Exception as exc:
            msg = f"{self._link}: no connection: {exc!r}"
            raise NoAnswer(msg) from exc
        finally:
            stands = opened and self.open
            if not stands:
                self.close()
        if not stands:
            msg = f"{self._link}: {'closed as soon as it was open' if opened else 'refused or unreachable'}"
            raise NoAnswer(msg)
        self._client.ctx.next_tid = self.transaction

    async def exchange(self, request: ModbusPDU, deadline: float) -> Frame:
        """Send a request and return its answer. Raise ``TimeoutError``, what ``end`` was given, or ``Lost``
        when the connection fails in any way: it is closed then."""
        limit = asyncio.timeout_at(deadline)
        try:
            async with limit:
                answer = await self._client.execute(False, request)
        except Exception as exc:
            if isinstance(exc, PollError) or limit.expired():
                raise
            self.close()
            msg = f"the connection failed: {exc!r}"
            raise Lost(msg) from exc
        finally:
            self.transaction = self._client.ctx.next_tid
        assert isinstance(answer, Frame)  # noqa: S101  # our framer makes nothing else
        return answer

    def end(self, error: PollError) -> None:
        """End the question under way with an error."""
        future = self._client.ctx.response_future
        if not future.done():
            future.set_exception(error)
            future.exception()  # nobody may be waiting any more

    def _changed(self, connected: bool) -> None:
        """Take note of what pymodbus says of the connection: one that opens after its end is closed again."""
        if not connected:
            self._over = True
            self.end(Lost(f"{self._link}: the connection was closed"))
        elif self._over:
            self.close()

    def close(self) -> None:
        """End it for good, whatever state it is in; a question under way ends as ``Lost``."""
        self._changed(connected=False)
        context = self._client.ctx
        transport = context.transport
        with contextlib.suppress(Exception):  # a line that is gone may refuse even that
            self._client.close()
        if transport is not None:  # pymodbus closes a client only once, even if it has opened again
            with contextlib.suppress(Exception):
                transport.close()
        context.transport = None  # type: ignore[assignment]
