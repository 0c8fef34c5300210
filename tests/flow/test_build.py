"""The network of a drawing.

Pains: I1, I4.
"""

from __future__ import annotations

import pytest

from dcim.flow import UNKNOWN, Facts, Interval, Limit, Network, Rule, Terms, network_of
from dcim.flow.values.model import Element, Feed
from dcim.graph import Node, NodeKind, Rating, Topology, Wiring

K = NodeKind


def built(*nodes: Node, terms: Terms | None = None) -> Network:
    return network_of(Topology(Wiring(nodes)), terms)


UPS = Node("ups", K.UPS, fed_by=("utility", "cells"), rating=Rating(voltamperes=80e3, watts=72e3))
SITE = (
    Node("utility", K.UTILITY),
    Node("cells", K.BATTERY),
    UPS,
    Node("pdu-a", K.PDU, fed_by=("ups",), rating=Rating(amperes=32.0), phases=("L1", "L2", "L3"), feed="A"),
    Node("pdu-b", K.PDU, fed_by=("ups",), rating=Rating(amperes=32.0), phases=("L1", "L2", "L3"), feed="B"),
    Node("ats", K.ATS, fed_by=("pdu-a", "pdu-b")),
    Node("meter", K.METER, measures="pdu-a"),
    Node("switch", K.SWITCH),
    Node("rack/r1", K.RACK, fed_by=("pdu-a", "pdu-b", "ats"), rating=Rating(watts=9000.0)),
)


def test_ratings_become_limits_with_the_shares_of_the_standards() -> None:
    network = built(*SITE)
    assert network.elements["pdu-a"].limit == Limit(amperes=32.0, warn=0.8, trip=1.0)
    assert network.elements["ups"].limit == Limit(voltamperes=80e3, watts=72e3, warn=0.8, trip=1.0)


def test_a_rack_on_two_pdus_and_a_switch_is_two_loads_with_a_rating_and_no_breaker() -> None:
    network = built(*SITE)
    both, single = network.elements["rack/r1"], network.elements["rack/r1@ats"]
    assert [feed.source for feed in both.feeds] == ["pdu-a", "pdu-b"]
    assert [feed.side for feed in both.feeds] == ["A", "B"]
    assert [feed.source for feed in single.feeds] == ["ats"]
    assert not both.limit
    assert both.demand == Interval(0.0, pytest.approx(10_000.0))  # 9 kW at a power factor of 0.9


def test_a_battery_is_no_feed_and_a_meter_or_a_switch_no_element() -> None:
    network = built(*SITE)
    assert "cells" not in network.elements
    assert {"meter", "switch"}.isdisjoint(network.elements)
    ups = network.elements["ups"]
    assert [feed.source for feed in ups.feeds] == ["utility"]
    assert ups.battery is not None
    assert ups.balances
    assert ups.gain.lo < 1.02 < ups.gain.hi


def test_what_was_declared_goes_before_what_is_usual() -> None:
    facts = Facts(
        limit=Limit(amperes=16.0),
        efficiency=Interval(0.96, 0.96),
        modules=3,
        shares={"utility": Interval(0.5, 0.5)},
        connected={"utility": ("L2",)},
    )
    ups = built(*SITE, terms=Terms(facts={"ups": facts})).elements["ups"]
    assert ups.limit.amperes == 16.0
    assert ups.gain.lo == pytest.approx(1 / 0.96)
    assert ups.modules == 3
    assert ups.feeds[0] == Feed("utility", ("L2",), Interval(0.5, 0.5))


def test_a_cooling_unit_needs_all_of_its_feeds_and_takes_nobody_knows_how_much() -> None:
    crac = Node("crac", K.CRAC, fed_by=("ups", "utility"), needs_all=True)
    element = built(*SITE, crac).elements["crac"]
    assert element.rule is Rule.ALL
    assert element.demand == UNKNOWN
    assert built(*SITE).elements["ats"].rule is Rule.SELECT


def test_a_network_that_goes_in_a_circle_or_nowhere_is_none() -> None:
    with pytest.raises(ValueError, match="loop goes through"):
        _ = Network({name: Element(name, K.PDU, (Feed(other),)) for name, other in ("ab", "ba")}).order
    with pytest.raises(ValueError, match="nothing is called 'b'"):
        _ = Network({"a": Element("a", K.PDU, (Feed("b"),))}).order
