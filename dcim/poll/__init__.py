"""When to ask: beats, lanes, silence; plans are pure, and one loop carries them out.

beat.due ─▶ due lanes ─▶ Ask ─▶ collector.collect ─▶ Polled ─▶ the daemon
                ▲                                       │
                └────────── Presence: silent? ◀─────────┘
"""

from dcim.poll.beat import Beat, Pace
from dcim.poll.loop import Counts, Polled, Poller
from dcim.poll.presence import Presence, Reach
from dcim.poll.report import ReachReport, ReachReports

__all__ = ["Beat", "Counts", "Pace", "Polled", "Poller", "Presence", "Reach", "ReachReport", "ReachReports"]
