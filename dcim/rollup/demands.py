"""Demand by the interval, from readings: energy of counters cut at its edges, or power held over it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from dcim.energy.amount import Amount, Doubt, Method, total
from dcim.energy.counter import Known, Run, between
from dcim.energy.demand import Committed, Interval, Overage, demand, edges, overage
from dcim.energy.places import Source
from dcim.graph import Topology
from dcim.model import Point
from dcim.rollup.block import HOUR
from dcim.rollup.energies import cap_of
from dcim.rollup.recent import Recent, by_point
from dcim.rollup.shelf import point_of
from dcim.rollup.summary import CLOSE
from dcim.thermal.series import Series


def demand_of(
    recent: Recent, topology: Topology, sources: Iterable[Source], start: int, end: int, minutes: int
) -> list[Interval]:
    """Return the demand of parts together in each interval of [start, end), ms UTC. Raise HistoryError.

    Counters that rise in steps too coarse for the interval show in it: power is then the better source.
    """
    bounds = edges(start, end, minutes)
    found: list[list[Amount]] = []
    for source in sources:
        cap = cap_of(topology.nodes.get(source.node))
        if source.method is Method.COUNTER:
            found += _counted(recent, source, bounds, cap, minutes)
        else:
            found += _held(recent, source.points, bounds, cap)
    return demand(bounds, [total(part) for part in zip(*found, strict=True)])


def overage_of(
    recent: Recent, topology: Topology, sources: Iterable[Source], start: int, end: int, committed: Committed
) -> Overage:
    """Return how the demand of a tenant's parts stood to what was committed. Raise HistoryError."""
    return overage(committed, demand_of(recent, topology, sources, start, end, committed.minutes))


def _counted(
    recent: Recent, source: Source, bounds: Sequence[int], cap: int, minutes: int
) -> list[list[Amount]]:
    runs: dict[Point, list[Run]] = {point: [] for point in source.points}
    limits: dict[Point, int] = {}
    metrics, cuts = {point.metric for point in source.points}, 60 // minutes
    for _, row in recent.rows(bounds[0] - HOUR, bounds[-1] + HOUR, {source.asset}, metrics, cuts):
        if (point := point_of(row)) in runs and row.limit is not None:
            limits[point] = row.limit
            runs[point] += [Run(*run, cuts) for run in row.runs]
    return [
        between(runs[point], bounds, Known(limits.get(point, cap), min(limits.get(point, cap), cap)))
        for point in source.points
    ]


def _held(recent: Recent, points: Sequence[Point], bounds: Sequence[int], cap: int) -> list[list[Amount]]:
    readings = by_point(recent.readings(points, bounds[0] - CLOSE, bounds[-1]), points)
    return [_intervals(Series(readings.get(point, ())), bounds, cap) for point in points]


def _intervals(power: Series, bounds: Sequence[int], cap: int) -> list[Amount]:
    """Return the energy of each interval from values held; the longest hold is that of all the readings."""
    best = [0.0] * (len(bounds) - 1)
    known = [0] * (len(bounds) - 1)
    step = bounds[1] - bounds[0]
    for since, until, watts in power.spans(bounds[0], bounds[-1]):
        while since < until:
            number = (since - bounds[0]) // step
            stop = min(until, bounds[number + 1])
            best[number] += watts * (stop - since) / 1000
            known[number] += stop - since
            since = stop
    found = []
    for number, (start, end) in enumerate(pairwise(bounds)):
        joules, blind = round(best[number]), end - start - known[number]
        doubts = ((Doubt.UNWATCHED, blind),) if blind else ()
        most = joules + -(-cap * blind // 1000)
        found.append(Amount(joules, joules, most, known[number], end - start, Method.INTEGRATED, doubts))
    return found
