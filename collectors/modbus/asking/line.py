"""One unit during one poll: how it is asked, what that costs, and what it said about itself."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from collectors.modbus.asking.bus import Bus, Manner, Tally
from collectors.modbus.asking.options import ModbusOptions
from collectors.modbus.families.family import ModbusProfile, Place
from collectors.modbus.families.geometry import raw_at
from collectors.modbus.families.plan import covers
from collectors.modbus.transport.contract import LAST_ADDRESS, Denied, Read
from dcim.profile import Raw

_SHARE = 0.45
"""Part of the time to the deadline that one question may take: a second one must fit in."""


class Line:
    """One unit on its bus until a deadline (``loop.time()`` seconds)."""

    def __init__(self, bus: Bus, options: ModbusOptions, timeout: float, deadline: float) -> None:
        self.tally = Tally()
        self.unit = 1 if options.unit is None else options.unit
        self.bus = bus
        self._offset = options.address_offset
        self._deadline = deadline
        left = deadline - asyncio.get_running_loop().time()
        self._manner = Manner(max(0.0, min(timeout, _SHARE * left)), options.pause or 0.0)

    def suit(self, profile: ModbusProfile, options: ModbusOptions, unit: int) -> None:
        """Ask this unit, as the profile wants wherever the options leave it open."""
        self.unit = unit
        if options.pause is None and profile.pause:
            self._manner = self._manner._replace(pause=profile.pause)

    def turn_to(self, unit: int, seconds: float = 0.0) -> None:
        """Ask another unit, for no less than so many seconds from now."""
        self.unit = unit
        self._deadline = max(self._deadline, asyncio.get_running_loop().time() + seconds)

    def insist(self, on: bool) -> None:
        """Say whether a unit that is busy is asked again, as it is unless told otherwise."""
        self._manner = self._manner._replace(while_busy=Manner().while_busy if on else ())

    @property
    def silent(self) -> bool:
        """Whether the unit has not answered lately."""
        return self.bus.silent(self.unit)

    def read(self, read: Read) -> Coroutine[Any, Any, bytes]:
        """Return the bytes of a read, from where this device's firmware has it."""
        if self._offset:
            start = min(max(read.start + self._offset, 0), LAST_ADDRESS + 1 - read.count)
            read = Read(read.space, start, read.count)
        return self.bus.read(self.unit, read, self._manner, self._deadline, self.tally)

    async def alive(self, read: Read) -> None:
        """Ask one small question. A refusal is a sign of life too."""
        try:
            await self.read(read)
        except Denied:
            return

    async def objects(self) -> Mapping[int, str]:
        """Return the objects of function 43/14."""
        return await self.bus.identify(self.unit, self._manner, self._deadline, self.tally)


class Cells:
    """What reads brought, looked up by place."""

    def __init__(self) -> None:
        self._payloads: dict[Read, bytes] = {}

    def put(self, read: Read, payload: bytes) -> None:
        """Keep what a read brought."""
        self._payloads[read] = payload

    def lookup(self, place: Place) -> Raw | None:
        """Return the raw value at a place, or None when nothing brought it."""
        for read, payload in self._payloads.items():
            if covers(read, place.read):
                return raw_at(place, read, payload)
        return None
