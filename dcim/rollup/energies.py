"""Energy of parts of the building from the shelf: every sum with the points that it is of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

from dcim.energy.amount import Amount, Method, total
from dcim.energy.claim import Used
from dcim.energy.counter import Known, between
from dcim.energy.integrated import Held, integrated
from dcim.energy.places import Side, Source, Sources
from dcim.graph import Node, Rating, Topology
from dcim.model import Point
from dcim.rollup.block import HOUR
from dcim.rollup.shelf import Counted, Shelf, point_of

Edges: TypeAlias = Sequence[int]
"""Milliseconds UTC, rising: periods are between two that follow each other."""

_SLACK: Final = 1.5
"""How far above its rating a device may run for a while (IEC 62040-3, 60898)."""
_FEW: Final = 20_000
"""Points times edges up to which everything is read at the first question: some 10 MB."""
_VOLTS: Final = 250
"""The most between a phase and neutral where a rating is in amperes."""
_MOST: Final = 100_000_000
"""Watts: what no part of a site exceeds that nobody has rated."""


@dataclass(frozen=True, slots=True)
class Sum:
    """Energy of some parts together. ``without``: those of them that nothing measures."""

    nodes: tuple[str, ...]
    without: tuple[str, ...]
    used: tuple[Used, ...]
    amounts: tuple[Amount, ...]

    @property
    def whole(self) -> Amount:
        """Return the periods together, the known and the whole time of each point counted once."""
        return total(self.amounts)


@dataclass(slots=True)
class Energies:
    """Answers for parts of one building. ``exchanges``: ms UTC by device (``exchanges_of``)."""

    shelf: Shelf
    topology: Topology
    sources: Sources
    exchanges: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    _read: dict[tuple[int, ...], dict[Point, Counted | dict[int, Held] | None]] = field(
        default_factory=dict, init=False
    )

    def measured(self, node: str, sides: Collection[Side] = (Side.OUT, Side.IN)) -> bool:
        """Whether anything says the energy of a part."""
        return self.sources.of(node, sides) is not None

    def of(self, nodes: Iterable[str], edges: Edges, sides: Collection[Side] = (Side.OUT, Side.IN)) -> Sum:
        """Return the energy of parts in each period between edges. Raise OSError."""
        named = tuple(nodes)
        sources = [source for node in named if (source := self.sources.of(node, sides))]
        self._load(sources, edges)
        each = {used.point: used for source in sources for used in self._used(source, edges)}
        used = sorted(each.values(), key=lambda one: str(one.point))
        amounts = tuple(total(part) for part in zip(*(one.amounts for one in used), strict=True))
        known = {source.node for source in sources}
        without = tuple(node for node in named if node not in known)
        return Sum(named, without, tuple(used), amounts or tuple(Amount() for _ in pairwise(edges)))

    def _load(self, sources: Sequence[Source], edges: Edges) -> None:
        """Read the points of sources that were not read for these edges yet; with few, those of all parts."""
        asked = tuple(edges)
        known = self._read.setdefault(asked, {})
        if all(point in known for source in sources for point in source.points):
            return
        everyone = [
            one for node in self.topology.nodes for side in Side if (one := self.sources.of(node, (side,)))
        ]
        if sum(len(source.points) for source in everyone) * len(asked) <= _FEW:
            sources = [*sources, *everyone]
        fresh = {point: one for one in sources for point in one.points if point not in known}
        counters = [point for point, one in fresh.items() if one.method is Method.COUNTER]
        powers = [point for point, one in fresh.items() if one.method is Method.INTEGRATED]
        known.update(dict.fromkeys(fresh))
        if counters:
            known.update(self.shelf.counters(counters, asked, self.exchanges))
        if powers:
            known.update(self._hours(powers, asked))

    def _hours(self, points: Collection[Point], edges: Edges) -> dict[Point, dict[int, Held]]:
        hours: dict[Point, dict[int, Held]] = {point: {} for point in points}
        assets, metrics = {point.asset for point in points}, {point.metric for point in points}
        for hour, row in self.shelf.rows(edges[0] // HOUR * HOUR, edges[-1], assets, metrics):
            if (point := point_of(row)) in hours and row.mean is not None:
                hours[point][hour] = Held(row.ms, row.min or 0, row.mean, row.max or 0, row.parts)
        return hours

    def _used(self, source: Source, edges: Edges) -> Iterator[Used]:
        """Yield what each point of a source gave."""
        cap = cap_of(self.topology.nodes.get(source.node))
        known = self._read[tuple(edges)]
        for point in source.points:
            found = known[point]
            if source.method is Method.INTEGRATED:
                hours = found if isinstance(found, dict) else {}
                yield Used(point, Known(cap, cap), tuple(integrated(hours, edges, cap)))
                continue
            runs, limit = (found.runs, found.limit) if isinstance(found, Counted) else ((), _MOST)
            of_point = Known(limit, min(limit, cap), self.exchanges.get(point.asset, ()))
            yield Used(point, of_point, tuple(between(runs, edges, of_point)))


def cap_of(node: Node | None) -> int:
    """Return the most watts that go through a part: its rating with some slack, or what no part exceeds."""
    if node is None or not node.rating:
        return _MOST
    rating: Rating = node.rating
    if rating.watts is not None or rating.voltamperes is not None:
        return round(_SLACK * max(rating.watts or 0.0, rating.voltamperes or 0.0))
    return round(_SLACK * (rating.amperes or 0.0) * _VOLTS * (len(node.phases) or 3))


def exchanges_of(facts: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    """Return when other hardware was noticed, ms UTC by device.

    ``facts``: subject and ``at`` (microseconds) of facts ``hardware_changed``.
    """
    found: dict[str, list[int]] = {}
    for asset, at in facts:
        found.setdefault(asset, []).append(at // 1000)
    return {asset: tuple(times) for asset, times in found.items()}
