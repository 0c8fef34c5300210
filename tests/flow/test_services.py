"""Which services a loss takes, by the flow and not by the drawing alone.

Pains: I1, I6, F10.
"""

from __future__ import annotations

from dcim.flow import (
    Before,
    Facts,
    Flow,
    Limit,
    Reading,
    Situation,
    Terms,
    network_of,
    suffering,
    suffering_after,
)
from dcim.graph import (
    Basis,
    Evidence,
    Node,
    NodeKind,
    Redundancy,
    Service,
    ServiceKind,
    State,
    Topology,
    Wiring,
)

K = NodeKind
NODES = (
    Node("utility", K.UTILITY),
    Node("genset", K.GENSET),
    Node("inv", K.ATS, fed_by=("utility", "genset")),
    Node("ups-a", K.UPS, fed_by=("inv",)),
    Node("ups-b", K.UPS, fed_by=("inv",)),
    Node("pdu-a", K.PDU, fed_by=("ups-a",), phases=("L1",), feed="A"),
    Node("pdu-b", K.PDU, fed_by=("ups-b",), phases=("L1",), feed="B"),
    Node("chiller", K.CHILLER, fed_by=("inv",)),
    Node("crac-1", K.CRAC, fed_by=("ups-a", "inv"), needs_all=True, cooled_by=("chiller",), room="hall"),
    Node("crac-2", K.CRAC, fed_by=("ups-b",), room="hall"),
    Node("rack/r1", K.RACK, fed_by=("pdu-a", "pdu-b"), phases=("L1",)),
    Node("room/hall", K.ROOM, cooled_by=("crac-1", "crac-2")),
)
SERVICES = (
    Service("power/r1", ServiceKind.POWER, 1, ("pdu-a", "pdu-b"), subject="r1"),
    Service("cooling/hall", ServiceKind.COOLING, 1, ("crac-1", "crac-2"), subject="hall"),
    Service("tenant/atlas", ServiceKind.TENANT, 1, ("power/r1",), subject="atlas"),
)
TOPOLOGY = Topology(Wiring(NODES, SERVICES))


def flow(limit: float, tolerance: float = 0.0) -> Flow:
    facts = {name: Facts(limit=Limit(amperes=limit)) for name in ("pdu-a", "pdu-b")}
    said = {name: (Reading("L1", amperes=6.0, tolerance=tolerance),) for name in ("pdu-a", "pdu-b")}
    return Flow(network_of(TOPOLOGY, Terms(facts=facts)), Situation(readings=said))


def test_a_feed_that_is_lost_reduces_what_the_other_carries() -> None:
    outcome = flow(16.0).lose("pdu-a")
    suffers = suffering(TOPOLOGY, outcome.lost, outcome.settled)
    assert suffers.reduced == ("power/r1", "tenant/atlas")
    assert not suffers.down


def test_a_feed_that_trips_behind_it_takes_the_service_down() -> None:
    outcome = flow(10.0).lose("pdu-a")
    suffers = suffering(TOPOLOGY, outcome.lost, outcome.settled)
    assert suffers.down == ("power/r1", "tenant/atlas")


def test_a_feed_that_may_trip_leaves_the_service_unknown() -> None:
    outcome = flow(12.1, tolerance=0.02).lose("pdu-a")
    suffers = suffering(TOPOLOGY, outcome.lost, outcome.settled)
    assert suffers.unknown == ("power/r1", "tenant/atlas")


def test_cooling_stops_with_the_mains_and_comes_back_with_the_generator() -> None:
    at_once, engines = flow(16.0).lose("utility").stages
    first = suffering(TOPOLOGY, ("utility",), at_once)
    assert {"crac-1", "chiller", "inv"} <= at_once.dead
    assert "cooling/hall" in first.reduced  # the unit on UPS B goes on
    later = suffering(TOPOLOGY, ("utility",), engines)
    assert not later.down
    assert "crac-1" not in engines.dead


def test_a_unit_without_its_chiller_cools_nothing() -> None:
    outcome = flow(16.0).lose("chiller")
    assert "cooling/hall" in suffering(TOPOLOGY, outcome.lost, outcome.settled).reduced
    outcome = flow(16.0).lose("chiller", "crac-2")
    assert "cooling/hall" in suffering(TOPOLOGY, outcome.lost, outcome.settled).down


def test_the_loss_of_a_module_reduces_what_the_ups_serves_only_in_its_own_redundancy() -> None:
    terms = Terms(facts={"ups-a": Facts(modules=2)})
    outcome = Flow(network_of(TOPOLOGY, terms)).lose("ups-a:module")
    assert not suffering(TOPOLOGY, outcome.lost, outcome.settled).down


def test_many_losses_tried_on_what_stood_before_say_what_each_alone_says() -> None:
    evidence = {name: Evidence(name, State.UP, Basis.MEASURED, Redundancy.FULL) for name in TOPOLOGY.nodes}
    evidence["pdu-b"] = Evidence("pdu-b", State.DOWN, Basis.MEASURED, Redundancy.REDUCED)
    before, moved = Before(TOPOLOGY, evidence), flow(16.0)
    for name in ("pdu-a", "crac-1", "ups-b", "utility"):
        outcome = moved.lose(name)
        alone = suffering(TOPOLOGY, outcome.lost, outcome.settled, evidence)
        assert suffering_after(before, outcome.lost, outcome.settled) == alone
    assert suffering(TOPOLOGY, ("pdu-a",), moved.lose("pdu-a").settled, evidence).down == (
        "power/r1",
        "tenant/atlas",
    )
