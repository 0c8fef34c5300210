"""What an inlet lived through by the hour, where only the least and the most of each hour are kept. Pure.

Limits bound temperature, relative humidity and dew point, and dew point rises with both: an hour lies inside
an envelope for certain when the four airs do that are made of its extremes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from dcim.thermal.envelope import Envelope, Limits


@dataclass(frozen=True, slots=True)
class Hour:
    """What is kept of an hour: for how long temperature was read (ms), between what; humidity likewise."""

    ms: int
    celsius: tuple[float, float]
    humidity: tuple[float, float] | None

    def inside(self, limits: Limits) -> bool:
        """Whether none of it can have lain beyond."""
        return not any(limits.beyond(*air) for air in self._corners())

    def beyond(self, limits: Limits) -> bool:
        """Whether all of it lay beyond one edge: then it did for certain."""
        sides = {found[0] if (found := limits.beyond(*air)) else None for air in self._corners()}
        return len(sides) == 1 and None not in sides

    def _corners(self) -> Iterable[tuple[float, float | None]]:
        return product(self.celsius, self.humidity or (None,))


@dataclass(frozen=True, slots=True)
class Bounded:
    """The account of one inlet from hours, in milliseconds of what was read.

    ``recommended``: inside that envelope for certain; ``outside``: beyond the allowable one for certain, and
    ``doubtful``: perhaps for a part of it.
    """

    known: int
    recommended: int
    outside: int
    doubtful: int
    dry: int  # humidity was not read: judged by temperature alone
    lowest: float | None
    highest: float | None


def bounded(hours: Iterable[Hour], envelope: Envelope) -> Bounded:
    """Return the account of hours."""
    each = list(hours)
    recommended = sum(one.ms for one in each if one.inside(envelope.recommended))
    outside = sum(one.ms for one in each if one.beyond(envelope.allowable))
    inside = sum(one.ms for one in each if one.inside(envelope.allowable))
    known = sum(one.ms for one in each)
    return Bounded(
        known,
        recommended,
        outside,
        known - inside - outside,
        sum(one.ms for one in each if one.humidity is None),
        min((one.celsius[0] for one in each), default=None),
        max((one.celsius[1] for one in each), default=None),
    )
