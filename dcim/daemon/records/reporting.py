"""Reports of the running daemon: made in a child process, issued by a fact, one after the other.

wish ─▶ child process (niced, limited) ─▶ files on the disk ─▶ fact in the ledger ─▶ issued
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

import structlog

from dcim import __version__
from dcim.alerts import Language
from dcim.clock import Clock
from dcim.daemon.records.reportmail import SIGNED, mailing
from dcim.evidence.asissued import AsIssued
from dcim.model import Memory
from dcim.model.fact import Fact, FactKind
from dcim.notify import Site
from dcim.people import People
from dcim.record import dataclass, field, replace
from dcim.reports.child import Job
from dcim.reports.issue import Issued, NotAsIssued, file_as_issued, issued_from, issued_of, listed
from dcim.reports.model import Kind
from dcim.reports.schedule import Due, due
from dcim.reports.wish import Wish
from dcim.settings.checked.reported import Scheduled
from dcim.store import CommitFailed, Store, Work
from dcim.web.api.reports import Making, Progress
from dcim.web.view.acting import Caller

log = structlog.get_logger()

ROOM: Final = "reports"
_TURN: Final = 20.0
LONGEST: Final = 900.0
"""Seconds that one report may take: others wait for it."""
_READERS: Final = 10_000
"""Readers of files that are remembered: beyond that some are recorded again."""

_UNDONE: Final = (Progress.WAITING, Progress.MAKING)
_SETTLES: Final = 10.0  # seconds: a storm is on disk by then
_MOST: Final = 100
"""Jobs that are remembered, and that may wait: whoever asks for more is told to come back."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """What is made without being asked for, and how it is told: the site's schedule."""

    schedule: tuple[Scheduled, ...] = ()
    site: Site = field(default_factory=lambda: Site("", "", "UTC", Language.EN))
    wake: Callable[[], None] = lambda: None
    people: People = field(default_factory=People)


async def _at_once(_patience: float) -> bool:
    return True


class Reporting:
    """Has reports made one after the other, and issues them. Fulfils ``dcim.web.api.reports.Reporter``."""

    def __init__(
        self,
        state: Path,
        store: Store,
        clock: Clock,
        calendar: Calendar | None = None,
        longest: float = LONGEST,
    ) -> None:
        self._state = state
        self._store = store
        self._clock = clock
        self._calendar = calendar or Calendar()
        self._longest = longest
        self._files = AsIssued(state)
        self.settled: Callable[[float], Awaitable[bool]] = _at_once
        """Returns, after so many seconds at most, whether all that became true by now is on disk."""
        self._making: dict[str, Making] = {}
        self._readers: set[tuple[str, str, str]] = set()
        self._wishes: asyncio.Queue[tuple[str, Wish, str]] = asyncio.Queue()

    def ask(self, wish: Wish, by: str) -> Making | None:
        """Have a report made for somebody; return how far it is, or None when too many wait already."""
        waiting = sum(one.progress in _UNDONE for one in self._making.values())
        if waiting >= _MOST:
            return None
        while len(self._making) >= _MOST:
            done = (key for key, one in self._making.items() if one.progress not in _UNDONE)
            del self._making[next(done)]
        job = secrets.token_hex(8)
        self._making[job] = Making(job)
        self._wishes.put_nowait((job, wish, by))
        return replace(self._making[job], ahead=waiting)

    def making(self, job: str) -> Making | None:
        """Return how far a report is; None when nobody asked for it, or that was long ago."""
        found = self._making.get(job)
        if found is None or found.progress is not Progress.WAITING:
            return found
        before = takewhile(lambda key: key != job, self._making)
        return replace(found, ahead=sum(self._making[key].progress in _UNDONE for key in before))

    async def listed(self, limit: int) -> Sequence[Issued]:
        """Return the issued reports, the newest first, each with what of its files is not as issued."""
        found = await asyncio.to_thread(self._looked, limit)
        return [replace(one, by=self._calendar.people.shown(one.by)) for one in found]

    async def file(self, claim: str, name: str) -> bytes | None:
        """Return a file of an issued report; None when the ledger knows no such file.

        Raises ``NotAsIssued`` when what lies there is not what was issued, or nothing does.
        """
        return await asyncio.to_thread(self._file, claim, name)

    async def was_read(self, claim: str, name: str, reader: Caller) -> None:
        """Record that somebody had a file, once for each of them in a run; never at the price of the file."""
        key = claim, name, reader.who
        if key in self._readers:
            return
        now, people = self._clock.now(), self._calendar.people
        who, proof = people.known_as(reader.who, now), str(reader.proof) if reader.who else ""
        fact = Fact(FactKind.REPORT_READ, now, claim, {"file": name, "who": who, "proof": proof})
        try:
            await self._store.commit(Work(facts=(fact,), people=people.unsaved()))
        except CommitFailed as why:
            log.error("who read a report is not on record", claim=claim, why=str(why))
            return
        if len(self._readers) >= _READERS:
            self._readers.clear()
        self._readers.add(key)

    def _file(self, claim: str, name: str) -> bytes | None:
        known = self._store.facts_about((FactKind.REPORT_ISSUED,), holds=f'"claim":"{claim}"', limit=1)
        issued = issued_of(known[-1]) if known else None
        if issued is None or name not in issued.files:
            return None
        try:
            return file_as_issued(self._state, issued, name)
        except NotAsIssued as why:
            log.error("a report is not as it was issued", claim=claim, file=name, **{"is": str(why.flaw)})
            raise

    def _looked(self, limit: int) -> list[Issued]:
        found = listed(self._store, limit)
        return [replace(one, flaws=self._files.flaws(one.claim, one.files)) for one in found]

    async def run(self) -> None:
        """Make reports until cancelled, one at a time: they are many at the turn of a month."""
        while True:
            job, wish, by = await self._wishes.get()
            self._note(job, Progress.MAKING)
            try:
                issued, fresh = await self._make(job, wish)
                if issued is not None:
                    if fresh:
                        people = self._calendar.people
                        issued = replace(issued, by=people.known_as(by, self._clock.now()))
                        work = Work(facts=(issued.fact(),), sign=SIGNED, people=people.unsaved())
                        await self._issue(work, issued)
                        issued = replace(issued, by=by)
                    self._note(job, Progress.DONE, issued=issued)
            except (OSError, CommitFailed, Unfinished) as why:
                log.error("a report was not made", kind=wish.kind, scope=wish.scope, why=str(why))
                self._note(job, Progress.FAILED, why=str(why))

    async def keep_calendar(self) -> None:
        """Make what the schedule wants until cancelled: also what came due while nobody ran, once each."""
        while True:
            now = round(self._clock.now() * 1e6)
            for one in await asyncio.to_thread(self._due, now):
                try:
                    await self.scheduled(one)
                except (OSError, CommitFailed, Unfinished) as why:
                    log.error("a scheduled report was not made", report=one.scheduled.report, why=str(why))
                    break  # it is still due: next turn
            await asyncio.sleep(_TURN)

    def _due(self, now: int) -> list[Due]:
        """Return what became due since it was last looked, the first look of all ever being now."""
        known = {one.key: one.body for one in self._store.memories(ROOM) if one.body is not None}
        found: list[Due] = []
        for scheduled in self._calendar.schedule:
            key = _key(scheduled)
            if (body := known.get(key)) is None:
                self._remember(key, now)
                continue
            found += due(scheduled, self._calendar.site.time_zone, int(str(body["done"])), now)
        return sorted(found, key=lambda one: one.at)

    async def scheduled(self, one: Due) -> None:
        """Make a report that is due, and mail it if it is new; then it is due no more."""
        scheduled = one.scheduled
        since, until = _instant(one.period.since), _instant(one.period.until)
        wish = Wish(Kind(scheduled.report), scheduled.scope, "", since, until)
        issued, fresh = await self._make("", wish)
        if issued is not None and (fresh or not self._told(issued)):
            at = self._clock.now()
            work = mailing(issued, scheduled, self._calendar.site, self._state, at)
            await self._issue(work, issued)
        await asyncio.to_thread(self._remember, _key(scheduled), one.at)

    def _told(self, issued: Issued) -> bool:
        """Whether the subscribers of a report have had this version."""
        facts = self._store.facts_about((FactKind.REPORT_ISSUED,), subject=issued.subject)
        return any(fact.read().get("claim") == issued.claim and fact.read().get("told") for fact in facts)

    def _remember(self, key: str, done: int) -> None:
        self._store.commit_now(Work(memories=(Memory(ROOM, key, {"done": done}),)))

    async def _issue(self, work: Work, issued: Issued) -> None:
        await self._store.commit(work)
        log.info("report issued", report=issued.subject, number=issued.number, claim=issued.claim)
        if work.outbox:
            self._calendar.wake()

    async def _make(self, job: str, wish: Wish) -> tuple[Issued | None, bool]:
        """Have a report made; return it, and whether it is new. None: it cannot be, as was noted.

        Not while records wait for the disk: it would take for known what lacks in it.
        """
        if not await self.settled(_SETTLES):
            msg = "records wait for the disk: it would lack them; ask again once the store works"
            raise Unfinished(msg)
        task = Job(str(self._state), wish, round(self._clock.now() * 1e6), __version__)
        try:
            async with asyncio.timeout(self._longest):
                said = await run_child(task, lambda step: self._note(job, Progress.MAKING, step))
        except TimeoutError:
            msg = f"it took longer than {self._longest:g} s and was stopped: ask for a shorter period"
            raise Unfinished(msg) from None
        if "failed" in said:
            raise Unfinished(str(said["failed"]))
        if "refused" in said:
            self._note(job, Progress.REFUSED, why=str(said["refused"]))
            log.warning("a report cannot be made", kind=wish.kind, scope=wish.scope, why=said["refused"])
            return None, False
        return issued_from(said["issued"], said["sequence"]), bool(said["fresh"])

    def _note(
        self, job: str, progress: Progress, step: str = "", why: str = "", issued: Issued | None = None
    ) -> None:
        if job:
            self._making[job] = Making(job, progress, step, why, issued)


def _key(scheduled: Scheduled) -> str:
    return "|".join((scheduled.report, scheduled.scope, scheduled.every, *scheduled.mail))


def _instant(at: int) -> str:
    """Return a moment as a wish says it, whatever the zone."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).isoformat()


class Unfinished(Exception):
    """The child ended without a report; the text says how."""


async def run_child(job: Job, step: Callable[[str], None]) -> dict[str, Any]:
    """Make a report in a process of its own; return what it said last. Raise ``Unfinished``."""
    environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dcim.reports.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=_LINE,
        env=environment,
    )  # fmt: skip
    try:
        said: dict[str, Any] | None
        said, errors = await asyncio.gather(_follow(child, job, step), _rest(child))
        await child.wait()
    except BaseException:
        if child.returncode is None:
            child.kill()
            await child.wait()
        raise
    if child.returncode or said is None:
        last = errors.strip().splitlines()
        raise Unfinished(_ended(child.returncode or 0, last[-1] if last else "no message"))
    return said


_LINE: Final = 1 << 20


def _ended(code: int, last: str) -> str:
    """Return how the child ended: a signal that nobody here sent is most often that of a full memory."""
    if code == -signal.SIGKILL:
        return f"the process that made the report was ended by signal {-code} (out of memory?)"
    if code < 0:
        return f"the process that made the report was ended by signal {-code}"
    return f"the process that made the report ended with {code}: {last}"


async def _follow(
    child: asyncio.subprocess.Process, job: Job, step: Callable[[str], None]
) -> dict[str, Any] | None:
    assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - both were asked for
    child.stdin.write(job.to_json().encode())
    child.stdin.close()
    last: dict[str, Any] | None = None
    async for line in child.stdout:
        said: dict[str, Any] = json.loads(line)
        if "step" in said:
            step(str(said["step"]))
        else:
            last = said
    return last


async def _rest(child: asyncio.subprocess.Process) -> str:
    assert child.stderr is not None  # noqa: S101 - it was asked for
    return (await child.stderr.read()).decode(errors="replace")
