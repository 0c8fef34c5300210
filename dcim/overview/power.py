"""The power of a whole site and of its IT now, measured where the energy report measures them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Final

from dcim.energy.amount import Method
from dcim.energy.boundary import best_it, total
from dcim.energy.places import PLACES, Side, Source, Sources
from dcim.energy.terms import EnergyTerms
from dcim.graph import NodeKind, Topology
from dcim.model import Point
from dcim.overview.air import Read
from dcim.overview.sheets import NOTHING, Line

_POWER: Final = "site_power_watts"
_RATIO: Final = "site_power_usage_ratio"
_METRICS: Final = frozenset(place.metric for place in PLACES if place.method is Method.INTEGRATED)
_SIDES: Final = (Side.OUT, Side.IN)


class SitePower:
    """Where everything and IT are measured in watts; nowhere if the drawing of the building is silent."""

    def __init__(
        self,
        topology: Topology,
        kinds: Mapping[str, NodeKind],
        terms: EnergyTerms,
        points: Iterable[Point],
    ) -> None:
        watts = [point for point in points if point.metric in _METRICS]
        self._sources = Sources(topology, kinds, watts)
        whole = terms.total or total(topology, self._measured, terms.without).nodes
        best = best_it(topology, self._measured)
        of_it = terms.it or (best[1].nodes if best else ())
        self._parts = {"total": self._read_at(whole), "it": self._read_at(of_it)}

    def _measured(self, node: str) -> bool:
        return self._sources.of(node, _SIDES) is not None

    def _read_at(self, nodes: Sequence[str]) -> tuple[Source | None, ...]:
        return tuple(self._sources.of(node, _SIDES) for node in nodes)

    def lines(self, read: Read) -> list[Line]:
        """Return both powers and their ratio; a part that is not read leaves its sum unknown, not smaller."""
        watts = {part: _sum(sources, read) for part, sources in self._parts.items() if sources}
        lines = [Line(_POWER, value, (("part", part),)) for part, value in sorted(watts.items())]
        if len(watts) == len(self._parts):
            it = watts["it"]
            lines.append(Line(_RATIO, watts["total"] / it if it > 0 else NOTHING))
        return lines


def _sum(sources: Iterable[Source | None], read: Read) -> float:
    values = [read(point) for source in sources for point in (source.points if source else ())]
    known = [value for value in values if value is not None]
    complete = len(known) == len(values) and all(sources) and bool(values)
    return fsum(known) if complete else NOTHING
