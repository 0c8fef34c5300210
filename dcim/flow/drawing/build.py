"""From the drawing of the site to the network that power flows in. Pure.

a rack with PDUs and a transfer switch    two loads: RACK on the PDUs, RACK@SWITCH on the switch alone
a battery among the feeds of a UPS        no feed: what the UPS stores
a meter that measures a part              no element: its readings are those of the part
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from dcim.flow.drawing.terms import Facts, Terms
from dcim.flow.values.interval import ANY, NOTHING, UNKNOWN, WHOLE, Interval
from dcim.flow.values.model import Battery, Element, Feed, Limit, Network, Rule
from dcim.graph import Node, NodeKind, Topology, Via
from dcim.graph.node import COOLERS, SOURCES, STORES, TRANSFER

LOADS: Final = frozenset({NodeKind.RACK, NodeKind.LOAD, NodeKind.CHILLER, *COOLERS})
"""Where power ends: their rating is what they take at most, no breaker."""

_SPACES: Final = frozenset({NodeKind.ROOM})
_UNLIMITED: Final = LOADS | {NodeKind.METER, NodeKind.BATTERY}


def network_of(topology: Topology, terms: Terms | None = None) -> Network:
    """Return the network of a building: every part that feeds, is fed, or cools.

    Meters with ``measures`` are no part of it, nor is what stands only between the daemon and devices, or has
    no
    feed and feeds nothing.
    """
    terms = terms or Terms()
    found = {one.id: one for node in topology.nodes.values() for one in _elements(topology, node, terms)}
    return Network(MappingProxyType(found))


def _elements(topology: Topology, node: Node, terms: Terms) -> Iterator[Element]:
    feeds = [name for name in node.fed_by if not _is_battery(topology, name)]
    if node.measures or not (feeds or topology.children(node.id) or node.kind in LOADS | SOURCES):
        return
    if _is_battery(topology, node.id):
        return
    switches = [name for name in feeds if _kind(topology, name) in TRANSFER]
    if node.kind is NodeKind.RACK and switches and len(feeds) > 1 and not node.needs_all:
        for switch in switches:
            yield _element(topology, node, terms, f"{node.id}@{switch}", [switch])
        feeds = [name for name in feeds if name not in switches]
        if not feeds:
            return
    yield _element(topology, node, terms, node.id, feeds)


def _kind(topology: Topology, name: str) -> NodeKind | None:
    node = topology.nodes.get(name)
    return node.kind if node is not None else None


def _is_battery(topology: Topology, name: str) -> bool:
    return _kind(topology, name) is NodeKind.BATTERY


def _element(topology: Topology, node: Node, terms: Terms, name: str, feeds: list[str]) -> Element:
    facts = terms.of(name)
    stores = node.kind in STORES
    return Element(
        id=name,
        kind=node.kind,
        feeds=tuple(_feed(topology, source, node, facts) for source in feeds),
        rule=_rule(node),
        phases=node.phases,
        limit=_limit(node, terms, facts),
        volts=facts.volts or terms.volts,
        power_factor=terms.power_factor,
        gain=_gain(facts.efficiency or terms.efficiency(node.kind)),
        idle=facts.idle or NOTHING,
        balances=stores,
        modules=facts.modules,
        battery=(facts.battery or Battery()) if stores else None,
        engine=(facts.engine or terms.engine) if node.kind is NodeKind.GENSET else None,
        demand=_demand(node, facts, terms) if node.kind in LOADS else None,
        cooled_by=node.cooled_by if node.kind not in _SPACES else node.before(Via.COOLING),
    )


def _gain(efficiency: Interval) -> Interval:
    """Return input by output."""
    return WHOLE if efficiency == WHOLE else Interval(1.0 / efficiency.hi, 1.0 / efficiency.lo)


def _rule(node: Node) -> Rule:
    if node.needs_all:
        return Rule.ALL
    return Rule.SELECT if node.kind in TRANSFER | STORES else Rule.SHARE


def _feed(topology: Topology, source: str, node: Node, facts: Facts) -> Feed:
    above = topology.nodes.get(source)
    return Feed(
        source=source,
        phases=facts.connected.get(source, ()),
        share=facts.shares.get(source, ANY),
        side=above.feed if above is not None and node.kind in LOADS else "",
    )


def _limit(node: Node, terms: Terms, facts: Facts) -> Limit:
    """Return what it may carry; where power ends there is no breaker of its own."""
    warn, trip = facts.warn or terms.warn, facts.trip or terms.trip
    if facts.limit is not None:
        return facts.limit
    if node.kind in _UNLIMITED:
        return Limit()
    rating = node.rating
    return Limit(rating.amperes, rating.voltamperes, rating.watts, warn, trip)


def _demand(node: Node, facts: Facts, terms: Terms) -> Interval:
    """Return what a load takes: as declared, or between nothing and its rating."""
    if facts.demand is not None:
        return facts.demand
    phases = len(node.phases) or 3
    rated = [
        node.rating.voltamperes,
        node.rating.watts / terms.power_factor.lo if node.rating.watts is not None else None,
        node.rating.amperes * phases * terms.volts if node.rating.amperes is not None else None,
    ]
    known = [one for one in rated if one is not None]
    return Interval(0.0, min(known)) if known else UNKNOWN
