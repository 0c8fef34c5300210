"""A small site: two feeds, a generator behind both, a UPS a feed, a rack with two PDUs and one with a transfer switch."""

from __future__ import annotations

import pytest

from dcim.graph import Node, NodeKind, Service, ServiceKind, Topology, Wiring

K = NodeKind

NODES = (
    Node("utility", K.UTILITY),
    Node("genset", K.GENSET),
    Node("tr", K.TRANSFORMER, fed_by=("utility",)),
    Node("inv", K.ATS, fed_by=("tr", "genset")),
    Node("board", K.SWITCHBOARD, fed_by=("inv",)),
    Node("ups-a", K.UPS, fed_by=("board",)),
    Node("ups-b", K.UPS, fed_by=("board",)),
    Node("fpdu-a", K.FLOOR_PDU, fed_by=("ups-a",)),
    Node("fpdu-b", K.FLOOR_PDU, fed_by=("ups-b",)),
    Node("pdu-a", K.PDU, fed_by=("fpdu-a",), room="hall", reached_through=("switch",)),
    Node("pdu-b", K.PDU, fed_by=("fpdu-b",), room="hall", reached_through=("switch",)),
    Node("ats", K.ATS, fed_by=("fpdu-a", "fpdu-b"), room="hall"),
    Node("meter", K.METER, measures="board"),
    Node("chiller", K.CHILLER, fed_by=("board",)),
    Node("crac-1", K.CRAC, fed_by=("ups-a", "board"), needs_all=True, cooled_by=("chiller",), room="hall"),
    Node("crac-2", K.CRAC, fed_by=("ups-b",), room="hall"),
    Node("core", K.ROUTER),
    Node("switch", K.SWITCH, reached_through=("core",)),
    Node("rack/r1", K.RACK, fed_by=("pdu-a", "pdu-b")),
    Node("room/hall", K.ROOM, cooled_by=("crac-1", "crac-2")),
)
SERVICES = (
    Service("power/r1", ServiceKind.POWER, 1, ("pdu-a", "pdu-b"), subject="r1"),
    Service("power/r2", ServiceKind.POWER, 1, ("ats",), subject="r2"),
    Service("cooling/hall", ServiceKind.COOLING, 1, ("crac-1", "crac-2"), subject="hall"),
    Service("tenant/atlas", ServiceKind.TENANT, 2, ("power/r1", "power/r2"), subject="atlas"),
)


@pytest.fixture
def topology() -> Topology:
    return Topology(Wiring(NODES, SERVICES))
