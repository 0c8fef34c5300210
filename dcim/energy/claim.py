"""A claim: what a report says of energy, as data that anybody can compute again from roll-up blocks. Pure.

Integers, texts, and exact fractions as ``"numerator/denominator"`` in lowest terms (None: not defined), as in
claims of availability. What each number means and how it follows: ``docs/energy.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, TypeAlias

from dcim.energy.amount import Amount, total
from dcim.energy.boundary import Boundary
from dcim.energy.counter import Known
from dcim.energy.demand import Interval, Overage
from dcim.energy.figures import Input, Ratio
from dcim.model import Point
from dcim.record import dataclass

VERSION: Final = 2
"""1 had no ratios but PUE, and of declarations only what followed from them, which nobody could compute."""
Claim: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Used:
    """One point behind a sum: a counter, or power that was integrated, with what was known of it."""

    point: Point
    known: Known
    amounts: tuple[Amount, ...]


def point_claim(used: Used) -> Claim:
    """Return what one point gave in each period."""
    return {**source_claim(used), "amounts": [amount_claim(amount) for amount in used.amounts]}


def source_claim(used: Used) -> Claim:
    """Return which point it is, and what was known of it."""
    return {
        "asset": used.point.asset,
        "metric": used.point.metric,
        "labels": dict(used.point.labels),
        "method": str(used.amounts[0].method),
        "limit": used.known.limit,
        "cap": used.known.cap,
        "exchanges": list(used.known.exchanges),
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


def sum_claim(
    name: str,
    scope: str,
    edges: Sequence[int],
    used: Iterable[Used],
    without: Iterable[str] = (),
    boundary: Boundary | None = None,
) -> Claim:
    """Return a sum of energy in the periods between ``edges`` (ms UTC), with every point that it is of.

    ``without``: parts of it that nothing measures; ``boundary``: at which parts a whole is measured, what
    goes past them and what is measured twice.
    """
    points = list(used)
    parts = zip(*(one.amounts for one in points), strict=True) if points else [()] * (len(edges) - 1)
    found = {
        "claim": "energy",
        "version": VERSION,
        "name": name,
        "scope": scope,
        "edges_us": [edge * 1000 for edge in edges],
        "points": [point_claim(one) for one in points],
        "sums": [amount_claim(total(part)) for part in parts],
        "without": list(without),
    }
    if boundary is not None:
        found["boundary"] = {
            "nodes": list(boundary.nodes),
            "outside": list(boundary.outside),
            "twice": list(boundary.twice),
        }
    return found


def parts_claim(rows: Iterable[tuple[str, Iterable[Used], Iterable[str]]]) -> Claim:
    """Return the energy of parts over one period: every point once, and of each part of which it is the sum.

    ``rows``: ``tenant/NAME``, ``rack/NAME`` or ``feed/NAME``, its points, and supplies that nothing measures.
    """
    numbers: dict[Point, int] = {}
    points: list[Claim] = []
    found = []
    for name, used, without in rows:
        mine = list(used)
        for one in mine:
            if one.point not in numbers:
                numbers[one.point] = len(points)
                points.append(point_claim(one))
        found.append(
            {
                "of": name,
                "points": [numbers[one.point] for one in mine],
                "without": list(without),
                "sum": amount_claim(total(amount for one in mine for amount in one.amounts)),
            }
        )
    return {"points": points, "rows": found}


def bands_claim(tariff: Claim, clock: Iterable[tuple[int, int]], by_band: Mapping[str, Amount]) -> Claim:
    """Return the energy of the first sum in each band of a tariff, by its terms (``stated.tariff``).

    ``clock``: since when (ms UTC) the tariff's clock stood how many seconds off UTC.
    """
    return {
        "tariff": tariff,
        "clock": [list(one) for one in clock],
        "rows": [{"band": name, "sum": amount_claim(amount)} for name, amount in by_band.items()],
    }


def demand_claim(
    stood: Overage,
    edges: tuple[int, int],
    used: Iterable[Used],
    without: Iterable[str],
    unproven: Iterable[int],
) -> Claim:
    """Return how demand stood to what a tenant has subscribed, from the first to the last edge (ms UTC).

    ``without``: supplies that nothing measures; ``unproven``: hours (ms UTC) that no block
    cut at the intervals stands behind.
    """
    told = stood.committed
    return {
        "claim": "demand",
        "version": VERSION,
        "tenant": told.tenant,
        "watts": told.watts,
        "minutes": told.minutes,
        "clause": told.clause,
        "edges_ms": list(edges),
        "points": [source_claim(one) for one in used],
        "without": list(without),
        "unproven_ms": list(unproven),
        "intervals": stood.intervals,
        "not_measured_whole": stood.unknown,
        "peak": None if stood.peak is None else _interval(stood.peak),
        "over": [_interval(one) for one in stood.over],
        "joules": stood.joules,
    }


def _interval(one: Interval) -> Claim:
    return {"start_ms": one.start, "watts": exact(one.mean)}


def ratio_claim(ratio: Ratio, upper: str, lower: str, inputs: Iterable[Input] = ()) -> Claim:
    """Return a figure with the names of what it is of, and what was declared for it."""
    return {
        "claim": "ratio",
        "version": VERSION,
        "name": ratio.name,
        "upper": upper,
        "lower": lower,
        "inputs": [
            {"what": str(one.quantity), "value": exact(one.value), "days": one.days, "of": one.of}
            for one in inputs
        ],
        "best": exact(ratio.best),
        "least": exact(ratio.least),
        "most": exact(ratio.most),
        "coverage": exact(ratio.coverage),
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
