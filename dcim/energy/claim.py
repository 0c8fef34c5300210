"""A claim: what a report says of energy, as data that anybody can compute again from roll-up blocks. Pure.

Integers, texts, and exact fractions as ``"numerator/denominator"`` in lowest terms (None: not defined), as in
claims of availability. What each number means and how it follows: ``docs/energy.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, TypeAlias

from dcim.energy.amount import Amount, total
from dcim.energy.counter import Known
from dcim.energy.figures import Ratio
from dcim.model import Point

VERSION: Final = 1
Claim: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Used:
    """One point behind a sum: a counter, or power that was integrated, with what was known of it."""

    point: Point
    known: Known
    amounts: tuple[Amount, ...]


def point_claim(used: Used) -> Claim:
    """Return what one point gave in each period."""
    return {
        "asset": used.point.asset,
        "metric": used.point.metric,
        "labels": dict(used.point.labels),
        "method": str(used.amounts[0].method),
        "limit": used.known.limit,
        "cap": used.known.cap,
        "exchanges": list(used.known.exchanges),
        "amounts": [amount_claim(amount) for amount in used.amounts],
    }


def amount_claim(amount: Amount) -> Claim:
    """Return an amount: joules, and milliseconds as microseconds."""
    return {
        "least": amount.least,
        "best": amount.best,
        "most": amount.most,
        "known_us": amount.known * 1000,
        "period_us": amount.period * 1000,
        "doubts": {str(doubt): span * 1000 for doubt, span in amount.doubts},
    }


def sum_claim(name: str, scope: str, edges: Sequence[int], used: Iterable[Used]) -> Claim:
    """Return a sum of energy in the periods between ``edges`` (ms UTC), with every point that it is of."""
    points = list(used)
    parts = zip(*(one.amounts for one in points), strict=True) if points else [()] * (len(edges) - 1)
    return {
        "claim": "energy",
        "version": VERSION,
        "name": name,
        "scope": scope,
        "edges_us": [edge * 1000 for edge in edges],
        "points": [point_claim(one) for one in points],
        "sums": [amount_claim(total(part)) for part in parts],
    }


def ratio_claim(ratio: Ratio, upper: str, lower: str) -> Claim:
    """Return a figure with the names of the two sums that it is of."""
    return {
        "claim": "ratio",
        "version": VERSION,
        "name": ratio.name,
        "upper": upper,
        "lower": lower,
        "best": exact(ratio.best),
        "least": exact(ratio.least),
        "most": exact(ratio.most),
        "partial": list(ratio.partial),
    }


def exact(number: Fraction | None) -> str | None:
    """Return a fraction as a claim writes it."""
    return None if number is None else f"{number.numerator}/{number.denominator}"


def blocks_claim(blocks: Mapping[str, tuple[int, str]]) -> list[Claim]:
    """Return the versions and roots of the hours that were used, by hour."""
    return [
        {"hour": hour, "version": version, "root": root} for hour, (version, root) in sorted(blocks.items())
    ]
