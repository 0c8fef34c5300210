"""Up to which share of its rating a part may be loaded for long, and who says so. Pure.

The part itself (`power: { warn: 60 % }`), else the site (`redundancy: { warn: 75 % }`), else the standard. Of
two feeds that carry the same load each may be loaded with half of that.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Final, NamedTuple

from dcim.standards import constant

_FINEST: Final = 100_000
"""Shares are declared as per cent with few decimals: the number that was meant, not its last bits."""


class By(StrEnum):
    """Who says the limit."""

    PART = "part"
    SITE = "site"
    STANDARD = "standard"


class LoadLimit(NamedTuple):
    """A share of a rating, and who says it."""

    share: Fraction
    by: By


def load_limit(part: str, declared: Mapping[str, float], *, twin: bool) -> LoadLimit:
    """Return the limit of a part; ``declared``: by part (empty: of the site) what the configuration says."""
    for name, by in ((part, By.PART), ("", By.SITE)):
        if name in declared:
            share = Fraction(declared[name]).limit_denominator(_FINEST)
            return LoadLimit(share / 2 if twin else share, by)
    return LoadLimit(constant("redundant_feed_share" if twin else "continuous_load_share"), By.STANDARD)
