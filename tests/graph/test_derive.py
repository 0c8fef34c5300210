"""Racks, rooms, tenants and their services that nobody has to write."""

from __future__ import annotations

from dcim.graph import Node, NodeKind, Service, ServiceKind, Wiring
from dcim.graph.derive import derive

K = NodeKind


def pdu(name: str, **more: object) -> Node:
    return Node(name, K.PDU, **{"rack": "r1", **more})  # type: ignore[arg-type]


def services(wiring: Wiring) -> dict[str, tuple[int, tuple[str, ...]]]:
    return {one.id: (one.needs, one.parts) for one in wiring.services}


def test_two_pdus_are_two_feeds_of_which_one_is_enough() -> None:
    """Pains: I1."""
    found = derive([pdu("a", feed="A", room="hall"), pdu("b", feed="B", room="hall")], {})
    assert services(found) == {"power/r1": (1, ("a", "b"))}
    rack = found.nodes[-1]
    assert (rack.id, rack.kind, rack.fed_by, rack.room) == ("rack/r1", K.RACK, ("a", "b"), "hall")
    assert found.services[0].derived


def test_pdus_of_one_feed_are_needed_together() -> None:
    found = derive([pdu("a1", feed="A"), pdu("a2", feed="A"), pdu("b1", feed="B")], {})
    assert services(found) == {"power/r1/A": (2, ("a1", "a2")), "power/r1": (1, ("power/r1/A", "b1"))}


def test_a_transfer_switch_in_the_rack_is_needed_beside_the_feeds() -> None:
    ats = Node("ats", K.ATS, fed_by=("a", "b"), rack="r1")
    found = derive([pdu("a"), pdu("b"), ats], {})
    assert services(found) == {"power/r1/feeds": (1, ("a", "b")), "power/r1": (2, ("power/r1/feeds", "ats"))}
    assert services(derive([ats], {})) == {"power/r1": (1, ("ats",))}


def test_what_feeds_a_pdu_in_the_same_rack_is_no_feed_of_its_own() -> None:
    """Pains: I3."""
    ups = Node("ups", K.UPS, rack="r1")
    assert services(derive([ups, pdu("a", fed_by=("ups",)), pdu("b")], {})) == {"power/r1": (1, ("a", "b"))}


def test_racks_of_one_name_in_two_rooms_are_told_apart() -> None:
    found = derive([pdu("a", room="x"), pdu("b", room="y")], {})
    assert services(found) == {"power/x/r1": (1, ("a",)), "power/y/r1": (1, ("b",))}


def test_what_does_not_say_its_room_is_where_the_rest_of_the_rack_is() -> None:
    assert services(derive([pdu("a", room="x"), pdu("b")], {})) == {"power/r1": (1, ("a", "b"))}


def test_a_rack_with_nothing_but_probes_has_no_power_service() -> None:
    found = derive([Node("probe", K.SENSOR, rack="r1")], {})
    assert (found.services, len(found.nodes)) == ((), 1)


def test_a_drawn_rack_keeps_what_was_drawn() -> None:
    rack = Node("rack/r9", K.RACK, fed_by=("fpdu-a", "fpdu-b"), rack="r9", tenant="atlas")
    found = derive([Node("fpdu-a", K.FLOOR_PDU), Node("fpdu-b", K.FLOOR_PDU), rack], {})
    assert services(found) == {"power/r9": (1, ("fpdu-a", "fpdu-b")), "tenant/atlas": (1, ("power/r9",))}


def test_cooling_spares_one_unit_and_a_single_one_is_needed() -> None:
    units = [Node(f"crac-{n}", K.CRAC, room="hall") for n in range(4)]
    found = derive(units, {"hall": "Salle 1"})
    assert services(found) == {"cooling/hall": (3, ("crac-0", "crac-1", "crac-2", "crac-3"))}
    assert (found.nodes[-1].id, found.nodes[-1].name) == ("room/hall", "Salle 1")
    assert services(derive(units[:1], {})) == {"cooling/hall": (1, ("crac-0",))}


def test_a_tenant_has_the_power_of_all_its_racks_and_what_stands_in_none() -> None:
    nodes = [
        pdu("a", tenant="t"),
        pdu("b", rack="r2", tenant="t"),
        pdu("c", rack="", tenant="t"),
        pdu("d", rack="r3"),
    ]
    assert services(derive(nodes, {}))["tenant/t"] == (3, ("power/r1", "power/r2", "c"))


def test_what_somebody_wrote_stands_instead_and_after_what_it_needs() -> None:
    own = Service("power/r1", ServiceKind.POWER, 2, ("a", "b"), subject="r1")
    site = Service("site", ServiceKind.OTHER, 1, ("tenant/t",))
    found = derive([pdu("a", tenant="t"), pdu("b")], {}, (site, own))
    assert list(services(found).items()) == [
        ("power/r1", (2, ("a", "b"))), ("tenant/t", (1, ("power/r1",))), ("site", (1, ("tenant/t",))),
    ]  # fmt: skip
