"""What the wall clock showed while really something was: the truth on the clock that the ledger is written by.

life ──[ put forward ]──▶ wall      never shown: between the two ends of a step forward
     ──[ put back ]─────▶ wall      shown twice: what the clock went through again

A moment of the wall that the machine showed once while the daemon ran has one truth. What it showed while no
daemon ran counts only where no daemon saw the same moment later or earlier.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .life import T0, Log
from .truth import MICRO, Stretch


@dataclass(frozen=True, slots=True)
class Shown:
    """A stretch as the wall showed it, from ``start`` (microseconds UTC); ``late``: life minus wall."""

    start: int
    end: int
    late: int
    ran: bool
    stretch: Stretch

    @property
    def works_for(self) -> int:
        """Return how long it worked in one piece (or did not)."""
        return self.stretch.works_for

    @property
    def full_for(self) -> int:
        """Return how long it was complete in one piece (or was not)."""
        return self.stretch.full_for


def shown(log: Log, truth: Sequence[Stretch]) -> list[Shown]:
    """Return the truth as the wall showed it: cut where a daemon came or went and where the clock jumped."""
    until = truth[-1].end
    ahead, at = 0, 0
    found: list[Shown] = []
    for step, amount in (*log.steps, (until / MICRO, 0.0)):
        end = min(round(step * MICRO), until)
        late = -(round(T0 * MICRO) + ahead)
        for start, stop, ran in _runs(log, at, end):
            found += [
                Shown(max(start, one.start) - late, min(stop, one.end) - late, late, ran, one)
                for one in truth
                if one.start < stop and one.end > start
            ]
        at, ahead = end, round(amount * MICRO)
    return found


def _runs(log: Log, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Yield the parts of a time in which a daemon ran, or none did."""
    at = start
    for dead, again in union((round(a * MICRO), round(b * MICRO)) for a, b in log.dead):
        low, high = max(dead, at), min(again, end)
        if low < high:
            yield at, low, True
            yield low, high, False
            at = high
    yield at, end, True


def union(spans: Iterator[tuple[int, int]] | Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return spans that are apart and in order, over the same times."""
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found


def sweep(several: Sequence[Shown], cuts: Sequence[int]) -> Iterator[tuple[int, int, list[Shown]]]:
    """Yield every piece of the wall between two cuts or edges, with what it really showed."""
    edges = sorted({*cuts, *(one.start for one in several), *(one.end for one in several)})
    waiting = sorted(several, key=lambda one: one.start, reverse=True)
    open_: list[Shown] = []
    for start, end in pairwise(edges):
        while waiting and waiting[-1].start <= start:
            open_.append(waiting.pop())
        open_ = [one for one in open_ if one.end > start]
        yield start, end, open_
