"""The readings of an hour -> a row a point. Pure: arrays in, rows out, every number whole.

readings, sorted by point and time ──> beats, holds ──> time-weighted mean, min, max, last
                                   │                └─> means of the parts of an hour that is cut
                                   └─> runs of counters
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final, TypeAlias

from dcim.energy.places import METRICS_OF_ENERGY
from dcim.late import np
from dcim.record import dataclass
from dcim.rollup.block import HOUR, Row
from dcim.rollup.names import Names, limit_of, scale_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLOSE: Final = 300_000
"""Milliseconds: no value holds longer, no run steps over more, nothing is carried from further back."""
_LEAST_HOLD: Final = 15_000
_BEATS: Final = 3
_COARSEST: Final = 36_000_000
_LARGEST: Final = 2**53 - 1
_HALF: Final = 26  # bits: sums of products stay inside 64 bits

Ints: TypeAlias = "NDArray[np.int64]"
Bools: TypeAlias = "NDArray[np.bool_]"


@dataclass(frozen=True, slots=True)
class Readings:
    """Readings sorted by point and time, each time once. ``at`` in ms UTC, ``gap`` 0 where there is one."""

    point: NDArray[np.uint64]
    at: Ints
    value: NDArray[np.float64]
    gap: NDArray[np.uint8]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.at)

    def only(self, wanted: Bools) -> Readings:
        """Return some of them."""
        return Readings(self.point[wanted], self.at[wanted], self.value[wanted], self.gap[wanted])


def nothing() -> Readings:
    """Return no readings."""
    return Readings(
        np.empty(0, np.uint64), np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.uint8)
    )


@dataclass(frozen=True, slots=True)
class _Groups:
    """The readings of known points, and where each point's begin."""

    readings: Readings
    starts: Ints
    of: Ints  # the group of each reading
    names: Ints  # the row of each group in the dictionary

    def each(self, values: Ints) -> Ints:
        """Return a group's number for each of its readings."""
        return values[self.of]


@dataclass(frozen=True, slots=True)
class _Lasting:
    """From when until when the value of each reading counts in its hour; the same moment twice: never."""

    since: Ints
    until: Ints


def summarise(
    readings: Readings, names: Names, start: int, cuts: int = 1, finer: Ints | None = None
) -> Iterator[Row]:
    """Yield what the hour from ``start`` (ms UTC) said of every point read in it, in the order of ids.

    ``readings`` reach back ``CLOSE`` before the hour, so that a value may last into it. ``finer``: how often
    the hour is cut by point, in the order of ``names``, where that is not as often for all.
    """
    groups = _grouped(readings, names, start)
    if not len(groups.readings):
        return
    metrics = [names.metrics[row] for row in groups.names.tolist()]
    scales = np.array([scale_of(metric) for metric in metrics], dtype=np.int64)
    whole, good = _whole(groups, scales)
    inside = groups.readings.at >= start
    counters = np.array([metric.endswith("_total") for metric in metrics], dtype=np.bool_)
    limits = np.array(
        [limit_of(metric) if metric.endswith("_total") else 0 for metric in metrics], dtype=np.int64
    )
    lasting = _lasting(groups, good, start)
    held = _held(groups, whole, good, start, lasting)
    power = np.array([metric in METRICS_OF_ENERGY for metric in metrics], dtype=np.bool_) & ~counters
    cut = np.full(len(metrics), cuts, dtype=np.int64) if finer is None else finer[groups.names]
    parts: dict[int, tuple[tuple[int, int], ...]] = {}
    for each in set(cut[power].tolist()):
        parts |= _parts(groups, whole, power & (cut == each), lasting, start, each)
    runs = _runs(groups, whole, good & inside & counters[groups.of], limits, cut)
    n = np.add.reduceat((good & inside).astype(np.int64), groups.starts).tolist()
    gaps = np.add.reduceat((~good & inside).astype(np.int64), groups.starts).tolist()
    last = _last(groups, whole, good & inside)
    own = np.where(cut == cuts, 0, cut).tolist()
    for number, row in enumerate(groups.names.tolist()):
        place = (names.assets[row], metrics[number], names.labels[row], n[number], gaps[number])
        if counters[number]:
            yield Row(
                *place, 0, None, None, None, None, int(limits[number]), runs.get(number, ()), (), own[number]
            )
            continue
        ms, low, mean, high = held[number]
        if metrics[number].endswith("_state"):
            low = mean = high = None
        yield Row(*place, ms, low, mean, high, last[number], None, (), parts.get(number, ()), own[number])


def _grouped(readings: Readings, names: Names, start: int) -> _Groups:
    """Return the readings of the hour, and of each point that has any the one before them."""
    same = readings.point[1:] == readings.point[:-1]
    follows = np.zeros(len(readings), dtype=np.bool_)
    follows[:-1] = same & (readings.at[1:] >= start)
    inside = (readings.at >= start) & (readings.at < start + HOUR)
    carried = (readings.at < start) & (readings.at >= start - CLOSE) & follows
    kept = readings.only(inside | carried)
    kept = kept.only(names.places(kept.point) >= 0)
    first = np.ones(len(kept), dtype=np.bool_)
    first[1:] = kept.point[1:] != kept.point[:-1]
    starts = np.flatnonzero(first).astype(np.int64)
    return _Groups(kept, starts, np.cumsum(first) - 1, names.places(kept.point[starts]))


def _whole(groups: _Groups, scales: Ints) -> tuple[Ints, Bools]:
    """Return values as whole numbers, and which of them are any."""
    with np.errstate(over="ignore", invalid="ignore"):
        scaled = groups.readings.value * groups.each(scales)
        good = (groups.readings.gap == 0) & (np.abs(scaled) <= _LARGEST)  # a NaN is not
    return np.rint(np.where(good, scaled, 0.0)).astype(np.int64), good


def _lasting(groups: _Groups, good: Bools, start: int) -> _Lasting:
    at, end = groups.readings.at, start + HOUR
    following = np.full(len(at), end, dtype=np.int64)
    following[:-1] = np.where(groups.of[1:] == groups.of[:-1], at[1:], end)
    holds = groups.each(_holds(groups))
    since = np.maximum(at, start)
    until = np.minimum(np.minimum(following, at + holds), end)
    return _Lasting(since, np.where(good, np.maximum(until, since), since))


def _held(
    groups: _Groups, whole: Ints, good: Bools, start: int, lasting: _Lasting
) -> list[tuple[int, int | None, int | None, int | None]]:
    """Return of each group for how long there was a value, the least, the mean by time, and the most."""
    lasts = lasting.until - lasting.since
    counts = good & ((groups.readings.at >= start) | (lasts > 0))
    low = np.minimum.reduceat(np.where(counts, whole, _LARGEST + 1), groups.starts)
    high = np.maximum.reduceat(np.where(counts, whole, -_LARGEST - 1), groups.starts)
    means = _means(groups.starts, whole, lasts)
    return [
        (span, *((None, None, None) if least > _LARGEST else (least, mean, most)))
        for (span, mean), least, most in zip(means, low.tolist(), high.tolist(), strict=True)
    ]


def _means(starts: Ints, whole: Ints, lasts: Ints) -> list[tuple[int, int | None]]:
    """Return of the group that begins at each start how long its values lasted, and their mean by time."""
    ms = np.add.reduceat(lasts, starts)
    high_sum = np.add.reduceat((whole >> _HALF) * lasts, starts)
    low_sum = np.add.reduceat((whole & ((1 << _HALF) - 1)) * lasts, starts)
    return [
        (span, ((high << _HALF) + low) // span if span else None)
        for span, high, low in zip(ms.tolist(), high_sum.tolist(), low_sum.tolist(), strict=True)
    ]


def _parts(
    groups: _Groups, whole: Ints, wanted: Bools, lasting: _Lasting, start: int, cuts: int
) -> dict[int, tuple[tuple[int, int], ...]]:
    """Return how the parts of an hour that is cut were in the wanted groups; nothing of one that is not."""
    mine = wanted[groups.of]
    if cuts == 1 or not mine.any():
        return {}
    of, values, since, until = groups.of[mine], whole[mine], lasting.since[mine], lasting.until[mine]
    starts = np.flatnonzero(np.diff(of, prepend=-1)).astype(np.int64)
    edges = [start + part * HOUR // cuts for part in range(cuts + 1)]
    each = [
        _means(starts, values, np.maximum(np.minimum(until, end) - np.maximum(since, begin), 0))
        for begin, end in pairwise(edges)
    ]
    return {
        number: tuple((ms, mean or 0) for ms, mean in parts)
        for number, *parts in zip(of[starts].tolist(), *each, strict=True)
    }


def _holds(groups: _Groups) -> Ints:
    """Return for how long a value of each group lasts: three of its beats, within bounds."""
    at = groups.readings.at
    apart = np.zeros(len(at), dtype=np.int64)
    apart[1:] = np.where(groups.of[1:] == groups.of[:-1], at[1:] - at[:-1], 0)
    apart[apart > CLOSE] = 0
    beats = np.add.reduceat((apart > 0).astype(np.int64), groups.starts)
    spent = np.add.reduceat(apart, groups.starts)
    three = _BEATS * spent // np.maximum(beats, 1)
    return np.where(beats > 0, np.clip(three, _LEAST_HOLD, CLOSE), CLOSE)


def _last(groups: _Groups, whole: Ints, good: Bools) -> list[int | None]:
    places = np.maximum.reduceat(np.where(good, np.arange(len(whole)), -1), groups.starts)
    return [int(whole[place]) if place >= 0 else None for place in places.tolist()]


def _runs(
    groups: _Groups, whole: Ints, wanted: Bools, limits: Ints, cuts: Ints
) -> dict[int, tuple[tuple[int, int, int, int], ...]]:
    """Return the runs of each counter, by group."""
    at, value, of = groups.readings.at[wanted], whole[wanted], groups.of[wanted]
    if not len(at):
        return {}
    same = of[1:] == of[:-1]
    span, rise = at[1:] - at[:-1], value[1:] - value[:-1]
    finest = np.full(len(groups.names), _COARSEST, dtype=np.int64)
    steps = same & (rise > 0)
    np.minimum.at(finest, of[1:][steps], rise[steps])
    spread = np.minimum(span, CLOSE)
    fast = rise > (limits[of[1:]] * spread) // 1000 + finest[of[1:]]
    times = cuts[of[1:]]
    cut = at[1:] * times // HOUR != at[:-1] * times // HOUR
    begins = np.ones(len(at), dtype=np.bool_)
    begins[1:] = ~same | (span > CLOSE) | (rise < 0) | fast | cut
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(at)) - 1
    ends = (of[first], at[first], value[first], at[last], value[last])
    found: dict[int, list[tuple[int, int, int, int]]] = {}
    for group, since, least, until, most in zip(*(each.tolist() for each in ends), strict=True):
        found.setdefault(group, []).append((since, least, until, most))
    return {group: tuple(each) for group, each in found.items()}
