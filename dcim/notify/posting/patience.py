"""When to try again, and when to stop. Pure."""

from __future__ import annotations

from typing import Final

from dcim.record import dataclass

_DOUBLINGS: Final = 20


@dataclass(frozen=True, slots=True)
class Patience:
    """How a channel's messages are retried. Times are seconds.

    A message is given up when it is older than ``lasts`` **and** was tried ``tries`` times, so that a clock
    that jumps ahead never costs one.
    """

    first: float = 2.0
    longest: float = 600.0
    asked_longest: float = 3600.0  # the most that a Retry-After can make us wait
    beyond_asked: float = 60.0  # the most that we wait by ourselves where the far side says when
    jitter: float = 0.25  # share of a wait that chance takes off
    lasts: float = 7 * 86400.0
    tries: int = 100

    def wait(self, attempts: int, asked: float | None, chance: float) -> float:
        """Return how long to wait after ``attempts`` failed ones; ``chance`` is in [0, 1).

        What the far side asked for is waited in full, up to ``asked_longest``; where it asks for less than we
        would wait by ourselves, we wait ``beyond_asked`` at most: it knows when it will take something.
        """
        longest = self.longest if asked is None else min(self.longest, self.beyond_asked)
        grown = min(longest, self.first * 2.0 ** min(max(attempts - 1, 0), _DOUBLINGS))
        return max(grown * (1.0 - self.jitter * chance), self.kept(asked))

    def kept(self, asked: float | None) -> float:
        """Return for how long what the far side asked for is kept in any case."""
        return min(asked or 0.0, self.asked_longest)

    def due(self, due: float, now: float) -> float:
        """Return when a message is due by a clock that may have been set back since it was told to wait."""
        return due if due - now <= max(self.longest, self.asked_longest) else now

    def is_over(self, created: float, attempts: int, now: float) -> bool:
        """Say whether a message is given up."""
        return now - created > self.lasts and attempts >= self.tries
