"""The power of a whole site and of its IT now, measured where the energy report measures them.

points of a device ─▶ replace ─▶ sources of the parts ─▶ settle, when other parts are measured than before
                                     └─ where each stands ─▶ lines: values of now, added
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import fsum
from typing import Final, TypeAlias

from dcim.energy.amount import Method
from dcim.energy.boundary import best_it, total
from dcim.energy.places import PLACES, Side, Sources
from dcim.energy.terms import EnergyTerms
from dcim.graph import NodeKind, Topology
from dcim.model import Point
from dcim.overview.now import Slots
from dcim.overview.sheets import NOTHING, Line

_POWER: Final = "site_power_watts"
_RATIO: Final = "site_power_usage_ratio"
_METRICS: Final = frozenset(place.metric for place in PLACES if place.method is Method.INTEGRATED)
_SIDES: Final = (Side.OUT, Side.IN)

Read: TypeAlias = Callable[[Iterable[Slots]], Sequence[float]]
"""Gives in a row what all points say now, NaN where one says nothing: ``Now.values``."""


class SitePower:
    """Where everything and IT are measured in watts; nowhere if the drawing of the building is silent."""

    def __init__(self, topology: Topology, kinds: Mapping[str, NodeKind], terms: EnergyTerms) -> None:
        """Take the kinds of devices by asset id; none of them has told of a point yet."""
        self._topology = topology
        self._terms = terms
        self._sources = Sources(topology, kinds, ())
        self._read_at: dict[str, Slots] = {}
        self._parts: Mapping[str, tuple[str, ...]] = {"total": terms.total, "it": terms.it}
        self._settled = True

    def replace(self, asset: str, points: Iterable[Point]) -> None:
        """Take these as the points of a device, in place of those that it had."""
        watts = dict.fromkeys(point for point in points if point.metric in _METRICS)  # of two lanes, once
        for part in self._sources.replace(asset, watts):
            source, before = self._sources.of(part, _SIDES), self._read_at.pop(part, None)
            if source is not None:
                self._read_at[part] = Slots(source.asset, source.points)
            if (source is None) != (before is None):
                self._settled = False

    def settle(self) -> None:
        """Find anew at which parts the whole is measured, if others are measured than before.

        Takes 60 ms of a processor for 5,000 devices: none of them on a loop. Nothing else may be called
        meanwhile.
        """
        if self._settled:
            return
        measured, terms = frozenset(self._read_at), self._terms
        whole = terms.total or total(self._topology, measured.__contains__, terms.without).nodes
        best = None if terms.it else best_it(self._topology, measured.__contains__)
        self._parts = {"total": whole, "it": terms.it or (best[1].nodes if best else ())}
        self._settled = True

    def lines(self, read: Read) -> list[Line]:
        """Return both powers and their ratio; a part that is not read leaves its sum unknown, not smaller."""
        added = {parts: self._sum(parts, read) for parts in set(self._parts.values()) if parts}
        watts = {name: added[parts] for name, parts in self._parts.items() if parts}
        lines = [Line(_POWER, value, (("part", name),)) for name, value in sorted(watts.items())]
        if len(watts) == len(self._parts):
            it = watts["it"]
            sound = 0 < it <= watts["total"]  # less than 1 is a moment in which meters were not read together
            lines.append(Line(_RATIO, watts["total"] / it if sound else NOTHING))
        return lines

    def _sum(self, parts: tuple[str, ...], read: Read) -> float:
        """Return what goes through all of these parts together; NaN where it is not known of one."""
        places = [self._read_at[part] for part in parts if part in self._read_at]
        return fsum(read(places)) if len(places) == len(parts) else NOTHING
