"""Makes blocks as hours close: looks, has a child make them, gives them their names, has them written down.

    closed set ─▶ child: .making/HOUR.parquet ─▶ renamed to HOUR.VERSION ─▶ fact + row + how far, at once

What stands in the table counts; a file without a row is of a crash, and the next look makes it again.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from dcim.history import HistoryError
from dcim.history.closed import ClosedSet
from dcim.history.closing import FILE_ROWS
from dcim.history.durable import sync_directory
from dcim.rollup.block import Block, file_of
from dcim.rollup.child import run_child
from dcim.rollup.cuts import WHOLE, Cuts
from dcim.rollup.making import Done, Job, read_done
from dcim.rollup.plan import Look, Seen, next_look

Runner: TypeAlias = Callable[[Job], Awaitable[None]]
_MAKING: Final = ".making"


class Record(Protocol):
    """Where blocks are written down; the daemon's store stands behind it."""

    def seen(self) -> Seen:
        """Return how far the history was looked at."""
        ...

    def newest(self, hours: Sequence[str]) -> Mapping[str, Block]:
        """Return the newest versions of these hours, of those that have any."""
        ...

    async def keep(self, blocks: Sequence[Block], seen: Seen) -> None:
        """Write blocks with their facts and how far was looked, all in one transaction."""
        ...


class Keeper:
    """Keeps the roll-ups of one history. ``run`` does a job: in a child process, except in tests."""

    def __init__(
        self,
        directory: Path,
        record: Record,
        *,
        cuts: Cuts = WHOLE,
        run: Runner = run_child,
        file_rows: int = FILE_ROWS,
    ) -> None:
        self._directory = directory
        self._record = record
        self._cuts = cuts
        self._run = run
        self._file_rows = file_rows
        self._lock = asyncio.Lock()

    async def look(self, sets: Sequence[ClosedSet], points: Path, now: float) -> list[Block]:
        """Make every block that is due from these closed sets; return the new ones.

        ``points`` is the dictionary, ``now`` UTC seconds. Raise HistoryError or OSError when a step fails, or
        whatever ``Record.keep`` raises: nothing is lost, and the next call goes on from there.
        """
        made: list[Block] = []
        async with self._lock:
            seen = await asyncio.to_thread(self._record.seen)
            while look := next_look(sets, seen):
                done = await self._make(look, sets, points)
                blocks = await asyncio.to_thread(self._named, done, now)
                seen = Seen(look.segment, done.pending)
                await self._record.keep(blocks, seen)
                made += blocks
            await asyncio.to_thread(shutil.rmtree, self._directory / _MAKING, ignore_errors=True)
        return made

    async def _make(self, look: Look, sets: Sequence[ClosedSet], points: Path) -> Done:
        target = self._directory / _MAKING
        await asyncio.to_thread(shutil.rmtree, target, ignore_errors=True)
        job = Job(
            tuple(str(one.path) for one in sets),
            tuple(str(one.path) for one in look.fresh),
            look.pending,
            look.first,
            look.before,
            str(points),
            str(target),
            self._cuts.every,
            self._file_rows,
            dict(self._cuts.fine),
        )
        await self._run(job)
        try:
            return await asyncio.to_thread(read_done, target)
        except OSError as exc:
            msg = f"{target}: {exc.strerror or exc}"
            raise HistoryError(msg) from exc

    def _named(self, done: Done, now: float) -> list[Block]:
        """Give each block that says something new its version and its place."""
        current = self._record.newest([one.hour for one in done.made])
        blocks = []
        for one in done.made:
            before = current.get(one.hour)
            if before is not None and before.root == one.root:
                continue
            version = before.version + 1 if before else 1
            file = file_of(one.hour, version)
            path = self._directory / file
            path.parent.mkdir(exist_ok=True)
            (self._directory / _MAKING / one.file).replace(path)
            sync_directory(path.parent)
            blocks.append(Block(**{**asdict(one), "file": file, "version": version, "at": now}))
        sync_directory(self._directory)
        return blocks
