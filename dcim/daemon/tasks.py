"""What the daemon does beside polling: commit readings, beat, look after delays, close the history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import structlog

from dcim.daemon.calendar import Job, keep
from dcim.daemon.records import closings
from dcim.daemon.records.rollups import Rollups
from dcim.daemon.rooms import Rooms
from dcim.daemon.watching.agents import Agents
from dcim.daemon.watching.checking import TURNS, Checks
from dcim.heap import give_back
from dcim.history import History, HistoryError, Made, NotCommitted
from dcim.rollup.cuts import Cuts
from dcim.store import DATABASE, StoreError, Work
from dcim.supervisor import Supervisor

log = structlog.get_logger()

_COMMIT: Final = 0.8  # seconds between two commits of readings: acknowledged at most a second after they came
_TICK: Final = 0.5
_SOON: Final = 0.02  # while messages of a storm are made, some at a time
_CHECK: Final = 60.0 / TURNS
_SPARE: Final = 60.0  # seconds between two times that memory is given back which nobody uses
_DAY: Final = 86_400.0
_MESSAGES_KEPT: Final = 90 * _DAY
_BEATS_KEPT: Final = 31 * _DAY  # signed heads of heartbeats; those of hours, reports, stops and keys stay


class Tasks:
    """The daemon's standing work. ``history_trouble``: why readings are not written; empty while they are."""

    def __init__(
        self, rooms: Rooms, supervisor: Supervisor, status: Callable[[], str], *, tidy_every: float = 60.0
    ) -> None:
        self.history_trouble = ""
        self.closing_trouble = ""
        self.state_trouble = ""
        self._database = rooms.plan.settings.state / DATABASE
        self._database_is = _file_of(self._database)
        self._tidy_every = tidy_every
        self._rooms = rooms
        self._supervisor = supervisor
        self._status = status
        self._running: list[asyncio.Task[None]] = []
        self._tidying: asyncio.Task[None] | None = None
        self._rollups = _rollups(rooms)
        self._made_up = False

    def start(self) -> list[asyncio.Task[None]]:
        """Begin; return the tasks, none of which ends by itself."""
        rooms = self._rooms
        jobs = [Job(_DAY, self._forget_messages), Job(_SPARE, self._give_back)]
        work: dict[str, Coroutine[Any, Any, None]] = {
            "books": rooms.books.run(),
            "postman": rooms.postman.run(),
            "channels": rooms.channels.run(),
            "heartbeat": self._beat(),
            "signing": rooms.signing.run(),
            "trust": rooms.trust.run(),
            "tick": self._tick(),
            "outputs": rooms.outlets.run(),
        }
        if rooms.plan.settings.plausibility:
            assets = rooms.plan.settings.assets
            work["checks"] = self._check(Checks(rooms.newest, assets), Agents(rooms.newest, assets))
        if rooms.signing.stamping is not None:
            work["stamping"] = rooms.signing.stamping.run()
        if rooms.recordings.on:
            work["recordings"] = rooms.recordings.run()
        if rooms.losses.on:
            work["losses"] = rooms.losses.run()
        if rooms.history is not None:
            work["history"] = self._commit(rooms.history)
            jobs.append(Job(self._tidy_every, partial(self._begin_tidy, rooms.history)))
        work["calendar"] = keep(jobs)
        self._running = [asyncio.create_task(one, name=name) for name, one in work.items()]
        return self._running

    async def stop(self) -> None:
        """End everything."""
        tasks = [*self._running, *([self._tidying] if self._tidying else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _commit(self, history: History) -> None:
        while True:
            await asyncio.sleep(_COMMIT)
            try:
                await history.commit()
            except NotCommitted as why:
                self._history_is(str(why))
            else:
                self._history_is("")

    def _history_is(self, trouble: str) -> None:
        if trouble and not self.history_trouble:
            log.error("readings cannot be written; they wait in memory", why=trouble)
        if self.history_trouble and not trouble:
            log.info("readings are written again")
        self.history_trouble = trouble

    def _closing_is(self, trouble: str) -> None:
        if trouble and not self.closing_trouble:
            log.error("history is not closed; it is tried again every minute", why=trouble)
        self.closing_trouble = trouble

    async def _beat(self) -> None:
        """Record that we watch, often enough that a crash leaves little doubt about when it was.

        A clock that jumps is recorded at once: it may be put right before the next heartbeat would see it.
        """
        heart, jump = self._rooms.heart, self._rooms.clocks.jump
        while True:
            self._look_after_state()
            heart.beat()
            with suppress(TimeoutError):
                await asyncio.wait_for(jump.wait(), heart.lasts)
            jump.clear()

    def _look_after_state(self) -> None:
        """Notice when the state directory was deleted or replaced under us: what we write is then lost."""
        gone = _file_of(self._database) != self._database_is
        trouble = (
            f"{self._database} was deleted or replaced while the daemon runs: restart it" if gone else ""
        )
        if trouble and not self.state_trouble:
            log.error("the state directory is gone", why=trouble)
        self.state_trouble = trouble

    async def _tick(self) -> None:
        """Look after delays, and feed the watchdog from the very loop that polls."""
        feed = self._supervisor.watchdog
        fed = -float("inf")
        while True:
            self._rooms.core.tick()
            now = self._rooms.clock.monotonic()
            if feed is not None and now - fed >= feed:
                self._supervisor.alive(self._status())
                fed = now
            await asyncio.sleep(_SOON if self._rooms.core.causes.due else _TICK)

    async def _check(self, checks: Checks, agents: Agents) -> None:
        """Look at each device once a minute, a share at a time: a loaded loop makes up for what it missed."""
        clock, done = self._rooms.clock, 0
        began = clock.monotonic()
        while True:
            await asyncio.sleep(_CHECK)
            due = int((clock.monotonic() - began) / _CHECK)
            for number in range(max(done, due - TURNS), due):
                found = [*checks.turn(number, clock.now()), *agents.turn(number)]
                self._rooms.core.all_checked(found)
                await asyncio.sleep(0)
            done = due

    # Jobs are coroutine functions: APScheduler runs plain ones in a thread, off the loop.

    async def _forget_messages(self) -> None:
        """Delete messages that were settled long ago, and signatures that later ones cover."""
        now = self._rooms.clock.now()
        self._rooms.books.note(Work(forget_settled=now - _MESSAGES_KEPT, forget_beats=now - _BEATS_KEPT))

    async def _give_back(self) -> None:
        """Give back memory that nobody uses: a storm, or meeting the devices of a large site, leaves it."""
        await asyncio.to_thread(give_back)

    async def _begin_tidy(self, history: History) -> None:
        """Look after the history, unless that is still under way."""
        if self._tidying is None or self._tidying.done():
            self._tidying = asyncio.create_task(self._tidy(history), name="tidy")

    async def _tidy(self, history: History) -> None:
        """Close what is due; the checksum of every closed file is a fact."""
        try:
            if not self._made_up:
                await self._make_up(history)
            await history.tidy(self._closed)
        except (HistoryError, OSError, StoreError) as why:
            self._closing_is(str(why))
            return
        self._closing_is("")
        if self._rollups is not None:
            await self._rollups.look()

    async def _make_up(self, history: History) -> None:
        """Say of closed files what a crash left unsaid."""
        rooms = self._rooms
        found = await asyncio.to_thread(
            lambda: tuple(closings.unsaid(rooms.store, history.closed, rooms.clock.now()))
        )
        if found:
            rooms.books.note(Work(facts=found))
        self._made_up = True

    async def _closed(self, made: Made) -> None:
        self._rooms.books.note(Work(facts=closings.said(made, self._rooms.clock.now())))
        if self._rollups is not None:
            await self._rollups.look()

    @property
    def rollup_trouble(self) -> str:
        """Why hours are not rolled up; empty while they are."""
        return self._rollups.trouble if self._rollups else ""


def _rollups(rooms: Rooms) -> Rollups | None:
    settings = rooms.plan.settings
    if rooms.history is None:
        return None
    cuts = Cuts.of(settings.energy, rooms.core.building.topology)
    return Rollups(settings.state, rooms.store, rooms.history, rooms.clock, cuts=cuts)


def _file_of(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from any other at the same path; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
