"""Which services suffer at a stage of a loss, by the algebra of ``dcim.graph``. Pure.

What the flow says of power goes before the drawing: a part is lost when it is dead, unknown when it may be.
Cooling follows the drawing: a unit without any chiller cools nothing, a room is as its units.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dcim.flow.values.model import MODULE
from dcim.flow.values.outcome import Stage
from dcim.graph import Evidence, Node, Redundancy, Standing, State, Topology
from dcim.graph.node import STORES, TRANSFER
from dcim.graph.services import standing_of
from dcim.graph.verdict import LOST, NOT_KNOWN, Tally, tally, verdict
from dcim.record import dataclass

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


class Before:
    """How all parts and services stood before a loss, made once for all the losses that are tried on it.

    ``evidence``: how the parts stood; without it everything is taken to have worked.
    """

    def __init__(self, topology: Topology, evidence: Mapping[str, Evidence] | None = None) -> None:
        self.topology = topology
        self._evidence = evidence
        self.services: dict[str, Standing] = {}
        self.tallies: dict[str, Tally] = {}
        self.ranks = {name: number for number, name in enumerate(topology.services)}
        for service in topology.services.values():  # each after those it needs
            counted = tally([self.services.get(part) or self.of(part) for part in service.parts])
            self.tallies[service.id] = counted
            self.services[service.id] = verdict(service.needs, len(service.parts), counted)

    def of(self, name: str) -> Standing:
        """Return how a part of the building stood."""
        if self._evidence is None:
            return _WORKS
        known = self._evidence.get(name)
        return standing_of(known) if known is not None else NOT_KNOWN


def suffering(
    topology: Topology,
    lost: Iterable[str],
    stage: Stage,
    evidence: Mapping[str, Evidence] | None = None,
) -> Suffering:
    """Return how services stand at a stage of the loss of these elements.

    ``evidence``: how the parts stood before; without it everything is taken to have worked.
    """
    return suffering_after(Before(topology, evidence), lost, stage)


def suffering_after(before: Before, lost: Iterable[str], stage: Stage) -> Suffering:
    """Return the same with what stood before, where many losses are tried: only what moves is counted."""
    return _After(before, lost, stage).services()


class _After:
    """Every part that the loss reaches, judged once."""

    def __init__(self, before: Before, lost: Iterable[str], stage: Stage) -> None:
        topology = self._topology = before.topology
        self._before = before
        gone = {name for name in (*lost, *stage.dead) if name in topology}
        doubtful = {name for name in stage.doubtful if name in topology} - gone
        weaker = {name.removesuffix(MODULE) for name in lost if name.endswith(MODULE)}
        self._nodes: dict[str, Standing] = dict.fromkeys(gone, LOST) | dict.fromkeys(doubtful, NOT_KNOWN)
        behind = {below for name in (*gone, *doubtful) for below in topology.descendants(name)}
        self._reached = sorted(behind | gone | doubtful | (weaker & topology.nodes.keys()), key=topology.rank)
        for name in self._reached:
            if name not in self._nodes:
                self._nodes[name] = self._judged(topology.nodes[name], weaker)
            elif self._nodes[name] is NOT_KNOWN and self._cold(topology.nodes[name]) is State.DOWN:
                self._nodes[name] = LOST

    def services(self) -> Suffering:
        """Return the services on all of these: parts that stand otherwise move the tallies of theirs."""
        before, counted = self._before, dict[str, Tally]()
        for name, standing in self._nodes.items():
            self._move(counted, name, before.of(name), standing)
        on = self._topology.services_on(self._reached)
        found = dict.fromkeys(on, _WORKS)
        for name in sorted(on, key=before.ranks.__getitem__):
            service = self._topology.services[name]
            was = is_ = before.services[name]
            if name in counted:
                is_ = verdict(service.needs, len(service.parts), counted[name])
                self._move(counted, name, was, is_)
            found[name] = is_
        return Suffering(found)

    def _move(self, counted: dict[str, Tally], part: str, was: Standing, is_: Standing) -> None:
        """Count a part of services as it stands now."""
        if was != is_:
            for service in self._topology.services_of(part):
                one = counted.get(service) or self._before.tallies[service]
                counted[service] = one.moved(was, is_)

    def _standing(self, name: str) -> Standing:
        return self._nodes.get(name) or self._before.of(name)

    def _judged(self, node: Node, weaker: set[str]) -> Standing:
        """Return how a part stands that has power: a room or a unit without cooling is lost."""
        before = self._before.of(node.id)
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
