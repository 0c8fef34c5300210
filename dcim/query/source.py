"""All series of one daemon: what it read of devices, and what it says of itself, behind one question."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np

from dcim.catalogue import METRICS
from dcim.model import Labels
from dcim.outputs.exposition import exported
from dcim.promql import LOOKBACK, NAME, STALE, Samples, Selection, Unanswerable
from dcim.promql.matching import matching
from dcim.promql.source import Numbers, Whole
from dcim.promql.tree import Matcher
from dcim.promql.vector import get
from dcim.query.carry import EVERY, carried
from dcim.query.files import KEPT, Files, Ids, Piece
from dcim.query.own import OwnSeries
from dcim.query.ring import HOURS
from dcim.query.series import Chosen, Known
from dcim.record import dataclass, field

MOST_SERIES: Final = 50_000
"""Series that one selector of a query may match."""


_INTERVALS: Final = 3
"""Intervals for which a reading counts."""
_TICK: Final = 15_000
"""Milliseconds between two samples of the daemon's own metrics."""


@dataclass(slots=True)
class Lasting:
    """For how many milliseconds a reading of each point counts; 0 of a point of which nobody knows."""

    ids: Ids = field(default_factory=lambda: np.empty(0, dtype=np.uint64))
    lasts: Whole = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @classmethod
    def of(cls, told: Sequence[tuple[float, str]]) -> Lasting:
        """Read seconds with the ids of all points of which they are true, eight bytes each in base 64."""
        ids = [np.frombuffer(base64.b64decode(text), dtype=np.uint64) for _, text in told]
        every = np.concatenate([np.empty(0, dtype=np.uint64), *ids])
        lasts = np.repeat([round(seconds * 1000) for seconds, _ in told], [len(one) for one in ids])
        order = np.argsort(every, kind="stable")
        return cls(every[order], lasts.astype(np.int64)[order])

    def of_points(self, points: Ids) -> Whole:
        """Return for how long a reading of each of these points counts."""
        if not len(self.ids):
            return np.zeros(len(points), dtype=np.int64)
        places = np.minimum(np.searchsorted(self.ids, points), len(self.ids) - 1)
        return np.where(self.ids[places] == points, self.lasts[places], 0)


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """What was read of one point: its labels, the words of its codes if it is a state, UTC ms and values."""

    labels: Labels
    words: Mapping[float, str] | None
    at: Whole
    values: Numbers


class World:
    """Everything that a daemon can be asked for. Fulfils ``dcim.promql.Source``."""

    def __init__(self, directory: Path, kept: int = KEPT) -> None:
        self.known = Known(directory / "points.jsonl")
        self._files = Files(directory, kept)
        self._own = OwnSeries()
        self._lasting = Lasting()
        self._told_names: frozenset[str] = frozenset()

    def tell(self, news: Mapping[str, Any]) -> None:
        """Take what the daemon says of its devices, of how long readings count, and of itself."""
        if "tick" in news:
            self._own.take(news["tick"])
        if "devices" in news:
            self.known.describe(news["devices"], news.get("hidden", ()))
        if "names" in news:
            self._told_names = frozenset(news["names"])
        if "lasting" in news:
            self._lasting = Lasting.of(news["lasting"])

    def series(self, matchers: Sequence[Any]) -> list[Labels]:
        """Return the labels of all series that match."""
        self.known.refresh()
        own = self._own.series()
        mine = np.flatnonzero(matching(matchers, own)).tolist() if own else []
        return [*self.known.choose(matchers).labels, *(own[row] for row in mine)]

    def select(self, wanted: Selection) -> Samples:
        """Return the series that match, with their samples in the time that is wanted, and ends as marks."""
        self.known.refresh()
        chosen = self.known.choose(wanted.matchers)
        _few(len(chosen.labels))
        return _together(
            self._read(chosen, wanted), self._own.select(wanted.matchers, wanted.first, wanted.last)
        )

    def names(self) -> frozenset[str]:
        """Return every name that a series has, had, or may have: those of the vocabulary among them."""
        own = (get(labels, NAME) for labels in self._own.series())
        return frozenset((*map(exported, METRICS), *self.known.names(), *own)) | self._told_names

    def weigh(self, matchers: Sequence[Matcher], first: int, last: int) -> tuple[int, int]:
        """Return how many series match, and about how many readings they have in [first, last] (UTC ms)."""
        self.known.refresh()
        chosen, own = self.known.choose(matchers), self._own.series()
        begin = self._files.begin()
        span = max(0, last - max(first, last if begin is None else begin))
        lasts = self._lasting.of_points(chosen.ids)
        apart = np.where(lasts > 0, np.clip(lasts // _INTERVALS, 1_000, EVERY), EVERY)
        mine = int(matching(matchers, own).sum()) if own else 0
        readings = int((span / apart + 1).sum()) + mine * (min(last - first, HOURS * 3_600_000) // _TICK + 1)
        return len(chosen.labels) + mine, readings

    def tracks(self, wanted: Selection) -> list[Track]:
        """Return what was read of the points that match, as it was read: nothing is carried on."""
        self.known.refresh()
        chosen = self.known.choose(wanted.matchers)
        points, first = np.unique(chosen.ids, return_index=True)
        _few(len(points))
        return self._tracks(chosen, points, first.tolist(), wanted)

    def grouped(self, wanted: Selection, readings: int, seen: set[int]) -> Iterator[list[Track]]:
        """Give the same of any number of points, some at a time: about so many readings.

        Points that were seen are left out, and those that are given are seen then.
        """
        self.known.refresh()
        chosen = self.known.choose(wanted.matchers)
        points, first = np.unique(chosen.ids, return_index=True)
        of_one = self._files.density(wanted.first, wanted.last) // max(1, len(self.known)) + 1
        at_once = max(1, readings // of_one)
        for low in range(0, len(points), at_once):
            part = points[low : low + at_once]
            new = np.array([point not in seen for point in part.tolist()], dtype=bool)
            seen.update(part.tolist())
            rows = first[low : low + at_once][new].tolist()
            yield [one for one in self._tracks(chosen, part[new], rows, wanted) if len(one.at)]

    def _tracks(self, chosen: Chosen, points: Ids, rows: Sequence[int], wanted: Selection) -> list[Track]:
        read = self._files.read(points, wanted.first, wanted.last)
        described = [self.known.track(chosen, row) for row in rows]
        return [
            Track(labels, words, *_in_order(pieces))
            for (labels, words), pieces in zip(described, read, strict=True)
        ]

    def _read(self, chosen: Chosen, wanted: Selection) -> Samples:
        if not len(chosen.vocabularies) and len(np.unique(chosen.ids)) == len(chosen.ids):
            read = self.samples(chosen.ids, wanted, self._lasting.of_points(chosen.ids))
            return Samples(chosen.labels, read.starts, read.at, read.values)
        points, back = np.unique(chosen.ids, return_inverse=True)
        read = self.samples(points, wanted, self._lasting.of_points(points))
        return _said(chosen, read, back.astype(np.int64))

    def samples(self, points: Ids, wanted: Selection, lasts: Whole) -> Samples:
        """Return the readings of points, each for as long as it counts."""
        long = lasts > LOOKBACK
        found: list[list[Piece]] = [[] for _ in points]
        for some, before in ((~long, LOOKBACK), (long, int(lasts.max(initial=0)))):
            rows = np.flatnonzero(some)
            if len(rows):
                needed = partial(_newest if wanted.newest else _near, wanted, before)
                read = self._files.read(points[rows], wanted.first - before, wanted.last, needed)
                for row, pieces in zip(rows.tolist(), read, strict=True):
                    found[row] = pieces
        read_now = Samples.of([((), *_in_order(pieces)) for pieces in found])
        read_now.values[np.isnan(read_now.values)] = STALE
        return carried(read_now, lasts, wanted.last)


def _few(series: int) -> None:
    if series > MOST_SERIES:
        msg = f"{series} series match, more than {MOST_SERIES}: say which ones are meant"
        raise Unanswerable(msg)


def _near(wanted: Selection, before: int, piece: Piece) -> Piece:
    """Return what ranges at sparse times look at, and what may still count when one begins."""
    at, value = piece
    if not wanted.every or wanted.window + before >= wanted.every or not len(at):
        return piece
    near = (wanted.last - at) % wanted.every <= wanted.window + before
    return at[near], value[near]


def _newest(wanted: Selection, before: int, piece: Piece) -> Piece:
    """Return the newest reading before each time: whether it counts then depends on no other one."""
    del before
    at, value = piece
    if not wanted.every or not len(at):
        return piece
    turn = (wanted.last - at) // wanted.every
    last = np.flatnonzero(np.diff(turn, append=turn[-1] - 1))
    return at[last], value[last]


def _in_order(pieces: Sequence[Piece]) -> Piece:
    """Return pieces as one, by time; of two readings of one time the later written."""
    if not pieces:
        return np.empty(0, dtype=np.int64), np.empty(0)
    at, value = (np.concatenate(column) for column in zip(*pieces, strict=True))
    if not (at[1:] > at[:-1]).all():
        order = np.argsort(at, kind="stable")
        at, value = at[order], value[order]
        kept = np.append(at[1:] != at[:-1], [True])
        at, value = at[kept], value[kept]
    return at, value


def _said(chosen: Chosen, read: Samples, rows: Whole) -> Samples:
    """Return what each series says: the readings of its point, or 1 while its word is the state of it."""
    lengths = np.diff(read.starts)[rows]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    places = _places(read.starts[rows], lengths)
    values = read.values[places]
    order = np.argsort(chosen.words, kind="stable")
    for number, known in chosen.vocabularies.items():
        low, high = np.searchsorted(chosen.words, (number, number + 1), sorter=order)
        mine = order[low:high]
        there = _places(starts[mine], lengths[mine])
        values[there] = _worded(values[there], np.repeat(chosen.codes[mine], lengths[mine]), known)
    return Samples(chosen.labels, starts, read.at[places], values)


def _places(starts: Whole, lengths: Whole) -> Whole:
    """Return the numbers of so many places from each of these on, one run behind the other."""
    before = np.cumsum(lengths) - lengths
    places: Whole = np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
    return places


def _worded(values: Numbers, codes: Numbers, known: Numbers) -> Numbers:
    """Return 1 where a state is that of its series and 0 where it is another of the known ones.

    One that nobody knows is as good as none: the series ends there, as it does at a gap.
    """
    return np.where(np.isin(values, known), (values == codes).astype(np.float64), STALE)


def _together(one: Samples, other: Samples) -> Samples:
    """Return the series of both; of two with the same labels the first."""
    if not len(other):
        return one
    taken = set(one.labels)
    rows = [row for row, labels in enumerate(other.labels) if labels not in taken]
    parts = [
        (other.labels[row], other.at[other.starts[row] : other.starts[row + 1]],
         other.values[other.starts[row] : other.starts[row + 1]])
        for row in rows
    ]  # fmt: skip
    added = Samples.of(parts)
    return Samples(
        [*one.labels, *added.labels],
        np.concatenate([one.starts, one.starts[-1] + added.starts[1:]]),
        np.concatenate([one.at, added.at]),
        np.concatenate([one.values, added.values]),
    )
