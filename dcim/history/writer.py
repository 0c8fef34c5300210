"""From batches in memory to frames on the disk.

append (loop) ──> pending ──commit (thread)──> points synced ──> frames written ──> fdatasync ──> acknowledged
                     ^                                                 │ disk full: cut back,
                     └─────────────────────────────────────────────────┘ kept, oldest dropped beyond a bound
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from dcim.clock import Clock
from dcim.history import frame as frames
from dcim.history.durable import Disk, NotCommitted
from dcim.history.points import Points
from dcim.history.query import Tail
from dcim.history.segment import Entry, Position, SegmentFile, SegmentWriter, hour_of
from dcim.model import Batch, Lane, Layout
from dcim.record import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the history.

    ``days`` of readings are kept. A segment is sealed at ``segment_bytes`` and at the end of its hour.
    ``memory_readings`` wait in memory while the disk takes none; ``queue_bytes`` of segments are kept for
    outputs whose far side is down. ``frame_readings`` bound what a reader unpacks at once, to about 3 MB.
    """

    days: int = 400
    segment_bytes: int = 64 << 20
    memory_readings: int = 2_000_000
    queue_bytes: int = 4 << 30
    frame_readings: int = 131_072


@dataclass(slots=True, eq=False)
class _Segment:
    file: SegmentFile
    entries: list[Entry] = field(default_factory=list)


class Writer:
    """Appends readings to the log. ``append`` on the loop, ``commit`` in one thread, questions from any."""

    def __init__(self, directory: Path, points: Points, clock: Clock, disk: Disk, limits: Limits) -> None:
        self.acknowledged = 0  # readings on the disk since the start
        self.dropped = 0  # readings lost because the disk took none for too long
        self._appended = 0
        self._directory = directory
        self._points = points
        self._clock = clock
        self._disk = disk
        self._limits = limits
        self._pending: deque[Batch] = deque()
        self._flight: list[Batch] = []
        self._layouts: dict[tuple[str, Lane, bool, str], Layout] = {}
        self._registered: set[Layout] = set()  # the same
        self._segments: dict[int, _Segment] = {}
        self._current: SegmentWriter | None = None
        self._next = 1
        self._end = Position(1)
        self._lock = threading.Lock()

    def adopt(self, files: Iterable[tuple[SegmentFile, Sequence[Entry]]], next_number: int) -> None:
        """Take over the segments that were found on the disk; new ones begin at ``next_number``."""
        self._segments = {file.number: _Segment(file, list(entries)) for file, entries in files}
        self._next = next_number
        self._end = Position(next_number)

    # in

    @property
    def waiting(self) -> int:
        """Return the number of readings in memory that are not on the disk."""
        return self._appended - self.acknowledged - self.dropped

    def append(self, batch: Batch) -> None:
        """Take a batch for the next commit; it must not be changed afterwards. Constant time."""
        size = len(batch.values)
        if size != len(batch.layout.ids):
            msg = f"{batch.layout.asset}: {size} values for {len(batch.layout)} points"
            raise ValueError(msg)
        self._appended += size
        self._pending.append(batch)

    # out

    def commit(self) -> int:
        """Make everything appended so far durable; return the number of readings acknowledged by this call.

        Raise NotCommitted when the disk refuses: the readings stay, the oldest beyond the bound are dropped.
        """
        flight: list[Batch] = []
        self._flight = flight
        for _ in range(len(self._pending)):
            flight.append(self._pending[0])  # in both for a moment, so that a query never finds it in neither
            self._pending.popleft()
        try:
            count = self._store(flight) if flight else 0
        except BaseException as exc:
            self._give_back()
            if isinstance(exc, OSError):
                msg = f"{self._directory}: {exc.strerror or exc}; {self.waiting} readings wait in memory"
                raise NotCommitted(msg) from exc
            raise
        self.acknowledged += count
        self._flight = []
        return count

    def _store(self, batches: Sequence[Batch]) -> int:
        self._register(batches)
        segment = self._writable()
        try:
            for portion in _portions(batches, self._limits.frame_readings):
                segment.append(frames.encode(portion))
            segment.sync()
        except OSError:
            self._undo(segment)
            raise
        with self._lock:
            kept = self._segments[segment.file.number].entries
            kept.extend(segment.entries[len(kept) :])
            self._end = Position(segment.file.number, segment.size)
        return sum(len(batch.values) for batch in batches)

    def _register(self, batches: Sequence[Batch]) -> None:
        """Make the points of layouts that are not known yet durable, before any frame that uses them."""
        fresh = {batch.layout: None for batch in batches if batch.layout not in self._registered}
        if fresh:
            self._points.register(tuple(fresh))
            for layout in fresh:
                self._remember(layout)

    def _remember(self, layout: Layout) -> None:
        """Hold a layout as registered, in the place of the one that was there."""
        place = (layout.asset, layout.lane, layout.own, layout.maker)
        before = self._layouts.get(place)
        if before is not None:
            self._registered.discard(before)
        self._layouts[place] = layout
        self._registered.add(layout)

    def _writable(self) -> SegmentWriter:
        """Return the segment to write to: a new one each hour, when full, and after a failed sync."""
        hour = hour_of(self._clock.now())
        current = self._current
        if current is not None and (current.file.hour != hour or current.size >= self._limits.segment_bytes):
            self.seal()
        if self._current is None:
            file = SegmentFile.named(self._directory, self._next, hour)
            self._next += 1
            self._current = SegmentWriter(file, self._disk)
            with self._lock:
                self._segments[file.number] = _Segment(file)
        return self._current

    def _undo(self, segment: SegmentWriter) -> None:
        """Make the segment good again, and leave it: after a failed sync its cache cannot be trusted."""
        with suppress(OSError):  # what stands behind the last whole frame is cut off at the next start
            segment.undo()
        self.seal()

    def _give_back(self) -> None:
        self._pending.extendleft(reversed(self._flight))
        self._flight = []
        while self.waiting > self._limits.memory_readings and self._pending:
            self.dropped += len(self._pending.popleft().values)

    # what is there

    def seal(self) -> None:
        """Append nothing more to the segment of now. Only where ``commit`` runs."""
        if self._current is not None:
            self._current.close()
            if not self._current.size:
                with self._lock:
                    del self._segments[self._current.file.number]
                self._current.file.path.unlink(missing_ok=True)
            self._current = None

    @property
    def end(self) -> Position:
        """Return the place behind the last committed frame."""
        return self._end

    def files(self) -> list[SegmentFile]:
        """Return all segments that are there, in order."""
        with self._lock:
            return [self._segments[number].file for number in sorted(self._segments)]

    def sealed(self) -> list[SegmentFile]:
        """Return the segments to which nothing is appended any more, in order."""
        current = self._current
        return [file for file in self.files() if current is None or file.number != current.file.number]

    def tails(self, after: int) -> list[Tail]:
        """Return the committed frames of the segments behind number ``after``."""
        with self._lock:
            return [
                Tail(self._segments[number].file.path, tuple(self._segments[number].entries))
                for number in sorted(self._segments)
                if number > after
            ]

    def pending(self) -> list[Batch]:
        """Return the batches not committed yet. Ask for these before ``tails``: none falls between."""
        pending = self._pending.copy()
        return [*self._flight, *pending]

    def release(self, to: int) -> None:
        """Let go of what is held in memory about the segments up to this one: closed files stand for them."""
        with self._lock:
            for number, segment in self._segments.items():
                if number <= to:
                    segment.entries.clear()

    def remove(self, number: int) -> None:
        """Remove a segment that nobody needs any more."""
        with self._lock:
            gone = self._segments.pop(number)
        gone.file.path.unlink(missing_ok=True)


def _portions(batches: Sequence[Batch], most: int) -> Iterable[Sequence[Batch]]:
    """Split one or more batches: no frame holds more than ``most`` readings, but for one larger batch."""
    portion: list[Batch] = []
    rows = 0
    for batch in batches:
        if portion and rows + len(batch.values) > most:
            yield portion
            portion, rows = [], 0
        portion.append(batch)
        rows += len(batch.values)
    yield portion
