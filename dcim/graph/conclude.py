"""From what devices say to what is known of every part; a poll costs what depends on it. Pure.

said(device) changed ─▶ sink: what gives nothing, as is measured there or above, down to the first that stores
                     ─▶ rise: voltage proves what feeds it, up to the first part that stores; of several feeds
                        the one that is left when all others give nothing
                     └▶ fall: what is fed only by what is down is down, down to the first that stores
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from types import MappingProxyType

from dcim.graph.evidence import Evidence
from dcim.graph.local import Around
from dcim.graph.node import Via
from dcim.graph.observe import Said
from dcim.graph.phases import NONE
from dcim.graph.topology import Topology


class Conclusions:
    """The evidence on every part, kept current: ``take`` what a device says, get the parts that changed."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._order = topology.order()
        self._rank = {name: number for number, name in enumerate(self._order)}
        self._around = Around(topology)
        for name in self._order:
            self._around.evidence[name] = self._around.concluded(topology.nodes[name])
        self.evidence: Mapping[str, Evidence] = MappingProxyType(self._around.evidence)

    def said(self, device: str) -> Said:
        """Return what a device said last."""
        return self._around.said_by(device)

    def take(self, device: str, said: Said) -> tuple[str, ...]:
        """Take what a device says now; return the parts whose evidence changed, those above first.

        Nothing is done when it says what it said before, or stands nowhere in the building.
        """
        node = self._topology.nodes.get(device)
        if node is None or said == self.said(device):
            return ()
        self._around.says(device, said)
        begin = {device, node.measures} if node.measures in self._topology.nodes else {device}
        return self._fall(*self._rise(self._sink(begin)))

    def _sink(self, begin: set[str]) -> set[str]:
        """Renew which parts give nothing, from above to below.

        Return these parts, with what has other feeds beside one of which that is new: perhaps one is left
        that must give.
        """
        nodes, around = self._topology.nodes, self._around
        fresh = [name for name in begin if around.sinks(nodes[name])]
        if not fresh:
            return begin
        beside = set(begin)
        waiting = self._below(fresh, beside)
        heapify(waiting)
        looked: set[str] = set()
        while waiting:
            name = heappop(waiting)[1]
            if name not in looked:
                looked.add(name)
                if around.sinks(nodes[name]):
                    for one in self._below((name,), beside):
                        heappush(waiting, one)
        return beside

    def _below(self, names: Iterable[str], beside: set[str]) -> list[tuple[int, str]]:
        """Return what hangs on these parts; show anew what has other feeds, which joins ``beside``."""
        below = [child for name in names for child in self._topology.children(name, Via.POWER)]
        for child in below:
            if self._around.alive.get(child) and self._topology.nodes[child].joins:
                self._around.show(child)
                beside.add(child)
        return [(self._rank[child], child) for child in below]

    def _rise(self, begin: set[str]) -> tuple[set[str], set[str]]:
        """Renew which phases are proven alive, from below to above.

        Return the parts that were looked at, and those of them of which more may be otherwise than by whom
        they are shown to live.
        """
        waiting = [(-self._rank[name], name) for name in begin]
        heapify(waiting)
        looked: set[str] = set()
        moved = set(begin)
        while waiting:
            name = heappop(waiting)[1]
            if name in looked:
                continue
            looked.add(name)
            alive = self._around.proven(self._topology.nodes[name])
            if alive != self._around.alive.get(name, NONE) or name in begin:
                moved.add(name)
                self._around.lives(name, alive)
                for parent in self._topology.parents(name, Via.POWER):
                    heappush(waiting, (-self._rank[parent], parent))
        return looked, moved

    def _fall(self, begin: Iterable[str], moved: set[str]) -> tuple[str, ...]:
        """Renew the evidence from above to below; return the parts on which it changed.

        Of those that are not among the ``moved`` only who is named as showing them alive may be another.
        """
        waiting = [(self._rank[name], name) for name in begin]
        heapify(waiting)
        looked: set[str] = set()
        changed: list[str] = []
        nodes, evidence = self._topology.nodes, self._around.evidence
        while waiting:
            name = heappop(waiting)[1]
            if name in looked:
                continue
            looked.add(name)
            node, before = nodes[name], evidence[name]
            if name not in moved and not self._around.names_others(node):
                continue
            after = evidence[name] = self._around.concluded(node)
            if after == before:
                continue
            changed.append(name)
            if after.below != before.below:
                for child in self._topology.children(name):
                    moved.add(child)
                    heappush(waiting, (self._rank[child], child))
        return tuple(changed)
