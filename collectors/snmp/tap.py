"""Hands every answer on as lines of a recording: what ``dcim probe --record`` keeps."""

from __future__ import annotations

import struct
from collections.abc import Callable

from collectors.snmp.engine import oid
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.request import Request
from collectors.snmp.engine.value import Absence, IpAddress, Malformed, Oid, Tag, Value
from collectors.snmp.transport import Stats, Target, Transport, Urgency


class Tapped:
    """A transport whose answers are written down as well. Fulfils ``Transport``."""

    def __init__(self, transport: Transport, tap: Callable[[str], None]) -> None:
        self._transport = transport
        self._tap = tap
        self.stats: Stats = transport.stats

    async def ask(
        self, target: Target, request: Request, deadline: float, urgency: Urgency = Urgency.NORMAL
    ) -> Answer:
        """Ask, and write down what came."""
        answer = await self._transport.ask(target, request, deadline, urgency)
        if not answer.error_status:
            for name, value, tag in zip(answer.oids, answer.values, answer.tags, strict=True):
                if (written := line(name, tag, value)) is not None:
                    self._tap(written)
        return answer

    def engine_of(self, target: Target) -> bytes:
        """Return what the transport knows."""
        return self._transport.engine_of(target)

    async def aclose(self) -> None:
        """Close the transport."""
        await self._transport.aclose()


def line(name: bytes, tag: int, value: Value) -> str | None:
    """Return one answer as ``oid|tag|value``, or None where the device has no such object."""
    if isinstance(value, Absence):
        return None
    where = oid.text(name)
    match value:
        case None:
            return f"{where}|{int(Tag.NULL)}|"
        case Oid() | IpAddress() | int():
            return f"{where}|{tag}|{value}"
        case float():
            return f"{where}|{int(Tag.OPAQUE)}x|9f7908{struct.pack('>d', value).hex()}"
        case Malformed():
            return f"{where}|{tag}x|{value.raw.hex()}"
        case bytes():
            return f"{where}|{tag}x|{value.hex()}"
