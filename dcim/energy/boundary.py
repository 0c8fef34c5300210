"""Where the energy of a whole is measured: the meters that all of it goes through, each once. Pure.

    utility ─ transformer ─┐
                           ├ ATS ─ switchboard (meter) ─┬ UPS (out) ─ floor PDU ─ rack PDU ─ rack
    genset (counter) ──────┘                            └ CRAC

total: the highest measured parts, what lies above them is outside. IT: parts of one kind before the racks.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from functools import cache
from typing import Final, TypeAlias

from dcim.graph import NodeKind, Topology
from dcim.graph.node import SUPPLIES, Via
from dcim.record import dataclass


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
_Joined: TypeAlias = Callable[[Iterable[bool]], bool]
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
    foreign = _foreign(topology, outer)
    shared = foreign | {above for name in outer for above in topology.ancestors(name, Via.POWER)}

    @cache
    def counts(name: str) -> bool:
        return name not in shared and measured(name)

    own = [name for name in topology.order() if not topology.nodes[name].measures]  # a meter reads a part
    covered = _under(topology, counts)  # all power that reaches their input has been measured
    highest = {name for name in own if counts(name) and name not in covered}
    through = _over(topology, all, highest)  # all of their output goes through others
    kept = tuple(name for name in own if name in highest and name not in through)
    passed = _passed(topology, set(kept))
    outside = tuple(name for name in _loads(topology, foreign) if not counts(name) and name not in passed)
    return Boundary(kept, outside, _twice(topology, kept))


def part(topology: Topology, names: Iterable[str], measured: Callable[[str], bool]) -> Boundary:
    """Return where some parts together are measured: what one of them feeds, has been measured with it.

    A meter among them stands for the part that it reads, a service for its parts. ``outside``: their loads to
    which power comes past.
    """
    mine = {topology.nodes[name].measures or name for name in _parts(topology, names)}
    own = [name for name in topology.order() if name in mine]

    @cache
    def counts(name: str) -> bool:
        return name in mine and measured(name)

    covered = _under(topology, counts)
    highest = {name for name in own if counts(name) and name not in covered}
    through = _over(topology, all, highest)
    kept = tuple(name for name in own if name in highest and name not in through)
    passed = _passed(topology, set(kept))
    loads = [
        name for name in own if topology.nodes[name].kind in _LOADS and topology.parents(name, Via.POWER)
    ]
    return Boundary(kept, tuple(name for name in loads if name not in passed), _twice(topology, kept))


def _parts(topology: Topology, names: Iterable[str]) -> Iterator[str]:
    """Yield parts of the building as they are, and services as the parts that they stand on."""
    for name in names:
        if name in topology.nodes:
            yield name
        elif name in topology.services:
            yield from _parts(topology, topology.services[name].parts)


def named(topology: Topology, nodes: Sequence[str], without: Iterable[str] = (), *, it: bool) -> Boundary:
    """Return the boundary of IT or of everything that somebody has named, with what the drawing says of it.

    A meter stands for the part that it reads. A load whose feeds are not drawn says nothing against it.
    """
    loads = topology.of_kind(NodeKind.RACK) if it else _loads(topology, _foreign(topology, set(without)))
    read = [topology.nodes[name].measures or name for name in nodes if name in topology]
    passed = _passed(topology, set(read))
    drawn = [name for name in loads if topology.parents(name, Via.POWER)]
    outside = tuple(name for name in drawn if name not in passed)
    return Boundary(tuple(nodes), outside, _twice(topology, read))


def _foreign(topology: Topology, outer: set[str]) -> set[str]:
    """Return parts that are not of the whole, and all that they feed."""
    return outer | {below for name in outer for below in topology.descendants(name, Via.POWER)}


def _loads(topology: Topology, foreign: Container[str]) -> list[str]:
    return [node.id for node in topology.nodes.values() if node.kind in _LOADS and node.id not in foreign]


def _under(topology: Topology, good: Callable[[str], bool]) -> set[str]:
    """Return the parts that have power from good ones alone, or from parts of which the same holds."""
    return _found(topology.order(), lambda name: topology.parents(name, Via.POWER), all, good)


def _over(topology: Topology, joined: _Joined, good: Container[str]) -> set[str]:
    """Return the parts that give power to some good one, or to good ones alone, if need be through others."""
    order = reversed(topology.order())
    return _found(order, lambda name: topology.children(name, Via.POWER), joined, good.__contains__)


def _found(
    order: Iterable[str],
    near: Callable[[str], Sequence[str]],
    joined: _Joined,
    good: Callable[[str], bool],
) -> set[str]:
    """Return the parts to which any, or all, that is near is good or found; in ``order`` that comes first."""
    found: set[str] = set()
    for name in order:
        beside = near(name)
        if beside and joined([one in found or good(one) for one in beside]):
            found.add(name)
    return found


def _passed(topology: Topology, chosen: set[str]) -> set[str]:
    """Return the parts to which every path of power goes through one of the chosen."""
    return chosen | _under(topology, chosen.__contains__)


def _twice(topology: Topology, kept: Sequence[str]) -> tuple[str, ...]:
    """Return those of the parts that feed another one of them."""
    feeding = _over(topology, any, set(kept))
    return tuple(name for name in kept if name in feeding)


def it(topology: Topology, measured: Callable[[str], bool], category: Category) -> Boundary:
    """Return where the energy of IT is measured in a category: the parts of its kinds that feed racks."""
    racks = topology.of_kind(NodeKind.RACK)
    kinds = _KINDS[category]
    fits = [
        name for name in _feeding(topology, racks) if topology.nodes[name].kind in kinds and measured(name)
    ]
    if category is Category.PUE3:
        nearest = {one for rack in racks for one in topology.parents(rack, Via.POWER)}
        kept = tuple(name for name in fits if name in nearest)
    else:
        kept = tuple(highest_of(topology, fits))
    if not kept:
        return Boundary((), racks)
    passed = _passed(topology, set(kept))
    return Boundary(kept, tuple(rack for rack in racks if rack not in passed), _twice(topology, kept))


def best_it(topology: Topology, measured: Callable[[str], bool]) -> tuple[Category, Boundary] | None:
    """Return the highest category in which every rack is measured, or else the one that misses fewest."""
    found = [(category, it(topology, measured, category)) for category in reversed(Category)]
    found = [each for each in found if each[1].nodes]
    return min(found, key=lambda each: (len(each[1].outside) + len(each[1].twice), -each[0]), default=None)


def _feeding(topology: Topology, racks: Iterable[str]) -> list[str]:
    feeding = _over(topology, any, set(racks))
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
