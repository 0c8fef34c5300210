"""The usual poll: a device that is understood, its plan's questions, answers in the asked order, no task.

    begin ── one plan asked, GET after GET ──▶ transport ── answers ──▶ those of one turn ──▶ batches
      │                                                       │
      └ greeting, survey, keys, refusals: not begun           └ an error, a restart, alarms: ``collect`` asks

Whatever is not usual is left to ``collect``, so that every way to handle it stands in one place. Most polls
are usual, and a task with its futures costs more than all else that is done for one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from collectors.snmp.decoding.slots import Named
from collectors.snmp.decoding.together import Arrival, decode_all
from collectors.snmp.devices.device import Device, doubtful, restarted
from collectors.snmp.devices.plan import LanePlan, Understanding
from collectors.snmp.dialect.profile import SYS_UP_TIME
from collectors.snmp.engine.access import User
from collectors.snmp.engine.answer import Answer
from collectors.snmp.questions.asking import LATE, NOTHING, Chunk, Said
from collectors.snmp.transport.contract import BeginsQuestions, Target
from dcim.clock import Clock
from dcim.collect import Ask, Collected, Outcome
from dcim.model import Asset, Batch, Lane, NoAnswer, PollError

_NONE_RAISED: Final[Named] = frozenset()
_MOST_UNUSUAL: Final = 3
"""Unusual answers in a row after which a device is asked with ``collect`` until its next survey."""


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """How the usual poll of some lanes goes, for as long as nothing new is learned of the device."""

    device: Device
    known: Understanding
    version: int
    credential: int
    plan: LanePlan
    chunks: Sequence[Chunk]
    transport: BeginsQuestions
    target: Target
    signs: bool  # the device answers with signatures
    engine: bytes  # of the device, where it signs: another one is left to ``collect``
    rests: float  # seconds after a poll in which it is not to be asked again
    up_time_at: int | None  # where sysUpTime stands in the answers
    arrivals: Arrivals

    def holds(self, asset: Asset, now: float) -> bool:
        """Whether nothing has changed on which the route depends, and the device may be asked so."""
        device = self.device
        return (
            device.asset is asset
            and is_usual(device, now)
            and device.known is self.known
            and device.learned.version == self.version
            and device.credential == self.credential
            and not (self.signs and self.strays())
        )

    def strays(self) -> bool:
        """Whether another engine answers than the one it was made for, where the device signs."""
        return self.transport.engine_of(self.target) != self.engine

    def begin(self, ask: Ask, now: float, over: Callable[[Outcome], None]) -> bool:
        """Ask, unless the device rests; ``over`` is told what came, and None for what is not usual."""
        device = self.device
        if now - device.read_at < self.rests or not Trip(self, ask.deadline, over).goes_on():
            return False
        device.read_at = now
        return True


class Arrivals:
    """Polls whose answers are all there; those of one turn of the loop are understood together."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[tuple[Trip, Arrival]] = []

    def put(self, trip: Trip, arrival: Arrival) -> None:
        """Have the answers of a poll understood before the loop turns once more."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._turn)
        self._waiting.append((trip, arrival))

    def _turn(self) -> None:
        waiting, self._waiting = self._waiting, []
        self.understand(waiting)

    def understand(self, waiting: Sequence[tuple[Trip, Arrival]]) -> None:
        """Have these understood now."""
        batches: Sequence[Batch | Exception]
        try:
            batches = decode_all([arrival for _, arrival in waiting], self._clock.now())
        except Exception as bug:  # noqa: BLE001  told to whoever asked
            batches = [bug] * len(waiting)
        for (trip, arrival), batch in zip(waiting, batches, strict=True):
            trip.arrived(arrival, batch)


class Trip:
    """One usual poll under way."""

    __slots__ = ("_at", "_deadline", "_had_time", "_over", "_retries", "_route", "_said", "_silent")

    def __init__(self, route: Route, deadline: float, over: Callable[[Outcome], None]) -> None:
        self._route = route
        self._deadline = deadline
        self._over = over
        self._at = 0  # the question under way
        self._said: list[tuple[Sequence[Said], bytes]] = []
        self._retries = 0
        self._had_time = True  # the question under way has the time of an attempt
        self._silent = False

    def goes_on(self) -> bool:
        """Ask the next question; False if it cannot be asked without a task."""
        route = self._route
        request = route.chunks[self._at].request
        return route.transport.begin(route.target, request, self._deadline, self._told)

    def _told(self, outcome: Answer | PollError) -> None:
        try:
            ended = self._took(outcome)
        except Exception as bug:  # noqa: BLE001  told to whoever asked
            self._over(bug)
            return
        if ended:
            return
        self._at += 1
        self._had_time = self._deadline - _monotonic() >= self._route.target.timeout
        if not self.goes_on():
            self._unusual()

    def _took(self, outcome: Answer | PollError) -> bool:
        """Take what one question brought; return whether the poll is over with it."""
        chunks = self._route.chunks
        if isinstance(outcome, PollError):
            return self._failed(outcome, chunks[self._at])
        if outcome.error_status or outcome.oids is not chunks[self._at].request.oids:
            self._unusual()
            return True
        self._retries += outcome.attempts - 1
        if len(chunks) == 1:
            self._heard(outcome.values, bytes(outcome.tags), outcome.cells)
            return True
        self._said.append((outcome.values, bytes(outcome.tags)))
        return self._ends()

    def _failed(self, error: PollError, chunk: Chunk) -> bool:
        """End with an error, but for silence after something was heard: what does not come is a gap."""
        if not self._said or not isinstance(error, NoAnswer):
            self._over(error)
            return True
        size = len(chunk.positions)
        if size > 1 and self._had_time:
            self._route.device.learned.silent(size)
        self._silent = self._silent or self._had_time
        late = self._route.chunks[self._at :] if _monotonic() >= self._deadline else [chunk]
        for one in late:
            size = len(one.positions)
            self._said.append(([LATE] * size, bytes((NOTHING,)) * size))
        return self._ends()

    def _ends(self) -> bool:
        if len(self._said) < len(self._route.chunks):
            return False
        if not self._silent:
            self._route.device.learned.spoke(len(self._route.chunks[0].positions))
        values = [value for part, _ in self._said for value in part]
        self._heard(values, b"".join([part for _, part in self._said]))
        return True

    def _heard(self, values: Sequence[Said | Named], tags: bytes, row: bytes = b"") -> None:
        """Have it understood; ``collect`` is to ask when the agent restarted, is another or names alarms.

        ``row``: see ``Answer.cells``.
        """
        route = self._route
        device, plan = route.device, route.plan
        up_time = values[route.up_time_at] if route.up_time_at is not None else None
        if isinstance(up_time, int):
            before = device.up_time
            if before is not None and up_time < before and restarted(before, up_time):
                self._unusual()
                return
            device.up_time = up_time
        if route.signs and route.strays():
            self._unusual()
            return
        if raised := plan.raised:
            if any(values[one.count] != 0 for one in raised if one.count is not None):
                self._unusual()
                return
            values, tags = [*values, *[_NONE_RAISED] * len(raised)], tags + bytes(len(raised))
        route.arrivals.put(self, Arrival(plan.program, values, tags, row))

    def arrived(self, arrival: Arrival, batch: Batch | Exception) -> None:
        """Tell what the answers make, or what went wrong with them."""
        device = self._route.device
        try:
            if isinstance(batch, Exception):
                raise batch
            device.unusual = 0
            if batch.gaps and doubtful(self._route.plan, batch, arrival.cells):
                device.judge(True, _monotonic())
        except Exception as bug:  # noqa: BLE001  told to whoever asked
            self._over(bug)
            return
        self._over(Collected((batch,), requests=self._at + 1, retries=self._retries))

    def _unusual(self) -> None:
        device = self._route.device
        device.unusual += 1
        device.read_at = -1e9
        self._over(None)


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


def route(
    device: Device, lanes: frozenset[Lane], transport: BeginsQuestions, target: Target, arrivals: Arrivals
) -> Route | None:
    """Return how these lanes are asked in the usual way, or None: that takes more than questions."""
    known, learned, engine = device.known, device.learned, transport.engine_of(target)
    if known is None or learned.refused or Lane.STATIC in lanes:
        return None
    if Lane.SLOW in lanes and (known.keys or engine):
        return None
    plans = [plan for plan in known.plans if plan.lane in lanes]
    if len(plans) != 1 or any(one.count is None for one in plans[0].raised):
        return None
    plan = plans[0]
    least = max((profile.least_interval for profile in device.profiles or ()), default=0.0)
    return Route(
        device,
        known,
        learned.version,
        device.credential,
        plan,
        device.chunks(plan),
        transport,
        target,
        bool(engine) or isinstance(target.access, User),
        engine,
        least * 0.95,
        plan.oids.index(SYS_UP_TIME) if SYS_UP_TIME in plan.oids else None,
        arrivals,
    )


def is_usual(device: Device, now: float) -> bool:
    """Whether a device may be asked in the usual way at ``now`` (``loop.time()`` seconds)."""
    settled = device.survey is None and not device.owed
    return settled and now < device.survey_due and device.unusual < _MOST_UNUSUAL


def has_one_plan(device: Device, lanes: frozenset[Lane]) -> bool:
    """Whether these lanes are one plan of a device: seen quickly, as once a minute they are not on most."""
    known = device.known
    if known is None or not known.tells:
        return False
    return len([plan for plan in known.plans if plan.lane in lanes]) == 1
