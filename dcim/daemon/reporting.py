"""Reports of the running daemon: made in a child process, issued by a fact, one after the other.

wish ─▶ child process (niced, limited) ─▶ files on the disk ─▶ fact in the ledger ─▶ issued
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import structlog

from dcim import __version__
from dcim.clock import Clock
from dcim.model.fact import FactKind
from dcim.reports.child import Job
from dcim.reports.issue import Issued, file_of, issued_from, listed
from dcim.reports.make import Wish
from dcim.store import CommitFailed, Store, Work
from dcim.web.reports import Making, Progress

log = structlog.get_logger()

_MOST: Final = 100
"""Jobs that are remembered, and that may wait: whoever asks for more is told to come back."""


class Reporting:
    """Has reports made one after the other, and issues them. Fulfils ``dcim.web.reports.Reporter``."""

    def __init__(self, state: Path, store: Store, clock: Clock) -> None:
        self._state = state
        self._store = store
        self._clock = clock
        self._making: dict[str, Making] = {}
        self._wishes: asyncio.Queue[tuple[str, Wish, str]] = asyncio.Queue()
        self.on_issued: Callable[[str, Issued, bool], None] = lambda _job, _issued, _fresh: None
        """The effect of a report that is ready: the job, the report, and whether it was issued just now."""

    def ask(self, wish: Wish, by: str) -> Making | None:
        """Have a report made for somebody; return how far it is, or None when too many wait already."""
        waiting = sum(one.progress in (Progress.WAITING, Progress.MAKING) for one in self._making.values())
        if waiting >= _MOST:
            return None
        while len(self._making) >= _MOST:
            done = (
                key
                for key, one in self._making.items()
                if one.progress not in (Progress.WAITING, Progress.MAKING)
            )
            del self._making[next(done)]
        job = secrets.token_hex(8)
        self._making[job] = Making(job)
        self._wishes.put_nowait((job, wish, by))
        return self._making[job]

    def making(self, job: str) -> Making | None:
        """Return how far a report is; None when nobody asked for it, or that was long ago."""
        return self._making.get(job)

    async def listed(self, limit: int) -> Sequence[Issued]:
        """Return the issued reports, the newest first."""
        return await asyncio.to_thread(listed, self._store, limit)

    async def file(self, claim: str, name: str) -> bytes | None:
        """Return a file of an issued report; None when the ledger knows no such file, or it is gone."""
        return await asyncio.to_thread(self._file, claim, name)

    def _file(self, claim: str, name: str) -> bytes | None:
        known = self._store.facts_about((FactKind.REPORT_ISSUED,), holds=f'"claim":"{claim}"', limit=1)
        if not known or name not in known[-1].read()["files"]:  # type: ignore[operator]
            return None
        try:
            return file_of(self._state, claim, name).read_bytes()
        except OSError:
            return None

    async def run(self) -> None:
        """Make reports until cancelled, one at a time: they are many at the turn of a month."""
        while True:
            job, wish, by = await self._wishes.get()
            self._note(job, Progress.MAKING)
            try:
                await self._make(job, wish, by)
            except (OSError, CommitFailed, Unfinished) as why:
                log.error("a report was not made", kind=wish.kind, scope=wish.scope, why=str(why))
                self._note(job, Progress.FAILED, why=str(why))

    async def _make(self, job: str, wish: Wish, by: str) -> None:
        task = Job(str(self._state), wish, round(self._clock.now() * 1e6), __version__)
        said = await run_child(task, lambda step: self._note(job, Progress.MAKING, step))
        if "refused" in said:
            self._note(job, Progress.REFUSED, why=str(said["refused"]))
            return
        issued = issued_from(said["issued"], said["sequence"])
        if said["fresh"]:
            issued = replace(issued, by=by)
            await self._store.commit(Work(facts=(issued.fact(),)))
            log.info("report issued", report=issued.subject, number=issued.number, claim=issued.claim)
        self._note(job, Progress.DONE, issued=issued)
        self.on_issued(job, issued, bool(said["fresh"]))

    def _note(
        self, job: str, progress: Progress, step: str = "", why: str = "", issued: Issued | None = None
    ) -> None:
        self._making[job] = Making(job, progress, step, why, issued)


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
        msg = f"the process ended with {child.returncode}: {last[-1] if last else 'no message'}"
        raise Unfinished(msg)
    return said


_LINE: Final = 1 << 20


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
