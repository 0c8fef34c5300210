"""What the loss of parts of the building does: what has no supply left, which services suffer. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from dcim.graph.evidence import Evidence
from dcim.graph.node import STORES, TRANSFER, Node, Service, ServiceKind
from dcim.graph.services import standing_of
from dcim.graph.sign import State
from dcim.graph.topology import Topology
from dcim.graph.verdict import LOST, NOT_KNOWN, Redundancy, Standing, judge


@dataclass(frozen=True, slots=True)
class Impact:
    """What follows from a loss. Names are in the order nearest to the loss first.

    ``behind``: every part that depends on what is lost, also those that have another way. ``dead``: those of
    them that have no supply left. ``standing``: how each service on any of these stands with the loss.
    """

    lost: tuple[str, ...]
    behind: tuple[str, ...]
    dead: tuple[str, ...]
    standing: Mapping[str, Standing]
    services: Mapping[str, Service] = field(repr=False)

    @property
    def down(self) -> tuple[str, ...]:
        """Return the services that are down."""
        return self._where(lambda one: one.function is State.DOWN)

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return the services of which nobody knows whether they work."""
        return self._where(lambda one: one.function is State.UNKNOWN)

    @property
    def reduced(self) -> tuple[str, ...]:
        """Return the services that work and have lost something that should be there."""
        return self._where(lambda one: one.function is State.UP and one.redundancy is Redundancy.REDUCED)

    @property
    def safe(self) -> tuple[str, ...]:
        """Return the services that miss nothing that is known."""
        return self._where(lambda one: one.function is State.UP and one.redundancy is not Redundancy.REDUCED)

    def racks(self, services: Iterable[str]) -> tuple[str, ...]:
        """Return the racks whose power some of these services are."""
        return self._subjects(services, ServiceKind.POWER)

    def rooms(self, services: Iterable[str]) -> tuple[str, ...]:
        """Return the rooms whose cooling some of these services are."""
        return self._subjects(services, ServiceKind.COOLING)

    def tenants(self, services: Iterable[str]) -> tuple[str, ...]:
        """Return the tenants whose whole some of these services are."""
        return self._subjects(services, ServiceKind.TENANT)

    def _where(self, holds: Callable[[Standing], bool]) -> tuple[str, ...]:
        return tuple(name for name, one in self.standing.items() if holds(one))

    def _subjects(self, services: Iterable[str], kind: ServiceKind) -> tuple[str, ...]:
        found = (self.services[name] for name in services)
        return tuple(dict.fromkeys(one.subject for one in found if one.kind is kind and one.subject))


def impact(topology: Topology, lost: Iterable[str], evidence: Mapping[str, Evidence] | None = None) -> Impact:
    """Return what the loss of these parts does to the building as it stands by ``evidence``.

    Without evidence everything else is taken to work. A UPS goes on without its feed, as one that has lost
    something: how long its battery lasts is not asked here.
    """
    gone = tuple(dict.fromkeys(name for name in lost if name in topology))
    behind = tuple(dict.fromkeys(name for one in gone for name in topology.descendants(one)))
    left = _Left(topology, gone, behind, evidence)
    names = topology.services_on((*gone, *behind))
    return Impact(
        lost=gone,
        behind=tuple(name for name in behind if name not in gone),
        dead=tuple(name for name in behind if name not in gone and left.nodes[name].function is State.DOWN),
        standing=MappingProxyType({name: left.standing(name) for name in names}),
        services=topology.services,
    )


class _Left:
    """What is left of a building without some of its parts: every part behind them is judged once."""

    def __init__(
        self,
        topology: Topology,
        gone: Iterable[str],
        behind: Iterable[str],
        evidence: Mapping[str, Evidence] | None,
    ) -> None:
        self._topology = topology
        self._evidence = evidence
        self.nodes: dict[str, Standing] = dict.fromkeys(gone, LOST)
        self._services: dict[str, Standing] = {}
        for name in sorted(set(behind) - self.nodes.keys(), key=topology.rank):
            self.nodes[name] = self._judged(topology.nodes[name])

    def standing(self, name: str) -> Standing:
        """Return how a part or a service stands; services come after those they need."""
        service = self._topology.services.get(name)
        if service is None:
            return self.nodes.get(name) or self._before(name)
        if name not in self._services:
            self._services[name] = judge(service.needs, [self.standing(part) for part in service.parts])
        return self._services[name]

    def _before(self, name: str) -> Standing:
        """Return how a part stood before the loss."""
        if self._evidence is None:
            return _WORKS
        known = self._evidence.get(name)
        return standing_of(known) if known is not None else NOT_KNOWN

    def _judged(self, node: Node) -> Standing:
        before = self._before(node.id)
        feeds = [self.standing(name).function for name in node.fed_by]
        cold = [self.standing(name).function for name in node.cooled_by]
        if node.kind in _CHOOSES and State.DOWN in feeds:
            before = Standing(before.function, Redundancy.REDUCED)
        fed = State.UP if node.kind in STORES else _supplied(feeds, needs_all=node.needs_all)
        return _with(before, fed, _supplied(cold, needs_all=False))


_WORKS: Final = Standing(State.UP, Redundancy.FULL)
_CHOOSES: Final = TRANSFER | STORES
"""What goes on when one of its feeds is lost, with less behind it."""


def _supplied(feeds: Sequence[State], *, needs_all: bool) -> State:
    """Return whether what stands above is enough; what depends on nothing is supplied."""
    if not feeds:
        return State.UP
    wins, loses = (State.DOWN, State.UP) if needs_all else (State.UP, State.DOWN)
    return wins if wins in feeds else State.UNKNOWN if State.UNKNOWN in feeds else loses


def _with(before: Standing, *supplies: State) -> Standing:
    """Return how a part stands that stood like this and has these supplies now."""
    if before.function is State.DOWN or State.DOWN in supplies:
        return LOST
    if State.UNKNOWN in supplies:
        return NOT_KNOWN
    return before
