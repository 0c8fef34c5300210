"""Whether a device answers, and for how long that has been so. Pure."""

from __future__ import annotations

from enum import StrEnum

from dcim.model import BadAnswer, NoAnswer, PollError, Refused
from dcim.record import dataclass


class Reach(StrEnum):
    """What the newest poll says of a device's agent. It says nothing about the power behind it."""

    ANSWERING = "answering"
    SILENT = "silent"
    REFUSED = "refused"
    NONSENSE = "nonsense"
    UNKNOWN = "unknown"


def reach_of(failure: PollError | None) -> Reach:
    """Name the outcome of a poll."""
    match failure:
        case None:
            return Reach.ANSWERING
        case NoAnswer():
            return Reach.SILENT
        case Refused():
            return Reach.REFUSED
        case BadAnswer():
            return Reach.NONSENSE
        case _:
            return Reach.UNKNOWN


@dataclass(frozen=True, slots=True)
class Presence:
    """A device's reach, since when (UTC seconds), how many polls went unanswered since it last answered, why.

    A refusal or nonsense in between takes back no miss: what answers every other time is not there.
    """

    reach: Reach = Reach.UNKNOWN
    since: float = 0.0
    misses: int = 0
    why: str = ""

    def after(self, failure: PollError | None, at: float) -> Presence:
        """Return the presence after a poll that ended at ``at``."""
        if failure is None and self.reach is Reach.ANSWERING and not self.misses:
            return self
        reach = reach_of(failure)
        misses = 0 if reach is Reach.ANSWERING else self.misses + (reach is Reach.SILENT)
        since = self.since if reach is self.reach else at
        return Presence(reach, since, misses, str(failure or ""))
