"""How every service stands, kept current: a poll that changes nothing costs a comparison. Pure.

said(device) ─▶ evidence of parts ─▶ services on them ─▶ services on those
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from heapq import heappop, heappush
from types import MappingProxyType

from dcim.graph.conclude import Conclusions
from dcim.graph.evidence import Evidence
from dcim.graph.node import Service
from dcim.graph.observe import Said
from dcim.graph.sign import State
from dcim.graph.topology import Topology
from dcim.graph.verdict import NOT_KNOWN, Redundancy, Standing, Tally, tally, verdict
from dcim.record import acyclic, dataclass


@dataclass(frozen=True, slots=True)
@acyclic
class ServiceChange:
    """A service that stands otherwise than before."""

    service: Service
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True)
@acyclic
class Part:
    """One part of a service as it stands: a node with its evidence, or a service with none."""

    id: str
    standing: Standing
    evidence: Evidence | None = None

    @property
    def why(self) -> str:
        """Say the reason in one line; a service has those of its own parts."""
        return self.evidence.why if self.evidence is not None else ""


class Services:
    """The services of a building and how they stand by what its devices say."""

    def __init__(self, topology: Topology) -> None:
        self.topology = topology
        self._conclusions = Conclusions(topology)
        self.evidence: Mapping[str, Evidence] = self._conclusions.evidence
        self._standing: dict[str, Standing] = {}
        self._rank = {name: number for number, name in enumerate(topology.services)}
        self._nodes: dict[str, Standing] = {}  # those that a service names, as they stood at the last look
        self._counted: dict[str, Tally] = {}
        for service in topology.services.values():
            self._nodes.update({name: self.of_part(name) for name in service.parts if self._is_node(name)})
            self._counted[service.id] = tally([self.of_part(name) for name in service.parts])
            self._standing[service.id] = self._judged(service)
        self.standing: Mapping[str, Standing] = MappingProxyType(self._standing)
        self.counted: Mapping[str, Tally] = MappingProxyType(self._counted)
        """How many parts of each service stand how, kept as they change: a hall may have hundreds."""

    def _is_node(self, name: str) -> bool:
        return name not in self.topology.services and name in self.evidence

    def take(self, device: str, said: Said) -> tuple[ServiceChange, ...]:
        """Take what a device says now; return the services that stand otherwise, those below first."""
        return self.taken(device, said)[1]

    def taken(self, device: str, said: Said) -> tuple[tuple[str, ...], tuple[ServiceChange, ...]]:
        """Take what a device says now; return also the parts of the building on which anything changed."""
        changed = self._conclusions.take(device, said)
        return changed, self._renew(changed) if changed else ()

    def parts(self, service_id: str) -> tuple[Part, ...]:
        """Return the parts of a service as they stand, with their evidence."""
        service = self.topology.services[service_id]
        return tuple([Part(name, self.of_part(name), self.evidence.get(name)) for name in service.parts])

    def _renew(self, nodes: Iterable[str]) -> tuple[ServiceChange, ...]:
        """Judge what stands on these parts anew, those below first."""
        waiting: list[tuple[int, str]] = []
        for name in nodes:
            before = self._nodes.get(name)
            if before is not None and (after := standing_of(self.evidence[name])) != before:
                self._nodes[name] = after
                self._count(name, before, after, waiting)
        changes: list[ServiceChange] = []
        last = ""
        while waiting:
            name = heappop(waiting)[1]
            if name == last:  # two of its parts stand otherwise
                continue
            last, service, before = name, self.topology.services[name], self._standing[name]
            after = self._standing[name] = self._judged(service)
            if after != before:
                changes.append(ServiceChange(service, before, after))
                self._count(name, before, after, waiting)
        return tuple(changes)

    def _count(self, part: str, before: Standing, after: Standing, waiting: list[tuple[int, str]]) -> None:
        """Count a part that stands otherwise in each service that names it, and have those judged."""
        for above in self.topology.services_of(part):
            self._counted[above] = self._counted[above].moved(before, after)
            heappush(waiting, (self._rank[above], above))

    def _judged(self, service: Service) -> Standing:
        return verdict(service.needs, len(service.parts), self._counted[service.id])

    def of_part(self, name: str) -> Standing:
        """Return how a part of a service stands, a node of the building or another service."""
        if name in self._standing:
            return self._standing[name]
        evidence = self.evidence.get(name)
        return standing_of(evidence) if evidence is not None else NOT_KNOWN


def standing_of(evidence: Evidence) -> Standing:
    """Return how a node stands in a service; what is not known to work has no redundancy that is known."""
    function = evidence.works
    if function is State.UNKNOWN and evidence.redundancy is Redundancy.FULL:
        return NOT_KNOWN
    return Standing(function, evidence.redundancy)
