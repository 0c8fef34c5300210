"""What an inlet lived through by the hour, where only the least and the most of each hour are kept. Pure.

Limits bound temperature, relative humidity and dew point, and dew point rises with both: air lies inside an
envelope for certain when the four airs do that are made of the hour's extremes. Air whose humidity was not
read is judged by its temperature alone, as everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from dcim.record import dataclass
from dcim.thermal.envelope import Envelope, Limits

_HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class Hour:
    """What is kept of an hour: for how long temperature was read (ms), between what; humidity likewise.

    When in the hour each was read is not kept.
    """

    ms: int
    celsius: tuple[float, float]
    humidity: tuple[float, float] | None
    humid_ms: int

    def stretches(self) -> Iterator[Stretch]:
        """Yield for how long both were read for certain, and the rest: humidity may not have been in it."""
        damp = self.humidity or ()
        both = max(0, self.ms + self.humid_ms - _HOUR) if damp else 0
        yield Stretch(both, tuple(product(self.celsius, damp)))
        yield Stretch(self.ms - both, tuple(product(self.celsius, (*damp, None))), dry=True)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of an hour (ms), and the extremes of the air that there can have been in it."""

    ms: int
    airs: tuple[tuple[float, float | None], ...]
    dry: bool = False  # whether humidity may not have been read in it

    def inside(self, limits: Limits) -> bool:
        """Whether none of it can have lain beyond."""
        return not any(limits.beyond(*air) for air in self.airs)

    def beyond(self, limits: Limits) -> bool:
        """Whether all of it lay beyond one edge: then it did for certain."""
        sides = {found[0] if (found := limits.beyond(*air)) else None for air in self.airs}
        return len(sides) == 1 and None not in sides


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
    dry: int  # humidity was perhaps not read: what is certain is so by temperature alone
    lowest: float | None
    highest: float | None


def bounded(hours: Iterable[Hour], envelope: Envelope) -> Bounded:
    """Return the account of hours."""
    each = list(hours)
    parts = [part for one in each for part in one.stretches() if part.ms]
    recommended = sum(one.ms for one in parts if one.inside(envelope.recommended))
    outside = sum(one.ms for one in parts if one.beyond(envelope.allowable))
    inside = sum(one.ms for one in parts if one.inside(envelope.allowable))
    known = sum(one.ms for one in each)
    return Bounded(
        known,
        recommended,
        outside,
        known - inside - outside,
        sum(one.ms for one in parts if one.dry),
        min((one.celsius[0] for one in each), default=None),
        max((one.celsius[1] for one in each), default=None),
    )
