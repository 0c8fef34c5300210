"""Reads readings from the files of a history that another process may be writing: nothing is locked.

For reports, which run in a process of their own, and for what has no block yet.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dcim.history.closed import living, read_sets
from dcim.history.durable import HistoryError
from dcim.history.plan import covered_to
from dcim.history.query import Question, Snapshot, Tail, rows
from dcim.history.segment import SegmentFile, scan
from dcim.late import late
from dcim.model import Point
from dcim.rollup.block import HOUR, Row
from dcim.rollup.cuts import WHOLE, Cuts
from dcim.rollup.names import Names
from dcim.rollup.summary import CLOSE, Readings, nothing, summarise

if TYPE_CHECKING:
    import polars as pl
else:
    pl = late("polars")

_ATTEMPTS: Final = 4


class Recent:
    """The readings in the directory of a history, as far as they were on the disk at the first question."""

    def __init__(self, directory: Path, cuts: Cuts = WHOLE) -> None:
        """Look at what is there. Raise OSError when it is no history."""
        self._directory = directory
        self.names = Names.read(directory / "points.jsonl")
        self._cuts = cuts.every, cuts.rows(self.names)
        self._seen: Snapshot | None = None

    @property
    def begins(self) -> int | None:
        """When the oldest reading is from that is kept, ms UTC; None: none is. Raise HistoryError."""
        try:
            seen = self._seen = self._seen or self._snapshot()
        except OSError as exc:
            msg = f"{self._directory}: {exc}"
            raise HistoryError(msg) from exc
        firsts = [one.first_at for one in seen.sets if one.rows]
        firsts += [entry.header.first_at for tail in seen.tails for entry in tail.entries]
        return min(firsts, default=None)

    def points(self) -> Iterator[Point]:
        """Yield every point that was ever read."""
        return self.names.points()

    def readings(self, points: Collection[Point], first: int, last: int) -> Readings:
        """Return the readings of points in [first, last), ms UTC, by point and time. Raise HistoryError."""
        return self._readings([point.id for point in points], first, last)

    def rows(
        self,
        first: int,
        last: int,
        assets: Collection[str] | None = None,
        metrics: Collection[str] | None = None,
    ) -> Iterator[tuple[int, Row]]:
        """Yield what blocks of the hours that begin in [first, last) would say, each with its hour."""
        wanted = self.names.chosen(assets, metrics)
        for start in range(first // HOUR * HOUR, last, HOUR) if wanted else ():
            readings = self._readings(wanted, start - CLOSE, min(start + HOUR, last))
            for row in summarise(readings, self.names, start, *self._cuts):
                yield start, row

    def _readings(self, ids: Sequence[int], first: int, last: int) -> Readings:
        if not ids:
            return nothing()
        question = Question(tuple(ids), first, last, None)
        found = self._found(question)
        point, at, value, gap = (found[name].to_numpy() for name in ("point", "at", "value", "gap"))
        return Readings(point, at, value, gap)

    def _found(self, question: Question) -> pl.DataFrame:
        """Answer; look anew when a set was merged or a segment removed under the question."""
        for _ in range(_ATTEMPTS - 1):
            with suppress(OSError, HistoryError, pl.exceptions.ComputeError):
                self._seen = self._seen or self._snapshot()
                return rows(question, self._seen)
            self._seen = None
        try:
            return rows(question, self._snapshot())
        except (OSError, pl.exceptions.ComputeError) as exc:
            msg = f"{self._directory}: {exc}"
            raise HistoryError(msg) from exc

    def _snapshot(self) -> Snapshot:
        sets = living(read_sets(self._directory / "closed"))
        covered = covered_to(sets)
        files = [file for file in SegmentFile.all(self._directory / "segments") if file.number > covered]
        return Snapshot(sets, [Tail(file.path, tuple(scan(file.path))) for file in files], ())


def by_point(readings: Readings, points: Collection[Point]) -> dict[Point, list[tuple[int, float | None]]]:
    """Return readings by their points: times (ms UTC) and values, None for a gap."""
    known = {point.id: point for point in points}
    found: dict[Point, list[tuple[int, float | None]]] = {}
    for point, at, value, gap in zip(
        readings.point.tolist(),
        readings.at.tolist(),
        readings.value.tolist(),
        readings.gap.tolist(),
        strict=True,
    ):
        found.setdefault(known[point], []).append((at, None if gap else value))
    return found
