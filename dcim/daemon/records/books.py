"""The bookkeeper: hands works to the store one after the other, and keeps those that the disk refuses.

note(work) ─▶ queue ─▶ one transaction at a time ─▶ on disk ─▶ messages wake the postman
                ▲            │ disk full        ╲
                │            │                   ╲ meanwhile, in a storm: the next one is made ready
                └── kept ◀───┘ tried again, order kept: nothing is forgotten while memory lasts

When memory does not last, what a storm brings is dropped until half of it has room again: so what is on disk
is whole up to a moment, and from a later one on, at which whoever hears ``resumed`` says that it was not in
between. How alerts, incidents and mutes stand then follows (``dcim.daemon.records.overflow``).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Final

import structlog

from dcim.daemon.records.overflow import Newest, hole, seldom
from dcim.ledger.life import Lost
from dcim.record import dataclass
from dcim.store import WAITS, CommitFailed, Commits, StoreUnavailable, Work, WorkRefused, ready

log = structlog.get_logger()

_TOGETHER: Final = 500
_FACTS: Final = 2000
"""Facts after which a group is full: a second or so of a storm, and a fraction of that on the disk."""

_WORTH: Final = 100
"""Facts from which on a group is made ready while the one before it is being written."""

_STORM: Final = 20
"""Facts of a group after which more are on their way: a transaction costs the same for a handful."""

_COMPANY: Final = 0.05
"""Seconds that the group after such a one waits for company, unless it is ready already."""

_RETRY: Final = 2.0
_LOOK: Final = 0.005
MOST: Final = 200_000
"""Works that wait in memory while the disk takes none; beyond that newer ones are dropped, and counted.

Of works that are seldom as many more wait."""


@dataclass(frozen=True, slots=True)
class _Group:
    """So many works as one."""

    work: Work
    works: int


class Books:
    """Keeps the order of what became true on its way to the disk."""

    def __init__(
        self, store: Commits, written: Callable[[Work], None], *, retry: float = _RETRY, most: int = MOST
    ) -> None:
        self.dropped = 0
        self._noted = 0
        self._retry = retry
        self._most = most
        self._store = store
        self._written = written
        self._waiting: deque[Work] = deque()
        self._some = asyncio.Event()
        self._trouble = ""
        self._losing = False
        self._owed = False
        self._newest = Newest(most)
        self.also: Callable[[Work], None] = lambda _work: None
        """Is told of every work once it is on disk."""
        self.lost: Callable[[Lost], None] = lambda _lost: None
        """Is told of what time facts were dropped."""
        self.resumed: Callable[[], None] = lambda: None
        """Is called when works are taken again after some were dropped: what it notes ends the hole."""
        self.unwritten: Callable[[], None] = lambda: None
        """Is called when everything ends and something that waits will never be on disk."""

    @property
    def waiting(self) -> int:
        """Return how many works are not on disk yet."""
        return len(self._waiting)

    @property
    def losing(self) -> bool:
        """Return whether works are dropped now, because too many wait."""
        return self._losing

    @property
    def trouble(self) -> str:
        """Return why the store takes nothing now; empty while it does."""
        return self._trouble

    def note(self, work: Work) -> None:
        """Take a work; it will be on disk soon. Never blocks."""
        if (self._losing or len(self._waiting) >= self._most) and not self._fits(work):
            self._losing = True
            self.dropped += self._newest.take(work)
            self._forget(work)
            return
        self._take(work)

    def _fits(self, work: Work) -> bool:
        """Whether a work is of the few that wait in line also where there is no room for others."""
        return len(self._waiting) < 2 * self._most and seldom(work)

    def _take(self, work: Work) -> None:
        self._waiting.append(work)
        self._noted += 1
        self._some.set()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._some.wait()
            self._some.clear()
            await self._drain()

    async def settled(self, patience: float) -> bool:
        """Return whether everything noted so far is on disk, which is waited for ``patience`` seconds."""
        noted = self._noted
        for _ in range(round(patience / _LOOK)):
            if self._noted - len(self._waiting) >= noted:
                return True
            await asyncio.sleep(_LOOK)
        return False

    async def flush(self, patience: float) -> bool:
        """Write what waits, for at most ``patience`` seconds; return whether all is on disk.

        Raises for nothing that the store says: it is called when everything ends.
        """
        why = ""
        try:
            async with asyncio.timeout(patience):
                await self._drain()
        except TimeoutError:
            why = self._trouble or "the disk was too slow"
        except CommitFailed as failed:
            why = str(failed)
        if self._waiting:
            log.error("records are lost", number=len(self._waiting), why=why.removesuffix(WAITS))
            self.unwritten()
        return not self._waiting

    async def _drain(self) -> None:
        ahead: _Group | None = None
        while self._waiting:
            group = ahead or _group(self._next(0))
            preparing = asyncio.create_task(_made_ready(self._next(group.works)))
            try:
                written = await self._write(group.work, alone=group.works == 1)
                if written:
                    for _ in range(group.works):
                        self._waiting.popleft()
                ahead = await preparing
            finally:
                preparing.cancel()
            if ahead is None and written and len(group.work.facts) >= _STORM:
                await asyncio.sleep(_COMPANY)
            if not written and group.works > 1:
                ahead = None  # what is parted now comes before it
                await self._one_by_one()
            if (self._losing or self._owed) and len(self._waiting) <= self._most // 2:
                self._losing = self._owed = False
                log.error("records were lost; from here on they are kept again", number=self.dropped)
                self.resumed()
                for kept in self._newest.give():
                    self._take(kept)

    def _forget(self, work: Work) -> None:
        """Have the time of which a work told called a hole in the record."""
        if work.facts:
            self._owed = True
            self.lost(hole(work))

    def _next(self, after: int) -> list[Work]:
        """Return the oldest works, after so many, that can be written as one; one that deletes goes alone."""
        some: list[Work] = []
        facts = 0
        for work in islice(self._waiting, after, after + _TOGETHER):
            facts += len(work.facts)
            if some and (facts > _FACTS or not (_joins(work) and _joins(some[-1]))):
                break
            some.append(work)
        return some

    async def _one_by_one(self) -> None:
        """Write the oldest work on its own: of several joined, one was wrong in itself."""
        if await self._write(self._waiting[0], alone=True):
            self._waiting.popleft()

    async def _write(self, work: Work, *, alone: bool) -> bool:
        """Write a work, as often as it takes; return False for several joined that must be parted."""
        while True:
            try:
                await self._store.commit(work)
            except WorkRefused as wrong:
                if not alone:
                    return False
                log.error("a record was refused and is lost: this is a bug", why=str(wrong))
                self.dropped += 1
                self._forget(work)
                return True
            except StoreUnavailable as why:
                self._tell(str(why))
                await asyncio.sleep(self._retry)
                continue
            self._tell("")
            self._written(work)
            self.also(work)
            return True

    def _tell(self, trouble: str) -> None:
        if trouble and not self._trouble:
            log.error("the store takes nothing; records wait in memory", why=trouble)
        if self._trouble and not trouble:
            log.info("the store works again", waiting=len(self._waiting))
        self._trouble = trouble


def _group(some: list[Work]) -> _Group:
    return _Group(_joined(some), len(some))


async def _made_ready(some: list[Work]) -> _Group | None:
    """Return works as one that the writer can take at once; nothing where that is done in no time."""
    if sum(len(work.facts) for work in some) < _WORTH:
        return None
    return _Group(await ready(_joined(some)), len(some))


def _joins(work: Work) -> bool:
    return not work.forget_alerts and work.forget_settled is None and not work.sign


def _joined(works: list[Work]) -> Work:
    """Return several works as one: their facts in order, the newest row of each alert and device."""
    if len(works) == 1:
        return works[0]
    alerts = {row.key: row for work in works for row in work.alerts}
    devices = {row.asset: row for work in works for row in work.devices}
    memories = {(one.room, one.key): one for work in works for one in work.memories}
    return Work(
        facts=tuple(fact for work in works for fact in work.facts),
        alerts=tuple(alerts.values()),
        devices=tuple(devices.values()),
        memories=tuple(memories.values()),
        outbox=tuple(message for work in works for message in work.outbox),
        delivered=tuple(attempt for work in works for attempt in work.delivered),
        people=tuple(person for work in works for person in work.people),
    )
