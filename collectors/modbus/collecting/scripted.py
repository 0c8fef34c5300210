"""Recorded answers as if units gave them: the collector's own polls, with nobody to ask.

    Script ──▶ ScriptTransport ──▶ ModbusCollector (plans, holes, decoders) ──▶ batches

A read that was asked in the very words is answered with the very bytes; one that was asked otherwise from all
registers that came in that poll, value by value: what did not come is a gap for that value, and for no other.
No unit rests and no line is paced, and nothing is learned: what was learned then is in the next portrait.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from collectors.modbus.asking import portrait as portraits
from collectors.modbus.asking.asking import Round
from collectors.modbus.asking.bus import Bus, Buses, Manner, Tally
from collectors.modbus.asking.line import Line
from collectors.modbus.asking.options import ModbusOptions
from collectors.modbus.collecting.collector import ModbusCollector, _Device
from collectors.modbus.collecting.telling import IDENTIFY
from collectors.modbus.known.library import Library, UnknownProfile
from collectors.modbus.transport.contract import Denied, Link, Read, Space, Transport
from collectors.modbus.transport.frames import words
from dcim.clock import Clock
from dcim.collect import Ask, Collected
from dcim.model import Asset, BadAnswer, ConfigError, Gap, GapReason, NoAnswer, PollError, Refused
from dcim.witness import Exchange, Fault, Script, error_of

T = TypeVar("T")

_READ = 5  # bytes of the words of a read


class ScriptTransport:
    """A connection whose answers stand in a script. Fulfils ``Transport``."""

    connected = True

    def __init__(self, script: Script) -> None:
        self._script = script

    async def connect(self, deadline: float) -> None:
        """Nothing is to be opened."""

    async def read(self, unit: int, read: Read, deadline: float) -> bytes:
        """Return what was answered, or raise what the question ended with."""
        del unit, deadline
        exchange = self._script.find(words(read))
        if exchange is None:
            return self._pieced(read)
        return _answer(exchange, str(read))

    def _pieced(self, read: Read) -> bytes:
        """Answer a read from all registers that came; a hole in them is what the device refused."""
        cells: dict[int, bytes] = {}
        for one in self._script.exchanges:
            if one.fault is Fault.NONE and len(one.question) == _READ and one.question[0] == read.space:
                cells |= _cells(one)
        missing = [at for at in range(read.start, read.stop) if at not in cells]
        if missing:
            raise self._why(read, missing)
        found = [cells[at] for at in range(read.start, read.stop)]
        if read.space.has_words:
            return b"".join(found)
        packed = sum(1 << at for at, bit in enumerate(found) if bit != b"\0")
        return packed.to_bytes(read.size, "little")

    def _why(self, read: Read, missing: Sequence[int]) -> PollError:
        """Return why some of the registers did not come: refused, or never answered."""
        for one in self._script.exchanges:
            if one.fault is Fault.REFUSED and one.answer and len(one.question) == _READ:
                start, count = _span(one)
                if one.question[0] == read.space and any(start <= at < start + count for at in missing):
                    return Denied(one.answer[0], str(read))
        failed = next((one for one in self._script.exchanges if one.fault is not Fault.NONE), None)
        if failed is not None and not failed.answer:
            return error_of(failed.fault, failed.why)
        return NoAnswer("it was not asked so")

    async def identify(self, unit: int, deadline: float) -> Mapping[int, str]:
        """Return the objects that were answered."""
        del unit, deadline
        exchange = self._script.find(IDENTIFY)
        if exchange is None:
            raise Denied(Denied.ILLEGAL_FUNCTION, "identification")
        said = json.loads(_answer(exchange, "identification"))
        return {int(number): str(text) for number, text in said.items()}

    def close(self) -> None:
        """Nothing is open."""


def _answer(exchange: Exchange, what: str) -> bytes:
    if exchange.fault is Fault.NONE:
        return exchange.answer
    if exchange.answer:
        raise Denied(exchange.answer[0], what)
    raise error_of(exchange.fault, exchange.why)


def _cells(exchange: Exchange) -> dict[int, bytes]:
    """Return the registers of an answer by address, or its bits as a byte each."""
    space, answer = Space(exchange.question[0]), exchange.answer
    start, count = _span(exchange)
    if space.has_words:
        return {start + at: answer[2 * at : 2 * at + 2] for at in range(count)}
    return {start + at: bytes((answer[at // 8] >> at % 8 & 1,)) for at in range(count)}


def _span(exchange: Exchange) -> tuple[int, int]:
    """Return first address and count of a read."""
    return int.from_bytes(exchange.question[1:3], "big"), int.from_bytes(exchange.question[3:5], "big")


class _Played(Round):
    """One poll of one unit as it is played: nobody gives up, and each wanted read stands for itself."""

    def _gave_up(self) -> bool:
        return False

    async def _settle(self, read: Read, wanted: Sequence[Read]) -> bool:
        try:
            payload = await self._ask(read)
        except PollError as why:
            if len(wanted) > 1 or wanted[0] != read:
                for part in wanted:
                    await self._settle(part, (part,))
            else:
                self._did_not_come(read, why)
            return False
        self.answers += 1
        self._put(read, payload)
        return True

    def _did_not_come(self, read: Read, why: PollError) -> None:
        self.trouble = self.trouble or why
        reason = GapReason.DEADLINE
        if isinstance(why, Refused):
            reason = GapReason.REFUSED
        elif isinstance(why, BadAnswer):
            reason = GapReason.MALFORMED
        self._fail((read,), Gap(reason, str(why)))


class _Patient(Bus):
    """A bus on which nobody waits, and nobody is put aside."""

    def silent(self, unit: int) -> bool:
        """Take every unit for one that answers."""
        del unit
        return False

    async def _patiently(
        self, unit: int, manner: Manner, deadline: float, tally: Tally, ask: Callable[[float], Awaitable[T]]
    ) -> T:
        tally.requests += 1
        return await ask(deadline)


class _Patients(Buses):
    def of(self, link: Link) -> Bus:
        """Return the bus of a link."""
        bus = self._by_place.get(link.where)
        if bus is None:
            bus = self._by_place[link.where] = _Patient(link, self._make(link))
        return bus


class ScriptedCollector(ModbusCollector):
    """Implements ``dcim.witness.PlayedCollector``."""

    def __init__(self, script: Script, clock: Clock, library: Library) -> None:
        def make(link: Link) -> Transport:
            del link
            return ScriptTransport(script)

        super().__init__(library, make, clock)
        self._rounds = _Played
        self._buses = _Patients(make)
        self._script = script
        self._known: dict[str, portraits.Portrait] = {}

    def portray(self, asset: Asset, portrait: bytes) -> None:
        """Know the family of a device. Raise ValueError where the portrait says nonsense."""
        said = portraits.read(portrait)
        try:
            self._library.get(said.profile)
        except (UnknownProfile, ConfigError) as error:
            raise ValueError(str(error)) from error
        before = self._known.get(asset.id)
        if before is not None and before.profile != said.profile:
            self._devices.pop(asset.id, None)
        self._known[asset.id] = said
        if (device := self._devices.get(asset.id)) is not None:
            said.teach(device.learned)

    async def collect(self, asset: Asset, ask: Ask) -> Collected:
        """Return what the script says; a device without a portrait says nothing yet."""
        if asset.id not in self._known:
            return Collected()
        known = self._devices.get(asset.id)
        if known is not None:
            known.came_back = self._script.restarted
        return await super().collect(asset, ask)

    async def _device(self, asset: Asset, options: ModbusOptions, line: Line) -> _Device:
        fresh = asset.id not in self._devices
        device = await super()._device(asset, options, line)
        if fresh:
            self._known[asset.id].teach(device.learned)
            device.came_back = self._script.restarted
        return device

    async def _best(self, asset: Asset, line: Line) -> str:
        del line
        return self._known[asset.id].profile
