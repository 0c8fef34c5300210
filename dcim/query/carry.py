"""For how long a reading counts: as long as ``/metrics`` shows it, no longer and no shorter. Pure.

read     x        x        x                      what was read; a gap is the end of what was there before
carried  x  .  .  x  .  .  x  .  .  |             repeated where readings are rarer than scrapes would be,
                                                  and ended where a scrape would not find it any more
"""

from __future__ import annotations

from typing import Final

import numpy as np

from dcim.promql import STALE, Samples
from dcim.promql.source import Numbers, Whole, is_stale

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
    number = np.repeat(np.arange(len(read)), np.diff(read.starts))
    following = _following(read)
    last = np.where(lasts > 0, lasts, _NEVER)[number] + read.at
    alive = ~is_stale(read.values)
    ends = alive & (following > last) & (last < until) & (lasts > 0)[number]
    free = np.minimum(np.minimum(following - _NEAR, last), until) - read.at
    again = np.where(alive & (lasts > 0)[number], np.maximum(free, 0) // EVERY, 0)
    if not ends.any() and not again.any():
        return read
    return _written(read, again.astype(np.int64), ends, last)


def _following(read: Samples) -> Whole:
    """Return when the next reading of the same series came."""
    following = np.full(len(read.at), _NEVER, dtype=np.int64)
    following[:-1] = read.at[1:]
    ends = read.starts[1:][np.diff(read.starts) > 0] - 1
    following[ends] = _NEVER
    return following


def _written(
    read: Samples, again: Whole, ends: np.ndarray[tuple[int], np.dtype[np.bool_]], last: Whole
) -> Samples:
    """Write each reading as often as it is said, and its end behind it."""
    times = 1 + again + ends
    behind = np.concatenate([[0], np.cumsum(times)]).astype(np.int64)
    source = np.repeat(np.arange(len(read.at)), times)
    turn = np.arange(len(source)) - behind[source]
    at = read.at[source] + turn * EVERY
    values: Numbers = read.values[source]
    marks = behind[1:][ends] - 1
    at[marks] = last[ends] + 1
    values[marks] = STALE
    return Samples(read.labels, behind[read.starts], at, values)
