"""What the samples of a range say, each for itself or with the time between them. Pure.

``rate``, ``increase`` and ``delta`` follow Prometheus' extrapolation: the line through the first and the last
sample goes on to the ends of the range where those are less than 1.1 mean distances away, else half a
distance; a counter never below zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from dcim.promql.source import Numbers, Truth, Whole
from dcim.promql.windows import Windows

_NEAR: Final = 1.1
"""Mean distances between samples up to which the end of a range is near."""

Said = tuple[Numbers, Truth]


def _last(found: Windows) -> Numbers:
    values: Numbers = np.append(found.values, 0.0)[np.maximum(found.high - 1, 0)]
    return values


def _first(found: Windows) -> Numbers:
    values: Numbers = np.append(found.values, 0.0)[found.low]
    return values


def _counted(found: Windows, flags: Truth) -> Numbers:
    """Return how many of the steps between two samples of each window are flagged."""
    before = np.concatenate([[0], np.cumsum(flags)]).astype(np.int64)
    last, first = np.maximum(found.high - 1, 0), found.low
    counted: Numbers = np.where(found.high > first, before[last] - before[np.minimum(first, last)], 0)
    return counted.astype(np.float64)


def _changes(found: Windows) -> Numbers:
    now, then = found.values[1:], found.values[:-1]
    return _counted(found, (now != then) & ~(np.isnan(now) & np.isnan(then)))


def _resets(found: Windows) -> Numbers:
    return _counted(found, found.values[1:] < found.values[:-1])


def _mean(found: Windows) -> Numbers:
    return found.reduce(np.add, 0.0) / np.maximum(found.counts, 1)


_OVER_TIME: Final[Mapping[str, Callable[[Windows], Numbers]]] = {
    "avg_over_time": _mean,
    "changes": _changes,
    "count_over_time": lambda found: found.counts.astype(np.float64),
    "last_over_time": _last,
    "max_over_time": lambda found: found.reduce(np.fmax, np.nan),
    "min_over_time": lambda found: found.reduce(np.fmin, np.nan),
    "present_over_time": lambda found: np.ones(found.low.shape),
    "resets": _resets,
    "sum_over_time": lambda found: found.reduce(np.add, 0.0),
}


def over_time(function: str, found: Windows) -> Said:
    """Return what a function of a range says of each window; it says nothing of an empty one."""
    return _OVER_TIME[function](found), found.counts > 0


def rate(function: str, found: Windows) -> Said:
    """Return what ``rate``, ``increase``, ``delta``, ``irate`` or ``idelta`` says of each window."""
    if function in ("irate", "idelta"):
        return _instant(function, found)
    counter = function != "delta"
    difference = _last(found) - _first(found)
    if counter:
        difference = difference + _lost(found)
    there = found.counts > 1
    factor = np.ones(there.shape)
    factor[there] = _extrapolated(found, difference, there, counter=counter)
    if function == "rate":
        factor /= (found.ends - found.begins) / 1000.0
    return difference * factor, there


def _lost(found: Windows) -> Numbers:
    """Return what the counter of each window had counted when it was set back, over all times that it was.

    A step from one series to the next is never inside a window: it counts for none.
    """
    back = np.flatnonzero(found.values[1:] < found.values[:-1]) + 1
    if not len(back):
        return np.zeros(found.low.shape)
    low = np.searchsorted(back, found.low, "right").astype(np.int64)
    high = np.searchsorted(back, found.high - 1, "right").astype(np.int64)
    lost = Windows(
        found.at[back], found.values[back - 1], low, np.maximum(low, high), found.begins, found.ends
    )
    return lost.reduce(np.add, 0.0)


def _extrapolated(found: Windows, difference: Numbers, there: Truth, *, counter: bool) -> Numbers:
    """Return by how much the difference between the first and the last sample grows to the whole range."""
    first_at, last_at = found.at[found.low[there]], found.at[found.high[there] - 1]
    begins = np.broadcast_to(found.begins, there.shape)[there]
    ends = np.broadcast_to(found.ends, there.shape)[there]
    sampled = (last_at - first_at) / 1000.0
    distance = sampled / (found.counts[there] - 1)
    to_begin, to_end = (first_at - begins) / 1000.0, (ends - last_at) / 1000.0
    if counter:
        to_begin = _above_zero(to_begin, sampled, found.values[found.low[there]], difference[there])
    near = distance * _NEAR
    whole = sampled + np.where(to_begin < near, to_begin, distance / 2)
    whole = whole + np.where(to_end < near, to_end, distance / 2)
    factor: Numbers = whole / sampled
    return factor


def _above_zero(to_begin: Numbers, sampled: Numbers, first: Numbers, difference: Numbers) -> Numbers:
    """Return how far back a counter can have grown: not beyond the moment at which it was zero."""
    grows = (difference > 0) & (first >= 0)
    share = np.divide(first, difference, out=np.full(len(first), np.inf), where=grows)
    zero = sampled * share  # in this order, as Prometheus has it: the last bit may decide what is near
    least: Numbers = np.minimum(to_begin, zero)
    return least


def _instant(function: str, found: Windows) -> Said:
    """Return what the last two samples of each window say."""
    there = found.counts > 1
    values, last = np.append(found.values, 0.0), np.maximum(found.high - 1, 1)
    now, then = values[last], values[last - 1]
    if function == "idelta":
        return now - then, there
    risen = np.where(now < then, now, now - then)
    padded: Whole = np.append(found.at, 0)
    seconds = (padded[last] - padded[last - 1]) / 1000.0
    return np.asarray(np.divide(risen, seconds, out=np.zeros(there.shape), where=there)), there
