"""Asks devices that speak SNMP: one poll is greeting, survey and reading as far as the deadline allows."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from socket import socket
from typing import Final

import structlog

from collectors.snmp.collecting.explore import explore
from collectors.snmp.collecting.pins import Pins
from collectors.snmp.config.credential import access
from collectors.snmp.config.options import SnmpOptions
from collectors.snmp.decoding.slots import Named, Partly
from collectors.snmp.devices.device import GREETING, Device, doubtful, named, profiles_of
from collectors.snmp.devices.plan import LanePlan
from collectors.snmp.devices.usual import Route, is_usual, route
from collectors.snmp.dialect.library import Library
from collectors.snmp.dialect.profile import SYS_OBJECT_ID, SYS_UP_TIME
from collectors.snmp.engine.request import Request
from collectors.snmp.identifying.identify import Greeting, Recognition
from collectors.snmp.identifying.identity import asked, identity_of
from collectors.snmp.identifying.recognise import cells_of, recognise
from collectors.snmp.questions.asking import Asking, Said, Sheet
from collectors.snmp.questions.learned import MAX_VARBINDS, Learned
from collectors.snmp.transport.contract import BeginsQuestions, Target, Transport, Urgency
from collectors.snmp.traps.ear import Household, SnmpEar, users_of
from dcim.clock import Clock
from dcim.collect import Ask, Collected, Credential, Ear, Explored, Heard, Match, Outcome
from dcim.model import Address, Asset, Batch, ConfigError, Lane, NoAnswer, PollError, Refused
from dcim.model.fact import Body

PORT: Final = 161
_KEPT_FOR_READING: Final = 0.5
"""Share of a poll's time that a survey leaves to reading what is known already."""

_ANYBODY: Final = Request.get([SYS_UP_TIME])

OpenTransport = Callable[[str], Transport]
"""Opens the transport of an engine (``own`` or ``pysnmp``) on the running loop."""


class SnmpCollector:
    """Implements ``dcim.collect.Collector``. One transport an engine, opened when a device needs it."""

    def __init__(
        self,
        open_transport: OpenTransport,
        credentials: Mapping[str, Credential],
        library: Library,
        clock: Clock,
    ) -> None:
        self._open_transport = open_transport
        self._credentials = credentials
        self._library = library
        self._clock = clock
        self._transports: dict[str, Transport] = {}
        self._devices: dict[str, Device] = {}
        self._targets: dict[tuple[str, str], tuple[Asset, Target]] = {}
        self.pins = Pins()
        self._routes: defaultdict[frozenset[Lane], dict[str, Route]] = defaultdict(dict)
        self._log = structlog.get_logger("collectors.snmp")

    async def collect(self, asset: Asset, ask: Ask) -> Collected:
        """Return what the device said by the deadline; what did not come is a gap."""
        device = self._device(asset)
        if ask.cheap:
            asking = self._asking(device, ask.deadline)
            await asking.ask(_ANYBODY, urgency=Urgency.SILENT)
            return Collected(requests=asking.requests, retries=asking.retries)
        return await _Poll(self, device, ask).run()

    def begin(self, asset: Asset, ask: Ask, over: Callable[[Outcome], None]) -> bool:
        """Begin the usual poll of a device that is understood, without a task; see ``BeginsPolls``."""
        now = asyncio.get_running_loop().time()
        found = self._routes[ask.lanes].get(asset.id)
        if found is None or not found.holds(asset, now):
            if (found := self._route(asset, ask.lanes, now)) is None:
                return False
            self._routes[ask.lanes][asset.id] = found
        return found.begin(ask, now, over)

    def _route(self, asset: Asset, lanes: frozenset[Lane], now: float) -> Route | None:
        device = self._devices.get(asset.id)
        if device is None or device.asset is not asset or not is_usual(device, now):
            return None
        transport = self._transport(asset)
        if not isinstance(transport, BeginsQuestions):
            return None
        return route(device, lanes, transport, self._target(device), self._clock)

    async def identify(
        self, address: Address, credentials: Sequence[Credential], asset: Asset
    ) -> Sequence[Match]:
        """Return the profiles that fit the device, best first; NoAnswer if no credential gets an answer."""
        failure: PollError = NoAnswer("no credential to ask with")
        for credential in credentials:
            target = self._target_of(asset, address, credential)
            deadline = asyncio.get_running_loop().time() + 3 * asset.timeout
            asking = Asking(self._transport(asset), target, Learned(), deadline)
            try:
                return (await self._recognise(asking)).matches()
            except PollError as error:
                failure = error
        raise failure

    async def explore(self, asset: Asset, deadline: float, *, walk: bool = True) -> Explored:
        """Return what a device answers beside what is asked of it; see ``Explores``."""
        device = self._device(asset)
        return await explore(device, self._asking(device, deadline), self._library if walk else None)

    def recall(self, kept: Mapping[str, Body], keep: Callable[[str, Body], None]) -> None:
        """Take over the engines that answered before a restart; see ``Remembers``."""
        self.pins.recall(kept, keep)

    async def listen(
        self, wire: socket, assets: Sequence[Asset], relays: Sequence[str], heard: Callable[[Heard], None]
    ) -> Ear:
        """Hear what these devices send unasked; see ``Listens``."""
        users, profiles = partial(users_of, self._credentials), partial(profiles_of, self._devices)
        household = Household(assets, relays, users, profiles, *self.pins.own())
        return await SnmpEar.opened(wire, household, heard, self._clock)

    async def aclose(self) -> None:
        """Close every transport; pending questions end as ``NoAnswer``."""
        await asyncio.gather(*(transport.aclose() for transport in self._transports.values()))

    def stats(self) -> Mapping[str, Transport]:
        """Return the open transports by engine, for their counters."""
        return self._transports

    # what a poll needs

    def _device(self, asset: Asset) -> Device:
        device = self._devices.get(asset.id)
        if device is None or device.asset is not asset:
            device = self._devices[asset.id] = Device(asset)
            options = _options(asset)
            limit = options.max_varbinds or MAX_VARBINDS
            device.learned = Learned(max_varbinds=limit, limit=limit)
        return device

    def _asking(self, device: Device, deadline: float) -> Asking:
        target = self._target(device)
        return Asking(self._transport(device.asset), target, device.learned, deadline)

    def _target(self, device: Device) -> Target:
        asset = device.asset
        names = asset.credentials
        if not names:
            msg = "no credential is named for this device"
            raise Refused(msg)
        name = names[device.credential % len(names)]
        kept = self._targets.get((asset.id, name))
        if kept is None or kept[0] is not asset:
            credential = self._credentials.get(name)
            if credential is None:
                msg = f"there is no credential {name!r}"
                raise Refused(msg)
            kept = (asset, self._target_of(asset, asset.address, credential))
            self._targets[asset.id, name] = kept
        return kept[1]

    def _target_of(self, asset: Asset, address: Address, credential: Credential) -> Target:
        options = _options(asset)
        try:
            how = access(credential)
        except (ValueError, KeyError) as error:
            msg = f"credential {credential.name!r} cannot be used for SNMP: {error}"
            raise Refused(msg) from error
        timeout = options.timeout or asset.timeout
        where = Address(address.host, address.port or PORT)
        return Target(where, how, timeout=timeout, retries=options.retries, name=asset.id)

    def _transport(self, asset: Asset) -> Transport:
        engine = _options(asset).engine
        if engine not in self._transports:
            self._transports[engine] = self._open_transport(engine)
        return self._transports[engine]

    async def greet(self, device: Device, asking: Asking) -> None:
        """Find out who the device is and which profiles it is read with."""
        device.learned.forget()
        greeting = Greeting.of(greeted := await cells_of(asking, GREETING))
        device.shy, device.dotted = SYS_OBJECT_ID in device.learned.refused, greeting.dotted
        names = device.asset.profiles
        if not names:
            known = await recognise(asking, greeting, await self._library.heads_beside(greeting.dotted))
            names, device.shy = known.chosen(), device.shy or bool(known.cells.unheard)
        unit = _options(device.asset).unit
        try:
            device.profiles = tuple(self._library.profile(name, greeting.dotted, unit) for name in names)
        except ConfigError as error:
            msg = f"{device.asset.id}: {error}"
            raise Refused(msg) from error
        device.learned.obey(device.profiles)
        await device.look_for_maker(asking, greeted)
        device.begin_survey()

    async def _recognise(self, asking: Asking) -> Recognition:
        greeting = Greeting.of(await cells_of(asking, GREETING))
        return await recognise(asking, greeting, await self._library.heads_beside(greeting.dotted))

    @property
    def clock(self) -> Clock:
        """Return the clock that stamps batches."""
        return self._clock

    def note(self, device: Device) -> None:
        """Log what a survey left out, when it is another than before."""
        known = device.known
        notes = (*(known.notes if known is not None else ()), *device.left_out)
        if notes:
            self._log.warning("left_out", asset=device.asset.id, what=list(notes[:20]), count=len(notes))


class _Poll:
    """One poll of one device."""

    def __init__(self, collector: SnmpCollector, device: Device, ask: Ask) -> None:
        self._collector = collector
        self._device = device
        self._ask = ask
        self._loop = asyncio.get_running_loop()
        self._asking = collector._asking(device, ask.deadline)
        self._restarted = False
        self._doubtful = False

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
                device.forget()
                device.known = None
                await self._understand()
                batches = await self._read() or []
            if not self._asking.heard:  # everything is refused or nothing known: is anybody there?
                await self._asking.ask(_ANYBODY)
        except (NoAnswer, Refused):
            if device.known is None:
                device.credential += 1  # the next poll tries the next credential, where there is one
            raise
        if self._doubtful or len(self._ask.lanes) == len(Lane):
            device.judge(self._doubtful, self._loop.time())
        if self._asking.engine:
            wanted, now = _options(device.asset).engine_id, self._collector.clock.now()
            alarms = self._collector.pins.seen(device.asset, self._asking.engine, wanted, now)
            batches += [alarms] if Lane.SLOW in self._ask.lanes else []
        identity = device.identity if Lane.STATIC in self._ask.lanes or self._restarted else None
        asking = self._asking
        return Collected(tuple(batches), identity, self._restarted, asking.requests, asking.retries)

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
        if device.survey is None:
            await self._refresh()
            return
        whole = asking.deadline
        if device.known is not None:
            asking.deadline -= asking.left * _KEPT_FOR_READING
        before = device.known, device.left_out
        await device.advance(asking, self._loop.time())
        asking.deadline = whole
        device.identity = identity_of(device.profiles or (), device.cells)
        if (device.known, device.left_out) != before and device.survey is None:
            self._collector.note(device)

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
            if plan.lane not in self._ask.lanes:
                continue
            batch = await self._lane(plan)
            if batch is None:
                return None
            batches.append(batch)
        return batches

    async def _lane(self, plan: LanePlan) -> Batch | None:
        device, asking = self._device, self._asking
        sheet = Sheet(len(plan.oids))
        await asking.fill(sheet, device.chunks(plan))
        if device.learned.refused:
            await asking.ask_again(sheet, plan.oids)
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


def _options(asset: Asset) -> SnmpOptions:
    return asset.options if isinstance(asset.options, SnmpOptions) else SnmpOptions()
