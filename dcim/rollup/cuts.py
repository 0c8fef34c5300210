"""How often hours are cut for whoever asks for parts of them: days, bands, intervals of demand. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import lcm
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from dcim.energy.boundary import of_tenant
from dcim.energy.places import METRICS_OF_ENERGY, first_of
from dcim.energy.terms import EnergyTerms
from dcim.graph import Topology
from dcim.late import np
from dcim.model import Point, canonical
from dcim.record import dataclass, field
from dcim.rollup.names import Names

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Cuts:
    """Hours are cut into ``every`` parts for all points, finer for what says the energy of some devices."""

    every: int = 1
    fine: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))  # by device

    @classmethod
    def of(cls, terms: EnergyTerms, topology: Topology) -> Cuts:
        """Return the cuts of a site: finer ones for whatever supplies a tenant that has subscribed power."""
        fine: dict[str, int] = {}
        for one in terms.committed:
            for node in of_tenant(topology, one.tenant):
                for asset in (*topology.meters(node), node):
                    fine[asset] = lcm(terms.cuts, one.cuts, fine.get(asset, 1))
        return cls(terms.cuts, fine)

    def rows(self, names: Names) -> NDArray[np.int64]:
        """Return how often hours are cut for each point of a dictionary.

        Of a device that is cut finer it is what comes first in ``places.tsv``: not every outlet besides.
        """
        found = np.full(len(names.ids), self.every, dtype=np.int64)
        read: dict[str, dict[Point, int]] = {}
        of_points = zip(names.assets, names.metrics, names.labels, strict=True) if self.fine else ()
        for row, (asset, metric, labels) in enumerate(of_points):
            if asset in self.fine and metric in METRICS_OF_ENERGY:
                point = Point(asset, metric, canonical(json.loads(labels)))
                read.setdefault(asset, {})[point] = row
        for asset, rows in read.items():
            found[[rows[point] for point in first_of(rows)]] = self.fine[asset]
        return found


WHOLE: Final = Cuts()
"""Hours as they are."""
