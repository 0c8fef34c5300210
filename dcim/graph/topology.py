"""The building as a graph that answers quickly who depends on whom. Pure.

utility -> transformer -> ATS -> UPS -> floor PDU -> rack PDU -> rack       power
chiller -> CRAC -> room                                                     cooling
router -> switch -> gateway -> device                                       network
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

from dcim.graph.node import Node, NodeKind, Service, Via, Wiring

SUPPLY: Final = (Via.POWER, Via.COOLING)
"""What keeps a part of the building working; the network only tells us about it."""

_NOBODY: Final[tuple[str, ...]] = ()

_Key = TypeVar("_Key")

_Links: TypeAlias = dict[tuple[Via, ...], Mapping[str, tuple[str, ...]]]
"""What stands next to each part, by the ways that are followed."""


class Topology:
    """Parents, ancestors, children and siblings of every part, and the services that stand on them.

    Made once for a configuration that was checked; a loop raises ValueError. Names that it does not know have
    no relatives, so that a device from elsewhere is answered too.
    """

    def __init__(self, wiring: Wiring) -> None:
        self.nodes: Mapping[str, Node] = MappingProxyType({node.id: node for node in wiring.nodes})
        self.services: Mapping[str, Service] = MappingProxyType({one.id: one for one in wiring.services})
        parents = {via: _parents(self.nodes, via) for via in Via}
        children = {via: _turned(parents[via]) for via in Via}
        self._parents, self._children = _by_ways(parents), _by_ways(children)
        self._members = _grouped(((node.room, node.kind), node.id) for node in wiring.nodes)
        self._needing = _grouped((part, service.id) for service in wiring.services for part in service.parts)
        self._order = _ordered(self.nodes, self.parents)
        self._rank = {name: number for number, name in enumerate(self._order)}
        self._racks: dict[str, tuple[str, ...]] = {}
        self._above: dict[tuple[Via, ...], dict[str, tuple[str, ...]]] = defaultdict(dict)
        self._meters = _grouped((node.measures, node.id) for node in wiring.nodes if node.measures)

    def __contains__(self, node_id: str) -> bool:
        """Whether there is such a part."""
        return node_id in self.nodes

    def __len__(self) -> int:
        """Return the number of parts."""
        return len(self.nodes)

    # what keeps it working

    def parents(self, node_id: str, *vias: Via) -> tuple[str, ...]:
        """Return what a part directly depends on, the preferred first; by default for power and cooling."""
        links = self._parents.get(vias or SUPPLY)
        return (_on(self._parents, vias) if links is None else links).get(node_id, _NOBODY)

    def children(self, node_id: str, *vias: Via) -> tuple[str, ...]:
        """Return what directly depends on a part."""
        links = self._children.get(vias or SUPPLY)
        return (_on(self._children, vias) if links is None else links).get(node_id, _NOBODY)

    def ancestors(self, node_id: str, *vias: Via) -> tuple[str, ...]:
        """Return everything that a part depends on, each once, the nearest first."""
        known = self._above[vias]
        found = known.get(node_id)
        if found is None:
            if node_id not in self.nodes:
                return _NOBODY
            found = known[node_id] = tuple(self._far(self._parents, (node_id,), vias or SUPPLY))
        return found

    def descendants(self, node_id: str, *vias: Via) -> tuple[str, ...]:
        """Return everything that depends on a part, each once, the nearest first."""
        return tuple(self._far(self._children, (node_id,), vias or SUPPLY))

    def racks_at(self, node_id: str) -> tuple[str, ...]:
        """Return the racks that a part feeds or cools directly, found once a part; a rack is its own."""
        found = self._racks.get(node_id)
        if found is None:
            node = self.nodes.get(node_id)
            if node is None:
                return _NOBODY
            near = (node_id,) if node.kind is NodeKind.RACK else self.children(node_id)
            found = tuple([name for name in near if self.nodes[name].kind is NodeKind.RACK])
            self._racks[node_id] = found or _NOBODY
        return found

    def network_path(self, node_id: str) -> tuple[str, ...]:
        """Return what stands between the daemon and a device, the nearest to the device first."""
        return self.ancestors(node_id, Via.NETWORK)

    def siblings(self, node_id: str) -> tuple[str, ...]:
        """Return what a common cause would hit too: children of its parents, then its like in the room.

        The like are parts of the same kind. The part itself is not among them.
        """
        found: dict[str, None] = {}
        for parent in self.parents(node_id):
            found.update(dict.fromkeys(self.children(parent)))
        node = self.nodes.get(node_id)
        if node is not None and node.room:
            found.update(dict.fromkeys(self._members.get((node.room, node.kind), _NOBODY)))
        found.pop(node_id, None)
        return tuple(found)

    def meters(self, node_id: str) -> tuple[str, ...]:
        """Return the devices whose readings are those of this part."""
        return self._meters.get(node_id, _NOBODY)

    # what stands on it

    def services_of(self, part: str) -> tuple[str, ...]:
        """Return the services that name a part or another service."""
        return self._needing.get(part, _NOBODY)

    def services_on(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """Return every service that stands on these parts, also through other services, each once."""
        found: dict[str, None] = {}
        waiting, needing = list(nodes), self._needing
        for name in waiting:  # grows while it is walked
            for service in needing.get(name, _NOBODY):
                if service not in found:
                    found[service] = None
                    waiting.append(service)
        return tuple(found)

    def of_kind(self, kind: NodeKind) -> tuple[str, ...]:
        """Return the parts of one kind, in the order of the configuration."""
        return tuple(node.id for node in self.nodes.values() if node.kind is kind)

    def order(self) -> tuple[str, ...]:
        """Return every part after all that it depends on for power and cooling."""
        return self._order

    def rank(self, node_id: str) -> int:
        """Return the place of a part in ``order``."""
        return self._rank[node_id]

    # walking

    @staticmethod
    def _far(links: _Links, names: tuple[str, ...], vias: tuple[Via, ...]) -> Iterator[str]:
        near, seen, ring = _on(links, vias), set(names), names
        while ring:
            further: list[str] = []
            for name in ring:
                for other in near.get(name, _NOBODY):
                    if other not in seen:
                        seen.add(other)
                        further.append(other)
                        yield other
            ring = tuple(further)


def _on(links: _Links, vias: tuple[Via, ...]) -> Mapping[str, tuple[str, ...]]:
    """Return the links of these ways together, which are merged once."""
    found = links.get(vias)
    if found is None:
        found = links[vias] = _merged([links[via,] for via in vias])
    return found


def _by_ways(links: Mapping[Via, Mapping[str, tuple[str, ...]]]) -> _Links:
    """Return the links by the ways that are followed together; other ways are merged when they are asked."""
    found: _Links = {(via,): one for via, one in links.items()}
    found[SUPPLY] = _merged([links[via] for via in SUPPLY])
    return found


def _merged(links: Sequence[Mapping[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    found = dict(links[0])
    for one in links[1:]:
        for name, others in one.items():
            before = found.get(name)
            found[name] = tuple(dict.fromkeys((*before, *others))) if before else others
    return found


def _parents(nodes: Mapping[str, Node], via: Via) -> dict[str, tuple[str, ...]]:
    return {node.id: before for node in nodes.values() if (before := node.before(via))}


def _ordered(nodes: Mapping[str, Node], parents: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    """Return the nodes so that parents come first."""
    done: dict[str, None] = {}
    for name in nodes:
        path: dict[str, None] = {}
        stack = [name]
        while stack:
            top = stack[-1]
            missing = [above for above in parents(top) if above not in done and above in nodes]
            if top in done or not missing:
                done.setdefault(stack.pop(), None)
                path.pop(top, None)
                continue
            if top in path:
                msg = f"a loop goes through {top!r}"
                raise ValueError(msg)
            path[top] = None
            stack += missing
    return tuple(done)


def _turned(links: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the links the other way round."""
    turned: dict[str, list[str]] = defaultdict(list)
    for name, others in links.items():
        for other in others:
            turned[other].append(name)
    return {name: tuple(others) for name, others in turned.items()}


def _grouped(rows: Iterable[tuple[_Key, str]]) -> dict[_Key, tuple[str, ...]]:
    found: dict[_Key, list[str]] = defaultdict(list)
    for key, name in rows:
        found[key].append(name)
    return {key: tuple(names) for key, names in found.items()}
