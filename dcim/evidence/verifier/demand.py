"""Demand of a tenant against what it has subscribed, computed again interval by interval."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Dict, List

MINUTES = (5, 10, 15, 30, 60)
MOST_INTERVALS = 2_000_000  # nineteen years of five minutes


def edges_of(claim: Any) -> List[int]:
    """Return the edges of a claim's intervals, ms UTC. Raises ``ValueError`` where they are none."""
    (first, last), minutes = claim["edges_ms"], claim["minutes"]
    if type(first) is not int or type(last) is not int or minutes not in MINUTES:
        raise ValueError("edges")
    step = minutes * 60_000
    if (last - first) % step or not 0 < (last - first) // step <= MOST_INTERVALS:
        raise ValueError("edges")
    return list(range(first, last + 1, step))


def demanded(points: List[List[List[int]]], edges: List[int], watts: int) -> Dict[str, Any]:
    """Return what a claim says of demand: ``points`` have least, best, most and known of each interval."""
    over: List[Dict[str, Any]] = []
    whole: List[Fraction] = []
    starts: List[int] = []
    beyond = 0
    span = edges[1] - edges[0]
    for number, start in enumerate(edges[:-1]):
        joules = sum(amounts[number][1] for amounts in points)
        mean = Fraction(1000 * joules, span)
        if points and sum(amounts[number][3] for amounts in points) == len(points) * span * 1000:
            whole.append(mean)
            starts.append(start)
        if mean > watts:
            over.append({"start_ms": start, "watts": _fraction(mean)})
            beyond += 1000 * joules - watts * span
    peak = max(whole, default=None)
    return {
        "intervals": len(edges) - 1,
        "not_measured_whole": len(edges) - 1 - len(whole),
        "peak": None if peak is None else {"start_ms": starts[whole.index(peak)], "watts": _fraction(peak)},
        "over": over,
        "joules": beyond // 1000,
    }


def _fraction(value: Fraction) -> str:
    return "%d/%d" % (value.numerator, value.denominator)
