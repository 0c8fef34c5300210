"""What is to be closed, merged and removed next. Pure: it sees names and sizes only.

segments ──(hour over, or enough bytes)──> set of the hour ──(hour over)──> one set ──(day over)──> day
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from dcim.history.closed import ClosedSet
from dcim.history.segment import SegmentFile
from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Sealed:
    """A segment to which nothing is appended any more."""

    file: SegmentFile
    size: int


@dataclass(frozen=True, slots=True)
class Step:
    """One set to make from segments, or from sets; of each a run without holes, in order."""

    label: str
    segments: tuple[SegmentFile, ...] = ()
    sets: tuple[ClosedSet, ...] = ()

    @property
    def first(self) -> int:
        """Return the number of the first segment it stands for."""
        return min([file.number for file in self.segments] + [each.first for each in self.sets])

    @property
    def last(self) -> int:
        """Return the number of the last segment it stands for."""
        return max([file.number for file in self.segments] + [each.last for each in self.sets])


def covered_to(sets: Iterable[ClosedSet]) -> int:
    """Return the number of the last segment that a set stands for; segments are closed in order."""
    return max((each.last for each in sets), default=0)


def next_step(sealed: Sequence[Sealed], sets: Sequence[ClosedSet], hour: str, enough: int) -> Step | None:
    """Return what to make next at ``hour`` (``2026-11-25T13``), or None when all is as it should be.

    ``sets`` are the living ones, in order. Hours and days that are over become one set each; within the
    running hour, segments are closed as soon as there are ``enough`` bytes of them, so that a query never
    has much more than that to unpack. An hour or day is over when another one is written, whatever the
    clock did in between.
    """
    return _first_close(sealed, sets, hour, enough) or _first_merge(sets, hour)


def _first_close(sealed: Sequence[Sealed], sets: Sequence[ClosedSet], hour: str, enough: int) -> Step | None:
    done = covered_to(sets)
    waiting = [each for each in sealed if each.file.number > done]
    for label, group in groupby(waiting, key=lambda each: each.file.hour):
        run = list(group)
        if label != hour or sum(each.size for each in run) >= enough:
            return Step(label, segments=tuple(each.file for each in run))
        return None  # what comes later must wait: segments are closed in order
    return None


def _first_merge(sets: Sequence[ClosedSet], hour: str) -> Step | None:
    for label, group in groupby(sets, key=lambda each: each.label):
        run = tuple(group)
        if len(run) > 1 and label != hour:
            return Step(label, sets=run)
    for day, group in groupby(sets, key=lambda each: each.day):
        run = tuple(group)
        if len(run) > 1 and day != hour[:10]:
            return Step(day, sets=run)
    return None


def expired(sets: Sequence[ClosedSet], days: int, today: str, oldest_day: str) -> list[ClosedSet]:
    """Return the sets that retention lets go.

    A set goes when its day is before ``oldest_day`` *and* ``days`` later days hold readings. The second
    half keeps a clock that jumps ahead from emptying the history.
    """
    recorded = sorted({each.day for each in sets} | {today})
    kept = set(recorded[-(days + 1) :])
    return [each for each in sets if each.day < oldest_day and each.day not in kept]
