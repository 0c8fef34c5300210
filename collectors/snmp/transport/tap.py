"""Hands every answer on as lines of a recording: what ``dcim probe --record`` keeps."""

from __future__ import annotations

from collections.abc import Callable

from collectors.snmp.answers.writing import line
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.request import Request
from collectors.snmp.transport.contract import Stats, Target, Transport, Urgency


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
