"""The usual poll: a device that is understood, its plan's questions, answers in the asked order, no task.

    begin ── one plan asked, GET after GET ──▶ transport ── answers ──▶ batch
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

from collectors.snmp.asking import LATE, NOTHING, Chunk, Said
from collectors.snmp.device import Device, doubtful, restarted
from collectors.snmp.dialect import SYS_UP_TIME
from collectors.snmp.engine.answer import Answer
from collectors.snmp.plan import LanePlan, Understanding
from collectors.snmp.slots import Named
from collectors.snmp.transport import BeginsQuestions, Target
from dcim.clock import Clock
from dcim.collect import Ask, Collected, Outcome
from dcim.model import Lane, NoAnswer, PollError

_NONE_RAISED: Final[Named] = frozenset()
_MOST_UNUSUAL: Final = 3
"""Unusual answers in a row after which a device is asked with ``collect`` until its next survey."""


@dataclass(frozen=True, slots=True, eq=False)
class Route:
    """How the usual poll of some lanes goes, for as long as nothing new is learned of the device."""

    known: Understanding | None
    version: int
    credential: int
    plan: LanePlan
    chunks: Sequence[Chunk]
    transport: BeginsQuestions
    target: Target
    engine: bytes  # of the device, where it signs: another one is left to ``collect``
    least_interval: float
    up_time_at: int | None  # where sysUpTime stands in the answers

    def holds(self, device: Device) -> bool:
        """Whether nothing has changed on which the route depends."""
        return (
            device.known is self.known
            and device.learned.version == self.version
            and device.credential == self.credential
            and self.transport.engine_of(self.target) == self.engine
        )

    def begin(
        self, device: Device, ask: Ask, now: float, clock: Clock, over: Callable[[Outcome], None]
    ) -> bool:
        """Ask, unless the device rests; ``over`` is told what came, and None for what is not usual."""
        if now - device.read_at < self.least_interval * 0.95:
            return False
        if not _Trip(self, device, ask.deadline, clock, over).goes_on():
            return False
        device.read_at = now
        return True


class _Trip:
    """One usual poll under way."""

    __slots__ = ("_at", "_clock", "_deadline", "_device", "_over", "_requests", "_retries", "_route", "_said")

    def __init__(
        self, route: Route, device: Device, deadline: float, clock: Clock, over: Callable[[Outcome], None]
    ) -> None:
        self._route = route
        self._device = device
        self._deadline = deadline
        self._clock = clock
        self._over = over
        self._at = 0  # the question under way
        self._said: list[tuple[Sequence[Said], bytes]] = []
        self._requests = 0
        self._retries = 0

    def goes_on(self) -> bool:
        """Ask the next question; False if it cannot be asked without a task."""
        route = self._route
        self._requests += 1
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
        if not self.goes_on():
            self._unusual()

    def _took(self, outcome: Answer | PollError) -> bool:
        """Take what one question brought; return whether the poll is over with it."""
        chunk = self._route.chunks[self._at]
        if isinstance(outcome, PollError):
            return self._failed(outcome, chunk)
        if outcome.error_status or outcome.oids is not chunk.request.oids:
            self._unusual()
            return True
        self._retries += outcome.attempts - 1
        self._said.append((outcome.values, bytes(outcome.tags)))
        return self._ends()

    def _failed(self, error: PollError, chunk: Chunk) -> bool:
        """End with an error, but for silence after something was heard: what does not come is a gap."""
        if not self._said or not isinstance(error, NoAnswer):
            self._over(error)
            return True
        size = len(chunk.positions)
        if size > 1:
            self._device.learned.silent(size)
        late = self._route.chunks[self._at :] if _monotonic() >= self._deadline else [chunk]
        for one in late:
            size = len(one.positions)
            self._said.append(([LATE] * size, bytes((NOTHING,)) * size))
        return self._ends()

    def _ends(self) -> bool:
        if len(self._said) < len(self._route.chunks):
            return False
        values, tags = self._said[0]
        if len(self._said) > 1:
            values = [value for part, _ in self._said for value in part]
            tags = b"".join([part for _, part in self._said])
        self._heard(values, tags)
        return True

    def _heard(self, values: Sequence[Said | Named], tags: bytes) -> None:
        """Make the batch, or leave it to ``collect`` when the agent restarted, is another or names alarms."""
        device, route = self._device, self._route
        up_time = values[route.up_time_at] if route.up_time_at is not None else None
        if isinstance(up_time, int):
            if restarted(device.up_time, up_time):
                self._unusual()
                return
            device.up_time = up_time
        if route.transport.engine_of(route.target) != route.engine:
            self._unusual()
            return
        raised = route.plan.raised
        if raised:
            if any(values[one.count] != 0 for one in raised if one.count is not None):
                self._unusual()
                return
            values, tags = [*values, *[_NONE_RAISED] * len(raised)], tags + bytes(len(raised))
        batch = route.plan.program.decode(values, tags, self._clock.now())
        device.unusual = 0
        if batch.gaps and doubtful(route.plan, batch, values):
            device.judge(True, _monotonic())
        self._over(Collected((batch,), requests=self._requests, retries=self._retries))

    def _unusual(self) -> None:
        self._device.unusual += 1
        self._device.read_at = -1e9
        self._over(None)


def _monotonic() -> float:
    return asyncio.get_running_loop().time()


def route(device: Device, lanes: frozenset[Lane], transport: BeginsQuestions, target: Target) -> Route | None:
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
    at = plan.oids.index(SYS_UP_TIME) if SYS_UP_TIME in plan.oids else None
    chunks = device.chunks(plan)
    return Route(
        known, learned.version, device.credential, plan, chunks, transport, target, engine, least, at
    )


def is_usual(device: Device, now: float) -> bool:
    """Whether a device may be asked in the usual way at ``now`` (``loop.time()`` seconds)."""
    return device.survey is None and now < device.survey_due and device.unusual < _MOST_UNUSUAL
