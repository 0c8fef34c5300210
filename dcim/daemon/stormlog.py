"""What is logged of what changes: each of it, and in a storm how much more there was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from logging import INFO, WARNING
from typing import Any, Final

import structlog

from dcim.alerts import Change, ChangeKind
from dcim.poll import Polled, Reach

log = structlog.get_logger()

MOST: Final = 200
"""Lines of one level that one kind of thing logs within ``SPAN``; what is on record has all of it."""

SPAN: Final = 10.0
"""Seconds for which lines are counted."""


class StormLog:
    """Logs at most ``most`` lines of a level in ``SPAN`` seconds, then how many more there were, by event.

    Each level has its own: lines of what comes back keep out none of what goes wrong. ``now`` tells monotonic
    seconds. ``what`` names the things in the line that counts those left out.
    """

    def __init__(self, what: str, now: Callable[[], float], most: int = MOST) -> None:
        self._what = what
        self._now = now
        self._most = most
        self._began = 0.0
        self._logged: Counter[int] = Counter()
        self._left_out: Counter[str] = Counter()

    def info(self, event: str, **fields: Any) -> None:
        """Log what is as it should be."""
        if self._may(event, INFO):
            log.info(event, **fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Log what is not."""
        if self._may(event, WARNING):
            log.warning(event, **fields)

    def tell(self, level: int, event: str, fields: Callable[[], dict[str, Any]]) -> None:
        """Log a line whose fields are made only where it is: in a storm most are left out."""
        if self._may(event, level):
            (log.warning if level == WARNING else log.info)(event, **fields())

    def tick(self) -> None:
        """Tell what was left out, once its time is over: call it now and then."""
        if self._left_out and self._now() - self._began >= SPAN:
            self._turn()

    def end(self) -> None:
        """Tell what was left out, before its time is over: nothing more is to come."""
        self._turn()

    def _may(self, event: str, level: int) -> bool:
        if self._now() - self._began >= SPAN:
            self._turn()
        if self._logged[level] < self._most:
            self._logged[level] += 1
            return True
        self._left_out[event] += 1
        return False

    def _turn(self) -> None:
        """Begin to count anew."""
        if self._left_out:
            more = sum(self._left_out.values())
            log.warning("lines left out", of=self._what, left_out=more, events=dict(self._left_out))
        self._began = self._now()
        self._logged.clear()
        self._left_out.clear()


def log_alert(lines: StormLog, change: Change) -> None:
    """Say a change of an alert to whoever reads the log; in a storm of them only how many more there were."""
    level = WARNING if change.kind is ChangeKind.RAISED else INFO
    lines.tell(level, f"alert {change.kind}", lambda: _line(change))


def log_reach(lines: StormLog, polled: Polled) -> None:
    """Say that a device answers again, or that it cannot be read."""
    device, now = polled.asset, polled.presence
    if now.reach is not Reach.ANSWERING:
        lines.warning(
            "the device cannot be read",
            device=device.id,
            address=str(device.address),
            reach=str(now.reach),
            why=now.why,
        )
    elif polled.before.reach is not Reach.UNKNOWN:
        lines.info("the device answers again", device=device.id, before=str(polled.before.reach))


def _line(change: Change) -> dict[str, str]:
    alert = change.alert
    return {
        "rule": alert.rule,
        "device": alert.asset,
        "severity": str(alert.severity),
        "point": str(alert.point),
        "why": change.why,
    }
