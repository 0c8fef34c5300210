"""Shares as exact fractions, and how they print: cut off, never rounded up, never bare without cover."""

from __future__ import annotations

from fractions import Fraction
from typing import Final, TypeAlias

from dcim.record import dataclass

DIGITS: Final = 4
"""Decimals of a percentage: 0.0001 % of a year is 32 s."""

UNDEFINED: Final = "-"
"""What is printed where there is nothing to divide by."""

Share: TypeAlias = Fraction | None
"""A share of 1, exact; None: undefined."""


def share(part: int | Fraction, whole: int | Fraction) -> Share:
    """Return a share; None of nothing."""
    return Fraction(part) / Fraction(whole) if whole else None


def percent(value: Share, digits: int = DIGITS) -> str:
    """Return a share in per cent with so many decimals, those after them cut off: ``99.9999``, never ``100``.

    Cut towards minus infinity, so that no availability is ever flattered; ``100`` only if it is exactly that.
    """
    if value is None:
        return UNDEFINED
    units = value.numerator * 100 * 10**digits // value.denominator
    sign, units = ("-" if units < 0 else ""), abs(units)
    whole, rest = divmod(units, 10**digits)
    return f"{sign}{whole}.{rest:0{digits}}" if digits else f"{sign}{whole}"


@dataclass(frozen=True, slots=True)
class Bare:
    """An availability that may stand alone: enough of the period was seen."""

    value: Fraction
    coverage: Fraction

    def __str__(self) -> str:
        """Read as ``99.9950 %``."""
        return f"{percent(self.value)} %"


@dataclass(frozen=True, slots=True)
class Refused:
    """No bare percentage: less was seen than is needed for one. It has no value that could be printed."""

    coverage: Fraction
    threshold: Fraction

    def __str__(self) -> str:
        """Read as the reason."""
        return f"coverage {percent(self.coverage)} % < {percent(self.threshold)} %"


Statement: TypeAlias = Bare | Refused
"""What may be said in one figure: whoever prints it has to look which it is."""


def bare(value: Share, coverage: Fraction, threshold: Fraction) -> Statement:
    """Return an availability that may stand alone, or why none may."""
    if value is None or coverage < threshold:
        return Refused(coverage, threshold)
    return Bare(value, coverage)
