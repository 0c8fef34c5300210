"""An amount of energy that says how well it is known. Pure; whole joules and milliseconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from typing import Final

from dcim.record import dataclass
from dcim.standards import constant


class Doubt(StrEnum):
    """Why energy of a time is not known, or where it lies in that time is not."""

    UNREAD = "unread"  # before the first reading, or after the last
    GAP = "gap"  # an edge of the period lies where nobody read; the counter went on
    COARSE = "coarse"  # an edge of the period lies inside an hour of which only the ends are kept
    RESET = "reset"  # the counter fell
    JUMPED = "jumped"  # it rose faster than it can
    EXCHANGED = "exchanged"  # other hardware answers since
    UNWATCHED = "unwatched"  # power, where no counter is, was not read


class Method(StrEnum):
    """Where an amount comes from."""

    COUNTER = "counter"
    INTEGRATED = "integrated"
    MIXED = "mixed"
    DECLARED = "declared"  # somebody said so
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Amount:
    """Energy of a period: what was measured, and between what the truth lies.

    ``least``, ``best``, ``most`` in joules; ``known`` of ``period`` milliseconds are behind ``best``.
    ``doubts``: milliseconds by reason. Several amounts add up: their periods then count several times.
    """

    least: int = 0
    best: int = 0
    most: int = 0
    known: int = 0
    period: int = 0
    method: Method = Method.NONE
    doubts: tuple[tuple[Doubt, int], ...] = ()

    @property
    def coverage(self) -> Fraction:
        """Return the share of the time that is behind ``best``; 0 of no time."""
        return Fraction(self.known, self.period) if self.period else Fraction(0)

    @property
    def told(self) -> bool:
        """Whether enough was measured for ``best`` to be stated; else only the bounds are."""
        return self.known > 0 and self.coverage >= constant("coverage_least")

    @property
    def kilowatt_hours(self) -> Fraction:
        """Return what was measured in kWh."""
        return Fraction(self.best, JOULES_PER_KWH)


JOULES_PER_KWH: Final = 3_600_000
NOTHING: Final = Amount()


def total(amounts: Iterable[Amount]) -> Amount:
    """Return the sum of amounts: bounds, measured and known times added."""
    parts = list(amounts)
    doubts: Counter[Doubt] = Counter()
    for part in parts:
        doubts.update(dict(part.doubts))
    methods = {part.method for part in parts} - {Method.NONE}
    method = methods.pop() if len(methods) == 1 else Method.MIXED if methods else Method.NONE
    return Amount(
        sum(part.least for part in parts),
        sum(part.best for part in parts),
        sum(part.most for part in parts),
        sum(part.known for part in parts),
        sum(part.period for part in parts),
        method,
        tuple(sorted(doubts.items())),
    )
