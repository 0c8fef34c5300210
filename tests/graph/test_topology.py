"""Who depends on whom."""

from __future__ import annotations

import pytest

from dcim.graph import Node, NodeKind, Topology, Via, Wiring


def test_ancestors_come_nearest_first_and_once(topology: Topology) -> None:
    """Pains: F10."""
    assert topology.ancestors("pdu-a") == ("fpdu-a", "ups-a", "board", "inv", "tr", "genset", "utility")
    assert topology.ancestors("ats") == (
        "fpdu-a", "fpdu-b", "ups-a", "ups-b", "board", "inv", "tr", "genset", "utility",
    )  # fmt: skip
    assert topology.ancestors("crac-1")[:3] == ("ups-a", "board", "chiller")


def test_power_cooling_and_network_are_ways_of_their_own(topology: Topology) -> None:
    assert topology.parents("crac-1", Via.POWER) == ("ups-a", "board")
    assert topology.parents("crac-1", Via.COOLING) == ("chiller",)
    assert topology.children("board", Via.COOLING) == ()
    assert topology.children("chiller") == ("crac-1",)
    assert topology.network_path("pdu-a") == ("switch", "core")
    assert topology.descendants("core", Via.NETWORK) == ("switch", "pdu-a", "pdu-b")
    assert topology.ancestors("switch") == ()


def test_descendants_are_everything_below_the_nearest_first(topology: Topology) -> None:
    below = topology.descendants("ups-a")
    assert below[:2] == ("fpdu-a", "crac-1")
    assert set(below) == {"fpdu-a", "crac-1", "pdu-a", "ats", "rack/r1", "room/hall"}


def test_siblings_share_a_parent_or_are_of_one_kind_in_one_room(topology: Topology) -> None:
    assert topology.siblings("pdu-a") == ("ats", "pdu-b")
    assert set(topology.siblings("ups-a")) == {"ups-b", "chiller", "crac-1"}
    assert topology.siblings("utility") == ()


def test_services_on_a_part_are_found_through_services(topology: Topology) -> None:
    assert topology.services_of("pdu-a") == ("power/r1",)
    assert topology.services_on(["pdu-a"]) == ("power/r1", "tenant/atlas")
    assert topology.meters("board") == ("meter",)
    assert topology.of_kind(NodeKind.UPS) == ("ups-a", "ups-b")


def test_a_device_from_elsewhere_has_no_relatives(topology: Topology) -> None:
    assert "stranger" not in topology
    assert (
        topology.ancestors("stranger")
        == topology.siblings("stranger")
        == topology.services_of("stranger")
        == ()
    )


def test_the_order_puts_everything_after_what_it_depends_on(topology: Topology) -> None:
    order = topology.order()
    assert len(order) == len(topology) == len(set(order))
    for name in order:
        assert all(topology.rank(parent) < topology.rank(name) for parent in topology.parents(name))


def test_a_loop_is_refused() -> None:
    a = Node("a", NodeKind.SWITCHBOARD, fed_by=("b",))
    b = Node("b", NodeKind.SWITCHBOARD, fed_by=("a",))
    with pytest.raises(ValueError, match="loop"):
        Topology(Wiring((a, b)))


def test_a_chain_of_five_thousand_parts_is_walked_without_recursion() -> None:
    """Pains: I3."""
    chain = [Node("0", NodeKind.UTILITY)]
    chain += [Node(str(n), NodeKind.SWITCHBOARD, fed_by=(str(n - 1),)) for n in range(1, 5000)]
    topology = Topology(Wiring(tuple(reversed(chain))))
    assert len(topology.ancestors("4999")) == len(topology.descendants("0")) == 4999
