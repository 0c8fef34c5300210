"""Recorded answers as if devices gave them: the collector's own polls, with nobody to ask.

    Script ──▶ ScriptTransport ──▶ SnmpCollector (usual polls, refusals, alarms) ──▶ batches
    portrait ──▶ Settled device: read as it was understood then, its tables never walked

A question that was asked in the very words is answered with the very bytes. One that was asked otherwise
(in halves, or together with others, as the portrait knows what the poll itself has taught) is answered from
all that came in that poll, name by name: what did not come is a gap for that name, and for no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any, Final

from collectors.snmp.collecting.collector import SnmpCollector
from collectors.snmp.decoding.together import Arrival
from collectors.snmp.devices.device import Device
from collectors.snmp.devices.plan import understand
from collectors.snmp.devices.stored import Stored
from collectors.snmp.devices.usual import Arrivals, Route, Trip
from collectors.snmp.dialect.library import Library
from collectors.snmp.engine import pdu
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.request import Kind, Request
from collectors.snmp.identifying.identity import identity_of
from collectors.snmp.questions.asking import Asking
from collectors.snmp.replay import portrait as portraits
from collectors.snmp.replay.pieces import Readings, pieced
from collectors.snmp.replay.settled import Settled
from collectors.snmp.replay.straight import Straight
from collectors.snmp.transport.contract import Stats, Target, Told, Urgency
from dcim.clock import Clock
from dcim.collect import Ask, Collected, Credential, Outcome
from dcim.model import Asset, ConfigError, Lane, PollError, Refused
from dcim.witness import Exchange, Fault, Recorded, Script, error_of

_LONG_AGO: Final = -1e9


class ScriptTransport:
    """A transport whose answers stand in a script. Fulfils ``Transport`` and ``BeginsQuestions``."""

    def __init__(self, script: Script, engines: Mapping[str, bytes]) -> None:
        self.stats = Stats()
        self.readings = Readings(())
        """Of the device that is played now."""
        self._played: Sequence[Exchange] = ()
        self._reading: Sequence[Exchange] = ()
        self._by_question: dict[bytes, Exchange] = {}
        self._script = script
        self._engines = engines

    async def ask(
        self, target: Target, request: Request, deadline: float, urgency: Urgency = Urgency.NORMAL
    ) -> Answer:
        """Return what was answered, or raise what the question ended with."""
        del target, deadline, urgency
        return self._answer(request)

    def begin(self, target: Target, request: Request, deadline: float, told: Told) -> bool:
        """Tell at once what was answered."""
        del target, deadline
        outcome: Answer | PollError
        try:
            outcome = self._answer(request)
        except PollError as error:
            outcome = error
        told(outcome)
        return True

    def engine_of(self, target: Target) -> bytes:
        """Return the engine that the portrait names."""
        return self._engines.get(target.name, b"")

    async def aclose(self) -> None:
        """Nothing is open."""

    def _answer(self, request: Request) -> Answer:
        if request.kind is Kind.GET:
            self._read()
            exchange = self._by_question.get(request.words)
            others: Sequence[Exchange] = self._reading
        else:
            exchange, others = self._script.find(request.words), self._script.exchanges
        if exchange is None:
            return pieced(request, others)
        if exchange.fault is not Fault.NONE:
            raise error_of(exchange.fault, exchange.why)
        return pdu.answer(exchange.answer, pdu.of_bare(exchange.answer), request)

    def _read(self) -> None:
        """See what of the poll that is played read points: what was asked before is in the portrait."""
        if self._played is not self._script.exchanges:
            self._played = self._script.exchanges
            self._reading = self.readings.of(self._played)
            self._by_question = {one.question: one for one in self._reading}


class AtOnce(Arrivals):
    """Has each poll understood when it is there: nothing is played while the loop turns."""

    def put(self, trip: Trip, arrival: Arrival) -> None:
        """Have the answers of a poll understood."""
        self.understand([(trip, arrival)])


class ScriptedCollector(SnmpCollector):
    """Implements ``dcim.witness.PlayedCollector``."""

    def __init__(
        self, script: Script, clock: Clock, credentials: Mapping[str, Mapping[str, Any]], library: Library
    ) -> None:
        self._engines: dict[str, bytes] = {}
        self._script = script
        known = {name: _secretless(name, fields) for name, fields in credentials.items()}
        self._scripted = ScriptTransport(script, self._engines)
        super().__init__(lambda _engine: self._scripted, known, library, clock)
        self._arrivals = AtOnce(clock)
        self._straight = Straight(self._usual, self._is_plain)

    def portray(self, asset: Asset, portrait: bytes) -> None:
        """Know of a device what a portrait says. Raise ValueError where it says nonsense."""
        said = portraits.read(portrait)
        device = self._device(asset)
        try:
            device.profiles = tuple(
                self._library.profile(name, said.dotted, said.unit) for name in said.profiles
            )
        except ConfigError as error:
            raise ValueError(str(error)) from error
        device.dotted, device.survey, device.survey_due = said.dotted, None, inf
        learned = device.learned
        if (learned.max_varbinds, learned.repetitions, learned.refused) != (
            said.most,
            said.rows,
            said.refused,
        ):
            learned.max_varbinds, learned.limit, learned.repetitions = said.most, said.most, said.rows
            learned.refused = dict(said.refused)
            learned.version += 1
        known = understand(asset.id, device.profiles, said.cells, portraits.before(said))
        device.known = known.keeping(device.known)
        device.readings = Readings(device.known.plans)
        device._stored = Stored.of(said.cells)
        device.even.clear()
        device._chunks.clear()
        device.identity = identity_of(device.profiles, said.cells)
        if said.engine:
            self._engines[asset.id] = said.engine

    async def collect(self, asset: Asset, ask: Ask) -> Collected:
        """Return what the script says; a device without a portrait says nothing yet."""
        device = self._device(asset)
        if device.profiles is None:
            return Collected()
        device.read_at, device.survey = _LONG_AGO, None
        device.even.clear()
        device.learned.settle()
        self._scripted.readings = device.readings
        collected = await super().collect(asset, ask)
        if self._script.restarted:
            collected.identity = device.identity
        return collected

    def begin(self, asset: Asset, ask: Ask, over: Callable[[Outcome], None]) -> bool:
        """Begin the usual poll, which is over at once; one that was not usual is left to ``collect``."""
        device = self._device(asset)
        device.read_at = _LONG_AGO
        device.even.clear()
        if device.known is None:
            return False
        self._scripted.readings = device.readings

        def heard(outcome: Outcome) -> None:
            over(None if isinstance(outcome, PollError) else outcome)

        return super().begin(asset, ask, heard)

    def together(self, polls: Sequence[Recorded]) -> Sequence[Collected | None]:
        """Return what polls of many devices come to, where that is sure; see ``PlaysTogether``."""
        devices = [self._device(poll.asset) for poll in polls]
        return self._straight.decode(
            [(device, device.readings, poll) for device, poll in zip(devices, polls, strict=True)]
        )

    def _usual(self, asset: Asset, lanes: frozenset[Lane]) -> Route | None:
        """Return the usual way to ask some lanes of a device, as ``begin`` goes it."""
        try:
            return self._route_of(asset, lanes, asyncio.get_running_loop().time())
        except Refused:
            return None

    def _is_plain(self, device: Device) -> bool:
        """Whether ``collect`` looks at nothing but what a device says: at no engine that answers for it."""
        try:
            return not self._scripted.engine_of(self._target(device))
        except Refused:
            return False

    def asking(self, device: Device, deadline: float) -> Asking:
        """Return the questions of one poll, which has heard something."""
        asking = super().asking(device, deadline)
        asking.heard = True  # a poll of which nothing was heard has failed, and is not played
        return asking

    def _device(self, asset: Asset) -> Settled:
        device = self._devices.get(asset.id)
        if not isinstance(device, Settled) or device.asset is not asset:
            device = self._devices[asset.id] = Settled(asset, survey_due=inf)
        return device


def _secretless(name: str, fields: Mapping[str, Any]) -> Credential:
    """Return what stands for a credential: it opens nothing, and nobody is asked with it."""
    if str(fields.get("version", "3")) != "3":
        return Credential(name, "snmp", {"version": fields["version"], "community": "-"})
    return Credential(name, "snmp", {"version": "3", "user": "-", "context": ""})
