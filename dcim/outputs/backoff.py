"""How long to wait before the same is tried again. Pure."""

from __future__ import annotations

from typing import Final

from dcim.record import dataclass

FIRST: Final = 1.0
LONGEST: Final = 60.0
_ASKED_MOST: Final = 900.0
"""Seconds that a far side may ask for: a day's Retry-After is a mistake of somebody."""


@dataclass(slots=True)
class Backoff:
    """Doubles with every failure in a row, up to a minute; the far side may ask for more."""

    failures: int = 0

    def failed(self, asked: float | None = None) -> float:
        """Count a failure; return the seconds to wait."""
        wait = min(LONGEST, FIRST * 2.0 ** min(self.failures, 10))
        self.failures += 1
        return max(wait, min(asked or 0.0, _ASKED_MOST))

    def worked(self) -> None:
        """Forget the failures."""
        self.failures = 0
