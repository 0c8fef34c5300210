"""Which series there are: every point that was ever read, under the names and labels of ``/metrics``.

points.jsonl ──▶ columns: id, metric, device, labels, words       a matcher looks once at each distinct
devices      ──▶ labels of each device                            value, however many points share it
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import nan
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from dcim.history.lines import parted, text, what_of, words_of
from dcim.model import Labels, canonical
from dcim.outputs.exposition import exported, point_values
from dcim.promql import NAME, Matcher
from dcim.promql.matching import hits, matching
from dcim.promql.source import Truth
from dcim.promql.vector import without
from dcim.query.vocabulary import Distinct, Vocabularies
from dcim.record import dataclass, field

_Numbers: TypeAlias = NDArray[np.int32]
_Arrays: TypeAlias = tuple[NDArray[np.uint64], _Numbers, _Numbers, _Numbers, _Numbers]

STATE: Final = "state"
_DEVICE: Final = frozenset({"asset", "kind", "site", "room", "rack", "feed", "tenant"})


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """Series that were asked for: the labels of each, its point, and the code for which a state says 1.

    ``words`` numbers the vocabulary of each series of a state, and is -1 where a series says the value of its
    point; ``vocabularies`` are the codes of the words that the point could say when it could say that one:
    while it says another of them, the series is 0.
    """

    labels: list[Labels]
    ids: NDArray[np.uint64]
    codes: NDArray[np.float64]
    words: NDArray[np.int64]
    vocabularies: Mapping[int, NDArray[np.float64]]


class _What(NamedTuple):
    """What points of many devices have in common: the numbers of their metric, labels and words.

    Of a state those are all vocabularies it ever had, as its lines in the dictionary give them.
    """

    metric: int
    labels: int
    words: int


@dataclass(slots=True)
class _Columns:
    ids: list[int] = field(default_factory=list)
    device: list[int] = field(default_factory=list)
    what: list[int] = field(default_factory=list)

    def put(self, row: int, point: int, device: int, what: int) -> None:
        """Write a row, which is one of those that are there or the next one."""
        if row < len(self.ids):
            self.ids[row], self.device[row], self.what[row] = point, device, what
            return
        self.ids.append(point)
        self.device.append(device)
        self.what.append(what)


class Known:
    """The points of one history. ``refresh`` reads what was added to their file since."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._columns = _Columns()
        self._row: dict[int, int] = {}
        self._metrics, self._devices, self._labels, self._whats = (Distinct() for _ in range(4))
        self._words = Vocabularies()
        self._read: dict[tuple[bytes, bytes], int] = {}
        self._of_device: Mapping[str, Mapping[str, str]] = {}
        self._hidden: frozenset[str] = frozenset()
        self._arrays: _Arrays | None = None
        self._made: dict[int, list[tuple[float, Labels]]] = {}

    def describe(self, devices: Mapping[str, Mapping[str, str]], hidden: Iterable[str] = ()) -> None:
        """Take the labels of each device, and which devices are not shown."""
        self._of_device = devices
        self._made.clear()
        self._hidden = frozenset(hidden)

    def refresh(self) -> None:
        """Read the lines that have come since the last time; ``history.lines`` says how they count."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                self._take(line)

    def _take(self, line: bytes) -> None:
        parts = parted(line)
        if parts is None:
            return
        try:
            device = self._devices.number(text(parts.asset))
            what = self._read.get((parts.what, parts.words))
            if what is None:
                what = self._read[parts.what, parts.words] = self._what(parts.what, parts.words)
        except (ValueError, KeyError, TypeError, AttributeError):
            return
        row = self._row.setdefault(parts.id, len(self._row))
        if row < len(self._columns.what):
            what = self._followed(self._columns.what[row], what)
        self._columns.put(row, parts.id, device, what)
        self._arrays = None
        self._made.pop(row, None)

    def _what(self, what: bytes, words: bytes) -> int:
        """Return the number of what a point is, under the names that its labels have outside."""
        metric, labels = what_of(what)
        states = words_of(words)
        said = None if states is None else tuple((code, str(one.word)) for code, one in states.items())
        return self._whats.number(
            _What(
                self._metrics.number(metric),
                self._labels.number(canonical(point_values(labels))),
                self._words.number(said),
            )
        )

    def _followed(self, before: int, now: int) -> int:
        """Return the number of what a point is now, which was something else before."""
        new: _What = self._whats.things[now]
        words = self._words.followed(self._whats.things[before].words, new.words)
        return now if words == new.words else self._whats.number(new._replace(words=words))

    def _held(self) -> _Arrays:
        """Return of each point its id, and the numbers of its metric, device, labels and words."""
        if self._arrays is None:
            columns = self._columns
            whats = np.array(self._whats.things, dtype=np.int32).reshape(-1, len(_What._fields))
            metric, labels, words = whats[np.array(columns.what, dtype=np.int32)].T
            device = np.array(columns.device, dtype=np.int32)
            self._arrays = np.array(columns.ids, dtype=np.uint64), metric, device, labels, words
        return self._arrays

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self._row)

    def names(self) -> list[str]:
        """Return the names of all series."""
        return [exported(metric) for metric in self._metrics.things]

    def choose(self, matchers: Sequence[Matcher]) -> Chosen:
        """Return the series that all matchers want. Raise BadQuery for a bad regular expression."""
        ids, metric, device, labels, words = self._held()
        wanted = self._shown()[device] if len(ids) else np.ones(0, dtype=bool)
        for one in matchers:
            if not wanted.any():
                break
            if one.label == NAME:
                wanted &= hits(one, self.names())[metric]
            elif one.label in _DEVICE:
                wanted &= hits(
                    one, [self._device(asset).get(one.label, "") for asset in self._devices.things]
                )[device]
            elif one.label != STATE:
                wanted &= hits(one, [dict(each).get(one.label, "") for each in self._labels.things])[labels]
        states = [one for one in matchers if one.label == STATE]
        return self._series(np.flatnonzero(wanted).tolist(), ids, words, states)

    def _shown(self) -> Truth:
        return np.array([asset not in self._hidden for asset in self._devices.things], dtype=bool)

    def _device(self, asset: str) -> Mapping[str, str]:
        """Return the labels of a device; of one that is configured no more, its id is all that is known."""
        return self._of_device.get(asset) or {"asset": asset}

    def _series(
        self,
        rows: Sequence[int],
        ids: NDArray[np.uint64],
        words: NDArray[np.int32],
        states: Sequence[Matcher],
    ) -> Chosen:
        """Return the series of points: one, or one for each word of a state; of equal ones the first."""
        made: dict[Labels, tuple[int, float]] = {}
        for row in rows:
            for code, labels in self._lines(row):
                made.setdefault(labels, (row, code))
        kept = matching(states, list(made)).tolist()
        shown = [series for series, keep in zip(made, kept, strict=True) if keep]
        places = np.array([made[series][0] for series in shown], dtype=np.int64)
        codes = np.array([made[series][1] for series in shown], dtype=np.float64)
        numbers = np.full(len(shown), -1, dtype=np.int64)
        together = {number: self._words.together(number) for number in set(words[places].tolist())}
        beside = Distinct()
        for place, number in enumerate(words[places].tolist()):
            if self._words.is_state(number):
                numbers[place] = beside.number(together[number][float(codes[place])])
        spoken = {number: np.array(known) for number, known in enumerate(beside.things)}
        return Chosen(shown, ids[places], codes, numbers, spoken)

    def track(self, chosen: Chosen, row: int) -> tuple[Labels, Mapping[float, str] | None]:
        """Return the labels of the point of a chosen series, and its words if it is a state."""
        labels, point = chosen.labels[row], int(chosen.ids[row])
        said = self._words.said(self._whats.things[self._columns.what[self._row[point]]].words)
        return (labels, None) if said is None else (without(labels, frozenset({STATE})), said)

    def _lines(self, row: int) -> list[tuple[float, Labels]]:
        """Return the series of a point, with the code for which each says 1."""
        found = self._made.get(row)
        if found is None:
            columns = self._columns
            asset = self._devices.things[columns.device[row]]
            base = {name: value for name, value in self._device(asset).items() if value}
            what = self._whats.things[columns.what[row]]
            said = self._words.said(what.words)
            base |= dict(self._labels.things[what.labels])
            base[NAME] = exported(self._metrics.things[what.metric])
            words = [(nan, "")] if said is None else said.items()
            found = self._made[row] = [
                (code, tuple(sorted((base | {STATE: word} if word else base).items())))
                for code, word in words
            ]
        return found
