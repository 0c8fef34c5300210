"""What points are called outside the house: the very series of ``/metrics``, by number.

    id ──▶ place of the point ──▶ first line, number of lines ──▶ series: name and labels
                                  (one; of a state one a word, each with the code for which it says 1)

One book serves all outputs. It only grows: what an output keeps for a number holds for ever.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence, Set
from math import nan
from threading import Lock
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dcim.catalogue import METRICS
from dcim.history import Described
from dcim.model import Asset, Point
from dcim.model import Labels as PointLabels
from dcim.model.reading import States
from dcim.outputs.exposition import device_values, exported, point_values
from dcim.record import dataclass

Numbers: TypeAlias = NDArray[np.int64]
Labels: TypeAlias = Mapping[str, str]
Describe: TypeAlias = Callable[[Sequence[int]], Sequence[Described | None]]

_NOBODY: Final = "_"
"""What the ids of the daemon's own assets begin with: shown where ``/metrics`` shows them."""


@dataclass(frozen=True, slots=True)
class Series:
    """One series as ``/metrics`` has it. ``labels`` hold no empty value."""

    name: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class Columns:
    """The book as arrays: of each point its first line and how many it has; of each line its code or NaN."""

    first: Numbers
    count: Numbers
    code: NDArray[np.float64]


class Book:
    """Knows points by their ids. Any thread may ask; ``assets`` are those that ``/metrics`` shows.

    A device that is gone from the configuration keeps its id as its only label: nothing else is known of it.
    """

    def __init__(self, assets: Mapping[str, Asset], describe: Describe) -> None:
        self._assets = assets
        self._describe = describe
        self._lock = Lock()
        self._points: list[Point] = []
        self._states: list[States | None] = []
        self._first = array("q")
        self._count = array("q")
        self._owner = array("q")  # of each line, the place of its point
        self._code = array("d")
        self._ids: NDArray[np.uint64] = np.empty(0, dtype=np.uint64)
        self._places: Numbers = np.empty(0, dtype=np.int64)
        self._columns: Columns | None = None
        self._shown: dict[tuple[str, str, PointLabels], int] = {}
        self._called: dict[PointLabels, PointLabels] = {}
        self._tried: set[tuple[int, float]] = set()
        self._lately: tuple[int, dict[str, str]] = (-1, {})

    def __len__(self) -> int:
        """Return the number of series."""
        return len(self._code)

    # points

    def places(self, ids: NDArray[np.uint64]) -> Numbers:
        """Return where points stand in this book; they are looked up in the history when they are new."""
        with self._lock:
            found = self._find(ids)
            if (found < 0).any():
                self._learn(np.unique(ids[found < 0]))
                found = self._find(ids)
            return found

    def point(self, place: int) -> Point:
        """Return a point by its place."""
        return self._points[place]

    def states(self, place: int) -> States | None:
        """Return the words of a point that carries states, else None."""
        return self._states[place]

    def columns(self) -> Columns:
        """Return what is known of all points and lines, as arrays."""
        with self._lock:
            if self._columns is None:
                self._columns = Columns(
                    np.array(self._first, dtype=np.int64),
                    np.array(self._count, dtype=np.int64),
                    np.array(self._code, dtype=np.float64),
                )
            return self._columns

    def look_again(self, unknown: Set[tuple[int, float]]) -> bool:
        """Read again what points are that said a number without a word; say whether any has new words.

        Each number of a point is looked up once: a device goes on saying what nobody has named.
        """
        with self._lock:
            fresh = unknown - self._tried
            self._tried.update(fresh)
            renewed = [self._renew(place) for place in sorted({place for place, _ in fresh})]
            return any(renewed)

    # series

    def series(self, line: int) -> Series:
        """Return a series by its number."""
        place = self._owner[line]
        point = self._points[place]
        labels = dict(self._labels(place))
        code, states = self._code[line], self._states[place]
        if code == code and states is not None:
            labels["state"] = _utf8(states[code].word)
        return Series(exported(point.metric), labels)

    def asset(self, line: int) -> str:
        """Return whose a series is."""
        return self._points[self._owner[line]].asset

    def labels(self, place: int) -> dict[str, str]:
        """Return the labels of a point, without that of its state."""
        return dict(self._labels(place))

    def _labels(self, place: int) -> Mapping[str, str]:
        """Return the labels of a point; those of the one before are at hand: its lines stand together."""
        lately = self._lately
        if lately[0] != place:
            lately = self._lately = place, self._made(place)
        return lately[1]

    def _made(self, place: int) -> dict[str, str]:
        point = self._points[place]
        asset = self._assets.get(point.asset)
        values = {"asset": point.asset} if asset is None else device_values(asset)
        both = {**values, **point_values(point.labels)}
        return {name: _utf8(value) for name, value in both.items() if value}

    def unit(self, place: int) -> str:
        """Return the base unit of a point; empty for counts, states and what is in no catalogue."""
        known = METRICS.get(self._points[place].metric)
        return known.unit if known else ""

    # inside; the lock is held

    def _find(self, ids: NDArray[np.uint64]) -> Numbers:
        if not len(self._ids):
            return np.full(len(ids), -1, dtype=np.int64)
        rows = np.minimum(np.searchsorted(self._ids, ids), len(self._ids) - 1)
        return np.where(self._ids[rows] == ids, self._places[rows], -1)

    def _learn(self, ids: NDArray[np.uint64]) -> None:
        """Take up points; one that nobody has described gets a place with no line."""
        start = len(self._points)
        for described in self._describe(ids.tolist()):
            self._points.append(described.point if described else Point("", ""))
            self._states.append(described.states if described else None)
            self._first.append(0)
            self._count.append(0)
            if described:
                self._write(len(self._points) - 1)
        both = np.concatenate([self._ids, ids])
        order = np.argsort(both, kind="stable")
        places = np.concatenate([self._places, np.arange(start, len(self._points))])
        self._ids, self._places = both[order], places[order]
        self._columns = None

    def _write(self, place: int) -> None:
        """Give a point its lines at the end of the book; none if another point has the very same series."""
        point = self._points[place]
        if point.asset.startswith(_NOBODY) and point.asset not in self._assets:
            return
        text = (point.asset, point.metric, self._outside(point.labels))
        if self._shown.setdefault(text, place) != place:
            return
        states = self._states[place]
        codes = [nan] if states is None else list(states)
        self._first[place], self._count[place] = len(self._code), len(codes)
        self._code.extend(codes)
        self._owner.extend([place] * len(codes))

    def _renew(self, place: int) -> bool:
        (described,) = self._describe([self._points[place].id])
        before = self._states[place]
        if described is None or before is None or described.states is None:
            return False
        if described.states.keys() <= before.keys():
            return False
        self._states[place] = {**before, **described.states}
        self._write(place)
        self._columns = None
        return True

    def _outside(self, labels: PointLabels) -> PointLabels:
        """Return labels as they are called outside: worked out once for all points that share them."""
        found = self._called.get(labels)
        if found is None:
            found = self._called[labels] = tuple(point_values(labels).items())
        return found


def _utf8(text: str) -> str:
    """Return a text that UTF-8 can carry: lone surrogates become ``?``, as in ``/metrics``."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
