"""How many messages a channel bears. What is too much waits for one message that counts it; nothing is lost.

Never held back: the first message of a critical incident, and whatever follows a message that went out: who
was told that something is wrong is told that it is over.
"""

from __future__ import annotations

from dcim.model import Severity
from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``burst`` messages at once and ``burst`` more in every ``seconds``."""

    burst: int
    seconds: float


class Gate:
    """The gate of one channel. Times are monotonic seconds.

    ``held`` names the keys whose first message waits; what follows for them waits too.
    """

    def __init__(self, limit: Limit, now: float) -> None:
        self._limit = limit
        self._room = float(limit.burst)
        self._at = now
        self._held: dict[str, int] = {}

    @property
    def held(self) -> tuple[str, ...]:
        """Return the keys of what waits, the oldest first."""
        return tuple(self._held)

    def lets_pass(self, key: str, severity: Severity, now: float, *, first: bool) -> bool:
        """Return whether a message goes out now; one that does not is counted."""
        if not first:
            if key in self._held:
                self._held[key] += 1
                return False
            self._spend(now)
            return True
        if severity is Severity.CRITICAL or self._refill(now) >= 1.0:
            self._held.pop(key, None)
            self._spend(now)
            return True
        self._held[key] = self._held.get(key, 0) + 1
        return False

    def hold(self, key: str) -> None:
        """Take over a key whose first message waited before a restart."""
        self._held.setdefault(key, 1)

    def forget(self, key: str) -> None:
        """Drop what waits for something that is over: nobody was told that it began."""
        self._held.pop(key, None)

    def release(self, now: float) -> tuple[str, ...]:
        """Return the keys that one message may tell of together now, and count it; empty: wait on."""
        if not self._held or self._refill(now) < 1.0:
            return ()
        self._spend(now)
        released = self.held
        self._held.clear()
        return released

    def wake_at(self, now: float) -> float | None:
        """Return when what waits may go; None: nothing waits."""
        if not self._held:
            return None
        missing = max(0.0, 1.0 - self._refill(now))
        return now + missing * self._limit.seconds / self._limit.burst

    def _refill(self, now: float) -> float:
        gained = max(0.0, now - self._at) * self._limit.burst / self._limit.seconds
        self._room = min(float(self._limit.burst), self._room + gained)
        self._at = max(self._at, now)
        return self._room

    def _spend(self, now: float) -> None:
        self._room = max(-float(self._limit.burst), self._refill(now) - 1.0)
