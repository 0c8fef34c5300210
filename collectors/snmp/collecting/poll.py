"""One poll of one device: greeting, survey and reading as far as the deadline allows."""

from __future__ import annotations

import asyncio
from typing import Final, Protocol

from collectors.snmp.answers.cells import Cells
from collectors.snmp.collecting.pins import Pins
from collectors.snmp.config.options import options_of
from collectors.snmp.decoding.slots import Named, Partly
from collectors.snmp.devices.device import Device, doubtful, named
from collectors.snmp.devices.plan import LanePlan
from collectors.snmp.dialect.profile import SYS_UP_TIME
from collectors.snmp.engine.request import Request
from collectors.snmp.identifying.identity import asked, identity_of
from collectors.snmp.questions.asking import Asking, Said, Sheet
from collectors.snmp.tables.survey import Survey
from dcim.clock import Clock
from dcim.collect import Ask, Collected
from dcim.model import Batch, Lane, NoAnswer, Refused

_KEPT_FOR_READING: Final = 0.5
"""Share of a poll's time that a survey leaves to reading what is known already."""

_FRESH: Final = 2.0
"""Seconds that a survey may take for what it brought to be the reading of the poll that made it."""

ANYBODY: Final = Request.get([SYS_UP_TIME])
"""The question that any device answers."""


class Polled(Protocol):
    """What a poll needs of its collector."""

    pins: Pins

    @property
    def is_watched(self) -> bool:
        """Return whether raw answers are kept: what reads points stands at the end of a poll then."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the clock that stamps batches."""
        ...

    def asking(self, device: Device, deadline: float) -> Asking:
        """Return the questions of one poll of a device, until its deadline."""
        ...

    async def greet(self, device: Device, asking: Asking) -> None:
        """Find out who the device is and which profiles it is read with."""
        ...

    def note(self, device: Device) -> None:
        """Tell what a survey left out."""
        ...


class Poll:
    """One poll of one device."""

    def __init__(self, collector: Polled, device: Device, ask: Ask) -> None:
        self._collector = collector
        self._device = device
        self._ask = ask
        self._loop = asyncio.get_running_loop()
        self._asking = collector.asking(device, ask.deadline)
        self._restarted = False
        self._doubtful = False
        self._fresh: Cells | None = None  # what this poll has just heard of all that it reads

    async def run(self) -> Collected:
        """Return what came."""
        device = self._device
        if self._rests():
            return Collected(asked=False)
        try:
            await self._understand()
            batches = await self._read()
            if batches is None:  # the agent restarted: its rows may have moved, nothing of this counts
                self._restarted = True
                self._fresh = None
                device.forget()
                device.known = None
                await self._understand()
                batches = await self._read() or []
            if not self._asking.heard:  # everything is refused or nothing known: is anybody there?
                await self._asking.ask(ANYBODY)
        except (NoAnswer, Refused):
            if device.known is None:
                device.credential += 1  # the next poll tries the next credential, where there is one
            raise
        lanes = self._lanes
        device.owe(lanes, batches)
        if self._doubtful or len(lanes) == len(Lane):
            device.judge(self._doubtful, self._loop.time())
        if self._asking.engine:
            wanted, now = options_of(device.asset).engine_id, self._collector.clock.now()
            alarms = self._collector.pins.seen(device.asset, self._asking.engine, wanted, now)
            batches += [alarms] if Lane.SLOW in lanes else []
        identity = device.identity if device.is_whole and Lane.STATIC in lanes else None
        asking = self._asking
        return Collected(
            tuple(batches), identity, self._restarted, asking.requests, asking.retries, untold=self._untold()
        )

    def _untold(self) -> str:
        """Return why all that is known of the device tells nothing of it; empty where it does, or may yet."""
        device = self._device
        if not device.is_whole or device.known is None or device.known.tells:
            return ""
        names = ", ".join(profile.name for profile in device.profiles or ())
        what = f"none of the values of {names}; is that what it is, and may we read them?" if names else ""
        return f"{device.asset.address}: it answers, and " + (f"gives {what}" if what else "no profile fits")

    @property
    def _lanes(self) -> frozenset[Lane]:
        """Return what is read: what is due, and what was when the device was not understood as a whole."""
        return self._ask.lanes | self._device.owed

    def _rests(self) -> bool:
        """Whether the profile says that the device is not to be asked again yet."""
        least = max((profile.least_interval for profile in self._device.profiles or ()), default=0.0)
        now = self._loop.time()
        if now - self._device.read_at < least * 0.95:
            return True
        self._device.read_at = now
        return False

    async def _understand(self) -> None:
        device, asking = self._device, self._asking
        fresh = device.profiles is None
        if fresh:
            await self._collector.greet(device, asking)
        elif await self._moved():
            if device.shy:
                await self._collector.greet(device, asking)
            else:
                device.begin_survey()
        if device.profiles is None:
            return  # it answers, but has not said who it is: the next poll goes on
        if device.survey is None:
            await self._refresh()
            return
        before = device.known, device.left_out
        await self._survey(device.survey)
        device.identity = identity_of(device.profiles or (), device.cells)
        if (device.known, device.left_out) != before and device.survey is None:
            self._collector.note(device)

    async def _survey(self, survey: Survey) -> None:
        """Go on with a survey; what one brings as a whole, and at once, is read with no further question."""
        device, asking = self._device, self._asking
        whole, began, at_once = asking.deadline, self._loop.time(), not survey.begun
        if device.known is not None:
            asking.deadline -= asking.left * _KEPT_FOR_READING
        await device.advance(asking, began)
        asking.deadline = whole
        whole_at_once = at_once and survey.heard_all and self._loop.time() - began <= _FRESH
        if whole_at_once and not self._collector.is_watched:
            self._fresh = survey.cells

    async def _moved(self) -> bool:
        """Whether it is time to walk the tables again, or the names of the rows have changed."""
        device = self._device
        if device.survey is not None:
            return False
        if self._loop.time() >= device.survey_due:
            return True
        if Lane.SLOW in self._ask.lanes and not await device.keys_hold(self._asking):
            device.known = None
            return True
        return False

    async def _refresh(self) -> None:
        if Lane.STATIC not in self._ask.lanes:
            return
        device = self._device
        profiles = device.profiles or ()
        names = {part.oid for part in asked(profiles) if not part.column}
        if names:
            await device.refresh(self._asking, sorted(names))
            device.identity = identity_of(profiles, device.cells)

    async def _read(self) -> list[Batch] | None:
        """Return a batch for each lane asked, or None if the agent has restarted since the last poll."""
        known = self._device.known
        plans = known.plans if known is not None else ()
        batches: list[Batch] = []
        for plan in plans:
            if plan.lane not in self._lanes:
                continue
            batch = await self._lane(plan)
            if batch is None:
                return None
            batches.append(batch)
        return batches

    async def _lane(self, plan: LanePlan) -> Batch | None:
        device, asking = self._device, self._asking
        sheet = await self._sheet(plan)
        if device.note_up_time(sheet, plan):
            return None
        values: list[Said | Named | Partly] = list(sheet.values)
        for raised in plan.raised:
            count = values[raised.count] if raised.count is not None else None
            values.append(frozenset() if count == 0 else await named(asking, raised.column, count))
            sheet.tags.append(0)
        batch = plan.program.decode(values, bytes(sheet.tags), self._collector.clock.now())
        self._doubtful = self._doubtful or (bool(batch.gaps) and doubtful(plan, batch, sheet.values))
        return batch

    async def _sheet(self, plan: LanePlan) -> Sheet:
        """Return the answers to the questions of a plan; what a walk has just brought is not asked again."""
        device, asking = self._device, self._asking
        sheet = Sheet(len(plan.oids))
        if self._fresh is None:
            await asking.fill(sheet, device.chunks(plan))
            if device.learned.refused:
                await asking.ask_again(sheet, plan.oids)
            return sheet
        left = []
        for at, name in enumerate(plan.oids):
            if (cell := self._fresh.by_oid.get(name)) is not None:
                sheet.values[at], sheet.tags[at] = cell.value, cell.tag
            else:
                left.append(at)
        rest = await asking.get([plan.oids[at] for at in left])
        for at, value, tag in zip(left, rest.values, rest.tags, strict=True):
            sheet.values[at], sheet.tags[at] = value, tag
        return sheet
