"""Cursors: each output's own durable place in the log of segments."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from dcim.history.columns import pl
from dcim.history.durable import replace_text
from dcim.history.frame import decode
from dcim.history.segment import Entry, Position, SegmentFile, whole_frames
from dcim.record import dataclass

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True, eq=False)
class Portion:
    """Readings of one frame as columns ``SCHEMA``; ``after`` is the place behind them."""

    table: pl.DataFrame
    after: Position


@dataclass(frozen=True, slots=True)
class Reach:
    """What a cursor may read at a moment: the segments that are there, and the end of what is committed."""

    files: Sequence[SegmentFile]
    end: Position


class Cursor:
    """Reads committed readings in the order they were written, at least once.

    ``read`` does not move it; ``advance`` does, and is durable when it returns. Both do file work: call
    them in a thread. One user at a time.
    """

    def __init__(self, path: Path, reach: Callable[[], Reach], start: Position) -> None:
        self.position = start
        self._path = path
        self._reach = reach

    def read(self, limit: int) -> list[Portion]:
        """Return the next frames, at most ``limit`` readings but never less than one frame when there is one.

        Segments that were removed because the queue had grown too long are stepped over; the history
        counts them as dropped. Damaged frames are stepped over too.
        """
        reach = self._reach()
        found: list[Portion] = []
        taken = 0
        for number, entry, frame in self._ahead(reach.files):
            after = Position(number, entry.end)
            if after > reach.end or (found and taken + entry.header.rows > limit):
                break
            found.append(Portion(decode(entry.header, frame), after))
            taken += entry.header.rows
        return found

    def _ahead(self, files: Sequence[SegmentFile]) -> Iterator[tuple[int, Entry, bytes]]:
        """Go through the frames from the cursor's place on."""
        for file in files:
            if file.number >= self.position.segment:
                offset = self.position.offset if file.number == self.position.segment else 0
                with suppress(FileNotFoundError):  # removed a moment ago
                    for entry, frame in whole_frames(file.path, offset):
                        yield file.number, entry, frame

    def waiting_since(self) -> float | None:
        """Return the time (UTC seconds) of the oldest reading still to be read, or None when all are read."""
        reach = self._reach()
        for number, entry, _ in self._ahead(reach.files):
            return entry.header.first_at / 1000.0 if Position(number, entry.end) <= reach.end else None
        return None

    def drop(self, *, before: float, most_bytes: int) -> int:
        """Step for good over the oldest frames: those whose last reading is older than ``before`` (UTC
        seconds), and as many as leave no more than ``most_bytes``. Return how many readings that were.
        """
        reach, dropped, spare = self._reach(), 0, self.lag() - most_bytes
        to = self.position
        for number, entry, _ in self._ahead(reach.files):
            after = Position(number, entry.end)
            if after > reach.end or (spare <= 0 and entry.header.last_at >= before * 1000.0):
                break
            to, dropped, spare = after, dropped + entry.header.rows, spare - entry.header.size
        self.advance(to)
        return dropped

    def lag(self) -> int:
        """Return how many bytes of the log are still to be read."""
        reach = self._reach()
        ahead = 0
        for file in reach.files:
            size = reach.end.offset if file.number == reach.end.segment else file.size
            if file.number > self.position.segment:
                ahead += size
            elif file.number == self.position.segment:
                ahead += max(0, size - self.position.offset)
        return ahead

    def advance(self, to: Position) -> None:
        """Remember that everything before ``to`` is durable on the far side. Never goes back."""
        if to > self.position:
            replace_text(self._path, json.dumps({"segment": to.segment, "offset": to.offset}) + "\n")
            self.position = to


def cursor_path(directory: Path, name: str) -> Path:
    """Return the file of a cursor. Raise ValueError for a name that is no name."""
    if not _NAME.fullmatch(name):
        msg = f"{name!r}: a cursor's name is made of a-z, 0-9, _ and -"
        raise ValueError(msg)
    return directory / f"{name}.json"


def saved_position(path: Path) -> Position | None:
    """Return the durable place of a cursor, or None when it has none."""
    try:
        what = json.loads(path.read_text(encoding="utf-8"))
        return Position(int(what["segment"]), int(what["offset"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
