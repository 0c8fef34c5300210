"""Which samples count at each step: the newest within the lookback, or all those of a range. Pure.

    series 0   x  x   x x  x        all series stand in one row; the time of a sample and the number of its
    series 1    x    x    x         series make one growing key, so one search finds the places for every
    steps        |    |    |        series and step at once

Ranges are closed at both ends, as in Prometheus 2 (3 leaves the left end out).
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np

from dcim.promql.source import Numbers, Samples, Truth, Whole, is_stale
from dcim.record import dataclass

_LONG: Final = 64
"""Samples of a series from which on each is searched for itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Samples, and for each series (row) and step (column) the places [low, high) that lie in its range.

    ``begins`` and ``ends`` are the bounds of the range at each step, UTC ms.
    """

    at: Whole
    values: Numbers
    low: Whole
    high: Whole
    begins: Whole
    ends: Whole

    @property
    def counts(self) -> Whole:
        """Return how many samples lie in each."""
        counted: Whole = self.high - self.low
        return counted

    @property
    def bounds(self) -> tuple[Whole, Truth]:
        """Return [low, high) of all windows that hold samples, as ``reduceat`` takes them, and which."""
        full = self.high > self.low
        pairs = np.empty(2 * int(full.sum()), dtype=np.int64)
        pairs[::2], pairs[1::2] = self.low[full], self.high[full]
        return pairs, full

    def reduce(self, how: np.ufunc, empty: float) -> Numbers:
        """Return what ``how`` makes of the values of each window, ``empty`` where it has none."""
        return self.folded(how, self.values, empty)

    def folded(self, how: np.ufunc, values: Numbers, empty: float) -> Numbers:
        """Do the same to other numbers that stand in the places of the values."""
        pairs, full = self.bounds
        found = np.full(full.shape, empty)
        if len(pairs):
            found[full] = how.reduceat(np.append(values, empty), pairs)[::2]
        return found


def _keys(samples: Samples, base: int, span: int) -> Whole:
    number = np.repeat(np.arange(len(samples), dtype=np.int64), np.diff(samples.starts))
    keys: Whole = number * span + (samples.at - base + 1)
    return keys


def places(samples: Samples, times: Whole, *, after: bool) -> Whole:
    """Return for each series and time how many samples stand before it, or ``after`` it: with it counted."""
    if not len(samples.at):
        return np.repeat(samples.starts[:-1, np.newaxis], len(times), axis=1)
    if len(samples.at) > _LONG * len(samples):
        return _one_by_one(samples, times, after=after)
    base = int(samples.at.min())
    span = int(samples.at.max()) - base + 3
    asked = np.clip(times - base + 1, 0, span - 1)
    wanted = np.arange(len(samples), dtype=np.int64)[:, np.newaxis] * span + asked
    keys = _keys(samples, base, span)
    found = np.searchsorted(keys, wanted.ravel(), side="right" if after else "left")
    return found.astype(np.int64).reshape(wanted.shape)


def _one_by_one(samples: Samples, times: Whole, *, after: bool) -> Whole:
    """Return the same series by series: long ones need no keys for it."""
    found = np.empty((len(samples), len(times)), dtype=np.int64)
    side: Literal["left", "right"] = "right" if after else "left"
    for row, (low, high) in enumerate(
        zip(samples.starts.tolist(), samples.starts[1:].tolist(), strict=False)
    ):
        found[row] = low + np.searchsorted(samples.at[low:high], times, side=side)
    return found


def windows(samples: Samples, times: Whole, range_: int) -> Windows:
    """Return the samples of the ``range_`` ms up to each time. Ends of series are no samples."""
    living = samples.living()
    low = places(living, times - range_, after=False)
    high = places(living, times, after=True)
    return Windows(living.at, living.values, low, high, times - range_, times)


def newest(samples: Samples, times: Whole, lookback: int) -> tuple[Numbers, Whole, Truth]:
    """Return the newest value at each time and when it was sampled (UTC ms), and where there is one."""
    shape = (len(samples), len(times))
    if not len(samples.at):
        return np.zeros(shape), np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    last = places(samples, times, after=True) - 1
    some = last >= samples.starts[:-1, np.newaxis]
    last = np.maximum(last, 0)
    at = samples.at[last]
    there = some & (at >= times - lookback) & ~is_stale(samples.values)[last]
    return np.where(there, samples.values[last], 0.0), at, there
