"""How a channel is: what became of its messages, and since when it does not deliver."""

from __future__ import annotations

import structlog

from dcim.notify.channel import Silence
from dcim.record import dataclass

_log = structlog.get_logger("dcim.notify")


@dataclass(slots=True)
class Counts:
    """What became of a channel's messages since the start, and how it is now. Times are UTC seconds.

    ``delivered_at`` and ``tested_at`` (when a test message was delivered) are also of runs before this one.
    ``refused_at``: when the far side refused a message, None once it took one again.
    """

    channel: str = ""
    delivered: int = 0
    retried: int = 0
    refused: int = 0
    dropped: int = 0
    delivered_at: float | None = None
    failing_since: float | None = None
    why: str = ""
    tested_at: float | None = None
    refused_at: float | None = None
    silences: tuple[Silence, ...] = ()

    def delivered_one(self, now: float, note: str, *, test: bool) -> None:
        """Count a message that the far side took."""
        self.delivered += 1
        self.delivered_at, self.refused_at = now, None
        if test:
            self.tested_at = now
        self.works(note)

    def refused_one(self, now: float, why: str) -> None:
        """Count a message that the far side will never take."""
        self.refused += 1
        self.refused_at, self.why = now, why

    def works(self, note: str = "") -> None:
        """Note that the far side answers as it should, and what it says beside."""
        if self.failing_since is not None:
            _log.info("channel delivers again", channel=self.channel)
        elif note and note != self.why:
            _log.warning("channel delivers, but", channel=self.channel, note=note)
        self.failing_since, self.why = None, note

    def fails(self, now: float, why: str) -> None:
        """Note that it does not; told once for each reason."""
        if self.failing_since is None or why != self.why:
            _log.warning("channel does not deliver", channel=self.channel, why=why)
        if self.failing_since is None:
            self.failing_since = now
        self.why = why
