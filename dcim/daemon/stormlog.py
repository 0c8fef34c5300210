"""What is logged of what changes: each of it, and in a storm how much more there was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import structlog

log = structlog.get_logger()

MOST: Final = 200
"""Lines that one kind of thing logs within ``SPAN``; what is on record has all of it."""

SPAN: Final = 10.0
"""Seconds for which lines are counted."""


class StormLog:
    """Logs at most ``most`` lines in ``SPAN`` seconds, then how many were left out, by their events.

    ``now`` tells monotonic seconds. ``what`` names the things in the line that counts those left out.
    """

    def __init__(self, what: str, now: Callable[[], float], most: int = MOST) -> None:
        self._what = what
        self._now = now
        self._most = most
        self._began = 0.0
        self._logged = 0
        self._left_out: Counter[str] = Counter()

    def info(self, event: str, **fields: Any) -> None:
        """Log what is as it should be."""
        if self._may(event):
            log.info(event, **fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Log what is not."""
        if self._may(event):
            log.warning(event, **fields)

    def tick(self) -> None:
        """Tell what was left out, once its time is over: call it now and then."""
        if self._left_out and self._now() - self._began >= SPAN:
            self._turn()

    def _may(self, event: str) -> bool:
        if self._now() - self._began >= SPAN:
            self._turn()
        if self._logged < self._most:
            self._logged += 1
            return True
        self._left_out[event] += 1
        return False

    def _turn(self) -> None:
        """Begin to count anew."""
        if self._left_out:
            more = sum(self._left_out.values())
            log.warning("lines left out", of=self._what, left_out=more, events=dict(self._left_out))
        self._began, self._logged = self._now(), 0
        self._left_out.clear()
