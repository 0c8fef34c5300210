"""The history as the daemon sees it: the log, the closed files and the cursors behind one object."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dcim.clock import Clock
from dcim.history import plan
from dcim.history.caretaker import Caretaker, Made
from dcim.history.closed import ClosedSet
from dcim.history.closing import FILE_ROWS
from dcim.history.columns import pl
from dcim.history.cursor import Cursor, Reach, cursor_path, saved_position
from dcim.history.durable import Disk, HistoryError, lock, sync_directory
from dcim.history.frame import asset_code
from dcim.history.keeper import Keeper, Runner, run_child
from dcim.history.lines import Described
from dcim.history.points import Points
from dcim.history.query import Question, Snapshot, buckets, rows
from dcim.history.segment import Position, SegmentFile, cut_tail, scan
from dcim.history.writer import Limits, Writer
from dcim.late import np
from dcim.model import Batch
from dcim.record import dataclass, field

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Counts:
    """What the history counts. Readings, bytes; times are UTC seconds, None when there is nothing."""

    acknowledged: int
    waiting: int
    dropped: int  # never reached the disk
    queue_dropped: int  # reached the disk, but left the queue of an output that was down for too long
    segments: int
    segment_bytes: int
    sets: int
    closed_bytes: int
    torn_bytes: int  # cut off at the start: written by a crash, never acknowledged


@dataclass(frozen=True, slots=True)
class Seams:
    """What a history stands on; tests put others in. ``file_rows``: most readings in a closed file."""

    disk: Disk = field(default_factory=Disk)
    run: Runner = run_child
    file_rows: int = FILE_ROWS


class History:
    """Readings on disk. ``append`` on the loop; ``commit`` at least every second; ``tidy`` every minute."""

    def __init__(self, directory: Path, clock: Clock, limits: Limits, seams: Seams) -> None:
        self._directory = directory
        self._lock_file = lock(directory)
        self._segments = directory / "segments"
        self._cursor_files = directory / "cursors"
        closed = directory / "closed"
        for each in (self._segments, self._cursor_files, closed):
            each.mkdir(exist_ok=True)
        sync_directory(directory)
        sync_directory(directory.parent)
        self._points = Points(directory / "points.jsonl", seams.disk)
        self._keeper = Keeper(closed, seams.run, seams.file_rows)
        self._writer = Writer(self._segments, self._points, clock, seams.disk, limits)
        self._cursors: dict[str, Cursor] = {}
        self._caretaker = Caretaker(self._writer, self._keeper, self._cursors, clock, limits)
        self._torn = self._adopt()
        for path in self._cursor_files.glob("*.json"):
            self.cursor(path.stem)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="history")

    @classmethod
    def open(
        cls, directory: Path, clock: Clock, limits: Limits | None = None, seams: Seams | None = None
    ) -> History:
        """Open a history, and make it when it is not there.

        Cut off what a crash left behind the last whole frame. Raise HistoryLocked when another process has
        it open, OSError when the directory cannot be used.
        """
        directory.mkdir(parents=True, exist_ok=True)
        return cls(directory, clock, limits or Limits(), seams or Seams())

    def _adopt(self) -> int:
        """Take over the segments on the disk; return how many torn bytes were cut off the last one."""
        files = SegmentFile.all(self._segments)
        torn, found = 0, []
        for file in files:
            if file is files[-1]:
                entries, torn = cut_tail(file.path)
            else:
                entries = list(scan(file.path)) if file.number > self._covered else []
            found.append((file, entries))
        places = [saved_position(path) for path in self._cursor_files.glob("*.json")]
        used = [file.number for file in files] + [place.segment for place in places if place]
        self._writer.adopt(found, max([*used, self._covered], default=0) + 1)
        return torn

    @property
    def _covered(self) -> int:
        return plan.covered_to(self._keeper.sets)

    # in

    def append(self, batch: Batch) -> None:
        """Take one batch; it is acknowledged by the next ``commit``. Constant time."""
        self._writer.append(batch)

    async def commit(self) -> int:
        """Make everything appended so far durable, off the loop; return how many readings were acknowledged.

        Raise NotCommitted when the disk refuses; call it again later: nothing is lost before
        ``Limits.memory_readings`` wait, and then the oldest first, counted.
        """
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._writer.commit)

    async def aclose(self) -> None:
        """Commit what is left and close. Raise NotCommitted when the disk refuses; it is closed even then."""
        loop = asyncio.get_running_loop()
        try:
            await self.commit()
        finally:
            await loop.run_in_executor(self._thread, self._writer.seal)
            self._thread.shutdown()
            self._points.close()
            os.close(self._lock_file)

    # out

    def query(
        self, points: Sequence[int], start: float, end: float, resolution: float | None = None
    ) -> pl.DataFrame:
        """Return the readings of points by id in [start, end), UTC seconds, sorted by point and time.

        Without resolution the columns are ``query.ROWS``; with one, in seconds, ``query.BUCKETS``: one row
        per point and bucket that holds anything. Committed or not, late or in order, each (point, time) once.
        Any thread; it reads files, so not on the loop. Raise HistoryError when files are damaged.
        """
        question = Question(
            tuple(dict.fromkeys(points)), round(start * 1000.0), round(end * 1000.0), self._assets(points)
        )
        found = self._rows(question)
        return found if resolution is None else buckets(found, max(1, round(resolution * 1000.0)))

    def _rows(self, question: Question) -> pl.DataFrame:
        """Answer; ask again when a set was merged or a segment removed under the question."""
        for _ in range(_ATTEMPTS - 1):
            with suppress(OSError, pl.exceptions.ComputeError):
                return rows(question, self._snapshot())
        try:
            return rows(question, self._snapshot())
        except (OSError, pl.exceptions.ComputeError) as exc:
            msg = f"{self._directory}: {exc}"
            raise HistoryError(msg) from exc

    def _snapshot(self) -> Snapshot:
        pending = self._writer.pending()
        sets = list(self._keeper.sets)
        return Snapshot(sets, self._writer.tails(plan.covered_to(sets)), pending)

    def _assets(self, points: Sequence[int]) -> NDArray[np.uint32] | None:
        """Return the codes of the devices these points belong to; None when one of them is not known."""
        found = [self._points.describe(point) for point in points]
        codes = {asset_code(each.point.asset) for each in found if each}
        return np.array(sorted(codes), dtype=np.uint32) if all(found) else None

    def describe(self, point: int) -> Described | None:
        """Return what a point's id stands for, also of points that are gone; None when it was never seen."""
        return self._points.describe(point)

    def describe_all(self, points: Sequence[int]) -> list[Described | None]:
        """Return what each of these points' ids stands for; reads a file."""
        return self._points.describe_all(points)

    def points(self) -> Iterator[Described]:
        """Go through every point there ever was; reads a file."""
        return iter(self._points)

    def cursor(self, name: str, *, from_start: bool = False) -> Cursor:
        """Return the cursor of this name; a new one begins at the end, or at the oldest reading in the log.

        Raise ValueError for a bad name, OSError when its place cannot be written.
        """
        if name not in self._cursors:
            path = cursor_path(self._cursor_files, name)
            saved = saved_position(path)
            cursor = Cursor(path, self._reach, saved or Position(0))
            if saved is None:
                cursor.advance(Position(1) if from_start else self._writer.end)
            self._cursors[name] = cursor
        return self._cursors[name]

    @property
    def cursors(self) -> Sequence[str]:
        """Return the names of all cursors that there are."""
        return tuple(self._cursors)

    def drop_cursor(self, name: str) -> None:
        """Forget a cursor, and with it the segments that wait for it; nothing happens when there is none."""
        self._cursors.pop(name, None)
        cursor_path(self._cursor_files, name).unlink(missing_ok=True)

    def _reach(self) -> Reach:
        end = self._writer.end
        return Reach(self._writer.files(), end)

    def counts(self) -> Counts:
        """Return what is counted, for the daemon's own metrics and the page."""
        writer, files, sets = self._writer, self._writer.files(), self._keeper.sets
        return Counts(
            acknowledged=writer.acknowledged,
            waiting=writer.waiting,
            dropped=writer.dropped,
            queue_dropped=self._caretaker.queue_dropped,
            torn_bytes=self._torn,
            segments=len(files),
            segment_bytes=sum(file.size for file in files),
            sets=len(sets),
            closed_bytes=sum(each.bytes for each in sets),
        )

    # keeping

    @property
    def closed(self) -> Sequence[ClosedSet]:
        """Return the closed sets that count now, in the order of their segments."""
        return tuple(self._keeper.sets)

    @property
    def dictionary(self) -> Path:
        """Return the file that says what points' ids stand for."""
        return self._directory / "points.jsonl"

    async def tidy(self, after: Callable[[Made], Awaitable[None]] | None = None) -> list[Made]:
        """Close, merge, compact and remove what is due; return the new sets, whose checksums become facts.

        ``after`` is awaited with each set, before a merged one may stand in its place.

        The loop only waits: the work is done by niced child processes, one at a time. Raise NotClosed when
        one fails; nothing is lost, and the next call tries again.
        """
        return await self._caretaker.tidy(after)
