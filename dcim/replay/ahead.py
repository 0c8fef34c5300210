"""A recording read and decoded ahead, in processes beside the one that plays it.

    tape ─▶ child 0: its devices ─┐
    tape ─▶ child 1: its devices ─┴▶ blocks of one stretch, put in order by number ─▶ player

What is told is the same, in the same order, as without them: how many there are changes the time it takes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from typing import IO, Final

from dcim.model import DcimError
from dcim.recording.folder import Recording
from dcim.redundancy.frames import LENGTH
from dcim.replay.decoder import Said
from dcim.replay.wire import Block, Event, Row, Unpacker

WORTH: Final = 512 * 1024
"""Bytes of tape from which it is worth the second that a process takes to begin."""
MOST: Final = 2
"""Processes: that many decode faster than one plays."""
_ENDING: Final = 5.0  # seconds


class AheadFailed(DcimError):
    """A process that decodes ahead has ended before its recording did."""


def worth(recording: Recording) -> int:
    """Return how many processes a recording is worth here; 0: it is decoded where it is played."""
    long = sum(path.stat().st_size for path in recording.tapes) >= WORTH
    return min(MOST, _processors() - 1) if long else 0


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1


class Ahead:
    """The processes; ``events`` of them all."""

    def __init__(self, recording: Recording, count: int) -> None:
        self._recording = recording
        self._children = [_Child(recording.folder, number, count) for number in range(count)]

    def stretches(self) -> Iterator[Sequence[Event]]:
        """Yield what happened, in its order, so much of it that no device is polled twice in one stretch.

        Raise what reading and decoding raise, where they do.
        """
        blocks: list[Block] = []
        while all(block.notes is None for block in blocks):
            blocks = [child.block() for child in self._children]
            yield from stretches_of([event for _, event in sorted(_rows(blocks), key=itemgetter(0))])
        self._recording.notes += blocks[0].notes or ()

    def close(self) -> None:
        """End them."""
        for child in self._children:
            child.close()


def _rows(blocks: Iterable[Block]) -> Iterator[Row]:
    return (row for block in blocks for row in block.rows)


def stretches_of(events: Iterable[Event | DcimError]) -> Iterator[Sequence[Event]]:
    """Yield these in their order, parted where a device comes again; raise an error behind all before it."""
    stretch: list[Event] = []
    polled: set[str] = set()
    for event in events:
        if isinstance(event, DcimError):
            yield stretch
            raise event
        if isinstance(event, Said):
            if event.asset in polled:
                yield stretch
                stretch, polled = [], set()
            polled.add(event.asset)
        stretch.append(event)
    yield stretch


class _Child:
    """One of the processes."""

    def __init__(self, folder: Path, number: int, count: int) -> None:
        self._unpacker = Unpacker()
        command = [sys.executable, "-m", "dcim.replay.child", str(folder.resolve()), str(number), str(count)]
        self._process = subprocess.Popen(  # noqa: S603  this very program
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=_environment()
        )
        assert self._process.stdout is not None  # noqa: S101  asked for as a pipe
        self._source: IO[bytes] = self._process.stdout

    def block(self) -> Block:
        """Return its next block."""
        head = self._source.read(LENGTH.size)
        if len(head) == LENGTH.size:
            (length,) = LENGTH.unpack(head)
            if len(data := self._source.read(length)) == length:
                return self._unpacker.unpacked(data)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING)  # it says on its error output why
        msg = "a process that decodes the recording has ended before it was through"
        raise AheadFailed(msg)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._source.close()
        self._process.wait(_ENDING)


def _environment() -> dict[str, str]:
    """Return that of this process; what reckons in several threads by itself takes one."""
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
