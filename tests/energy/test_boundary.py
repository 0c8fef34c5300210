"""Where a whole is measured: the rooms' one walk finds what the definition says. Pains: I1, I3."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.energy.boundary import Boundary, Category, highest_of, it, named, part, total
from dcim.graph import Node, NodeKind, Service, ServiceKind, Topology, Wiring
from dcim.graph.node import Via

KINDS = (
    NodeKind.UTILITY,
    NodeKind.SWITCHBOARD,
    NodeKind.UPS,
    NodeKind.FLOOR_PDU,
    NodeKind.PDU,
    NodeKind.RACK,
    NodeKind.CRAC,
    NodeKind.METER,
)


@st.composite
def buildings(draw: st.DrawFn) -> tuple[Topology, list[str]]:
    """Parts fed by parts before them, some of them by several; a meter now and then reads another part."""
    nodes: list[Node] = []
    for number in range(draw(st.integers(1, 12))):
        names = [node.id for node in nodes]
        feeds = tuple(draw(st.lists(st.sampled_from(names), max_size=3, unique=True))) if names else ()
        kind = draw(st.sampled_from(KINDS))
        reads = draw(st.sampled_from(names)) if kind is NodeKind.METER and names else ""
        nodes.append(Node(f"n{number}", kind, fed_by=feeds, measures=reads))
    shuffled = draw(st.permutations(nodes))
    return Topology(Wiring(tuple(shuffled))), [node.id for node in nodes]


class Defined:
    """What the words of the boundary mean, one part at a time: as slow as one likes."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology

    def covered(self, name: str, counts: Iterable[str]) -> bool:
        above = self._topology.parents(name, Via.POWER)
        return bool(above) and all(one in counts or self.covered(one, counts) for one in above)

    def goes_through(self, name: str, others: set[str]) -> bool:
        below = self._topology.children(name, Via.POWER)
        return bool(below) and all(one in others or self.goes_through(one, others) for one in below)

    def without_counted_below(self, highest: list[str]) -> list[str]:
        kept = set(highest)
        for name in highest:
            if self.goes_through(name, kept - {name}):
                kept.discard(name)
        return [name for name in highest if name in kept]

    def passes(self, name: str, chosen: set[str]) -> bool:
        above = self._topology.parents(name, Via.POWER)
        return name in chosen or (bool(above) and all(self.passes(one, chosen) for one in above))

    def boundary(self, kept: list[str], loads: list[str]) -> Boundary:
        chosen, far = set(kept), self._topology.descendants
        outside = tuple(name for name in loads if not self.passes(name, chosen))
        return Boundary(tuple(kept), outside, tuple(one for one in kept if chosen & set(far(one, Via.POWER))))

    def total(self, measured: set[str], without: list[str]) -> Boundary:
        topology = self._topology
        foreign = {*without, *(one for out in without for one in topology.descendants(out, Via.POWER))}
        shared = {*foreign, *(one for out in without for one in topology.ancestors(out, Via.POWER))}
        counts = measured - shared
        own = [name for name in topology.order() if not topology.nodes[name].measures]
        kept = self.without_counted_below(
            [one for one in own if one in counts and not self.covered(one, counts)]
        )
        loads = [
            name
            for kind in (NodeKind.RACK, NodeKind.CRAC)
            for name in topology.of_kind(kind)
            if name not in foreign and name not in counts
        ]
        return self.boundary(kept, loads)

    def it(self, measured: set[str], category: Category) -> Boundary:
        topology, racks = self._topology, self._topology.of_kind(NodeKind.RACK)
        kind = {1: NodeKind.UPS, 2: NodeKind.FLOOR_PDU, 3: NodeKind.PDU}[category]
        feeding = {name for rack in racks for name in topology.ancestors(rack, Via.POWER)}
        near = {name for rack in racks for name in topology.parents(rack, Via.POWER)}
        wanted = set(topology.of_kind(kind)) & measured & (near if category is Category.PUE3 else feeding)
        fits = [name for name in topology.order() if name in wanted]
        return self.boundary(fits if category is Category.PUE3 else highest_of(topology, fits), list(racks))


def same(one: Boundary, other: Boundary) -> bool:
    """Whether two boundaries are one; loads outside are told by kind in no order that anybody relies on."""
    return (one.nodes, one.twice) == (other.nodes, other.twice) and set(one.outside) == set(other.outside)


@pytest.mark.long
@settings(deadline=None, max_examples=150)
@given(buildings(), st.data())
def test_one_walk_through_the_building_finds_the_boundaries_that_the_definition_means(
    built: tuple[Topology, list[str]], data: st.DataObject
) -> None:
    topology, names = built
    some = st.lists(st.sampled_from(names), unique=True)
    measured, without = set(data.draw(some)), data.draw(st.lists(st.sampled_from(names), max_size=2))
    defined = Defined(topology)
    assert same(total(topology, measured.__contains__, without), defined.total(measured, without))
    for category in Category:
        found = it(topology, measured.__contains__, category)
        assert same(found, defined.it(measured, category))


def test_a_deep_building_full_of_double_feeds_is_gone_through_once() -> None:
    """Two feeds at each of 60 floors: as many paths as 2 to the 60th, none of which is walked by itself."""
    nodes = [Node("u", NodeKind.UTILITY)]
    above: tuple[str, ...] = ("u",)
    for floor in range(60):
        pair = tuple(Node(f"{side}{floor}", NodeKind.SWITCHBOARD, fed_by=above) for side in "ab")
        nodes += pair
        above = tuple(node.id for node in pair)
    nodes.append(Node("rack/r", NodeKind.RACK, fed_by=above))
    topology = Topology(Wiring(tuple(nodes)))
    bottom = set(above)
    assert total(topology, bottom.__contains__) == Boundary(tuple(above))
    assert total(topology, {"a0"}.__contains__).outside == ("rack/r",)


def test_a_boundary_that_somebody_named_is_held_against_the_drawing() -> None:
    """What is not drawn is not held against it; what goes past it, or through it twice, is named."""
    topology = Topology(
        Wiring(
            (
                Node("ups-a", NodeKind.UPS),
                Node("ups-b", NodeKind.UPS),
                Node("meter-a", NodeKind.METER, measures="ups-a"),
                Node("pdu-a", NodeKind.PDU, fed_by=("ups-a",)),
                Node("r1", NodeKind.RACK, fed_by=("pdu-a",)),
                Node("r2", NodeKind.RACK, fed_by=("pdu-a", "ups-b")),
                Node("r3", NodeKind.RACK),
            )
        )
    )
    assert named(topology, ("ups-a", "ups-b"), it=True).closed
    assert named(topology, ("meter-a", "ups-b"), it=True).closed
    assert named(topology, ("ups-a",), it=True) == Boundary(("ups-a",), ("r2",))
    assert named(topology, ("ups-a", "pdu-a", "ups-b"), it=True).twice == ("ups-a",)
    assert named(topology, ("pdu-a",), ("ups-b",), it=False) == Boundary(("pdu-a",))


def hall() -> Topology:
    """A switchboard with a meter on it, a UPS, a floor PDU and two racks of two PDUs, and a cooling unit."""
    return Topology(
        Wiring(
            (
                Node("grid", NodeKind.UTILITY),
                Node("board", NodeKind.SWITCHBOARD, fed_by=("grid",)),
                Node("feed-meter", NodeKind.METER, measures="board"),
                Node("ups", NodeKind.UPS, fed_by=("board",)),
                Node("floor", NodeKind.FLOOR_PDU, fed_by=("ups",)),
                *(Node(f"pdu-{one}", NodeKind.PDU, fed_by=("floor",)) for one in ("1a", "1b", "2a", "2b")),
                Node("rack/1", NodeKind.RACK, fed_by=("pdu-1a", "pdu-1b")),
                Node("rack/2", NodeKind.RACK, fed_by=("pdu-2a", "pdu-2b")),
                Node("crac", NodeKind.CRAC, fed_by=("board",)),
            ),
            (
                Service("power/1/B", ServiceKind.FEED, 1, ("pdu-1b",)),
                Service("power/1", ServiceKind.POWER, 1, ("pdu-1a", "power/1/B")),
            ),
        )
    )


MEASURED = {"board", "floor", "pdu-1a", "pdu-1b", "pdu-2a", "pdu-2b", "crac"}


def test_of_a_part_of_the_building_a_meter_counts_and_what_lies_below_it_does_not() -> None:
    """Pains: I1, I3."""
    topology, measured = hall(), MEASURED.__contains__
    whole = part(topology, topology.nodes, measured)
    assert (whole.nodes, whole.outside, whole.twice) == (("board",), (), ())
    room = part(topology, ["floor", "pdu-1a", "pdu-1b", "pdu-2a", "pdu-2b", "crac", "rack/1"], measured)
    assert (sorted(room.nodes), room.outside) == (["crac", "floor"], ())
    assert part(topology, ["feed-meter", "crac"], measured).nodes == ("board",)
    assert part(topology, ["power/1"], measured).nodes == ("pdu-1a", "pdu-1b")


def test_where_only_some_of_a_part_of_the_building_is_measured_that_is_told() -> None:
    topology = hall()
    room = part(
        topology,
        ["floor", "pdu-1a", "pdu-2a", "pdu-2b", "rack/1", "rack/2"],
        {"pdu-1a", "pdu-2a", "pdu-2b"}.__contains__,
    )
    assert (room.nodes, room.outside) == (("pdu-1a", "pdu-2a", "pdu-2b"), ("rack/1",))


@given(buildings(), st.data())
def test_nothing_of_a_part_of_the_building_is_counted_twice_unless_it_is_told(
    built: tuple[Topology, list[str]], data: st.DataObject
) -> None:
    topology, names = built
    measured = set(data.draw(st.lists(st.sampled_from(names), unique=True)))
    mine = data.draw(st.lists(st.sampled_from(names), unique=True))
    found = part(topology, mine, measured.__contains__)
    for one in found.nodes:
        below = set(topology.descendants(one, Via.POWER)) & set(found.nodes)
        assert not below or one in found.twice
    if mine == names:
        assert found.nodes == total(topology, measured.__contains__).nodes
