"""One channel's queue: what is due is sent, the messages of one alert in their order, others beside them.

store ─▶ due ─▶ by alert ─▶ send, send, send ... ─▶ Attempt (+ fact once settled) ─▶ store
                   │ one at a time and in order: a clearance is never before its raise
                   └ as soon as one must wait, those behind it wait too
between two rounds ─▶ tick with what stands ─▶ said again, silences, replies ─▶ heard
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Sequence
from itertools import groupby
from math import inf
from pathlib import Path
from typing import Final

import structlog

from dcim.clock import Clock
from dcim.model import Severity
from dcim.notify.channel import (
    TEST_RULE,
    Channel,
    Delivered,
    Letter,
    RefusedForGood,
    Reply,
    RetryAfter,
    Stage,
    Ticked,
    Ticking,
    Verdict,
)
from dcim.notify.notices.told import NoticeKind
from dcim.notify.posting.counts import Counts
from dcim.notify.posting.patience import Patience
from dcim.notify.posting.settle import commit, letter_of, plain, settled
from dcim.notify.posting.waits import BEHIND, Held, Waits
from dcim.record import dataclass
from dcim.store import Attempt, Outbox, Outcome, Queued, Work

_AT_ONCE: Final = 4
"""Alerts of one channel whose messages are under way at the same time."""

_PAGE: Final = 500
_IDLE: Final = 30.0
"""Longest sleep in seconds: a wake-up that went missing costs no more than this."""

_YEARS: Final = 10 * 365 * 86400.0

_log = structlog.get_logger("dcim.notify")


class Waiting:
    """UTC that never goes back while we run: a clock that is put back makes no message wait for it (H2)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at = clock.now()
        self._since = clock.monotonic()

    def now(self) -> float:
        """Return UTC seconds, or more where the clock was put back."""
        passed, self._since = self._clock.monotonic() - self._since, self._clock.monotonic()
        self._at = max(self._clock.now(), self._at + passed)
        return self._at


@dataclass(frozen=True, slots=True)
class Needless:
    """There is no need to send a message; nothing is learnt of the channel by that."""

    why: str


_OVERTAKEN: Final = Needless("a newer reminder follows")


def _overtaken(queued: Queued, behind: Sequence[Queued]) -> bool:
    """Whether a reminder that waited is worth nothing: a newer one is about to go out."""
    return _is_reminder(queued) and any(map(_is_reminder, behind))


def _is_reminder(queued: Queued) -> bool:
    return queued.body.get("kind") == NoticeKind.REMINDED


_URGENCY: Final = {str(severity): place for place, severity in enumerate(Severity)}


def _urgency(queued: Queued) -> int:
    """Return the place of a message's severity, the highest first; what has none comes last."""
    return _URGENCY.get(str(queued.body.get("severity", "")), len(_URGENCY))


class Line:
    """Works off the messages of one channel, for ever."""

    def __init__(
        self,
        name: str,
        channel: Channel,
        store: Outbox,
        clock: Clock,
        patience: Patience,
        chance: Callable[[], float],
    ) -> None:
        self.counts = Counts(name)
        self.heard: Callable[[str, Reply], None] = lambda _channel, _reply: None
        self.shown: Callable[[str], str] = str
        self._standing: dict[str, Letter] = {}  # dedup key: the newest that was delivered, until it is over
        self._next_tick = 0.0
        self._name = name
        self._channel = channel
        self._store = store
        self._clock = clock
        self._waiting = Waiting(clock)
        self._patience = patience
        self._chance = chance
        self._waits = Waits()
        self._ticks_fail = False
        self._aside: set[int] = set()  # sent, but the store did not take the result: never again in this run
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Look for messages at once."""
        self._news.set()

    def hold(self, waiting: Sequence[Queued]) -> None:
        """Remember, after a restart, which messages wait for another attempt, and that the channel fails.

        What failed before the restart and was not followed by a delivery fails: nobody is told that it works.
        """
        for queued in sorted(waiting, key=lambda queued: queued.id):
            if not queued.attempts:
                continue
            self._waits.take_over(queued.dedup_key, queued.id, queued.due)
            if self.counts.failing_since is None and queued.created > (self.counts.delivered_at or 0.0):
                self.counts.failing_since, self.counts.why = queued.created, queued.last_error

    def stand(self, delivered: Sequence[Queued]) -> None:
        """Remember, after a restart, what was told here and is not over: of each key the newest message."""
        for queued in delivered:
            if not isinstance(letter := letter_of(queued, self.shown), RefusedForGood):
                self._stands(letter)

    async def run(self) -> None:
        """Send what is due, sleep until more is, until cancelled."""
        while True:
            self._news.clear()
            until = min(await self.work_off(), self._next_tick if isinstance(self._channel, Ticking) else inf)
            try:
                async with asyncio.timeout(min(_IDLE, max(0.0, until - self._waiting.now()))):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def work_off(self) -> float:
        """Send everything that is due now; return when the next message is (UTC seconds)."""
        while True:
            await self._tick_if_due()
            now = self._waiting.now()
            page = await asyncio.to_thread(self._store.due_outbox, now + _YEARS, _PAGE, self._name)
            waiting = [queued for queued in page if queued.id not in self._aside]
            due = [queued for queued in waiting if self._due(queued, now) <= now]
            if not due:
                return min((self._due(queued, now) for queued in waiting), default=now + _IDLE)
            await self._send_all(due)

    def _due(self, queued: Queued, now: float) -> float:
        return self._waits.due(queued.dedup_key, self._patience.due(queued.due, now))

    async def _tick_if_due(self) -> None:
        """Let the channel do its other work, while no message is under way."""
        channel, now = self._channel, self._waiting.now()
        if not isinstance(channel, Ticking) or now < self._next_tick:
            return
        try:
            ticked = await channel.tick(tuple(self._standing.values()))
        except Exception as bug:  # noqa: BLE001  a channel's bug ends no delivery
            ticked = Ticked(RetryAfter(f"bug in the channel: {_where(bug)}"))
        self._next_tick = self._waiting.now() + channel.every
        self._take(ticked)

    def _take(self, ticked: Ticked) -> None:
        """Keep what a tick came to. While a message waits, a tick that works proves nothing."""
        now = self._clock.now()
        match ticked.verdict:
            case Delivered(note=note):
                self._ticked(now, note)
            case RetryAfter(why=why) | RefusedForGood(why=why):
                self._ticks_fail = True
                self.counts.fails(now, plain(why))
            case None:
                pass
        if ticked.silences is not None:
            self.counts.silences = ticked.silences
        for reply in ticked.replies:
            self.heard(self._name, reply)

    def _ticked(self, now: float, note: str) -> None:
        """Note that a tick worked; of a heartbeat its beats are all that it has to deliver."""
        if self._ticks_fail:
            self._waits.hasten(self._waiting.now())
        self._ticks_fail = False
        if not self._waits.any_but(self._aside):
            self.counts.works(plain(note))
        if not getattr(self._channel, "tells", True):
            self.counts.delivered_at = now

    async def _send_all(self, due: Sequence[Queued]) -> None:
        """Send the due messages: in order within one alert, a few alerts at a time, the worst first."""
        room = asyncio.Semaphore(_AT_ONCE)
        ordered = sorted(due, key=lambda queued: (queued.dedup_key, queued.id))
        groups = [list(group) for _, group in groupby(ordered, key=lambda queued: queued.dedup_key)]
        groups.sort(key=lambda group: (min(map(_urgency, group)), group[0].id))
        async with asyncio.TaskGroup() as tasks:
            for group in groups:
                tasks.create_task(self._send_in_order(group, room))

    async def _send_in_order(self, group: list[Queued], room: asyncio.Semaphore) -> None:
        async with room:
            for number, queued in enumerate(group):
                until = self._waits.before(queued.dedup_key, queued.id)
                if until is not None and until > self._waiting.now():
                    await self._postpone(group[number:], until)
                    return
                verdict = _OVERTAKEN if _overtaken(queued, group[number + 1 :]) else await self._send(queued)
                await self._settle(queued, verdict)

    async def _send(self, queued: Queued) -> Verdict | Needless | None:
        """Hand one message over; None: it is given up."""
        if self._patience.is_over(queued.created, queued.attempts, self._waiting.now()):
            return None
        letter = letter_of(queued, self.shown)
        if isinstance(letter, RefusedForGood):
            return letter
        if letter.stage is Stage.INFORM and getattr(self._channel, "keeps_state", False):
            return Needless("the far side keeps troubles, and this is none")
        try:
            verdict = await self._channel.send(letter)
            if isinstance(verdict, Delivered):
                self._stands(letter)
            return verdict
        except Exception as bug:  # noqa: BLE001  a channel's bug costs no message: it is tried again
            return RetryAfter(f"bug in the channel: {_where(bug)}")

    def _stands(self, letter: Letter) -> None:
        """Note what the far side knows now: only a channel that says things again needs it."""
        if not isinstance(self._channel, Ticking):
            return
        if letter.stage in (Stage.RESOLVE, Stage.INFORM):
            self._standing.pop(letter.dedup_key, None)
        else:
            self._standing[letter.dedup_key] = letter

    # what became of it

    async def _settle(self, queued: Queued, verdict: Verdict | Needless | None) -> None:
        """Keep what became of a message."""
        attempt = self._judge(queued, verdict, self._clock.now())
        if attempt.retry_at is None:
            self._waits.drop(queued.dedup_key)
        if not await commit(self._store, settled(queued, attempt)):
            self._aside.add(queued.id)

    def _judge(self, queued: Queued, verdict: Verdict | Needless | None, now: float) -> Attempt:
        said = plain(verdict.note if isinstance(verdict, Delivered) else verdict.why) if verdict else ""
        match verdict:
            case Needless():
                return Attempt(queued.id, Outcome.DROPPED, now, f"not sent: {said}")
            case Delivered():
                if self.counts.failing_since is not None:
                    self._waits.hasten(self._waiting.now())
                self.counts.delivered_one(now, said, test=queued.body.get("rule") == TEST_RULE)
                return Attempt(queued.id, Outcome.DELIVERED, now, said)
            case RefusedForGood():
                self.counts.refused_one(now, said)
                _log.error("message refused", channel=self._name, message=queued.message_id, why=said)
                return Attempt(queued.id, Outcome.REFUSED, now, said)
            case RetryAfter(seconds=asked):
                self.counts.retried += 1
                self.counts.fails(now, said)
                until = self._hold(queued, asked)
                return Attempt(queued.id, Outcome.RETRY, now, said, until)
            case None:
                self.counts.dropped += 1
                _log.error("message given up", channel=self._name, message=queued.message_id)
                return Attempt(queued.id, Outcome.DROPPED, now, f"given up; last: {queued.last_error}")

    def _hold(self, queued: Queued, asked: float | None) -> float:
        """Let a message that was not taken wait; return until when."""
        now = self._waiting.now()
        until = now + self._patience.wait(queued.attempts + 1, asked, self._chance())
        not_before = now + self._patience.kept(asked)
        return self._waits.hold(queued.dedup_key, Held(queued.id, until, now, not_before))

    async def _postpone(self, behind: Sequence[Queued], until: float) -> None:
        """Let messages wait for the one of their alert that waits itself."""
        now = self._clock.now()
        attempts = (Attempt(queued.id, Outcome.RETRY, now, BEHIND, until) for queued in behind)
        if not await commit(self._store, Work(delivered=tuple(attempts))):
            self._aside.update(queued.id for queued in behind)


def _where(bug: Exception) -> str:
    """Return what a bug is and where, but not its text: that may hold a secret."""
    frames = traceback.extract_tb(bug.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(bug).__name__}{place}"
