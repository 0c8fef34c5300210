"""When a limit will be reached at the pace of the past, and how sure that is. Pure.

The slope is that of Theil and Sen: the median of the slopes between all pairs of days, which a few odd days
do not move; its interval is the distribution-free one of Sen (1968) by the variance of Kendall's S. The level
is the median of what is left of each day once the slope is taken out; at either end of the slope its own
interval is that of a median, by the binomial distribution. Days that hang together (weeks) make both wider in
truth than they say; the report says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import floor, inf, sqrt
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
    """A level at the last day and its slope a day, with the ends of its 95 % interval.

    ``lowest``: the level at the last day at least, of a line with the ``least`` slope; ``highest``: at most,
    of one with the ``most``.
    """

    days: int
    last: float
    level: float
    slope: float
    least: float
    most: float
    lowest: float
    highest: float

    @property
    def rises(self) -> bool:
        """Whether it surely rises."""
        return self.least > 0.0

    def reached(self, limit: float) -> tuple[float, float, float]:
        """Return how many days after the last one a limit is reached: likely, at the earliest, at the latest.

        Without end where it is not reached at such a slope; 0 where it is passed already.
        """
        likely = _until(self.level, self.slope, limit)
        early, late = _until(self.highest, self.most, limit), _until(self.lowest, self.least, limit)
        return likely, min(early, likely), max(late, likely)


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
    spread = _Z * sqrt(count * (count - 1) * (2 * count + 5) / 18.0)
    low = max(0, round((len(slopes) - spread) / 2.0))
    high = min(len(slopes) - 1, round((len(slopes) + spread) / 2.0))
    least, most = slopes[low], slopes[high]
    level = median(_levels(values, slope))
    outer = max(0, floor((count - _Z * sqrt(count)) / 2.0))
    lowest, highest = _levels(values, least)[outer], _levels(values, most)[-1 - outer]
    return Trend(count, values[-1][0], level, slope, least, most, lowest, highest)


def _levels(values: Sequence[tuple[float, float]], slope: float) -> list[float]:
    """Return the level at the last day that each day says, the lowest first."""
    last = values[-1][0]
    return sorted(value - slope * (day - last) for day, value in values)
