"""From every single loss to what is kept: the worst of each part and phase, what becomes of services. Pure.

Flow.sweep() ─┬─▶ Headroom: the worst share of each part and phase, and by which loss
              ├─▶ services that fall with what is dead at the end
              └─▶ Single: what opens, in short
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dcim.flow import (
    MODULE,
    Flow,
    Interval,
    Load,
    Network,
    Outcome,
    Suffering,
    suffering,
)
from dcim.graph import Basis, Evidence, NodeKind, Redundancy, Standing, State, Topology, judge
from dcim.graph.services import standing_of
from dcim.record import replace
from dcim.redundancy.hits import Hits
from dcim.redundancy.situation import Look
from dcim.redundancy.verdict import Headroom, ServiceVerdict, Single, Survival

_ENDS: Final = frozenset({NodeKind.RACK, NodeKind.LOAD, NodeKind.ROOM})
"""Where power and cooling end: their own loss is no loss of redundancy."""

_STICKS: Final = 0.01
"""Share of a rating by which another loss must be worse to be called the worst instead of the one before."""

_Key = tuple[str, str, str]


def shares(flow: Flow, name: str, load: Load, lost: str = "") -> Iterator[tuple[str, str, float, Interval]]:
    """Yield what an element carries of each of its limits: phase, unit, limit, and the share of it.

    Amperes are those of the voltage that is measured, before a loss and after it; nominal where none is. A
    limit in VA is one of all and, where there are several phases, in equal parts one of each: both open.
    ``lines`` has the same limits in columns.
    With one of its modules lost the others have what is left of the limit.
    """
    element = flow.network.elements[name]
    limit = element.limit
    left = (element.modules - 1) / element.modules if lost == element.id + MODULE else 1.0
    if limit.amperes is not None:
        for phase, carried in load.phases.items():
            yield phase, "A", limit.amperes, _over(carried, limit.amperes * left * flow.volts(name, phase))
    if limit.voltamperes is not None:
        yield "", "VA", limit.voltamperes, _over(load.total, limit.voltamperes * left)
        each = limit.voltamperes / len(load.phases) if len(load.phases) > 1 else 0.0
        for phase, carried in load.phases.items() if each else ():
            yield phase, "VA", each, _over(carried, each * left)
    if limit.watts is not None:
        watts = load.total.times(element.power_factor)
        yield "", "W", limit.watts, _over(watts, limit.watts * left)


def _over(load: Interval, limit: float) -> Interval:
    return Interval(load.lo / limit, load.hi / limit)


def _rank(share: Interval) -> tuple[float, float]:
    """Return by what a loss is worse than another: of those that may do as much, the one that surely does."""
    return round(share.hi, 6), share.lo


class Judge:
    """Judges a look. ``hits``: what losses do to services as parts stand.

    ``before``: the headroom of the last look, whose worst losses stick while they are.
    """

    def __init__(
        self,
        flow: Flow,
        hits: Hits,
        before: Sequence[Headroom] = (),
    ) -> None:
        self._flow = flow
        self._hits = hits
        self._falls: dict[str, str] = {}
        self._may_fall: dict[str, str] = {}
        self._again: dict[str, Outcome] = {}
        sweep = flow.sweep()
        self.singles = tuple(one for outcome in sweep.outcomes if (one := self._single(outcome)) is not None)
        worst = {key: (one.share, one.lost) for key, one in sweep.headroom.items()}
        for outcome in sweep.outcomes:
            self._opening(outcome, worst)
        stuck = {(one.part, one.phase, one.unit): one.lost for one in before}
        self.headroom = tuple(self._kept(worst, stuck))

    def _opening(self, outcome: Outcome, worst: dict[_Key, tuple[Interval, str]]) -> None:
        """Count what opens with what made it open: after that it carries nothing."""
        for trip in outcome.trips:
            key = trip.element, trip.phase, trip.unit
            before = worst.get(key)
            if before is None or _rank(trip.share) > _rank(before[0]):
                worst[key] = trip.share, outcome.lost[0]

    def _kept(
        self, worst: Mapping[_Key, tuple[Interval, str]], stuck: Mapping[_Key, str]
    ) -> Iterator[Headroom]:
        for name, element in self._flow.network.elements.items():
            if not element.limit:
                continue
            limits = element.limit
            for phase, unit, limit, now in shares(self._flow, name, self._flow.load(name)):
                key = name, phase, unit
                after, lost = worst.get(key, (now, ""))
                found = Headroom(name, phase, unit, limit, limits.warn, limits.trip, now, now, "")
                if after.hi > now.hi + _STICKS:
                    found = replace(
                        found, after=after, lost=self._called(key, after, lost, stuck.get(key, ""))
                    )
                yield found

    def _called(self, key: _Key, after: Interval, lost: str, before: str) -> str:
        """Return the loss that is called the worst: the one of the look before while it is no better."""
        if not before or before == lost or before not in self._flow.network.losable:
            return lost
        if before not in self._again:
            self._again[before] = self._flow.lose(before)
        name, phase, unit = key
        carried = (
            share.hi
            for stage in self._again[before].stages
            if name in stage.loads
            for there, of, _, share in shares(self._flow, name, stage.loads[name], before)
            if (there, of) == (phase, unit)
        )
        opened = (
            trip.share.hi
            for trip in self._again[before].trips
            if (trip.element, trip.phase, trip.unit) == key
        )
        return before if max((*carried, *opened), default=0.0) >= after.hi - _STICKS else lost

    def _single(self, outcome: Outcome) -> Single | None:
        """Return what one loss does, in short; None for the loss of what power is for."""
        lost = outcome.lost[0]
        if is_end(self._flow.network, lost):
            return None
        hit = self._hits.of(outcome)
        for name in hit.down:
            self._falls.setdefault(name, lost)
        for name in hit.unknown:
            self._may_fall.setdefault(name, lost)
        over = tuple(outcome.worst.values())
        return Single(lost, outcome.trips, over, hit.down, hit.unknown, hit.reduced)

    @property
    def services(self) -> dict[str, ServiceVerdict]:
        """Return what becomes of each service that works now; of others nobody can say that they survive."""
        return {name: self._verdict(name, standing) for name, standing in self._hits.standing.items()}

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


def struck(topology: Topology, evidence: Mapping[str, Evidence], outcome: Outcome) -> Suffering:
    """Return what a loss does to services once nothing more trips and the batteries are empty."""
    return suffering(topology, outcome.lost, outcome.settled, evidence)


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
    said = ((look.open, _OPEN), (look.reduced, _LESS), (look.doubtful, NOT_SURE), (look.down, _DOWN))
    for names, known in said:
        found.update((name, known) for name in names if name in found)
    return found
