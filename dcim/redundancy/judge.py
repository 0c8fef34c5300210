"""From every single loss to what is kept: the worst of each part and phase, what becomes of services. Pure.

Flow.singles() ─▶ Outcome ─┬─▶ Headroom: the worst share of each part and phase, and by which loss
                           ├─▶ services that fall with what is dead at the end
                           └─▶ Single: what opens, in short
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from dcim.flow import MODULE, Element, Flow, Interval, Load, Network, Outcome
from dcim.graph import Basis, Evidence, Impact, NodeKind, Redundancy, Standing, State, Topology, impact, judge
from dcim.graph.services import standing_of
from dcim.redundancy.situation import Look
from dcim.redundancy.verdict import Headroom, ServiceVerdict, Single, Survival

_ENDS: Final = frozenset({NodeKind.RACK, NodeKind.LOAD, NodeKind.ROOM})
"""Where power and cooling end: their own loss is no loss of redundancy."""

_STICKS: Final = 0.01
"""Share of a rating by which another loss must be worse to be called the worst instead of the one before."""

_Key = tuple[str, str, str]


def shares(element: Element, load: Load, lost: str = "") -> Iterator[tuple[str, str, float, Interval]]:
    """Yield what an element carries of each of its limits: phase, unit, limit, and the share of it.

    With one of its modules lost the others have what is left of the limit.
    """
    limit = element.limit
    left = (element.modules - 1) / element.modules if lost == element.id + MODULE else 1.0
    if limit.amperes is not None:
        for phase, carried in load.phases.items():
            yield phase, "A", limit.amperes, _over(carried, limit.amperes * left * element.volts)
    if limit.voltamperes is not None:
        yield "", "VA", limit.voltamperes, _over(load.total, limit.voltamperes * left)
    elif limit.watts is not None:
        watts = load.total.times(element.power_factor)
        yield "", "W", limit.watts, _over(watts, limit.watts * left)


def _over(load: Interval, limit: float) -> Interval:
    return Interval(load.lo / limit, load.hi / limit)


class Judge:
    """Gathers the outcomes of a look. ``before``: the headroom of the last look, whose worst losses stick."""

    def __init__(
        self,
        flow: Flow,
        topology: Topology,
        evidence: Mapping[str, Evidence],
        before: Sequence[Headroom] = (),
    ) -> None:
        self._flow = flow
        self._topology = topology
        self._evidence = evidence
        self.standing = standings(topology, evidence)
        """How the services stand now."""
        self._found = {(one.part, one.phase, one.unit): one for one in self._now()}
        self._lost_before = {(one.part, one.phase, one.unit): one.lost for one in before}
        self._stuck: dict[_Key, Interval] = {}
        self._falls: dict[str, str] = {}
        self._may_fall: dict[str, str] = {}
        self.singles: list[Single] = []

    def _now(self) -> Iterator[Headroom]:
        for name, element in self._flow.network.elements.items():
            if element.limit:
                for phase, unit, limit, share in shares(element, self._flow.load(name)):
                    yield Headroom(
                        name, phase, unit, limit, element.limit.warn, element.limit.trip, share, share, ""
                    )

    def take(self, outcome: Outcome) -> None:
        """Take what one loss does."""
        lost = outcome.lost[0]
        for key, share in self._carried(outcome):
            self._keep(key, share, lost)
        if is_end(self._flow.network, lost):
            return
        hit = struck(self._topology, self._evidence, outcome)
        down, unknown = self._fallen(hit, lost)
        self.singles.append(
            Single(lost, outcome.trips, tuple(outcome.worst.values()), down, unknown, len(hit.reduced))
        )

    def _carried(self, outcome: Outcome) -> Iterator[tuple[_Key, Interval]]:
        """Yield what each limit has to bear at any stage, what opens with what opened it."""
        elements = self._flow.network.elements
        lost = outcome.lost[0]
        for stage in outcome.stages:
            for name, load in stage.loads.items():
                for phase, unit, _, share in (
                    shares(elements[name], load, lost) if elements[name].limit else ()
                ):
                    yield (name, phase, unit), share
            for trip in stage.trips:
                for key in self._found:
                    if key[0] == trip.element and trip.phase in ("", key[1]):
                        yield key, trip.share

    def _keep(self, key: _Key, share: Interval, lost: str) -> None:
        before = self._found.get(key)
        if before is None:
            return
        worst = Interval(max(before.after.lo, share.lo), max(before.after.hi, share.hi))
        if self._lost_before.get(key) == lost:
            known = self._stuck.get(key, share)
            self._stuck[key] = Interval(max(known.lo, share.lo), max(known.hi, share.hi))
        worse = share.lo > before.after.lo + _STICKS or (
            share.lo >= before.after.lo - _STICKS and share.hi > before.after.hi + _STICKS
        )
        self._found[key] = replace(before, after=worst, lost=lost if worse else before.lost)

    def _fallen(self, hit: Impact, lost: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what falls and what may, of what works now."""
        down = tuple(name for name in hit.down if self.standing[name].function is State.UP)
        unknown = tuple(name for name in hit.unknown if self.standing[name].function is State.UP)
        for name in down:
            self._falls.setdefault(name, lost)
        for name in unknown:
            self._may_fall.setdefault(name, lost)
        return down, unknown

    @property
    def headroom(self) -> tuple[Headroom, ...]:
        """Return what each part keeps after the worst loss; what was the worst before stays while it is."""
        found = []
        for key, one in self._found.items():
            stuck, before = self._stuck.get(key), self._lost_before.get(key, "")
            near = stuck is not None and (
                stuck.lo >= one.after.lo - _STICKS and stuck.hi >= one.after.hi - _STICKS
            )
            found.append(replace(one, lost=before) if near else one)
        return tuple(found)

    @property
    def services(self) -> dict[str, ServiceVerdict]:
        """Return what becomes of each service that works now; of others nobody can say that they survive."""
        return {name: self._verdict(name, standing) for name, standing in self.standing.items()}

    def _verdict(self, name: str, standing: Standing) -> ServiceVerdict:
        if standing.function is State.DOWN:
            return ServiceVerdict(Survival.FALLS)
        if standing.function is State.UNKNOWN:
            return ServiceVerdict(Survival.UNKNOWN)
        if name in self._falls:
            return ServiceVerdict(Survival.FALLS, self._falls[name])
        if name in self._may_fall:
            return ServiceVerdict(Survival.UNKNOWN, self._may_fall[name])
        return ServiceVerdict(Survival.SURVIVES)


def is_end(network: Network, lost: str) -> bool:
    """Whether what is lost is where power or cooling ends."""
    element = network.elements.get(lost.removesuffix(MODULE))
    return element is None or element.kind in _ENDS


def struck(topology: Topology, evidence: Mapping[str, Evidence], outcome: Outcome) -> Impact:
    """Return what a loss does to services once nothing more trips and the batteries are empty."""
    end = outcome.settled
    gone = [name for name in (*outcome.lost, *end.dead) if name in topology]
    doubtful = [name for name in end.doubtful if name in topology]
    if doubtful:
        evidence = ChainMap(dict.fromkeys(doubtful, NOT_SURE), dict(evidence))
    return impact(topology, gone, evidence)


def standings(topology: Topology, evidence: Mapping[str, Evidence]) -> dict[str, Standing]:
    """Return how every service stands by evidence on its parts."""
    found: dict[str, Standing] = {}
    for service in topology.services.values():  # each after those it needs
        parts = [found[part] if part in found else standing_of(evidence[part]) for part in service.parts]
        found[service.id] = judge(service.needs, parts)
    return found


NOT_SURE: Final = Evidence("", State.UNKNOWN, Basis.NOTHING)
_FINE: Final = Evidence("", State.UP, Basis.MEASURED, Redundancy.FULL)
_LESS: Final = Evidence("", State.UP, Basis.MEASURED, Redundancy.REDUCED)
_OPEN: Final = Evidence("", State.UP, Basis.MEASURED, Redundancy.UNKNOWN)
_DOWN: Final = Evidence("", State.DOWN, Basis.MEASURED, Redundancy.REDUCED)


def evidence_of(topology: Topology, look: Look) -> dict[str, Evidence]:
    """Return what a look knows of every part, as evidence without its reasons."""
    found = dict.fromkeys(topology.nodes, _FINE)
    for names, known in (
        (look.open, _OPEN),
        (look.reduced, _LESS),
        (look.doubtful, NOT_SURE),
        (look.down, _DOWN),
    ):
        found.update((name, known) for name in names if name in found)
    return found
