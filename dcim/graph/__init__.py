"""The building as a graph: what feeds, cools and reaches what, and the services that stand on it. Pure.

node.py       the parts of the building, what joins them, services
topology.py   who depends on whom
"""

from dcim.graph.node import Node, NodeKind, Rating, Service, ServiceKind, Via, Wiring
from dcim.graph.topology import SUPPLY, Topology

__all__ = ["SUPPLY", "Node", "NodeKind", "Rating", "Service", "ServiceKind", "Topology", "Via", "Wiring"]
