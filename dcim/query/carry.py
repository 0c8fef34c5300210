"""For how long a reading counts: as long as ``/metrics`` shows it, no longer and no shorter. Pure.

read     x        x        x                      what was read; a gap is the end of what was there before
carried  x  .  .  x  .  .  x  .  .  |             repeated where readings are rarer than scrapes would be,
                                                  and ended where a scrape would not find it any more
"""

from __future__ import annotations

from typing import Final

import numpy as np

from dcim.promql import STALE, Samples
from dcim.promql.source import Truth, Whole, is_stale

EVERY: Final = 60_000
"""Milliseconds after which a reading that still counts is said again."""
_NEAR: Final = 30_000
"""It is not said again so shortly before the next one."""
_NEVER: Final = 1 << 60


def carried(read: Samples, lasts: Whole, until: int) -> Samples:
    """Return readings as scrapes would have found them up to ``until`` (UTC ms).

    ``lasts``: for how many ms a reading of each series counts; 0 where nobody knows, and nothing is done.
    """
    if not len(read.at):
        return read
    limit = np.where(lasts > 0, np.minimum(lasts, EVERY + _NEAR), _NEVER)
    following = _following(read)
    far = np.flatnonzero(following - read.at > np.repeat(limit, np.diff(read.starts)))
    far = far[~is_stale(read.values[far])]
    lasting = lasts[np.searchsorted(read.starts, far, "right") - 1]
    last = read.at[far] + lasting
    ends = (following[far] > last) & (last < until)
    free = np.minimum(np.minimum(following[far] - _NEAR, last), until) - read.at[far]
    again = np.maximum(free, 0) // EVERY
    if not ends.any() and not again.any():
        return read
    return _written(read, far, again, last, ends)


def _following(read: Samples) -> Whole:
    """Return when the next reading of the same series came."""
    following = np.append(read.at[1:], _NEVER)
    following[read.starts[1:][np.diff(read.starts) > 0] - 1] = _NEVER
    return following


def _written(read: Samples, far: Whole, again: Whole, last: Whole, ends: Truth) -> Samples:
    """Write those that are far from the next as often as they are said, and their end behind them."""
    times = np.ones(len(read.at), dtype=np.int64)
    times[far] += again + ends
    behind = np.concatenate([[0], np.cumsum(times)]).astype(np.int64)
    at, values = np.repeat(read.at, times), np.repeat(read.values, times)
    copies = np.repeat(behind[far], times[far])
    turn = np.arange(len(copies)) - np.repeat(np.cumsum(times[far]) - times[far], times[far])
    at[copies + turn] += turn * EVERY
    marks = behind[far + 1][ends] - 1
    at[marks] = last[ends] + 1
    values[marks] = STALE
    return Samples(read.labels, behind[read.starts], at, values)
