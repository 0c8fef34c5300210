"""The transfer switches that a source of power feeds, before any other. Pure."""

from __future__ import annotations

from dcim.graph.node import TRANSFER, Via
from dcim.graph.topology import Topology


def first_switches(topology: Topology, source: str) -> frozenset[str] | None:
    """Return the first transfer switches behind a part, and the meters that tell of them.

    A switch behind another one says nothing of the source. None where the drawing lets it feed nothing.
    """
    if source not in topology or not topology.children(source, Via.POWER):
        return None
    found: set[str] = set()
    seen, ahead = {source}, [source]
    while ahead:
        for name in topology.children(ahead.pop(), Via.POWER):
            if name in seen:
                continue
            seen.add(name)
            if topology.nodes[name].kind in TRANSFER:
                found.update((name, *topology.meters(name)))
            else:
                ahead.append(name)
    return frozenset(found)
