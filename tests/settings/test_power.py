"""The section redundancy and the power of parts: read as ranges, and every mistake told where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from dcim.flow import Interval, network_of
from dcim.graph import Topology

HEAD = "format: 1\nsite: {id: a}\n"


def device(name: str, text: str, number: int) -> str:
    return f"  - {{id: {name}, collector: snmp, address: 'a{number}:161', {text}}}\n"


SITE = (
    HEAD
    + "redundancy: {warn: 75 %, volts: 240, tolerance: 3 %}\n"
    + "topology:\n"
    + "  mains: {kind: utility}\n"
    + "  ge: {kind: genset, rating: 80 kW, power: {starts_in: 8-15 s, fuel: 400 l, burns: 0.24-0.3 l/kWh}}\n"
    + "  inv: {kind: ats, fed_by: [mains, ge], power: {prefers: ge, trip: never}}\n"
    + "  r1: {kind: rack, power: {shares: {pdu-a: 40-60 %, pdu-b: 40-60 %}, takes: 2-4 kVA}}\n"
    + "groups: {pdus: {kind: pdu, power: {warn: 70 %}}}\n"
    + "devices:\n"
    + device("ups", "kind: ups, fed_by: inv, rating: 20 kVA, power: {modules: 4, efficiency: 92-96 %, idle: 190 W, battery: 5 kWh}", 1)
    + device("pdu-a", "group: pdus, fed_by: ups, rack: r1, phases: L1, rating: 16 A, power: {connected: {ups: L3}}", 2)
    + device("pdu-b", "group: pdus, fed_by: inv, rack: r1, rating: 16 A, power: {trip: 110 %}", 3)
)  # fmt: skip


def test_what_parts_declare_reaches_the_network_as_ranges(config: Any) -> None:
    """Pains: I4."""
    read, problems = config(SITE)
    assert problems == []
    said = read.redundancy
    network = network_of(Topology(read.wiring), said.terms).elements
    assert said.on
    assert (said.terms.warn, said.terms.volts, said.terms.tolerance) == (0.75, 240.0, 0.03)
    assert (said.prefers, said.tanks) == ({"inv": "ge"}, {"ge": 400.0})
    ups = network["ups"]
    assert (ups.modules, ups.limit.warn, ups.limit.trip) == (4, 0.75, 1.0)
    assert ups.gain == Interval(pytest.approx(1 / 0.96), pytest.approx(1 / 0.92))
    assert ups.idle == Interval(190.0, pytest.approx(190 / said.terms.power_factor.lo))
    assert ups.battery is not None
    assert ups.battery.joules == Interval(18e6, 18e6)
    assert (network["pdu-a"].limit.warn, network["pdu-a"].feeds[0].phases) == (pytest.approx(0.7), ("L3",))
    assert (network["pdu-b"].limit.warn, network["pdu-b"].limit.trip) == (
        pytest.approx(0.7),
        pytest.approx(1.1),
    )
    assert network["inv"].limit.trip is None
    engine = network["ge"].engine
    assert engine is not None
    assert (engine.starts, engine.burns) == (
        Interval(8.0, 15.0),
        Interval(pytest.approx(0.24), pytest.approx(0.3)),
    )
    assert engine.litres == Interval(0.0, 400.0)
    rack = network["rack/r1"]
    assert rack.demand == Interval(2000.0, 4000.0)
    assert {feed.source: feed.share for feed in rack.feeds} == dict.fromkeys(
        ("pdu-a", "pdu-b"), Interval(0.4, 0.6)
    )


def test_nothing_said_is_the_usual_and_the_question_can_be_left(config: Any) -> None:
    read, problems = config(HEAD + "redundancy: {check: 'off'}\n")
    assert problems == []
    assert not read.redundancy.on
    assert read.redundancy.terms.facts == {}
    assert read.redundancy.limits == {"": (0.8, 1.0)}
    assert read.redundancy.warns == {}, "nobody has declared it"


def test_limits_of_parts_are_known_by_who_tells_of_them(config: Any) -> None:
    """Rules look at devices: a board that a meter measures is told of by the meter. Pains: I1."""
    text = HEAD + (
        "redundancy: {trip: 110 %}\n"
        "topology:\n  u: {kind: utility}\n  b: {kind: switchboard, fed_by: u, rating: 100 A, power: {warn: 60 %}}\n"
        "  l: {kind: load, fed_by: [p, n]}\n  n: {kind: switchboard, fed_by: u, rating: 100 A, power: {trip: never}}\n"
        "devices:\n"
    ) + device("m", "kind: meter, measures: b", 1) + device("p", "kind: pdu, fed_by: b, power: {warn: 50 %, trip: 70 %}", 2)  # fmt: skip
    read, problems = config(text)
    assert problems == []
    limits = {
        name: tuple(one and round(one, 9) for one in both) for name, both in read.redundancy.limits.items()
    }
    assert limits == {"": (0.8, 1.1), "b": (0.6, 1.1), "m": (0.6, 1.1), "n": (0.8, None), "p": (0.5, 0.7)}
    assert {part: round(share, 9) for part, share in read.redundancy.warns.items()} == {"b": 0.6, "p": 0.5}


@pytest.mark.parametrize(
    ("power", "told"),
    [
        ("{warn: 0.8}", "1.warn: expected an amount such as 94 % or 90-96 %, found 0.8"),
        ("{warn: 0 %}", "warn: expected a share such as 80 %, found '0 %'"),
        ("{warn: 90 %, trip: 80 %}", "warn: a warning comes before the trip: expected at most what `trip` says"),
        ("{efficiency: 96-90 %}", "efficiency: a range begins with the smaller number"),
        ("{efficiency: 120 %}", "efficiency: expected a share above 0 % and of at most 100 %, found '120 %'"),
        ("{efficiency: 0-0 %}", "efficiency: expected a share above 0 % and of at most 100 %, found '0-0 %'"),
        ("{efficiency: 0-90 %}", "efficiency: expected a share above 0 % and of at most 100 %, found '0-90 %'"),
        ("{volts: -230}", "volts: expected at least 12, found -230"),
        ("{takes: 3 m}", "takes: expected an amount such as 2 kW or 1-3 kVA, found '3 m'"),
        ("{battery: 5 kWh}", "battery: a pdu stores nothing: only a ups, a dc_plant or a battery does"),
        ("{fuel: 5 l}", "fuel: a pdu is no genset: nothing burns fuel"),
        ("{burns: 0.3 l/kWh}", "burns: a pdu is no genset: nothing burns fuel"),
        ("{burns: 5 kW}", "burns: expected a consumption such as 0.24-0.3 l/kWh, found '5 kW'"),
        ("{starts_in: 5 s}", "starts_in: a pdu is no genset: nothing starts"),
        ("{prefers: ups}", "prefers: a pdu does not choose between its feeds: only an ats, a sts or a ups does"),
        ("{modules: 3}", "modules: say in `rating` what all modules give together"),
        ("{shares: {upss: 5 %}}", "shares.upss: 'upss' does not feed it; known: ups"),
        ("{shares: {ups: 90 %}}", "shares: together less than 100 %"),
        ("{connected: {ups: [L1, L2]}}", "connected.ups: expected 3 phases, those that its own are connected to"),
        ("{connected: {ups: L4}}", "connected.ups: expected one of L1, L2, L3, found 'L4'"),
        ("{waring: 80 %}", "waring: unknown key"),
        ("{takes: 2 kW}", "takes: a pdu passes on what hangs on it: `takes` is of loads, `idle` what it takes itself"),
        ("{warn: 120 %}", "warn: a warning comes before the trip: expected at most 100 %, or a `trip` above it"),
        ("{trip: 70 %}", "trip: a warning comes before the trip: expected at least 80 %, or a `warn` below it"),
        ("{connected: {ups: [L1, L1, L2]}}", "connected.ups: L1 stands there twice: each of its own phases is on another one"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told_with_its_line(power: str, told: str, config: Any) -> None:
    text = (
        HEAD + "devices:\n" + device("ups", "kind: ups", 1) + device("p", f"kind: pdu, fed_by: ups, power: {power}", 2)
    )  # fmt: skip
    _, problems = config(text)
    assert len(problems) == 1, problems
    assert problems[0].startswith("dcim.yaml:5:")
    assert told.removeprefix("1.") in problems[0]


def test_a_switch_prefers_what_feeds_it_and_shares_are_at_most_all(config: Any) -> None:
    text = HEAD + "topology:\n  u: {kind: utility}\n  v: {kind: utility}\n" + (
        "  s: {kind: sts, fed_by: [u, v], power: {prefers: w}}\n"
        "  l: {kind: load, fed_by: [s, v], power: {shares: {s: 60 %, v: 60 %}}}\n"
    )  # fmt: skip
    _, problems = config(text)
    assert problems == [
        "dcim.yaml:6:51: topology.s.power.prefers: 'w' does not feed it; known: u, v",
        "dcim.yaml:7:51: topology.l.power.shares: together more than 100 %",
    ]


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("u: {kind: ups, fed_by: m, power: {takes: 2 kW}}", "takes: a ups passes on what hangs on it: `takes` is of loads, `idle` what it takes itself"),
        ("u: {kind: ups, fed_by: m, power: {battery: 0 kWh}}", "battery: expected more than nothing, such as 12 kWh, found '0 kWh'"),
        ("u: {kind: ups, fed_by: m, power: {shares: {m: 100 %}}}", "shares: a ups takes from one feed at a time: `prefers` says from which"),
        ("u: {kind: genset, power: {fuel: 0 l}}", "fuel: expected more than nothing, such as 400 l, found '0 l'"),
        ("u: {kind: genset, power: {burns: 0 l/kWh}}", "burns: expected a consumption such as 0.24-0.3 l/kWh, found '0 l/kWh'"),
        ("u: {kind: load, fed_by: m, power: {warn: 60 %}}", "warn: a load has no breaker of its own: say it of what feeds it"),
        ("u: {kind: load, fed_by: m, power: {idle: 60 W}}", "idle: a load passes nothing on: `takes` is what it takes"),
        ("u: {kind: load, fed_by: m, phases: L1, power: {connected: {m: L3}}}", "connected.m: what feeds it has no L3: expected of L1, L2"),
    ],
)  # fmt: skip
def test_what_a_kind_cannot_say_is_refused_with_what_to_write(part: str, told: str, config: Any) -> None:
    """It was read, and counted for nothing or made answers wrong. Pains: I4."""
    parts = "topology:\n  x: {kind: utility}\n  m: {kind: switchboard, fed_by: x, phases: [L1, L2]}\n"
    feeds = "m" if "kind: load" in part else "[m, u]"
    _, problems = config(HEAD + parts + f"  {part}\n  z: {{kind: load, fed_by: {feeds}}}\n")
    assert [told in one for one in problems] == [True], problems


@pytest.mark.parametrize("tolerance", ["100 %", "300 %", "0 %", "2-3 %"])
def test_readings_that_may_be_off_by_all_of_themselves_are_refused(tolerance: str, config: Any) -> None:
    """With 300 % every answer was *not known*. Pains: I4."""
    _, problems = config(HEAD + f"redundancy: {{tolerance: {tolerance}}}\n")
    assert problems == [
        "dcim.yaml:3:25: redundancy.tolerance: expected a share above 0 % and below 100 %, such as 2 %, "
        f"found {tolerance!r}"
    ]


@pytest.mark.parametrize(
    ("section", "told"),
    [
        (
            "{warn: 90 %, trip: 50 %}",
            "3:20: redundancy.warn: a warning comes before the trip: expected at most 50 %",
        ),
        ("{warn: 120 %}", "3:20: redundancy.warn: a warning comes before the trip: expected at most 100 %"),
        (
            "{trip: 50 %}",
            "3:20: redundancy.trip: a warning comes before the trip: expected at least 80 %, or a `warn` below it",
        ),
        (
            "{power_factor: 0-90 %}",
            "3:28: redundancy.power_factor: expected a share above 0 % and of at most 100 %, found '0-90 %'",
        ),
    ],
)
def test_a_site_warns_before_what_trips_whichever_of_both_is_said(
    section: str, told: str, config: Any
) -> None:
    _, problems = config(HEAD + f"redundancy: {section}\n")
    assert problems == [f"dcim.yaml:{told}"]
    assert config(HEAD + "redundancy: {warn: 100 %, trip: 100 %}\n")[1] == []


def test_a_slip_in_the_power_of_a_part_says_nothing_of_what_feeds_it(config: Any) -> None:
    """It was told that the switch above it feeds nothing."""
    text = HEAD + (
        "topology:\n  u: {kind: utility}\n  v: {kind: utility}\n  x: {kind: ats, fed_by: [u, v]}\n"
        "  r: {kind: rack}\n  l: {kind: load, fed_by: x, power: {takes: 5 bananas}}\n"
    )
    _, problems = config(text)
    assert [problem.partition(": ")[2] for problem in problems] == [
        "topology.l.power.takes: expected an amount such as 2 kW or 1-3 kVA, found '5 bananas'"
    ]
