"""How long a batch counts as what is true now. Pure."""

from __future__ import annotations

from enum import StrEnum

from dcim.model import Batch, Lane
from dcim.poll.beat import Pace
from dcim.record import dataclass, field


class Quality(StrEnum):
    """Whether a batch still says what is true."""

    FRESH = "fresh"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Freshness:
    """A lane's batch counts for ``beats`` of its own intervals, and never less than ``least`` seconds.

    Three beats: one poll may be lost and the next one late without a value flickering. A batch from the
    future (the wall clock went back) is judged by the same distance: it is stale until the next answer.
    """

    pace: Pace = field(default_factory=Pace)
    beats: float = 3.0
    least: float = 15.0

    def lasts(self, lane: Lane, interval: float) -> float:
        """Return for how many seconds a batch of this lane counts on a device asked every ``interval``."""
        return max(self.least, self.beats * self.pace.lasts(lane, interval))

    def quality(self, batch: Batch, interval: float, now: float) -> Quality:
        """Judge a batch at ``now`` (UTC seconds) on a device asked every ``interval`` seconds."""
        fresh = abs(now - batch.at) <= self.lasts(batch.layout.lane, interval)
        return Quality.FRESH if fresh else Quality.STALE
