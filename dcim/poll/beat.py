"""A device's beat: a stable phase from its id, an interval, and the lanes that are due on it. Pure.

    | . . . . | . . . . | . . . . | . . . . |    an interval, its moments: phases fall on these alone
      a   d     b         c e f               |  devices of one moment are asked together

Who is asked together costs less than who is asked alone: the loop wakes once for all of them, and finds its
code and data in the processor's caches. So an interval is parted into moments.
"""

from __future__ import annotations

from math import floor
from typing import Final
from zlib import crc32

from dcim.model import Lane
from dcim.record import dataclass, replace

_ALL = frozenset(Lane)
_FAST = frozenset({Lane.FAST})
_MINUTES = frozenset({Lane.FAST, Lane.SLOW})
_HOURS = frozenset({Lane.FAST, Lane.STATIC})
_SLACK = 1e-9
_LATE_AGAIN = 3

MOMENT: Final = 0.25
"""Seconds from one moment to the next; a little more or less where an interval is no whole number of them."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the lanes beyond the fast one are asked. Seconds.

    ``misses`` unanswered polls make a device silent: from then on it gets one cheap question a beat.
    ``share`` of the interval is the budget of one poll: a poll is over before its next beat (D3).
    """

    slow: float = 60.0
    static: float = 6 * 3600.0
    misses: int = 2
    share: float = 0.9

    def lasts(self, lane: Lane, interval: float) -> float:
        """Return the interval at which a lane of a device is really asked: a whole number of its beats."""
        if lane is Lane.FAST:
            return interval
        wanted = self.slow if lane is Lane.SLOW else self.static
        return (floor(max(0.0, wanted / interval - 0.5)) + 1) * interval


@dataclass(frozen=True, slots=True)
class Beat:
    """When a device is due. ``asked`` keeps when the slow and the static lane were last answered."""

    interval: float
    phase: float
    slow_asked: float | None = None
    static_asked: float | None = None
    late: int = 0  # polls in a row that brought a slower lane only in part

    @classmethod
    def of(cls, asset_id: str, interval: float) -> Beat:
        """Return the beat of a device: its phase spreads the load over moments and survives a restart."""
        moments = max(1, round(interval / MOMENT))
        return cls(interval, (crc32(asset_id.encode()) * moments >> 32) * interval / moments)

    def due(self, now: float) -> float:
        """Return the first beat later than ``now``; missed beats are skipped, not made up."""
        turns = floor((now - self.phase) / self.interval + _SLACK) + 1
        return self.phase + turns * self.interval

    def lanes(self, now: float, pace: Pace) -> frozenset[Lane]:
        """Return the lanes that are due on the beat at ``now``."""
        half = self.interval / 2
        slow = self.slow_asked is None or now - self.slow_asked > pace.slow - half
        static = self.static_asked is None or now - self.static_asked > pace.static - half
        if slow:
            return _ALL if static else _MINUTES
        return _HOURS if static else _FAST

    def answered(self, lanes: frozenset[Lane], now: float, late: frozenset[Lane] = frozenset()) -> Beat:
        """Return the beat after these lanes were answered at ``now``, ``late`` ones among them only in part.

        A late lane stays due on the next beat, a few times: then the device needs the rest (B2).
        """
        if lanes == _FAST and not self.late:
            return self
        if late - {Lane.FAST} and self.late < _LATE_AGAIN:
            return replace(self._asked(lanes - late, now), late=self.late + 1)
        return replace(self._asked(lanes, now), late=0)

    def _asked(self, lanes: frozenset[Lane], now: float) -> Beat:
        return replace(
            self,
            slow_asked=now if Lane.SLOW in lanes else self.slow_asked,
            static_asked=now if Lane.STATIC in lanes else self.static_asked,
        )

    def anew(self) -> Beat:
        """Return the beat of a device of which nothing is known any more: everything is due."""
        return replace(self, slow_asked=None, static_asked=None)
