"""How an output is and what it has done. Pure, and light: the daemon shows it where there is none too."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from dcim.record import dataclass, field


class State(StrEnum):
    """How an output is, as a word of ``output_state``. The first that holds counts, worst first."""

    HALTED = "halted"  # access or address: people must mend it
    DROPPING = "dropping"  # the queue is at its bound: readings were left out lately
    FAILING = "failing"  # the far side is down, slow or busy
    REFUSING = "refusing"  # it took all but some lines lately, which are set aside
    WORKING = "working"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Tally:
    """What an output has done since the start. Readings, lines, bytes; times are UTC seconds."""

    state: State = State.UNTRIED
    why: str = ""  # what the far side said last when it did not take something
    readings: int = 0  # left the queue because the far side has them
    lines: int = 0  # taken by the far side
    refused: Mapping[str, int] = field(default_factory=dict)  # lines set aside, by reason
    dropped: int = 0  # readings beyond the bounds
    retries: int = 0
    blocks: int = 0
    oldest: float | None = None  # the oldest reading that waits
    lag: int = 0
    delivered_at: float | None = None
    failing_since: float | None = None
    refused_at: float | None = None
    dropped_at: float | None = None
    spent: float = 0.0  # seconds of processor time of its thread
