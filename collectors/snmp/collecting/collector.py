"""Asks devices that speak SNMP: each by its transport and its credential, as what it was recognised for."""

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
from collectors.snmp.collecting.poll import ANYBODY, Poll
from collectors.snmp.config.credential import access
from collectors.snmp.config.options import options_of
from collectors.snmp.devices.device import GREETING, Device, profiles_of
from collectors.snmp.devices.usual import Arrivals, Route, has_one_plan, is_usual, route
from collectors.snmp.dialect.library import Library
from collectors.snmp.dialect.profile import SYS_DESCR, SYS_OBJECT_ID, SnmpProfile
from collectors.snmp.identifying.identify import Greeting
from collectors.snmp.identifying.recognise import Recognising, cells_of, number_told
from collectors.snmp.questions.asking import Asking
from collectors.snmp.questions.learned import MAX_VARBINDS, Learned
from collectors.snmp.questions.troubles import Troubles
from collectors.snmp.transport.contract import BeginsQuestions, Target, Transport, Urgency
from collectors.snmp.traps.ear import Household, SnmpEar, users_of
from dcim.clock import Clock
from dcim.collect import Ask, Collected, Credential, Ear, Explored, Heard, Match, Outcome, Trouble
from dcim.model import Address, Asset, ConfigError, Lane, NoAnswer, PollError, Refused
from dcim.model.fact import Body

PORT: Final = 161
_WHO: Final = frozenset({SYS_DESCR, SYS_OBJECT_ID})  # of the greeting, what tells who it is
_ATTEMPTS: Final = 3
"""Timeouts after the last answer by which the next must have come while a device is recognised."""

_JUST_NOW: Final = 3.0
"""Seconds for which who has said to ``identify`` who it is need not say so again."""

_QUESTIONS: Final = 128
"""Questions by which a slow device must be recognised: one of an unknown family is asked about 40."""

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
        self._troubles: dict[str, tuple[Trouble, ...]] = {}
        self.pins = Pins()
        self._arrivals = Arrivals(clock)
        self._routes: defaultdict[frozenset[Lane], dict[str, Route]] = defaultdict(dict)
        self._log = structlog.get_logger("collectors.snmp")

    @property
    def is_watched(self) -> bool:
        """Return whether somebody keeps raw answers; nobody here."""
        return False

    async def collect(self, asset: Asset, ask: Ask) -> Collected:
        """Return what the device said by the deadline; what did not come is a gap."""
        device = self._device(asset)
        if ask.cheap:
            asking = self.asking(device, ask.deadline)
            await asking.ask(ANYBODY, urgency=Urgency.SILENT)
            return Collected(requests=asking.requests, retries=asking.retries)
        return await Poll(self, device, ask).run()

    def begin(self, asset: Asset, ask: Ask, over: Callable[[Outcome], None]) -> bool:
        """Begin the usual poll of a device that is understood, without a task; see ``BeginsPolls``."""
        now = asyncio.get_running_loop().time()
        found = self._route_of(asset, ask.lanes, now)
        return found is not None and found.begin(ask, now, over)

    def _route_of(self, asset: Asset, lanes: frozenset[Lane], now: float) -> Route | None:
        """Return the usual way to ask these lanes of a device now; the same as before if it holds."""
        found = self._routes[lanes].get(asset.id)
        if found is None or not found.holds(asset, now):
            found = self._route(asset, lanes, now)
            if found is not None:
                self._routes[lanes][asset.id] = found
        return found

    def _route(self, asset: Asset, lanes: frozenset[Lane], now: float) -> Route | None:
        device = self._devices.get(asset.id)
        if device is None or device.asset is not asset or not is_usual(device, now):
            return None
        if not has_one_plan(device, lanes):
            return None
        transport = self._transport(asset)
        if not isinstance(transport, BeginsQuestions):
            return None
        return route(device, lanes, transport, self._target(device), self._arrivals)

    async def identify(
        self, address: Address, credentials: Sequence[Credential], asset: Asset
    ) -> Sequence[Match]:
        """Return the profiles that fit the device, best first; NoAnswer if no credential gets an answer."""
        failure: PollError = NoAnswer("no credential to ask with")
        for credential in credentials:
            target = self._target_of(asset, address, credential)
            patience = _ATTEMPTS * target.timeout
            deadline = asyncio.get_running_loop().time() + patience
            asking = Asking(self._transport(asset), target, Learned(), deadline)
            asking.be_patient(patience, _QUESTIONS)
            troubles = Troubles()
            asking.note = troubles.note
            try:
                greeted = await cells_of(asking, GREETING)
                greeting, said_at = Greeting.of(greeted), asyncio.get_running_loop().time()
                recognising = await self._begin_recognising(greeting, asking)
                known = await recognising.advance(asking)
            except PollError as error:
                failure = error
                continue
            if address == asset.address and not known.cells.unheard:
                device = self._device(asset)
                device.recognised = (greeting, known.chosen(), recognising.number)
                device.greeted = (greeted, said_at)
                device.makers = recognising.makers
            found = known.matches()
            if not found:
                self._troubles[asset.id] = troubles.told()
            return found
        raise failure

    def troubles(self, asset: Asset) -> tuple[Trouble, ...]:
        """Return what came instead of values when no profile was found; see ``TellsTroubles``."""
        return self._troubles.get(asset.id, ())

    async def explore(self, asset: Asset, deadline: float, *, walk: bool = True) -> Explored:
        """Return what a device answers beside what is asked of it; see ``Explores``."""
        device = self._device(asset)
        return await explore(device, self.asking(device, deadline), self._library if walk else None)

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
            options = options_of(asset)
            limit = options.max_varbinds or MAX_VARBINDS
            device.learned = Learned(max_varbinds=limit, limit=limit)
        return device

    def asking(self, device: Device, deadline: float) -> Asking:
        """Return the questions of one poll of a device, until its deadline."""
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
        options = options_of(asset)
        try:
            how = access(credential)
        except (ValueError, KeyError) as error:
            msg = f"credential {credential.name!r} cannot be used for SNMP: {error}"
            raise Refused(msg) from error
        timeout = options.timeout or asset.timeout
        where = Address(address.host, address.port or PORT)
        return Target(where, how, timeout=timeout, retries=options.retries, name=asset.id)

    def _transport(self, asset: Asset) -> Transport:
        engine = options_of(asset).engine
        if engine not in self._transports:
            self._transports[engine] = self._open_transport(engine)
        return self._transports[engine]

    async def greet(self, device: Device, asking: Asking) -> None:
        """Find out who the device is and which profiles it is read with; a slow one over several polls."""
        if device.recognising is None:
            device.learned.forget()
        greeted = device.greeted_since(asyncio.get_running_loop().time() - _JUST_NOW)
        greeted = greeted if greeted is not None else await cells_of(asking, GREETING)
        greeting = Greeting.of(greeted)
        device.shy = SYS_OBJECT_ID in device.learned.refused or not _WHO.isdisjoint(greeted.unheard)
        try:
            names, device.dotted = await self._recognised(device, greeting, asking)
        except NoAnswer:
            if not asking.heard or asking.left > 0:
                raise
            device.shy = True  # the time of this poll is over, the next one goes on
            return
        device.adopt(self._read_with(device, names, device.dotted))
        device.learned.obey(device.profiles or ())
        await device.look_for_maker(asking, greeted)
        device.begin_survey()

    def _read_with(self, device: Device, names: Sequence[str], number: str) -> tuple[SnmpProfile, ...]:
        """Return the profiles of these names for a device. Raise Refused where one cannot be used."""
        unit = options_of(device.asset).unit
        try:
            return tuple(self._library.profile(name, number, unit) for name in names)
        except ConfigError as error:
            msg = f"{device.asset.id}: {error}"
            raise Refused(msg) from error

    async def _recognised(
        self, device: Device, greeting: Greeting, asking: Asking
    ) -> tuple[Sequence[str], str]:
        """Return the profiles that a device is read with, and the number by which their trees are found.

        Raise NoAnswer where the time of this poll is over before that is known.
        """
        names = device.asset.profiles
        known_as, device.recognised = device.recognised, None  # it may be another the next time
        if names:
            named = self._read_with(device, names, greeting.dotted)
            above = sorted({one.above for one in named if one.above})
            return names, await number_told(asking, greeting, above)
        if known_as is not None and known_as[0] == greeting:
            return known_as[1:]
        if device.recognising is None or device.recognising.recognition.greeting != greeting:
            device.recognising = await self._begin_recognising(greeting, asking)
        known = await device.recognising.advance(asking)
        number, device.recognising = device.recognising.number, None
        device.shy = device.shy or bool(known.cells.unheard)
        return known.chosen(), number

    async def _begin_recognising(self, greeting: Greeting, asking: Asking) -> Recognising:
        above = await self._library.above_beside()
        asking.go_on()  # what the first reading of the profiles took is not the device's time
        number = await number_told(asking, greeting, above)
        return Recognising.of(greeting, self._library.heads(number), number)

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
