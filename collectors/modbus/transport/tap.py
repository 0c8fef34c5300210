"""Hands every answer on as lines of a recording: what ``dcim probe --record`` keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from collectors.modbus.transport.around import Around
from collectors.modbus.transport.contract import Link, Read, Transport
from collectors.modbus.transport.pymodbus import PymodbusTransport


def tapped(tap: Callable[[str], None], link: Link) -> Transport:
    """Return a connection whose answers are written down as well."""
    return Tapped(PymodbusTransport(link), tap)


class Tapped(Around):
    """A transport whose answers are written down as well. Fulfils ``Transport``."""

    def __init__(self, transport: Transport, tap: Callable[[str], None]) -> None:
        super().__init__(transport)
        self._tap = tap

    async def read(self, unit: int, read: Read, deadline: float) -> bytes:
        """Read, and write down what came."""
        payload = await self._transport.read(unit, read, deadline)
        self._tap(line(read, payload))
        return payload

    async def identify(self, unit: int, deadline: float) -> Mapping[int, str]:
        """Ask who is there, and write down what came."""
        objects = await self._transport.identify(unit, deadline)
        for number, text in objects.items():
            self._tap(f"object {number}: {text}")
        return objects


def line(read: Read, payload: bytes) -> str:
    """Return the answer to one read as a line of a recording."""
    if read.space.has_words:
        words = (payload[at : at + 2] for at in range(0, len(payload), 2))
        values = " ".join(f"0x{word.hex()}" for word in words)
    else:
        values = " ".join(str(payload[at // 8] >> at % 8 & 1) for at in range(read.count))
    return f"{read.space} {read.start}: {values}"
