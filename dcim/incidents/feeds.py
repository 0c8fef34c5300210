"""The other feeds of what a part feeds, and where each is seen first on its way from the street. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from dcim.graph import NodeKind, Topology, Via


class OtherFeeds:
    """Finds the other feeds of a part's loads, once a part. A generator, which stands by, is none."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._gensets = frozenset(topology.of_kind(NodeKind.GENSET))
        self._known: dict[str, tuple[str, ...]] = {}
        for name in topology.nodes:  # known before a storm: of a large site it takes a tenth of a second
            if not topology.parents(name, Via.POWER) and topology.children(name, Via.POWER):
                self.heads(name)

    def heads(self, part: str) -> tuple[str, ...]:
        """Return the other feeds of what hangs on a part: of each the first part that a device reads."""
        found = self._known.get(part)
        if found is None:
            read = [name for name in self._others(part) if self._is_read(name)]
            found = tuple(name for name in read if not any(map(self._is_read, self._mains_above(name))))
            self._known[part] = found
        return found

    def beside(self, part: str) -> Iterator[str]:
        """Yield the heads of the other feeds of everything that hangs on a feed of a part."""
        for name in (part, *self._mains_above(part)):
            if not self._topology.parents(name, Via.POWER):  # power enters the building there
                yield from self.heads(name)

    def _others(self, part: str) -> list[str]:
        """Return everything that feeds what hangs on a part, and neither feeds that part nor hangs on it."""
        below = {part, *self._topology.descendants(part, Via.POWER)}
        own = below.union(self._topology.ancestors(part, Via.POWER))
        found: set[str] = set()
        for other in {name for load in below for name in self._topology.parents(load, Via.POWER)}:
            if other not in own and other not in self._gensets:
                found.update((other, *self._mains_above(other)))
        return sorted(found - own)

    def _mains_above(self, part: str) -> Iterator[str]:
        return (name for name in self._topology.ancestors(part, Via.POWER) if name not in self._gensets)

    def _is_read(self, part: str) -> bool:
        node = self._topology.nodes.get(part)
        return (node is not None and node.polled) or bool(self._topology.meters(part))
