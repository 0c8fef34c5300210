"""Does what the plan says, one step at a time, and removes what nobody needs any more."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping

from dcim.clock import Clock
from dcim.history import plan
from dcim.history.closed import ClosedFile, ClosedSet
from dcim.history.cursor import Cursor
from dcim.history.keeper import Keeper, files_of
from dcim.history.segment import hour_of, scan
from dcim.history.writer import Limits, Writer
from dcim.record import dataclass

_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Made:
    """One set that was closed or merged, and its files with their checksums."""

    set: ClosedSet
    files: tuple[ClosedFile, ...]


class Caretaker:
    """Keeps log and closed files in order. ``cursors`` are those of all outputs, by name."""

    def __init__(
        self, writer: Writer, keeper: Keeper, cursors: Mapping[str, Cursor], clock: Clock, limits: Limits
    ) -> None:
        self.queue_dropped = 0  # readings that left the log before every output had them
        self._writer = writer
        self._keeper = keeper
        self._cursors = cursors
        self._clock = clock
        self._limits = limits
        self._lock = asyncio.Lock()

    async def tidy(self, after: Callable[[Made], Awaitable[None]] | None = None) -> list[Made]:
        """Take every step that is due; return what was made. Raise NotClosed when a step fails.

        ``after`` is awaited after each step, before the next one may stand in its place.
        """
        made: list[Made] = []
        async with self._lock:
            while step := self._next():
                new = await self._keeper.make(step)
                self._writer.release(plan.covered_to(self._keeper.sets))
                made.append(Made(new, await asyncio.to_thread(files_of, new)))
                if after is not None:
                    await after(made[-1])
            await asyncio.to_thread(self._let_go)
        return made

    def _next(self) -> plan.Step | None:
        hour = hour_of(self._clock.now())
        return plan.next_step(self._sealed(), self._keeper.sets, hour, self._limits.segment_bytes)

    def _sealed(self) -> list[plan.Sealed]:
        """Return the sealed segments; one that somebody took away is forgotten, or all closing would stop."""
        found = []
        for file in self._writer.sealed():
            try:
                found.append(plan.Sealed(file, file.size))
            except FileNotFoundError:
                self._writer.remove(file.number)
        return found

    def _let_go(self) -> None:
        now = self._clock.now()
        horizon = hour_of(now - self._limits.days * _DAY)[:10]
        gone = plan.expired(self._keeper.sets, self._limits.days, hour_of(now)[:10], horizon)
        if gone:
            self._keeper.let_go(gone)
        self._trim_log()

    def _trim_log(self) -> None:
        """Remove closed segments that no cursor needs, or that are beyond the bound of the queue."""
        needed = min((cursor.position.segment for cursor in self._cursors.values()), default=math.inf)
        covered = plan.covered_to(self._keeper.sets)
        closed = [each for each in self._sealed() if each.file.number <= covered]
        held = sum(each.size for each in closed if each.file.number >= needed)
        for each in closed:
            if each.file.number >= needed:
                if held <= self._limits.queue_bytes:
                    break
                held -= each.size
                self.queue_dropped += sum(entry.header.rows for entry in scan(each.file.path))
            self._writer.remove(each.file.number)
