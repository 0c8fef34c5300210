"""The collector as a daemon runs it: whoever keeps recordings is told every answer. Fulfils ``TellsRaw``.

    question   function, start, count as they stand in the request (identification: 2b 0e);
               a zero more where only a sign of life was asked for: that is no reading
    answer     the bytes of the registers or bits as they were sent; objects as JSON, number by number
               with a fault: the exception code, where the device or its gateway sent one

A connection carries several units, so whom an answer is of is known by the poll that it belongs to.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from contextvars import ContextVar
from typing import Any, Final

from collectors.modbus.asking import portrait
from collectors.modbus.asking.line import Line
from collectors.modbus.collecting.collector import ModbusCollector, _Device
from collectors.modbus.families.family import ModbusProfile
from collectors.modbus.known.library import Library
from collectors.modbus.transport.around import Around
from collectors.modbus.transport.contract import Denied, Link, Read, Transport
from collectors.modbus.transport.frames import words
from dcim.clock import Clock
from dcim.collect import Ask, Collected
from dcim.model import Asset, PollError
from dcim.witness import Witness, fault_of

IDENTIFY: Final = b"\x2b\x0e"
"""The question for identification objects: function 43, MEI type 14."""

_ASKED: ContextVar[str] = ContextVar("asked", default="")
"""The device whose poll is under way in this task."""

_LIFE: ContextVar[bytes] = ContextVar("life", default=b"")
"""What stands behind the words of a question now."""


class TellingCollector(ModbusCollector):
    """Asks as ``ModbusCollector`` does."""

    def __init__(self, library: Library, make: Callable[[Link], Transport], clock: Clock) -> None:
        super().__init__(library, lambda link: _Witnessed(make(link), self._tell, self._is_told), clock)
        self._told: Witness | None = None
        self._drawn: dict[str, tuple[ModbusProfile, int, bytes]] = {}

    def witness(self, told: Witness | None) -> None:
        """Tell every exchange from now on, or no more of them."""
        self._told = told

    def _is_told(self) -> bool:
        return self._told is not None

    def _tell(self, question: bytes, answer: bytes, began: float, error: PollError | None = None) -> None:
        asset = _ASKED.get()
        if self._told is not None and asset:
            ended = asyncio.get_running_loop().time()
            why = "" if error is None else str(error)
            self._told(asset, (question + _LIFE.get(), answer, began, ended, fault_of(error), why))

    async def collect(self, asset: Asset, ask: Ask) -> Collected:
        """Return what the device said by the deadline; what did not come is a gap."""
        _ASKED.set(asset.id)  # of this task, which is of this poll
        return await super().collect(asset, ask)

    async def _alive(self, device: _Device, line: Line) -> None:
        token = _LIFE.set(b"\0")
        try:
            await super()._alive(device, line)
        finally:
            _LIFE.reset(token)

    def portrait(self, asset: Asset) -> bytes:
        """Return the family of a device, and what it has taught about itself."""
        device = self._devices.get(asset.id)
        if device is None:
            return b""
        kept = self._drawn.get(asset.id)
        if kept is None or kept[:2] != (device.profile, device.learned.lessons):
            drawn = portrait.write(device.profile.name, device.learned)
            same = kept is not None and kept[2] == drawn
            kept = (device.profile, device.learned.lessons, kept[2] if kept and same else drawn)
            self._drawn[asset.id] = kept
        return kept[2]


class _Witnessed(Around):
    """A transport of whose answers somebody is told. Fulfils ``Transport``."""

    def __init__(self, transport: Transport, tell: Callable[..., None], is_told: Callable[[], bool]) -> None:
        super().__init__(transport)
        self._tell = tell
        self._is_told = is_told

    def read(self, unit: int, read: Read, deadline: float) -> Coroutine[Any, Any, bytes]:
        """Read, and tell what came if somebody wants to know."""
        if self._is_told():
            return self._told_read(unit, read, deadline)
        return self._transport.read(unit, read, deadline)

    async def _told_read(self, unit: int, read: Read, deadline: float) -> bytes:
        began = asyncio.get_running_loop().time()
        try:
            payload = await self._transport.read(unit, read, deadline)
        except PollError as error:
            self._tell(words(read), _code(error), began, error)
            raise
        self._tell(words(read), payload, began)
        return payload

    async def identify(self, unit: int, deadline: float) -> Mapping[int, str]:
        """Ask who is there, and tell what came."""
        began = asyncio.get_running_loop().time()
        try:
            objects = await self._transport.identify(unit, deadline)
        except PollError as error:
            self._tell(IDENTIFY, _code(error), began, error)
            raise
        said = {str(number): text for number, text in sorted(objects.items())}
        self._tell(IDENTIFY, json.dumps(said).encode(), began)
        return objects


def _code(error: PollError) -> bytes:
    return bytes((error.code & 0xFF,)) if isinstance(error, Denied) else b""
