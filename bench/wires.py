"""Transports without a socket: they encode, as bytes, what a simulated agent says.

The bytes are what such an agent would send; how long it takes to answer, and whether it does, is the plant's.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias
from zlib import crc32

from collectors.modbus.transport.contract import Denied, Link, Read
from collectors.snmp.engine import ber, oid, pdu
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.request import Kind, Request
from collectors.snmp.transport.contract import Seen, Stats, Target, Told, Urgency
from dcim.model import NoAnswer, PollError
from dcim.simulator.cells import Cell, Oid, Space, Tag
from dcim.simulator.stage import Agent, Mood, Stage

_NUMBERS: Final = frozenset((Tag.INTEGER, Tag.COUNTER, Tag.GAUGE, Tag.TICKS, Tag.COUNTER64))

Line: TypeAlias = Callable[[str], float | None]
"""Seconds that a line holds up the next answer of a device; None: it loses it."""


def good(_device: str) -> float:
    """Hold nothing up."""
    return 0.0


def _wire(tag: int, value: int | bytes | Oid) -> bytes:
    """Return a value as an agent sends it."""
    if isinstance(value, tuple):
        return ber.tlv(tag, oid.encode(".".join(map(str, value))))
    if isinstance(value, bytes):
        return ber.tlv(tag, value)
    size = value.bit_length() // 8 + 1
    return ber.tlv(tag, value.to_bytes(size, "big", signed=value < 0 or tag in _NUMBERS))


class Speaker:
    """What one agent answers, made at most once a tick of the plant, and not again while it is frozen."""

    def __init__(
        self, stage: Stage, agent: Agent, say: Callable[[], Mapping[Any, Any]], line: Line = good
    ) -> None:
        self.agent = agent
        self._line = line
        self._stage = stage
        self._say = say
        self._at = -1.0
        self._said: Mapping[Any, Any] = {}

    def patience(self) -> float | None:
        """Return after how many seconds an answer to the next question comes; None: none does."""
        mine, more = self.agent.patience(), self._line(self.agent.device.id)
        return None if mine is None or more is None else mine + more

    def now(self) -> Mapping[Any, Any]:
        if not self._said or (self._at != self._stage.now and self.agent.mood is not Mood.FROZEN):
            self._said, self._at = self._say(), self._stage.now
        return self._said


class SnmpWire:
    """SNMP agents within this process. Fulfils ``Transport``, ``BeginsQuestions`` and ``ShowsAnswers``."""

    def __init__(self, speakers: Mapping[str, Speaker]) -> None:
        self.stats = Stats()
        self.seen: Seen | None = None
        self._speakers = speakers

    async def ask(
        self, target: Target, request: Request, deadline: float, urgency: Urgency = Urgency.NORMAL
    ) -> Answer:
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def told(outcome: Answer | PollError) -> None:
            if not future.done():
                if isinstance(outcome, PollError):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)

        self.begin(target, request, deadline, told)
        return await future

    def begin(self, target: Target, request: Request, deadline: float, told: Told) -> bool:
        loop = asyncio.get_running_loop()
        now = loop.time()
        patience = self._speakers[target.name].patience()
        whole = target.timeout * (2 ** (target.retries + 1) - 1)
        if patience is None or patience > whole or now + patience > deadline:
            loop.call_at(min(now + whole, deadline), self._silent, target, request, now, told)
        else:
            delay = patience + 0.003 + crc32(target.name.encode()) % 8 / 1000
            loop.call_later(delay, self._answer, target, request, now, told)
        return True

    def _silent(self, target: Target, request: Request, began: float, told: Told) -> None:
        error = NoAnswer(f"{target.address}: no answer")
        if self.seen is not None:
            self.seen(target, request, began, b"", error)
        told(error)

    def _answer(self, target: Target, request: Request, began: float, told: Told) -> None:
        said = self._speakers[target.name].now()
        varbinds = b"".join(
            ber.tlv(0x30, ber.tlv(0x06, oid.encode(".".join(map(str, name)))) + value)
            for name, value in _found(request, said)
        )
        raw = bytes(4) + varbinds
        answer = pdu.answer(raw, pdu.of_bare(raw), request)
        if self.seen is not None:
            self.seen(target, request, began, raw, answer)
        told(answer)

    def engine_of(self, target: Target) -> bytes:
        del target
        return b""

    async def aclose(self) -> None: ...


def _found(request: Request, said: Mapping[Oid, Cell]) -> Iterator[tuple[Oid, bytes]]:
    names = [oid.parts(name) for name in request.oids]
    if request.kind is Kind.GET:
        for name in names:
            cell = said.get(name)
            yield name, b"\x81\x00" if cell is None else _wire(*cell)
        return
    ordered = sorted(said)
    for _ in range(max(1, request.repetitions)):
        for at, name in enumerate(names):
            place = bisect_right(ordered, name)
            if place < len(ordered):
                names[at] = ordered[place]
                yield names[at], _wire(*said[names[at]])
            else:
                yield name, b"\x82\x00"


class ModbusWire:
    """Modbus units on one connection within this process. Fulfils ``Transport``."""

    connected = True

    def __init__(self, units: Mapping[int, Speaker], link: Link) -> None:
        self._units = units
        self._link = link

    async def connect(self, deadline: float) -> None: ...

    async def read(self, unit: int, read: Read, deadline: float) -> bytes:
        loop = asyncio.get_running_loop()
        speaker = self._units.get(unit)
        patience = None if speaker is None else speaker.patience()
        if speaker is None or patience is None or loop.time() + patience > deadline:
            await asyncio.sleep(max(0.0, deadline - loop.time()))
            msg = f"{self._link} unit {unit}: no answer"
            raise NoAnswer(msg)
        await asyncio.sleep(patience + 0.004)
        said, space = speaker.now(), Space(str(read.space))
        values = [said.get((space, at)) for at in range(read.start, read.stop)]
        present = [value for value in values if value is not None]
        if len(present) < len(values):
            raise Denied(Denied.ILLEGAL_ADDRESS, str(read))
        if read.space.has_words:
            return b"".join(value.to_bytes(2, "big") for value in present)
        return sum(1 << at for at, value in enumerate(present) if value).to_bytes(read.size, "little")

    async def identify(self, unit: int, deadline: float) -> Mapping[int, str]:
        del unit, deadline
        raise Denied(Denied.ILLEGAL_FUNCTION, "identification")

    def close(self) -> None: ...
