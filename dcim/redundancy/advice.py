"""What a drawing leaves open that costs an answer, and the key of the configuration that would give it. Pure.

a switch that nobody reads, without ``prefers``     its load counts on each of its sources
a load or strip that nobody measures, without       its load counts on each phase of what is rated above
``phases``
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dcim.flow import Element, Network, Rule, Terms, is_engine, network_of
from dcim.graph import NodeKind, Topology, Wiring
from dcim.record import dataclass

_ON_ONE: Final = frozenset({NodeKind.PDU, NodeKind.RACK, NodeKind.LOAD})
"""What often hangs on one phase, where nobody has said on which."""


@dataclass(frozen=True, slots=True)
class Advice:
    """``key`` of ``part`` would make answers sharper on ``counts_on``: sources, or rated parts above."""

    part: str
    key: str
    counts_on: tuple[str, ...]

    @property
    def text(self) -> str:
        """Say it in one line."""
        on = ", ".join(self.counts_on)
        if self.key == "prefers":
            return (
                f"{self.part}: nobody reads where it stands, so its load counts on each of {on}; "
                "poll it, or say `prefers` if it returns by itself"
            )
        return (
            f"{self.part}: nobody measures it, so its load counts on every phase of {on}; "
            "say `phases` if it hangs on some of them alone"
        )


def advice(wiring: Wiring, terms: Terms, prefers: frozenset[str] = frozenset()) -> tuple[Advice, ...]:
    """Return what would make answers sharper, in the order of supply; ``prefers``: switches that say it."""
    return tuple(_Drawn(Topology(wiring), terms).advice(prefers))


class _Drawn:
    """A drawing, with what of it is measured."""

    def __init__(self, topology: Topology, terms: Terms) -> None:
        self._network: Network = network_of(topology, terms)
        nodes = topology.nodes
        self._read = {name for name, node in nodes.items() if node.polled or topology.meters(name)}
        self._open: set[str] = set()

    def advice(self, prefers: frozenset[str]) -> Iterator[Advice]:
        for name in self._network.order:
            element = self._network.elements[name]
            if name in self._read:
                continue
            if element.rule is Rule.SELECT and name not in prefers:
                sources = tuple(feed.source for feed in element.feeds if not self._is_engine(feed.source))
                if len(sources) > 1:
                    yield Advice(name, "prefers", sources)
            if element.kind in _ON_ONE and not element.phases and (rated := self._rated(element)):
                self._open.add(name)
                yield Advice(name, "phases", rated)

    def _is_engine(self, name: str) -> bool:
        return is_engine(self._network.elements[name])

    def _rated(self, element: Element) -> tuple[str, ...]:
        """Return the rated parts on each phase of which something may hang: the nearest above each cord."""
        found: dict[str, None] = {}
        for feed in element.feeds:
            if feed.phases or feed.source in self._open or self._is_read_alone(feed.source):
                continue
            if (rated := self._nearest(feed.source)) is not None:
                found[rated] = None
        return tuple(found)

    def _is_read_alone(self, name: str) -> bool:
        """Whether a part is measured that feeds nothing else: what it gives is what that takes."""
        return name in self._read and len(self._network.children[name]) == 1

    def _nearest(self, name: str) -> str | None:
        """Return the nearest part from here up that is rated by phase, up to what takes from all alike."""
        while True:
            element = self._network.elements[name]
            if len(element.lines) == 1:
                return None
            if element.limit.amperes is not None or element.limit.voltamperes is not None:
                return name
            if element.balances or len(element.feeds) != 1:
                return None
            name = element.feeds[0].source
