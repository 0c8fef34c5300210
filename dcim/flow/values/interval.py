"""What is known of a number: that it lies between two others. Pure.

Nothing here guesses: a number that nobody knows is ``UNKNOWN``, from 0 without end.
"""

from __future__ import annotations

from math import inf
from typing import Final, NamedTuple


class Interval(NamedTuple):
    """A number that is at least ``lo`` and at most ``hi``."""

    lo: float
    hi: float

    @property
    def exact(self) -> bool:
        """Whether the number itself is known."""
        return self.lo == self.hi

    @property
    def known(self) -> bool:
        """Whether it has an upper end."""
        return self.hi < inf

    def plus(self, other: Interval) -> Interval:
        """Return the sum."""
        return Interval(self.lo + other.lo, self.hi + other.hi)

    def times(self, other: Interval) -> Interval:
        """Return the product of two that are not negative; nothing times the unknown is nothing."""
        return Interval(_product(self.lo, other.lo), _product(self.hi, other.hi))

    def over(self, other: Interval) -> Interval:
        """Return the quotient of two that are not negative; by what may be 0 it has no upper end."""
        low = self.lo / other.hi if other.hi > 0 else inf if self.lo > 0 else 0.0
        high = self.hi / other.lo if other.lo > 0 else inf if self.hi > 0 else 0.0
        return Interval(low, high)

    def holds(self, value: float, slack: float = 0.0) -> bool:
        """Whether a value lies in it, or at most ``slack`` beside it."""
        return self.lo - slack <= value <= self.hi + slack


def _product(one: float, other: float) -> float:
    return 0.0 if one == 0 or other == 0 else one * other


NOTHING: Final = Interval(0.0, 0.0)
UNKNOWN: Final = Interval(0.0, inf)
WHOLE: Final = Interval(1.0, 1.0)
ANY: Final = Interval(0.0, 1.0)
"""Any part of something."""
FACTOR: Final = Interval(0.9, 1.0)
"""Power factor of IT equipment where nobody says another (``power_factor_low``, ``power_factor_high``)."""


def exactly(value: float) -> Interval:
    """Return the interval that holds one value."""
    return Interval(value, value)


def about(value: float, tolerance: float) -> Interval:
    """Return a measured value (not negative) with its relative tolerance."""
    return Interval(value * (1.0 - tolerance), value * (1.0 + tolerance))
