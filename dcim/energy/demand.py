"""Demand: the mean power of each 10 or 15 minutes, and what goes beyond what was committed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from dcim.energy.amount import Amount
from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Committed:
    """What a tenant has subscribed: watts, over intervals of so many minutes; ``clause``: where it stands."""

    tenant: str
    watts: int
    minutes: int = 10
    clause: str = ""

    @property
    def cuts(self) -> int:
        """Return how often an hour is cut so that no interval has an edge between cuts."""
        return 60 // self.minutes


@dataclass(frozen=True, slots=True)
class Interval:
    """One interval, ms UTC, and its mean power in watts: measured, at least, at most."""

    start: int
    end: int
    least: Fraction
    mean: Fraction
    most: Fraction
    whole: bool  # all of it was measured


@dataclass(frozen=True, slots=True)
class Overage:
    """How demand stood to what was committed.

    ``over``: the intervals above it for certain or as measured; ``joules``: beyond it, as measured;
    ``peak``: the highest that was measured whole; ``unknown``: intervals that were not measured whole.
    """

    committed: Committed
    intervals: int
    unknown: int
    peak: Interval | None
    over: tuple[Interval, ...]
    joules: int


def edges(begin: int, start: int, end: int, minutes: int) -> list[int]:
    """Return the edges of the intervals that lie whole in [start, end), counted from ``begin``. Ms UTC."""
    step = minutes * 60_000
    return list(range(start + (begin - start) % step, end + 1, step))


def demand(bounds: Sequence[int], amounts: Sequence[Amount]) -> list[Interval]:
    """Return the demand of each interval from its energy; amounts that were added up count as one."""
    found = []
    for start, end, amount in zip(bounds, bounds[1:], amounts, strict=False):
        span = end - start
        least, mean, most = (Fraction(1000 * one, span) for one in (amount.least, amount.best, amount.most))
        found.append(Interval(start, end, least, mean, most, amount.known == amount.period > 0))
    return found


def overage(committed: Committed, intervals: Sequence[Interval]) -> Overage:
    """Hold intervals against what was committed."""
    over = tuple(one for one in intervals if one.mean > committed.watts)
    whole = [one for one in intervals if one.whole]
    joules = sum(((one.mean - committed.watts) * (one.end - one.start) / 1000 for one in over), Fraction(0))
    return Overage(
        committed,
        len(intervals),
        len(intervals) - len(whole),
        max(whole, key=lambda one: (one.mean, -one.start), default=None),
        over,
        int(joules),
    )
