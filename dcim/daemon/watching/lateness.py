"""How late polls begin after their beat, counted in buckets."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from math import nan
from typing import Final

from dcim.poll import Polled

BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper ends of the buckets in seconds; one more holds what is later."""


class Lateness:
    """Counts the polls since the start. ``total``: seconds of all of them together."""

    def __init__(self) -> None:
        self.total = 0.0
        self._counts = [0] * (len(BOUNDS) + 1)

    def polled(self, polled: Polled) -> None:
        """Note how late a poll began."""
        self._counts[bisect_left(BOUNDS, polled.late)] += 1
        self.total += polled.late

    def up_to(self) -> Sequence[int]:
        """Return how many polls were at most as late as each bound; the last number is that of all."""
        return list(accumulate(self._counts))


def share_within(share: float, before: Sequence[int], after: Sequence[int]) -> float:
    """Return within how many seconds this share of the polls between two counts began; NaN without a poll.

    Straight between the bounds of a bucket; the last bound stands for all that came later.
    """
    polls = [now - then for then, now in zip(before, after, strict=True)]
    wanted, lower, counted = share * polls[-1], 0.0, 0
    if not polls[-1]:
        return nan
    for bound, up_to in zip(BOUNDS, polls, strict=False):
        if up_to >= wanted and up_to > counted:
            return lower + (bound - lower) * (wanted - counted) / (up_to - counted)
        lower, counted = bound, up_to
    return BOUNDS[-1]
