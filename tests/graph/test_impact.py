"""What the loss of parts does."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.graph import (
    Node,
    NodeKind,
    Redundancy,
    Said,
    Service,
    ServiceKind,
    Services,
    State,
    Topology,
    Wiring,
    impact,
)

UP, DOWN = State.UP, State.DOWN


def test_a_lost_feed_leaves_racks_on_the_other_one(topology: Topology) -> None:
    """Pains: F10, I1."""
    found = impact(topology, ["ups-a"])
    assert set(found.behind) == {"fpdu-a", "crac-1", "pdu-a", "ats", "rack/r1", "room/hall"}
    assert set(found.dead) == {"fpdu-a", "crac-1", "pdu-a"}
    assert found.down == found.unknown == ()
    assert set(found.reduced) == {"power/r1", "power/r2", "cooling/hall", "tenant/atlas"}
    assert found.racks(found.reduced) == ("r1", "r2")
    assert found.rooms(found.reduced) == ("hall",)
    assert found.tenants(found.reduced) == ("atlas",)


def test_both_feeds_lost_take_down_what_hangs_on_them(topology: Topology) -> None:
    found = impact(topology, ["fpdu-a", "fpdu-b"])
    assert set(found.down) == {"power/r1", "power/r2", "tenant/atlas"}
    assert found.tenants(found.down) == ("atlas",)
    assert "cooling/hall" not in found.standing


def test_a_ups_carries_on_without_its_feed_and_a_generator_is_another_way(topology: Topology) -> None:
    board = impact(topology, ["board"])
    assert set(board.dead) == {"chiller", "crac-1"}
    assert board.down == ()
    assert set(board.reduced) == {"cooling/hall"}  # the UPS carry the racks
    assert set(board.safe) == {"power/r1", "power/r2", "tenant/atlas"}
    utility = impact(topology, ["utility"])
    assert utility.dead == ("tr",)
    assert utility.down == utility.reduced == ()


def test_what_is_down_already_counts(topology: Topology) -> None:
    """Pains: I1."""
    services = Services(topology)
    for device in ("pdu-a", "ats", "crac-1", "crac-2"):
        services.take(device, Said(output={"": UP}))
    services.take("pdu-b", Said(output={"": DOWN}))
    found = impact(topology, ["ups-a"], services.evidence)
    assert "power/r1" in found.down
    assert "r1" in found.racks(found.down)


def test_what_nobody_knows_is_unknown_and_not_lost(topology: Topology) -> None:
    services = Services(topology)
    services.take("pdu-a", Said(output={"": UP}))
    found = impact(topology, ["fpdu-a"], services.evidence)
    assert found.unknown == ("power/r1", "power/r2", "tenant/atlas")
    assert found.down == ()


def test_a_stranger_and_a_leaf_do_no_harm(topology: Topology) -> None:
    assert impact(topology, ["stranger"]).behind == impact(topology, ["rack/r1"]).behind == ()


KINDS = [NodeKind.SWITCHBOARD, NodeKind.ATS, NodeKind.UPS, NodeKind.PDU]


@st.composite
def buildings(draw: st.DrawFn) -> Topology:
    names = [f"n{number}" for number in range(draw(st.integers(2, 10)))]
    nodes = [
        Node(
            name,
            draw(st.sampled_from(KINDS)),
            fed_by=tuple(draw(st.lists(st.sampled_from(names[:at]), unique=True, max_size=2)) if at else ()),
            needs_all=draw(st.booleans()),
        )
        for at, name in enumerate(names)
    ]
    parts = draw(st.lists(st.sampled_from(names), unique=True, min_size=1, max_size=4))
    service = Service("s", ServiceKind.OTHER, draw(st.integers(1, len(parts))), tuple(parts))
    above = Service("t", ServiceKind.OTHER, 1, ("s", names[-1]))
    return Topology(Wiring(tuple(nodes), (service, above)))


def lost_by_hand(topology: Topology, gone: set[str]) -> set[str]:
    """The parts without supply, by going round until nothing changes: an oracle of its own."""
    dead = set(gone)
    while True:
        more = {
            node.id
            for node in topology.nodes.values()
            if node.id not in dead
            and node.fed_by
            and node.kind is not NodeKind.UPS
            and (any if node.needs_all else all)(feed in dead for feed in node.fed_by)
        }
        if not more:
            return dead - gone
        dead |= more


@given(buildings(), st.sets(st.integers(0, 9), min_size=1, max_size=3))
@settings(max_examples=50)
def test_an_oracle_agrees_on_what_has_no_supply_left(topology: Topology, numbers: set[int]) -> None:
    gone = {f"n{number}" for number in numbers} & topology.nodes.keys()
    found = impact(topology, gone)
    assert set(found.dead) == lost_by_hand(topology, gone)
    if "s" in found.standing:
        service = topology.services["s"]
        left = sum(part not in {*found.dead, *gone} for part in service.parts)
        assert found.standing["s"].function is (UP if left >= service.needs else DOWN)


@given(buildings(), st.sets(st.integers(0, 9), min_size=1, max_size=4), st.integers(0, 9))
@settings(max_examples=40)
def test_losing_more_never_helps(topology: Topology, numbers: set[int], further: int) -> None:
    fewer = impact(topology, [f"n{number}" for number in numbers])
    more = impact(topology, [f"n{number}" for number in (*numbers, further)])
    assert {*fewer.dead, *fewer.lost} <= {*more.dead, *more.lost}
    assert set(fewer.down) <= set(more.down)
    assert {*fewer.reduced, *fewer.down} <= {*more.reduced, *more.down}
    assert all(one.redundancy is not Redundancy.UNKNOWN for one in more.standing.values())
