"""What comes of polls: each one's outcome, and the counts of all."""

from __future__ import annotations

from collections import Counter

from dcim.collect import Collected
from dcim.model import Asset, PollError
from dcim.poll.presence import Presence
from dcim.record import dataclass, field


@dataclass(slots=True, eq=False)
class Polled:
    """One poll, over; not to be changed. ``at`` is UTC seconds; ``late`` and ``duration`` are seconds.

    Not frozen: a frozen one takes five times as long to make, thousands of times a second.
    """

    asset: Asset
    at: float
    late: float
    duration: float
    before: Presence
    presence: Presence
    collected: Collected | None  # None: it failed, ``failure`` says how
    failure: PollError | None
    cheap: bool


@dataclass(slots=True)
class Counts:
    """What the loop counts, for its own metrics."""

    polls: int = 0
    overruns: int = 0  # the beat came while the last poll was still under way: skipped
    deferred: int = 0  # a cheap question that found no room in its window
    late_max: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)
