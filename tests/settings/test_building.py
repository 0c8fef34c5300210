"""The sections topology and services, and the places of devices: read, and every mistake told with its line."""

from __future__ import annotations

from typing import Any

import pytest

from dcim.graph import NodeKind, Rating, Topology

HEAD = "format: 1\nsite: {id: a}\n"
UPS = "kind: ups, collector: snmp"


def device(name: str, text: str, number: int = 1) -> str:
    return f"  - {{id: {name}, collector: snmp, address: 'a{number}:161', {text}}}\n"


GOOD = (
    HEAD
    + "groups: {pdus: {kind: pdu, phases: L1, rating: 16 A, reached_through: sw}}\n"
    + "topology:\n"
    + "  mains: {kind: utility}\n"
    + "  board: {kind: switchboard, fed_by: mains, rating: [20 kVA, 19 kW]}\n"
    + "  sw: {kind: switch}\n"
    + "  r2: {kind: rack, fed_by: ups, tenant: t}\n"
    + "services:\n"
    + "  all-racks: {all: [power/r1, power/r2]}\n"
    + "devices:\n"
    + device("ups", "kind: ups, fed_by: board", 1)
    + device("a", "group: pdus, fed_by: [ups], rack: r1, feed: A", 2)
    + device("b", "group: pdus, fed_by: board, rack: r1, feed: B, tenant: t, needs: all", 3)
    + device("m", "kind: meter, measures: board", 4)
    + "  - {id: g1, kind: crac, collector: modbus, modbus: {unit: 1}, address: 'gw:502', reached_through: sw}\n"
    + "  - {id: g2, kind: crac, collector: modbus, modbus: {unit: 2}, address: 'gw:502', fed_by: [ups, board]}\n"
)


def test_a_building_is_read_from_devices_groups_and_drawing(config: Any) -> None:
    """Pains: I1, I3, I4."""
    read, problems = config(GOOD)
    assert problems == []
    topology = Topology(read.wiring)
    pdu = topology.nodes["a"]
    assert (pdu.phases, pdu.rating, pdu.reached_through) == (("L1",), Rating(amperes=16.0), ("sw",))
    assert topology.nodes["b"].needs_all
    assert topology.nodes["board"].rating == Rating(watts=19000.0, voltamperes=20000.0)
    assert topology.ancestors("a") == ("ups", "board", "mains")
    assert topology.meters("board") == ("m",)
    assert {name: (one.needs, one.parts) for name, one in topology.services.items()} == {
        "power/r1": (1, ("a", "b")),
        "power/r2": (1, ("ups",)),
        "tenant/t": (2, ("power/r1", "power/r2")),
        "all-racks": (2, ("power/r1", "power/r2")),
    }


def test_a_service_that_is_written_anew_keeps_the_name_of_what_it_is_for(config: Any) -> None:
    """Beside *Cooling Hall B* stood *Cooling hall-a*, because two of its three units are enough. Pains: H5."""
    text = (
        HEAD
        + "rooms: {h: Hall A}\ntopology:\n  u: {kind: utility}\n"
        + "services:\n  cooling/h: {any: [c1, c2]}\n  own: {any: [c1]}\n"
        + "  tenant/t: {name: Atlas, any: [c1]}\ndevices:\n"
        + device("c1", "kind: crac, room: h, fed_by: u", 1)
        + device("c2", "kind: crac, room: h, fed_by: u", 2)
    )
    read, problems = config(text)
    assert problems == []
    names = {one.id: one.name for one in read.wiring.services}
    assert names == {"cooling/h": "Hall A", "own": "own", "tenant/t": "Atlas"}


def test_devices_at_one_address_are_behind_one_gateway_that_nobody_drew(config: Any) -> None:
    """Pains: C8."""
    read, _ = config(GOOD)
    topology = Topology(read.wiring)
    (gateway,) = topology.of_kind(NodeKind.GATEWAY)
    assert topology.network_path("g1") == topology.network_path("g2") == (gateway, "sw")


MISTAKES = [
    ("topology:\n  s: {kind: switch}\n  p: {kind: pdu}\n", [
        "dcim.yaml:4:3: topology.s: stands alone: nothing names it, and it names nothing",
        "dcim.yaml:5:3: topology.p: stands alone: nothing names it, and it names nothing",
    ]),
    ("topology:\n  a: {kind: utility, fed_by: b}\n  b: {kind: ups, fed_by: a}\n", [
        "dcim.yaml:4:30: topology.a.fed_by: nothing feeds a utility",
        "dcim.yaml:4:30: topology.a.fed_by: a loop: a <- b <- a",
    ]),
    ("topology:\n  tr: {kind: transformer}\n  x: {kind: load, fed_by: tl}\n", [
        "dcim.yaml:4:3: topology.tr: this transformer feeds nothing: name it in fed_by of what it feeds",
        "dcim.yaml:5:27: topology.x.fed_by: no device or part 'tl'; known: tr, x",
    ]),
    ("topology:\n  u: {kind: utility}\n  p: {kind: pdu, rack: r}\n  q: {kind: pdu, rack: r, fed_by: [u, u]}\n", [
        "dcim.yaml:5:3: topology.p: is where a feed ends that comes from no utility and no generator: say what feeds it",
        "dcim.yaml:6:39: topology.q.fed_by[1]: stands twice",
    ]),
    ("topology:\n  s: {kind: switch}\n  p: {kind: pdu, rack: r, fed_by: s, phases: [L1, L1]}\n  o: {kind: pdu, rack: r, fed_by: s}\n", [
        "dcim.yaml:5:46: topology.p.phases: a phase stands twice",
        "dcim.yaml:6:35: topology.o.fed_by: 's' is of kind switch: it feeds nothing",
    ]),
    ("topology:\n  p: {kind: pdu, rack: r, rating: 12 V, cooled_by: q}\n  q: {kind: chiller, reached_through: q}\n", [
        "dcim.yaml:4:35: topology.p.rating: expected a rating such as 32 A, 20 kVA or [20 kVA, 19 kW], found '12 V'",
        "dcim.yaml:5:39: topology.q.reached_through: 'q' is of kind chiller: devices are reached through a switch, a router or a gateway",
        "dcim.yaml:5:39: topology.q.reached_through: a loop: q <- q",
    ]),
    ("topology:\n  p: {kind: pdu, rack: r}\nservices:\n  s: {at_least: 3, of: [p, power/r]}\n  t: {any: [powr/r, t]}\n  v: {all: [p], any: [p]}\n  p: {any: []}\n", [
        "dcim.yaml:6:17: services.s.at_least: expected 1 to 2 of the 2 named, found 3",
        "dcim.yaml:7:13: services.t.any[0]: no device, part or service 'powr/r'; did you mean 'power/r'?",
        "dcim.yaml:7:21: services.t.any[1]: a service that needs itself: t <- t",
        "dcim.yaml:8:3: services.v: expected one of `all: [...]`, `any: [...]`, or `at_least: k` with `of: [...]`",
        "dcim.yaml:9:3: services.p: a device or part has this name already",
        "dcim.yaml:9:12: services.p.any: a service of nothing",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MISTAKES, ids=range(len(MISTAKES)))
def test_every_mistake_is_told_where_it_stands(config: Any, text: str, expected: list[str]) -> None:
    read, problems = config(HEAD + text)
    assert sorted(problems) == sorted(expected)
    assert read.wiring.nodes == ()


def test_water_meters_and_loops_that_share_a_part(config: Any) -> None:
    _, problems = config(
        HEAD
        + "topology:\n"
        + "  a: {kind: switchboard, fed_by: [b, c]}\n"
        + "  b: {kind: switchboard, fed_by: a}\n"
        + "  c: {kind: switchboard, fed_by: a, cooled_by: d}\n"
        + "  d: {kind: chiller, fed_by: c}\n"
        + "devices:\n"
        + device("m", "kind: meter, measures: nothing", 1)
        + device("n", "kind: meter, measures: n", 2)
        + device("broken", "kind: pdu, rom: x", 3)
        + "services: {s: {any: [broken, d]}}\n"
    )
    assert [problem.partition(": ")[2] for problem in problems] == [
        "topology.a.fed_by[0]: a loop: a <- b <- a",
        "topology.c.cooled_by: only a crac or a room is cooled, and this is of kind switchboard",
        "devices[0].measures: no device or part 'nothing'; known: a, b, broken, c, d, m, n, s",
        "devices[1].measures: what a device is need not be said: it measures itself",
        "devices[2].rom: unknown key; did you mean 'room'?",
    ]


def test_a_mistake_in_a_device_hides_none_in_the_building_and_makes_none(config: Any) -> None:
    _, problems = config(
        HEAD
        + "devices:\n"
        + device("ups", "kind: ups, rom: x", 1)
        + device("pdu", "kind: pdu, fed_by: ups, rack: r", 2)
        + device("probe", "kind: sensor, fed_by: pdu", 3)
        + "services: {s: {all: [probe]}}\n"
    )
    assert [problem.split(": ", 2)[2] for problem in problems] == [
        "unknown key; did you mean 'room'?",
        "'probe' is of kind sensor: it says nothing about whether power or cooling is there",
    ]


def test_a_service_is_no_kind_of_device(config: Any) -> None:
    _, problems = config(HEAD + "devices:\n" + device("x", "kind: service"))
    assert len(problems) == 1
    assert "found 'service'" in problems[0]
    assert "gateway, service" not in problems[0]
