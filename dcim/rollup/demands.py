"""Demand by the interval, from blocks whose hours are cut at its edges: anybody can compute it again."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd

from dcim.energy.claim import Claim, demand_claim
from dcim.energy.demand import Committed, Interval, Overage, demand, overage
from dcim.record import dataclass, replace
from dcim.rollup.block import HOUR
from dcim.rollup.energies import Energies, Sum


@dataclass(frozen=True, slots=True)
class Stood:
    """How demand stood to what was committed, between edges (ms UTC); ``unproven``: hours that
    no block cut at the intervals stands behind.
    """

    overage: Overage
    edges: tuple[int, int]
    sum: Sum
    unproven: tuple[int, ...]

    def claim(self) -> Claim:
        """Return it as data that can be computed again."""
        return demand_claim(self.overage, self.edges, self.sum.used, self.sum.without, self.unproven)


def demand_of(energies: Energies, nodes: Sequence[str], edges: Sequence[int]) -> tuple[list[Interval], Sum]:
    """Return the demand of parts together between edges (ms UTC), and what it is the sum of. Raise OSError.

    Counters that rise in steps too coarse for the interval show in it: power is then the better source.
    """
    found = energies.of(nodes, edges)
    return demand(edges, found.amounts), found


def stood(energies: Energies, nodes: Sequence[str], edges: Sequence[int], committed: Committed) -> Stood:
    """Return how the demand of a tenant's parts stood to what was committed. Raise OSError or HistoryError.

    What is read for it is let go again: a month of ten minutes of many counters is much.
    """
    sources = [source for node in nodes if (source := energies.sources.of(node))]
    points = [point for source in sources for point in source.points]
    fine = energies.shelf.finer(HOUR // gcd(HOUR, *edges), points)
    intervals, found = demand_of(replace(energies, shelf=fine), nodes, edges)
    return Stood(overage(committed, intervals), (edges[0], edges[-1]), found, tuple(sorted(fine.unproven)))
