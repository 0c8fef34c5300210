"""Supplies that carry the same load, each enough: when one is lost the other takes all of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dcim.graph.node import Node, NodeKind, Service, ServiceKind
from dcim.graph.topology import Topology
from dcim.record import dataclass

_CARRIERS = frozenset({NodeKind.PDU, NodeKind.FLOOR_PDU})


@dataclass(frozen=True, slots=True)
class Pair:
    """A service that either of two sides can give alone; each side is one or several PDUs that are asked."""

    service: str
    sides: tuple[tuple[Node, ...], tuple[Node, ...]]


def pairs(topology: Topology) -> Iterator[Pair]:
    """Yield the racks that two sides of PDUs feed, either of which is meant to be enough."""
    for service in topology.services.values():
        if service.kind is ServiceKind.POWER and service.needs == 1 and len(service.parts) == 2:
            first, second = (_side(topology, part) for part in service.parts)
            if first and second:
                yield Pair(service.id, (first, second))


def _side(topology: Topology, part: str) -> tuple[Node, ...]:
    """Return the PDUs of one side; none where something else is among them."""
    group = topology.services.get(part)
    names = group.parts if group is not None and _is_whole(group) else (part,)
    nodes = [topology.nodes[name] for name in names if name in topology.nodes]
    right = len(nodes) == len(names) and all(node.kind in _CARRIERS and node.polled for node in nodes)
    return tuple(nodes) if right else ()


def _is_whole(group: Service) -> bool:
    return group.kind is ServiceKind.FEED and group.needs == len(group.parts)
