"""When a limit will be reached at the pace of the past, and how sure that is. Pure.

The slope is that of Theil and Sen: the median of the slopes between all pairs of days, which a few odd days
do not move; its interval is the distribution-free one of Sen (1968) by the variance of Kendall's S. Days that
hang together (weeks) make it wider in truth than it says; the report says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import inf, sqrt
from statistics import median
from typing import Final

from dcim.record import dataclass

LEAST: Final = 14
"""Days with a value that a trend needs: two weeks, so that no single week-end makes it."""
FAR: Final = 3650.0
"""Days beyond which nobody is told a day: ten years."""
_Z: Final = 1.959964
"""Of the normal distribution, for 95 %."""


@dataclass(frozen=True, slots=True)
class Trend:
    """A level at the last day and its slope a day, each with the ends of its 95 % interval."""

    days: int
    last: float
    level: float
    slope: float
    least: float
    most: float

    @property
    def rises(self) -> bool:
        """Whether it surely rises."""
        return self.least > 0.0

    def reached(self, limit: float) -> tuple[float, float, float]:
        """Return how many days after the last one a limit is reached: likely, at the earliest, at the latest.

        Without end where it is not reached at such a slope; 0 where it is passed already.
        """
        likely, early, late = (
            _until(self.level, slope, limit) for slope in (self.slope, self.most, self.least)
        )
        return likely, early, late


def _until(level: float, slope: float, limit: float) -> float:
    if level >= limit:
        return 0.0
    days = (limit - level) / slope if slope > 0.0 else inf
    return days if days <= FAR else inf


def trend(values: Sequence[tuple[float, float]]) -> Trend | None:
    """Return the trend of (day, value) in order of days; None where there are too few of them."""
    count = len(values)
    if count < LEAST:
        return None
    slopes = sorted(
        (after - before) / (late - early)
        for (early, before), (late, after) in combinations(values, 2)
        if late > early
    )
    slope = median(slopes)
    last = values[-1][0]
    level = median(value - slope * (day - last) for day, value in values)
    spread = _Z * sqrt(count * (count - 1) * (2 * count + 5) / 18.0)
    low = max(0, round((len(slopes) - spread) / 2.0))
    high = min(len(slopes) - 1, round((len(slopes) + spread) / 2.0))
    return Trend(count, last, level, slope, slopes[low], slopes[high])
