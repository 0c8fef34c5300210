"""Recorded answers as if devices gave them: the collector's own polls, with nobody to ask.

    Script ──▶ ScriptTransport ──▶ SnmpCollector (usual polls, refusals, alarms) ──▶ batches
    portrait ──▶ Settled device: read as it was understood then, its tables never walked

A question that was asked in the very words is answered with the very bytes. One that was asked otherwise
(in halves, or together with others) is answered from all that came in that poll, name by name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from math import inf
from typing import Any, Final

from collectors.snmp import portrait as portraits
from collectors.snmp.asking import Asking, Sheet
from collectors.snmp.collector import SnmpCollector
from collectors.snmp.device import Device
from collectors.snmp.engine import pdu
from collectors.snmp.engine.answer import Answer
from collectors.snmp.engine.decode import plain
from collectors.snmp.engine.request import Kind, Request
from collectors.snmp.engine.value import Absence, Tag, Value
from collectors.snmp.identity import identity_of
from collectors.snmp.library import Library
from collectors.snmp.plan import LanePlan, understand
from collectors.snmp.stored import Stored
from collectors.snmp.transport import Stats, Target, Told, Urgency
from dcim.clock import Clock
from dcim.collect import Ask, Collected, Credential, Outcome
from dcim.model import Asset, ConfigError, NoAnswer, PollError
from dcim.witness import Exchange, Fault, Script, error_of

_LONG_AGO: Final = -1e9
_WALKS: Final = (bytes((Kind.NEXT,)), bytes((Kind.BULK,)))


class Settled(Device):
    """A device as a portrait shows it: what its answers say about it is in the next portrait."""

    def judge(self, doubtful: bool, now: float) -> None:
        """Leave the tables as they are."""

    async def keys_hold(self, asking: Asking) -> bool:
        """Take the rows for what the portrait says."""
        del asking
        return True

    def note_up_time(self, sheet: Sheet, plan: LanePlan) -> bool:
        """Know of restarts from the recording alone."""
        del sheet, plan
        self.up_time = None
        return False


class ScriptTransport:
    """A transport whose answers stand in a script. Fulfils ``Transport`` and ``BeginsQuestions``."""

    def __init__(self, script: Script, engines: Mapping[str, bytes]) -> None:
        self.stats = Stats()
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
        exchange = self._script.find(request.words)
        if exchange is None:
            return _pieced(request, self._script.exchanges)
        if exchange.fault is not Fault.NONE:
            raise error_of(exchange.fault, exchange.why)
        return pdu.answer(exchange.answer, pdu.of_bare(exchange.answer), request)


def _pieced(request: Request, exchanges: Sequence[Exchange]) -> Answer:
    """Answer a question from all that came; raise the first error where what is asked did not come."""
    walks = request.kind is not Kind.GET  # what a walk brought was read by nobody who asked for cells by name
    asked = [one for one in exchanges if walks or not one.question.startswith(_WALKS)]
    said = {name: (value, tag) for one in asked for name, value, tag in _varbinds(one)}
    if walks:
        return _walked(request, said)
    failed = next((one for one in asked if one.fault is not Fault.NONE), None)
    if not said or (failed is not None and not all(name in said for name in request.oids)):
        raise error_of(failed.fault, failed.why) if failed else NoAnswer("it was not asked so")
    nothing: tuple[Value, int] = (Absence.NO_SUCH_INSTANCE, Tag.NO_SUCH_INSTANCE)
    found = [said.get(name, nothing) for name in request.oids]
    return Answer(request.oids, [value for value, _ in found], [tag for _, tag in found])


def _varbinds(exchange: Exchange) -> Iterator[tuple[bytes, Value, int]]:
    if exchange.fault is Fault.NONE:
        head = pdu.of_bare(exchange.answer)
        if not head.error_status:
            yield from zip(*plain(exchange.answer, head.start, head.end), strict=True)


def _walked(request: Request, said: Mapping[bytes, tuple[Value, int]]) -> Answer:
    """Answer with the names that follow the asked ones, as far as they came."""
    if not said:
        msg = "it was not asked so"
        raise NoAnswer(msg)
    ordered = sorted(said)
    oids: list[bytes] = []
    values: list[Value] = []
    tags: list[int] = []
    rows = max(1, request.repetitions if request.kind is Kind.BULK else 1)
    asked = list(request.oids)
    for _ in range(rows):
        for at, name in enumerate(asked):
            place = bisect_right(ordered, name)
            if place < len(ordered):
                asked[at] = ordered[place]
                value, tag = said[asked[at]]
            else:
                value, tag = Absence.END_OF_MIB_VIEW, Tag.END_OF_MIB_VIEW
            oids.append(asked[at])
            values.append(value)
            tags.append(tag)
    return Answer(oids, values, tags)


class ScriptedCollector(SnmpCollector):
    """Implements ``dcim.witness.PlayedCollector``."""

    def __init__(
        self, script: Script, clock: Clock, credentials: Mapping[str, Mapping[str, Any]], library: Library
    ) -> None:
        self._engines: dict[str, bytes] = {}
        self._script = script
        known = {name: _secretless(name, fields) for name, fields in credentials.items()}
        super().__init__(lambda _engine: ScriptTransport(script, self._engines), known, library, clock)

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
        device._stored = Stored.of(said.cells)
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
        collected = await super().collect(asset, ask)
        if self._script.restarted:
            collected.identity = device.identity
        return collected

    def begin(self, asset: Asset, ask: Ask, over: Callable[[Outcome], None]) -> bool:
        """Begin the usual poll, which is over at once."""
        device = self._device(asset)
        device.read_at = _LONG_AGO
        return device.known is not None and super().begin(asset, ask, over)

    def _asking(self, device: Device, deadline: float) -> Asking:
        asking = super()._asking(device, deadline)
        asking.heard = True  # a poll of which nothing was heard has failed, and is not played
        return asking

    def _device(self, asset: Asset) -> Device:
        device = self._devices.get(asset.id)
        if not isinstance(device, Settled) or device.asset is not asset:
            device = self._devices[asset.id] = Settled(asset, survey_due=inf)
        return device


def _secretless(name: str, fields: Mapping[str, Any]) -> Credential:
    """Return what stands for a credential: it opens nothing, and nobody is asked with it."""
    if str(fields.get("version", "3")) != "3":
        return Credential(name, "snmp", {"version": fields["version"], "community": "-"})
    return Credential(name, "snmp", {"version": "3", "user": "-", "context": ""})
