"""What a key figure may say of what was found: that there was none is good only where enough was seen.

Nothing seen: no figure. Less than a bare percentage asks for: what was found, in no colour that praises.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from dcim.reports.blocks import share
from dcim.reports.matter import Matter
from dcim.reports.model import Figure, Microseconds, Number, Ratio, Say, Tone, Value
from dcim.standards import constant


class Seen(NamedTuple):
    """How long of a time somebody could have seen what is told of it."""

    known: Microseconds
    whole: Microseconds

    @property
    def share(self) -> Fraction:
        """Return the share that was seen; 0 of a period that has not begun."""
        return Fraction(self.known, self.whole) if self.whole > 0 else Fraction(0)

    @property
    def enough(self) -> bool:
        """Whether so much was seen that a bare percentage may stand."""
        return self.share >= constant("coverage_least")


def watched(matter: Matter) -> Seen:
    """Return how long of the period so far the daemon watched."""
    whole = matter.until - matter.period.since
    return Seen(whole - sum(one.length for one in matter.dark()), whole)


def number(count: int, seen: Seen) -> Value:
    """Return how many there were; a dash where nobody could have seen one."""
    return Number(count) if count or seen.known > 0 else None


def counted(label: Say, count: int, seen: Seen, tone: Tone, hint: Say | None = None) -> Figure:
    """Return how many there were of what should not be. ``tone``: how good that is, if enough was seen."""
    if seen.enough or tone is Tone.BAD or (count and tone is Tone.WARNING):
        return Figure(label, Number(count), hint, tone)
    return Figure(label, number(count, seen), little(seen), Tone.UNKNOWN)


def little(seen: Seen) -> Say:
    """Say how little was seen, and how much would have been enough."""
    if seen.known <= 0:
        return Say("report.seen_nothing")
    return Say("report.seen_little", (share(seen.share, 2), share(constant("coverage_least"), 2)))


def bounded(label: Say, least: Ratio, most: Ratio, limit: float) -> Figure:
    """Return a share of which too little was seen: its bounds, and bad where the least is beyond a limit."""
    needed = share(constant("coverage_least"), 2)
    beyond = least.whole > 0 and least.part / least.whole > limit
    hint = Say("report.uptime.interval", (least, most, needed))
    return Figure(label, None, hint, Tone.BAD if beyond else Tone.UNKNOWN)
