"""Where the energy of a whole is measured: the meters that all of it goes through, each once. Pure.

    utility ─ transformer ─┐
                           ├ ATS ─ switchboard (meter) ─┬ UPS (out) ─ floor PDU ─ rack PDU ─ rack
    genset (counter) ──────┘                            └ CRAC

total: the highest measured parts, what lies above them is outside. IT: parts of one kind before the racks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Final

from dcim.graph import NodeKind, Topology
from dcim.graph.node import SUPPLIES, Via


class Category(IntEnum):
    """Where the energy of IT is measured (ISO/IEC 30134-2)."""

    PUE1 = 1  # UPS output
    PUE2 = 2  # PDU output
    PUE3 = 3  # input of the IT equipment


_KINDS: Final[Mapping[Category, frozenset[NodeKind]]] = {
    Category.PUE1: frozenset({NodeKind.UPS, NodeKind.DC_PLANT}),
    Category.PUE2: frozenset({NodeKind.FLOOR_PDU}),
    Category.PUE3: SUPPLIES - {NodeKind.UPS, NodeKind.DC_PLANT},
}
_LOADS: Final = frozenset({NodeKind.RACK, NodeKind.LOAD, NodeKind.CRAC, NodeKind.CHILLER})


@dataclass(frozen=True, slots=True)
class Boundary:
    """The parts at which a whole is measured, and what of it goes past them.

    ``outside``: loads to which power can come without a meter of these. ``twice``: parts of which some is
    measured again below, so that the sum may be too large.
    """

    nodes: tuple[str, ...]
    outside: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()

    @property
    def closed(self) -> bool:
        """Whether the sum over the nodes is the whole, each joule once."""
        return bool(self.nodes) and not self.outside and not self.twice


def total(topology: Topology, measured: Callable[[str], bool], without: Iterable[str] = ()) -> Boundary:
    """Return where everything is measured: the highest measured parts on every path from a source.

    A generator that is measured as well counts only where nothing below it is: its energy comes by there.
    Parts ``without`` are not of it, nor what they feed: what feeds them too is then no place to measure at.
    """
    outer = set(without)
    foreign = outer | {below for name in outer for below in topology.descendants(name, Via.POWER)}
    shared = foreign | {above for name in outer for above in topology.ancestors(name, Via.POWER)}

    def counts(name: str) -> bool:
        return name not in shared and measured(name)

    @cache
    def covered(name: str) -> bool:
        """Whether all power that reaches the input of a part has been measured."""
        above = topology.parents(name, Via.POWER)
        return bool(above) and all(counts(one) or covered(one) for one in above)

    own = [name for name in topology.order() if not topology.nodes[name].measures]  # a meter reads a part
    highest = [name for name in own if counts(name) and not covered(name)]
    kept = _without_counted_below(topology, highest)
    loads = [node.id for node in topology.nodes.values() if node.kind in _LOADS and node.id not in foreign]
    outside = [name for name in loads if not counts(name) and not _passes(topology, name, set(kept))]
    chosen = set(kept)
    twice = [name for name in kept if any(one in chosen for one in topology.descendants(name, Via.POWER))]
    return Boundary(tuple(kept), tuple(outside), tuple(twice))


def _without_counted_below(topology: Topology, highest: list[str]) -> list[str]:
    """Return the parts without those all of whose output goes through others of them."""
    kept = set(highest)
    for name in highest:
        if _goes_through(topology, name, kept - {name}):
            kept.discard(name)
    return [name for name in highest if name in kept]


def _goes_through(topology: Topology, name: str, others: set[str]) -> bool:
    below = topology.children(name, Via.POWER)
    return bool(below) and all(one in others or _goes_through(topology, one, others) for one in below)


def _passes(topology: Topology, name: str, chosen: set[str]) -> bool:
    """Whether every path of power to a part goes through one of the chosen."""
    if name in chosen:
        return True
    above = topology.parents(name, Via.POWER)
    return bool(above) and all(_passes(topology, one, chosen) for one in above)


def it(topology: Topology, measured: Callable[[str], bool], category: Category) -> Boundary:
    """Return where the energy of IT is measured in a category: the parts of its kinds that feed racks."""
    racks = topology.of_kind(NodeKind.RACK)
    feeding = _feeding(topology, racks)
    kinds = _KINDS[category]
    fits = [name for name in feeding if topology.nodes[name].kind in kinds and measured(name)]
    if category is Category.PUE3:
        nearest = {one for rack in racks for one in topology.parents(rack, Via.POWER)}
        fits = [name for name in fits if name in nearest]
    kept = fits if category is Category.PUE3 else highest_of(topology, fits)
    chosen = set(kept)
    outside = tuple(rack for rack in racks if not _passes(topology, rack, chosen))
    twice = tuple(name for name in kept if chosen & set(topology.descendants(name, Via.POWER)))
    return Boundary(tuple(kept), outside, twice)


def best_it(topology: Topology, measured: Callable[[str], bool]) -> tuple[Category, Boundary] | None:
    """Return the highest category in which every rack is measured, or else the one that misses fewest."""
    found = [(category, it(topology, measured, category)) for category in reversed(Category)]
    found = [each for each in found if each[1].nodes]
    return min(found, key=lambda each: (len(each[1].outside) + len(each[1].twice), -each[0]), default=None)


def _feeding(topology: Topology, racks: Iterable[str]) -> list[str]:
    feeding = {name for rack in racks for name in topology.ancestors(rack, Via.POWER)}
    return [name for name in topology.order() if name in feeding]


def highest_of(topology: Topology, names: Iterable[str]) -> list[str]:
    """Return those parts that none of the others feeds: what they give adds up with nothing twice."""
    chosen = set(names)
    return [
        name
        for name in topology.order()
        if name in chosen and not chosen & set(topology.ancestors(name, Via.POWER))
    ]


def of_tenant(topology: Topology, tenant: str) -> list[str]:
    """Return the supplies of a tenant: PDUs and switches of its racks, or marked as its own."""
    return _supplies(topology, lambda name: topology.nodes[name].tenant == tenant)


def of_rack(topology: Topology, rack: str) -> list[str]:
    """Return the supplies of a rack, by its node's name."""
    direct = topology.parents(rack, Via.POWER)
    return highest_of(topology, (name for name in direct if topology.nodes[name].kind in SUPPLIES)) or list(
        direct
    )


def of_feed(topology: Topology, feed: str) -> list[str]:
    """Return the supplies of racks that are on a feed."""
    return _supplies(topology, lambda name: topology.nodes[name].feed == feed)


def _supplies(topology: Topology, wanted: Callable[[str], bool]) -> list[str]:
    near = {name for rack in topology.of_kind(NodeKind.RACK) for name in topology.parents(rack, Via.POWER)}
    known = (name for name in near if name in topology.nodes)
    return highest_of(topology, (name for name in known if wanted(name)))
