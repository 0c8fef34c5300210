"""Which services suffer at a stage of a loss, by the algebra of ``dcim.graph``. Pure.

What the flow says of power goes before the drawing: a part is lost when it is dead, unknown when it may be.
Cooling follows the drawing: a unit without any chiller cools nothing, a room is as its units.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dcim.flow.model import MODULE
from dcim.flow.outcome import Stage
from dcim.graph import Evidence, Node, Redundancy, Standing, State, Topology, judge
from dcim.graph.node import STORES, TRANSFER
from dcim.graph.services import standing_of
from dcim.graph.verdict import LOST, NOT_KNOWN

_WORKS: Final = Standing(State.UP, Redundancy.FULL)
_CHOOSES: Final = TRANSFER | STORES


@dataclass(frozen=True, slots=True)
class Suffering:
    """How every service on what a loss reaches stands with it, those below first."""

    standing: Mapping[str, Standing]

    @property
    def down(self) -> tuple[str, ...]:
        """Return the services that are down."""
        return tuple(name for name, one in self.standing.items() if one.function is State.DOWN)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return the services of which nobody knows whether they would work."""
        return tuple(name for name, one in self.standing.items() if one.function is State.UNKNOWN)

    @property
    def reduced(self) -> tuple[str, ...]:
        """Return the services that work and miss something that should be there."""
        return tuple(
            name
            for name, one in self.standing.items()
            if one.function is State.UP and one.redundancy is Redundancy.REDUCED
        )


def suffering(
    topology: Topology, lost: Iterable[str], stage: Stage, evidence: Mapping[str, Evidence] | None = None
) -> Suffering:
    """Return how services stand at a stage of the loss of these elements.

    ``evidence``: how the parts stood before; without it everything is taken to have worked.
    """
    return _After(topology, lost, stage, evidence).services()


class _After:
    """Every part that the loss reaches, judged once."""

    def __init__(
        self,
        topology: Topology,
        lost: Iterable[str],
        stage: Stage,
        evidence: Mapping[str, Evidence] | None,
    ) -> None:
        self._topology = topology
        self._evidence = evidence
        gone = {name for name in (*lost, *stage.dead) if name in topology}
        doubtful = {name for name in stage.doubtful if name in topology} - gone
        weaker = {name.removesuffix(MODULE) for name in lost if name.endswith(MODULE)}
        self._nodes: dict[str, Standing] = dict.fromkeys(gone, LOST) | dict.fromkeys(doubtful, NOT_KNOWN)
        self._services: dict[str, Standing] = {}
        behind = {below for name in (*gone, *doubtful) for below in topology.descendants(name)}
        self._reached = sorted(behind | gone | doubtful | (weaker & topology.nodes.keys()), key=topology.rank)
        for name in self._reached:
            if name not in self._nodes:
                self._nodes[name] = self._judged(topology.nodes[name], weaker)
            elif self._nodes[name] is NOT_KNOWN and self._cold(topology.nodes[name]) is State.DOWN:
                self._nodes[name] = LOST

    def services(self) -> Suffering:
        """Return the services on all of these."""
        return Suffering({name: self._standing(name) for name in self._topology.services_on(self._reached)})

    def _standing(self, name: str) -> Standing:
        service = self._topology.services.get(name)
        if service is None:
            return self._nodes.get(name) or self._before(name)
        if name not in self._services:
            self._services[name] = judge(service.needs, [self._standing(part) for part in service.parts])
        return self._services[name]

    def _before(self, name: str) -> Standing:
        if self._evidence is None:
            return _WORKS
        known = self._evidence.get(name)
        return standing_of(known) if known is not None else NOT_KNOWN

    def _judged(self, node: Node, weaker: set[str]) -> Standing:
        """Return how a part stands that has power: a room or a unit without cooling is lost."""
        before = self._before(node.id)
        cold = self._cold(node)
        if cold is State.DOWN or before.function is State.DOWN:
            return LOST
        if cold is State.UNKNOWN:
            return NOT_KNOWN
        feeds = [self._standing(name).function for name in node.fed_by]
        short = node.kind in _CHOOSES and State.DOWN in feeds
        return Standing(before.function, Redundancy.REDUCED) if short or node.id in weaker else before

    def _cold(self, node: Node) -> State:
        states: Sequence[State] = [self._standing(name).function for name in node.cooled_by]
        if not states or State.UP in states:
            return State.UP
        return State.UNKNOWN if State.UNKNOWN in states else State.DOWN
