"""When a battery is empty whose load changes while it lasts. Pure.

    what is left at a change  =  what was left before  -  the time between  /  how long a full one lasts
    empty  =  the change  +  what is left  x  how long a full one lasts from now on

All of them are intervals. The time of a change is in both lines; where it is known badly, the same is told
sharper by how far away the end was: ``the change + (the end as it was - the change) x the ratio of paces``.
Both hold.
"""

from __future__ import annotations

from math import inf

from dcim.flow.stages.endure import Lasting
from dcim.flow.values.interval import WHOLE, Interval
from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Spent:
    """A battery that gives power ``since`` (seconds after the loss), of which ``left`` was left then.

    ``lasting``: how long a full one lasts at the load since; ``ends``: when it is empty if that stays so.
    """

    since: Interval
    left: Interval
    lasting: Lasting
    ends: Interval

    def left_at(self, when: Interval) -> Interval:
        """Return which part of a full one is left at a time."""
        seconds = self.lasting.seconds
        least, most = max(0.0, when.lo - self.since.hi), max(0.0, when.hi - self.since.lo)
        used_low = least / seconds.hi if 0.0 < seconds.hi < inf and least < inf else 0.0
        used_high = 0.0 if seconds.lo == inf or not most else most / seconds.lo if seconds.lo else inf
        return Interval(max(0.0, self.left.lo - used_high), max(0.0, self.left.hi - used_low))

    def at_pace(self, when: Interval, lasting: Lasting) -> Spent:
        """Return the same with another load from a time on, which is not before it gives power."""
        when = Interval(max(when.lo, self.since.lo), max(when.hi, self.since.hi))
        begun = begin(when, self.left_at(when), lasting)
        old, new = self.lasting.pace, lasting.pace
        if not (old.lo > 0.0 and old.hi < inf and when.hi < inf and self.lasting.store == lasting.store):
            return begun
        low = min(one + max(0.0, self.ends.lo - one) * new.lo / old.hi for one in when)
        high = max(_then(one, max(0.0, self.ends.hi - one), new.hi / old.lo) for one in when)
        ends = Interval(max(begun.ends.lo, low), min(begun.ends.hi, high))
        return Spent(when, begun.left, lasting, Interval(min(ends), max(ends)))


def begin(when: Interval, left: Interval, lasting: Lasting) -> Spent:
    """Return a battery that gives power from a time on."""
    rest = left.times(lasting.seconds)
    return Spent(when, left, lasting, when.plus(rest))


def full(when: Interval, lasting: Lasting) -> Spent:
    """Return a full battery that gives power from a time on."""
    return begin(when, WHOLE, lasting)


def _then(one: float, rest: float, ratio: float) -> float:
    return one + rest * ratio if rest and ratio else one
