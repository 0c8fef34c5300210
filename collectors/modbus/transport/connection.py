"""One connection through pymodbus, dialled once: nothing of a dead one comes back.

pymodbus keeps the transport that ``connect`` brings, also when that was lost while ``connect`` was on its way
back, or when nobody waits for it any more; uvloop raises RuntimeError on such a transport. So what counts as
open is decided here, and whatever the library or the loop raises ends the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import termios

from collectors.modbus.transport.contract import Framing, Link, Lost
from collectors.modbus.transport.framers import Framer, RtuFramer, TcpFramer, Waiting
from collectors.modbus.transport.wire import Wire
from dcim.model import NoAnswer, PollError, Sign


class Connection:
    """One line and the connection it makes."""

    def __init__(self, link: Link, waiting: Waiting) -> None:
        self._link = link
        self._over = False
        self._framer: Framer = TcpFramer(waiting) if link.framing is Framing.TCP else RtuFramer(waiting)
        self._wire = Wire(link, self._framer.take, self._changed)

    @property
    def open(self) -> bool:
        """Whether bytes can be sent, as far as this side knows."""
        transport = self._wire.transport
        return not self._over and transport is not None and not transport.is_closing()

    @property
    def rest(self) -> bytes:
        """Return the bytes that came and are no whole frame yet."""
        return self._wire.recv_buffer

    async def dial(self, deadline: float) -> None:
        """Open the connection by ``deadline``, or raise ``NoAnswer``; if it does not open it is closed."""
        opened = False
        try:
            async with asyncio.timeout_at(deadline):
                opened = await self._wire.connect()
        except TimeoutError as exc:
            msg = f"{self._link}: no connection in time"
            raise NoAnswer(msg) from exc
        except termios.error as exc:
            link = self._link
            how = f"{link.baudrate} baud, parity {link.parity}, {link.stop_bits} stop bits"
            msg = f"{link}: the serial port refuses {how} ({exc.args[-1]})"
            raise NoAnswer(msg) from exc
        except Exception as exc:
            msg = f"{self._link}: no connection: {exc!r}"
            raise NoAnswer(msg) from exc
        finally:
            stands = opened and self.open
            if not stands:
                self.close()
        if not stands:
            raise self._unopened(opened)

    def _unopened(self, opened: bool) -> NoAnswer:
        """Return what a connection that does not stand ended as."""
        if opened:
            return NoAnswer(f"{self._link}: closed as soon as it was open", sign=Sign.HUNG_UP)
        if isinstance(failure := self._wire.failure, socket.gaierror):
            return NoAnswer(f"{self._link}: no such host ({failure})", sign=Sign.NO_HOST)
        return NoAnswer(f"{self._link}: refused or unreachable")

    def ask(self, unit: int, pdu: bytes, deadline: float) -> asyncio.Future[bytes]:
        """Send a question. The PDU of its answer is the result, or ``Expired``, or what ``end`` was given.

        Raise ``Lost`` when it cannot be sent, whatever the reason: the connection is closed then.
        """
        try:
            return self._wire.ask(self._framer.request(unit, pdu), deadline)
        except Exception as exc:
            self.close()
            msg = f"the connection failed: {exc!r}"
            raise Lost(msg) from exc

    def end(self, error: PollError) -> None:
        """End the question under way with an error."""
        self._wire.end(error)

    def _changed(self, connected: bool) -> None:
        """Take note of what pymodbus says of the connection: one that opens after its end is closed again."""
        if not connected:
            self._over = True
            self.end(Lost(f"{self._link}: the connection was closed", sign=Sign.HUNG_UP))
        elif self._over:
            self.close()

    def close(self) -> None:
        """End it for good, whatever state it is in; a question under way ends as ``Lost``."""
        self._changed(connected=False)
        wire = self._wire
        transport = wire.transport
        with contextlib.suppress(Exception):  # a line that is gone may refuse even that
            wire.close()
        if transport is not None:  # pymodbus closes only once, even if it has opened again
            with contextlib.suppress(Exception):
                transport.close()
        wire.forget()
