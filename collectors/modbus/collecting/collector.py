"""Asks Modbus devices: lanes, the cheap question, identity. The bus of each connection does the waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from collectors.modbus.asking.asking import Agenda, Learned, Put, Round
from collectors.modbus.asking.bus import Bus, Buses
from collectors.modbus.asking.line import Cells, Line
from collectors.modbus.asking.options import ModbusOptions
from collectors.modbus.asking.trouble import troubles_of
from collectors.modbus.decoding.decode import Codecs, LaneDecoder, codecs, decoders
from collectors.modbus.families.family import ModbusProfile
from collectors.modbus.families.geometry import Geometry
from collectors.modbus.known import identify, units
from collectors.modbus.known.library import Library, UnknownProfile
from collectors.modbus.transport.contract import Denied, Link, Read, Space, Transport
from dcim.clock import Clock
from dcim.collect import Ask, Collected, Credential, Match, Trouble
from dcim.model import Address, Asset, ConfigError, Identity, Lane, PollError, Refused
from dcim.record import dataclass, field, replace

_CANDIDATES = 3
"""Families whose identity is read when several fit."""
_LIFE = Read(Space.HOLDING, 0, 1)
"""What a unit is asked of which only is to be known whether it is there: an exception says so too."""

_LIFE_WITHIN = 1.5
"""Timeouts in which the answer to that must have come."""

_BUSY = 2
"""Reads that a unit may be too busy for before each of the others is asked for once, until it serves one."""


@dataclass(slots=True, eq=False)
class _Selection:
    """The lanes of one poll together: what they want, and how to ask for it."""

    lanes: tuple[LaneDecoder, ...]
    agenda: Agenda


@dataclass(slots=True, eq=False)
class _Device:
    """What is known of one asset since it was first asked."""

    asset: Asset
    bus: Bus
    options: ModbusOptions
    unit: int  # that is named, else where it was recognised, else the one its profile says
    profile: ModbusProfile
    lanes: Mapping[Lane, LaneDecoder]
    geometry: Geometry
    learned: Learned
    identity_reads: tuple[Read, ...]
    has_objects: bool
    came_back: bool = False  # it was silent, and nothing but its life has been seen since
    identity: Identity | None = None
    _selections: dict[frozenset[Lane], _Selection] = field(default_factory=dict)

    def select(self, asked: frozenset[Lane]) -> _Selection:
        """Return what to ask for these lanes, as far as the device is known by now."""
        chosen = self._selections.get(asked)
        if chosen is None:
            lanes = tuple(self.lanes[lane] for lane in Lane if lane in asked and lane in self.lanes)
            wanted = {read for lane in lanes for read in lane.wanted}
            if Lane.STATIC in asked:
                wanted.update(self.identity_reads)
            chosen = self._selections[asked] = _Selection(lanes, self.learned.agenda(tuple(sorted(wanted))))
        elif chosen.agenda.lessons != self.learned.lessons:
            chosen.agenda = self.learned.agenda(chosen.agenda.wanted)
        return chosen

    def cheapest(self) -> Read:
        """Return the smallest question that the device is not known to refuse."""
        reads = sorted((value.place.read for value in self.profile.values), key=lambda read: read.count)
        return next((read for read in reads if read not in self.learned.refused), reads[0])


class ModbusCollector:
    """The collector of this protocol. It never writes: nothing here or below can."""

    def __init__(self, library: Library, make: Callable[[Link], Transport], clock: Clock) -> None:
        self._library = library
        self._buses = Buses(make)
        self._clock = clock
        self._devices: dict[str, _Device] = {}
        self._codecs: dict[str, Codecs] = {}
        self._troubles: dict[str, tuple[Trouble, ...]] = {}
        self._units: dict[str, int] = {}  # where devices were recognised that name no unit
        self._rounds: type[Round] = Round

    async def collect(self, asset: Asset, ask: Ask) -> Collected:
        """Return what the device said by the deadline; what did not come is a gap."""
        device = self._devices.get(asset.id)
        if device is not None and device.asset is not asset and device.asset != asset:
            device = None
        options = _options(asset) if device is None else device.options
        bus = self._buses.of(options.link(asset.address)) if device is None else device.bus
        line = Line(bus, options, asset.timeout, ask.deadline)
        device = device or await self._device(asset, options, line)
        line.suit(device.profile, device.options, device.unit)
        if ask.cheap or line.silent:
            device.came_back = device.came_back or line.silent
            await self._alive(device, line)
        if ask.cheap:
            return Collected(requests=line.tally.requests, retries=line.tally.retries)
        if not device.came_back:
            return await self._read(device, ask.lanes, line)
        collected = await self._read(device, frozenset(Lane), line)
        device.came_back = False
        return replace(collected, restarted=True)

    async def _alive(self, device: _Device, line: Line) -> None:
        """Ask for a sign of life."""
        await line.alive(device.cheapest())

    async def _read(self, device: _Device, asked: frozenset[Lane], line: Line) -> Collected:
        now = self._clock.monotonic()
        device.learned.review(now)
        static = Lane.STATIC in asked
        selection = device.select(asked)
        image = bytearray(device.geometry.size)  # a new one: an old value is never left
        cells = Cells()
        put: Put = partial(device.geometry.put, image)
        if static:
            put = partial(_put_both, put, cells.put)
        poll = self._rounds(line.read, put, device.learned, now)
        await poll.run(selection.agenda)
        at = self._clock.now()
        return Collected(
            tuple([lane.decode(image, poll.failures, at) for lane in selection.lanes]),
            await self._identity(device, line, cells) if static else None,
            requests=line.tally.requests,
            retries=line.tally.retries,
        )

    async def _identity(self, device: _Device, line: Line, cells: Cells) -> Identity:
        objects: Mapping[int, str] = {}
        if device.has_objects:
            try:
                objects = await line.objects()
            except Refused:
                device.has_objects = False
            except PollError:
                objects = {}  # it has just answered everything else: these wait for the next time
        identity = identify.identity_of(device.profile, objects, cells.lookup)
        if device.identity not in {None, identity}:
            device.learned.forget()  # another device stands there now, or the same one with other firmware
        device.identity = identity
        return identity

    async def _device(self, asset: Asset, options: ModbusOptions, line: Line) -> _Device:
        """Get to know a device that is new, or described otherwise than before."""
        profile = await self._profile(asset, line)
        found_here = options.unit is not None or not asset.profiles
        limits = profile.limits
        if options.max_registers is not None:
            limits = replace(limits, registers=options.max_registers)
        family = self._codecs.get(profile.name)
        if family is None:
            family = self._codecs[profile.name] = codecs(profile)
        device = self._devices[asset.id] = _Device(
            asset,
            line.bus,
            options,
            line.unit if found_here else profile.unit,
            profile,
            decoders(asset.id, family),
            next(iter(family.values())).geometry,
            Learned(profile.holes, limits),
            identify.places_of(profile),
            identify.wants_objects(profile),
        )
        return device

    async def _profile(self, asset: Asset, line: Line) -> ModbusProfile:
        if len(asset.profiles) > 1:
            msg = f"{asset.id}: a Modbus device has one profile, found {', '.join(asset.profiles)}"
            raise Refused(msg)
        name = asset.profiles[0] if asset.profiles else await self._best(asset, line)
        try:
            return self._library.get(name)
        except (UnknownProfile, ConfigError) as exc:
            msg = f"{asset.id}: {exc}"
            raise Refused(msg) from exc

    async def _best(self, asset: Asset, line: Line) -> str:
        found, _ = await self._look(asset, line)
        if not found:
            msg = f"{asset.id}: no profile fits what unit {line.unit} says; name one"
            raise Refused(msg)
        return found[0].profile

    async def identify(
        self, address: Address, credentials: Sequence[Credential], asset: Asset
    ) -> Sequence[Match]:
        """Return the profiles that fit the device, best first, each with its reason."""
        del credentials
        options = _options(asset)
        bus = self._buses.of(options.link(address))
        patience = max(asset.interval, 4 * asset.timeout)
        line = Line(bus, options, asset.timeout, asyncio.get_running_loop().time() + patience)
        found, troubles = await self._look(asset, line, patience)
        if not found:
            self._troubles[asset.id] = troubles_of(troubles)
        return found

    async def beside(self, asset: Asset) -> Sequence[Mapping[str, int | str]]:
        """Return the other units that answer on the connection of a device; see ``ListsBeside``."""
        options = _options(asset)
        own = self._units.get(asset.id, units.USUAL) if options.unit is None else options.unit
        if await self._is_there(asset, units.NOBODY):
            return ()
        families = await self._library.heads_beside()
        return [{"unit": unit} for unit in units.beside(own, families) if await self._is_there(asset, unit)]

    def troubles(self, asset: Asset) -> tuple[Trouble, ...]:
        """Return what came instead of values when no profile was found; see ``TellsTroubles``."""
        return self._troubles.get(asset.id, ())

    async def _look(
        self, asset: Asset, line: Line, patience: float = 0.0
    ) -> tuple[tuple[Match, ...], list[PollError]]:
        """Recognise a device at the unit that is named, else at the usual one, else at those of factories.

        Each that answers has ``patience`` seconds. ``line`` asks the unit where it was found. Raise what
        kept the first from answering.
        """
        failure: PollError | None = None
        named = _options(asset).unit is not None
        first = line.unit = line.unit if named else self._units.get(asset.id, line.unit)
        search = _Search(line)
        try:
            found = await self._search(line, search)
        except PollError as why:
            found, failure = (), why
        others = units.of_factories(await self._library.heads_beside()) if line.bus.reached else ()
        for unit in () if found or named else (units.USUAL, *others):
            if unit != first and await self._is_there(asset, unit):
                line.turn_to(unit, patience)
                with suppress(PollError):
                    found = await self._search(line, _Search(line))
            if found:
                break
            line.unit = first
        if found:
            self._units[asset.id] = line.unit
        elif failure is not None:
            raise failure
        return found, search.troubles

    async def _is_there(self, asset: Asset, unit: int) -> bool:
        """Whether a unit answers, be it that it refuses. A gateway's word that it does not is none of it."""
        options = _options(asset)
        deadline = asyncio.get_running_loop().time() + _LIFE_WITHIN * asset.timeout
        line = Line(self._buses.of(options.link(asset.address)), options, asset.timeout, deadline)
        line.unit = unit
        try:
            await line.alive(_LIFE)
        except PollError:
            return False
        return True

    async def _search(self, line: Line, search: _Search) -> tuple[Match, ...]:
        families = await self._library.heads_beside()
        await search.objects_and(identify.signs_of(families))
        found = identify.matches(families, search.objects, search.cells.lookup)
        likely = {match.profile for match in found[:_CANDIDATES]}
        for family in families:
            if family.name in likely:
                await search.add(identify.places_of(family))
        found = identify.matches(families, search.objects, search.cells.lookup)
        return tuple(replace(match, options={"unit": line.unit}) for match in found)

    async def aclose(self) -> None:
        """Close every connection; pending questions end as ``NoAnswer``."""
        self._buses.close()


class _Search:
    """What a unit of unknown family says when it is asked for what any family could say."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._heard = False
        self._served = False  # said something of itself, be it that it lacks what was asked for
        self._busy = 0
        self.troubles: list[PollError] = []
        self.objects: Mapping[int, str] = {}
        self.cells = Cells()

    async def objects_and(self, reads: Sequence[Read]) -> None:
        """Ask for identification objects and these reads.

        Raise the first trouble if nothing is answered, ``Refused`` if it only answers that it cannot serve.
        """
        try:
            self.objects = await self._line.objects()
            self._heard = self._served = True
        except PollError as exc:  # most devices know no such objects: that says nothing of their registers
            self._note(exc)
        await self.add(reads)
        if not self.troubles or self._served:
            return
        first = self.troubles[0]
        if not self._heard:
            raise first
        msg = f"it is there and serves no data: every question was answered so; the first: {first}"
        raise Refused(msg) from first

    async def add(self, reads: Sequence[Read]) -> None:
        """Ask for more; what is refused is not there."""
        for read in reads:
            if not self._heard and self._line.silent:
                break
            self._line.insist(self._served or self._busy < _BUSY)
            try:
                self.cells.put(read, await self._line.read(read))
                self._heard = self._served = True
            except PollError as exc:
                self._served = self._served or (isinstance(exc, Denied) and exc.code in Denied.LACKS)
                self._note(exc)

    def _note(self, trouble: PollError) -> None:
        self._heard = self._heard or isinstance(trouble, Denied)
        self._busy += isinstance(trouble, Denied) and trouble.code == Denied.BUSY
        self.troubles.append(trouble)


def _put_both(first: Put, second: Put, read: Read, payload: bytes) -> None:
    first(read, payload)
    second(read, payload)


def _options(asset: Asset) -> ModbusOptions:
    return asset.options if isinstance(asset.options, ModbusOptions) else ModbusOptions()
