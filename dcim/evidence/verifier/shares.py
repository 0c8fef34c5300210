"""Sums of points that a claim names by their numbers (tenants, racks, feeds), and those of tariff bands."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Tuple

from dcim.evidence.verifier.accounts import Account
from dcim.evidence.verifier.bands import stretches_of
from dcim.evidence.verifier.declared import added
from dcim.evidence.verifier.rows import Rows

FIELDS_OF_AMOUNT = ("least", "best", "most", "known_us")
Row = Tuple[str, Any, Dict[str, Any]]
"""What it is of, what is said of it, and what it is."""


def of_parts(parts: Any, again: List[List[List[int]]], edges: List[int]) -> Iterator[Row]:
    """Yield each tenant, rack and feed; ``again``: what each point gave. Raises ``ValueError``."""
    if len(edges) != 2:
        raise ValueError("edges")
    for row in parts["rows"]:
        numbers = row["points"]
        if any(type(n) is not int or not 0 <= n < len(again) for n in numbers):
            raise ValueError("points")
        if len(set(numbers)) != len(numbers):
            raise ValueError("twice")
        found = [sum(again[n][0][place] for n in numbers) for place in range(4)]
        doubts = [parts["points"][n]["amounts"][0]["doubts"] for n in numbers]
        yield str(row["of"]), row["sum"], _amount(found, len(numbers) * (edges[1] - edges[0]), doubts)


def of_bands(rows: Rows, one: Account) -> Iterator[Row]:
    """Yield each band of the tariff: the points of the first sum, over its stretches of the period."""
    first, last = (one.claims[0]["edges_us"][place] // 1000 for place in (0, -1))
    stretches = stretches_of(one.bands, first, last)
    edges = [first, *(until for _, until, _ in stretches)]
    points = one.claims[0]["points"]
    amounts = [rows.amounts(one, point, edges) for point in points]
    doubts = [rows.doubts(one, point, edges) for point in points]
    for row in one.bands["rows"]:
        mine = [number for number, (_, _, name) in enumerate(stretches) if name == row["band"]]
        found = [sum(each[n][place] for each in amounts for n in mine) for place in range(4)]
        span = len(points) * sum(edges[n + 1] - edges[n] for n in mine)
        yield str(row["band"]), row["sum"], _amount(found, span, [each[n] for each in doubts for n in mine])


def _amount(numbers: List[int], span: int, doubts: List[Dict[str, int]]) -> Dict[str, Any]:
    """Return a sum as claims write it; ``span``: milliseconds."""
    found: Dict[str, Any] = dict(zip(FIELDS_OF_AMOUNT, numbers))
    return {**found, "period_us": span * 1000, "doubts": added(doubts)}
