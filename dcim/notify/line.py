"""One channel's queue: what is due is sent, the messages of one alert in their order, others beside them.

store ─▶ due ─▶ by alert ─▶ send, send, send ... ─▶ Attempt (+ fact once settled) ─▶ store
                   │ one at a time and in order: a clearance is never before its raise
                   └ as soon as one must wait, those behind it wait too
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

import structlog

from dcim.clock import Clock
from dcim.model.fact import Body, Fact, FactKind
from dcim.notify.channel import Channel, Delivered, Letter, RefusedForGood, RetryAfter, Verdict
from dcim.notify.notice import Notice
from dcim.notify.patience import Patience
from dcim.store import Attempt, Outbox, Outcome, Queued, StoreUnavailable, Work, WorkRefused

_AT_ONCE: Final = 4
"""Alerts of one channel whose messages are under way at the same time."""

_PAGE: Final = 500
_IDLE: Final = 30.0
"""Longest sleep in seconds: a wake-up that went missing costs no more than this."""

_STORE_RETRY: Final = 0.25
_YEARS: Final = 10 * 365 * 86400.0
_NOTE: Final = 500
_BEHIND: Final = "waits for an earlier message of its alert"

_log = structlog.get_logger("dcim.notify")


@dataclass(slots=True)
class Counts:
    """What became of a channel's messages since the start, and how it is now. Times are UTC seconds."""

    delivered: int = 0
    retried: int = 0
    refused: int = 0
    dropped: int = 0
    delivered_at: float | None = None
    failing_since: float | None = None
    why: str = ""


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
        self.counts = Counts()
        self._name = name
        self._channel = channel
        self._store = store
        self._clock = clock
        self._waiting = Waiting(clock)
        self._patience = patience
        self._chance = chance
        self._held: dict[str, tuple[int, float]] = {}  # dedup key: the message that waits, until when
        self._aside: set[int] = set()  # sent, but the store did not take the result: never again in this run
        self._news = asyncio.Event()

    def wake(self) -> None:
        """Look for messages at once."""
        self._news.set()

    def hold(self, waiting: Sequence[Queued]) -> None:
        """Remember, after a restart, which messages wait for another attempt."""
        for queued in sorted(waiting, key=lambda queued: queued.id):
            if queued.attempts:
                self._held.setdefault(queued.dedup_key, (queued.id, queued.due))

    async def run(self) -> None:
        """Send what is due, sleep until more is, until cancelled."""
        while True:
            self._news.clear()
            until = await self.work_off()
            try:
                async with asyncio.timeout(min(_IDLE, max(0.0, until - self._waiting.now()))):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def work_off(self) -> float:
        """Send everything that is due now; return when the next message is (UTC seconds)."""
        while True:
            now = self._waiting.now()
            page = await asyncio.to_thread(self._store.due_outbox, now + _YEARS, _PAGE, self._name)
            waiting = [queued for queued in page if queued.id not in self._aside]
            due = [queued for queued in waiting if self._patience.due(queued.due, now) <= now]
            if not due:
                return waiting[0].due if waiting else now + _IDLE
            await self._send_all(due)

    async def _send_all(self, due: Sequence[Queued]) -> None:
        """Send the due messages: in order within one alert, a few alerts at a time."""
        room = asyncio.Semaphore(_AT_ONCE)
        ordered = sorted(due, key=lambda queued: (queued.dedup_key, queued.id))
        async with asyncio.TaskGroup() as tasks:
            for _, group in groupby(ordered, key=lambda queued: queued.dedup_key):
                tasks.create_task(self._send_in_order(list(group), room))

    async def _send_in_order(self, group: list[Queued], room: asyncio.Semaphore) -> None:
        async with room:
            for number, queued in enumerate(group):
                held, until = self._held.get(queued.dedup_key, (queued.id, 0.0))
                if held < queued.id and until > self._waiting.now():
                    await self._postpone(group[number:], until)
                    return
                await self._settle(queued, await self._send(queued))

    async def _send(self, queued: Queued) -> Verdict | None:
        """Hand one message over; None: it is given up."""
        if self._patience.is_over(queued.created, queued.attempts, self._waiting.now()):
            return None
        try:
            notice = Notice.of(queued.body)
        except (KeyError, TypeError, ValueError) as wrong:
            return RefusedForGood(f"the stored message cannot be read: {wrong!r}")
        try:
            return await self._channel.send(Letter(queued.message_id, queued.dedup_key, notice))
        except Exception as bug:  # noqa: BLE001  a channel's bug costs no message: it is tried again
            return RetryAfter(f"bug in the channel: {_where(bug)}")

    # what became of it

    async def _settle(self, queued: Queued, verdict: Verdict | None) -> None:
        """Keep what became of a message."""
        attempt = self._judge(queued, verdict, self._clock.now())
        if attempt.retry_at is not None:
            self._held[queued.dedup_key] = (queued.id, attempt.retry_at)
        else:
            self._held.pop(queued.dedup_key, None)
        if not await commit(self._store, settled(queued, attempt)):
            self._aside.add(queued.id)

    def _judge(self, queued: Queued, verdict: Verdict | None, now: float) -> Attempt:
        match verdict:
            case Delivered(note=note):
                self._delivered(now)
                return Attempt(queued.id, Outcome.DELIVERED, now, _plain(note))
            case RefusedForGood(why=why):
                self.counts.refused += 1
                _log.error("message refused", channel=self._name, message=queued.message_id, why=why)
                return Attempt(queued.id, Outcome.REFUSED, now, _plain(why))
            case RetryAfter(why=why, seconds=asked):
                self._failed(now, why)
                wait = self._patience.wait(queued.attempts + 1, asked, self._chance())
                return Attempt(queued.id, Outcome.RETRY, now, _plain(why), self._waiting.now() + wait)
            case None:
                self.counts.dropped += 1
                _log.error("message given up", channel=self._name, message=queued.message_id)
                return Attempt(queued.id, Outcome.DROPPED, now, f"given up; last: {queued.last_error}")

    async def _postpone(self, behind: Sequence[Queued], until: float) -> None:
        """Let messages wait for the one of their alert that waits itself."""
        now = self._clock.now()
        attempts = (Attempt(queued.id, Outcome.RETRY, now, _BEHIND, until) for queued in behind)
        if not await commit(self._store, Work(delivered=tuple(attempts))):
            self._aside.update(queued.id for queued in behind)

    def _delivered(self, now: float) -> None:
        self.counts.delivered += 1
        self.counts.delivered_at = now
        if self.counts.failing_since is not None:
            _log.info("channel delivers again", channel=self._name)
        self.counts.failing_since, self.counts.why = None, ""

    def _failed(self, now: float, why: str) -> None:
        self.counts.retried += 1
        if self.counts.failing_since is None or why != self.counts.why:
            _log.warning("channel does not deliver", channel=self._name, why=why)
        if self.counts.failing_since is None:
            self.counts.failing_since = now
        self.counts.why = why


def _where(bug: Exception) -> str:
    """Return what a bug is and where, but not its text: that may hold a secret."""
    frames = traceback.extract_tb(bug.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(bug).__name__}{place}"


def _plain(text: str) -> str:
    """Return what a far side said as the ledger can keep it: whole characters, and not too many of them."""
    return text[:_NOTE].encode("utf-8", "replace").decode()


def settled(queued: Queued, attempt: Attempt) -> Work:
    """Return the work that keeps the result of an attempt; a message that is settled is a fact too."""
    if attempt.outcome is Outcome.RETRY:
        return Work(delivered=(attempt,))
    body: Body = {
        "channel": queued.channel,
        "message_id": queued.message_id,
        "outcome": str(attempt.outcome),
        "waited": round(max(0.0, attempt.at - queued.created), 3),
        "note": attempt.error,
    }
    fact = Fact(FactKind.DELIVERY, attempt.at, queued.dedup_key, body)
    return Work(facts=(fact,), delivered=(attempt,))


async def commit(store: Outbox, work: Work) -> bool:
    """Keep a result, for as long as it takes: what is not marked would be sent again (H2).

    Return False when the store refuses it for good.
    """
    while True:
        try:
            await store.commit(work)
        except StoreUnavailable:
            await asyncio.sleep(_STORE_RETRY)
        except WorkRefused as wrong:
            _log.error("result of a message not kept", why=str(wrong))
            return False
        else:
            return True
