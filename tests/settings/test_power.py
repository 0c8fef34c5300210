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
