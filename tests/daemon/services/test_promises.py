"""What the building promises is in the ledger: k of which n, in which version, and how short a change goes unseen."""

from __future__ import annotations

from collections.abc import Mapping

from dcim.daemon.services.promises import Promises, definition
from dcim.graph import Node, NodeKind, Topology, Wiring
from dcim.graph.derive import derive
from dcim.ledger import Entry, append, genesis
from dcim.model.fact import Body, Fact, FactKind

PDU_A = Node("a", NodeKind.PDU, rack="r1", room="hall-1", feed="A", tenant="atlas", polled=True)
PDU_B = Node("b", NodeKind.PDU, rack="r1", room="hall-1", feed="B", tenant="atlas", polled=True)
LASTS = {"a": 30.0, "b": 180.0}


def building(*nodes: Node) -> Topology:
    return Topology(derive(nodes, {"hall-1": "Hall 1"}))


def written(facts: list[Fact]) -> list[Entry]:
    head, found = genesis("cas1", "test"), []
    for fact in facts:
        found.append(append(head, fact, 1))
        head = found[-1].head
    return found


def known(facts: list[Fact]) -> Promises:
    entries = written(facts)
    defined = [one for one in entries if one.kind == FactKind.SERVICE_DEFINED]
    building_ = [one for one in entries if one.kind == FactKind.TOPOLOGY]
    return Promises.of("cas1", defined, building_[-1])


def by_subject(facts: list[Fact]) -> Mapping[str, Body]:
    return {fact.subject: fact.body for fact in facts}


def test_what_is_new_is_defined_once_with_the_version_of_the_building() -> None:
    """Pains: G3."""
    topology = building(PDU_A, PDU_B)
    first = list(Promises("cas1").facts(topology, LASTS, 5.0))
    told = by_subject(first)
    assert told["power/r1"] == {
        "kind": "power",
        "name": "r1",
        "needs": 1,
        "parts": ["a", "b"],
        "room": "hall-1",
        "rack": "r1",
        "tenant": "atlas",
        "bound": 181.0,
    }
    assert told["cas1"]["added"] == [name for name in told if name != "cas1"]
    assert told["cas1"]["before"] is None
    assert list(known(first).facts(topology, LASTS, 6.0)) == []


def test_a_part_more_is_another_version_and_what_is_gone_is_said() -> None:
    first = list(Promises("cas1").facts(building(PDU_A, PDU_B), LASTS, 5.0))
    grown = Node("c", NodeKind.PDU, rack="r2", room="hall-1", feed="A", polled=True)
    second = list(known(first).facts(building(PDU_A, PDU_B, grown), LASTS, 6.0))
    assert {fact.subject for fact in second} == {"cas1", "power/r2"}
    assert second[0].body["before"] == first[0].body["sha256"] != second[0].body["sha256"]
    third = list(known([*first, *second]).facts(building(PDU_A, PDU_B), LASTS, 7.0))
    assert by_subject(third)["power/r2"] == {"removed": True}
    assert third[0].body["sha256"] == first[0].body["sha256"]
    assert third[0].body["removed"] == ["power/r2"]


def test_a_slower_device_is_another_bound_and_the_same_building() -> None:
    first = list(Promises("cas1").facts(building(PDU_A, PDU_B), LASTS, 5.0))
    later = list(known(first).facts(building(PDU_A, PDU_B), {"a": 30.0, "b": 30.0}, 6.0))
    assert {fact.subject: fact.body["bound"] for fact in later} == {"power/r1": 31.0, "tenant/atlas": 31.0}


def test_a_part_that_nobody_polls_is_known_as_late_as_anything() -> None:
    topology = building(PDU_A, PDU_B)
    assert definition(topology.services["power/r1"], topology, {"elsewhere": 90.0})["bound"] == 91.0


def test_without_a_site_nothing_is_told() -> None:
    assert list(Promises().facts(Topology(Wiring()), {}, 5.0)) == []
