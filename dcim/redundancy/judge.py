"""From every single loss to what is kept: the worst of each part and phase, what becomes of services. Pure.

Flow.sweep() ─┬─▶ Headroom: the worst share of each part and phase, and by which loss
              ├─▶ services that fall with what is dead at the end
              └─▶ Single: what opens, in short
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import nan
from typing import TYPE_CHECKING, Final, TypeAlias

from dcim.flow import MODULE, Flow, Interval, Network, Outcome, Suffering, Sweep, Worst, suffering
from dcim.graph import Basis, Evidence, NodeKind, Redundancy, Standing, State, Topology, judge
from dcim.graph.services import standing_of
from dcim.late import np
from dcim.redundancy.hits import Hits
from dcim.redundancy.limits import Rated, shares
from dcim.redundancy.rows import Limits, Rows
from dcim.redundancy.situation import Look
from dcim.redundancy.verdict import Headroom, ServiceVerdict, Single, Survival

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float64]

_ENDS: Final = frozenset({NodeKind.RACK, NodeKind.LOAD, NodeKind.ROOM})
"""Where power and cooling end: their own loss is no loss of redundancy."""

_STICKS: Final = 0.01
"""Share of a rating by which another loss must be worse to be called the worst instead of the one before."""

_NOTHING: Final = (nan, nan)


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
        self._losable = frozenset(flow.network.losable)
        sweep = flow.sweep()
        self.singles = tuple(one for outcome in sweep.outcomes if (one := self._single(outcome)) is not None)
        self.headroom = self._kept(sweep, Rows.of(before))

    def _kept(self, sweep: Sweep, before: Rows) -> Rows:
        """Return what each part carries now, and after the loss by which it carries notably more."""
        rated = self._flow.cells.once(Rated)
        now = self._flow.shares()[rated.row]
        worst = [sweep.worst[row] for row in rated.row.tolist()]
        self._opening(sweep.outcomes, worst, rated)
        after = np.array([_NOTHING if one is None else one[0] for one in worst], dtype=np.float64)
        after = after.reshape(-1, 2)
        rises = after[:, 1] > now[:, 1] + _STICKS
        stuck = before.lost if before.limits is rated.limits else _lost_by(before, rated.limits)
        lost = [""] * len(worst)
        for row in np.flatnonzero(rises).tolist():
            one = worst[row]
            lost[row] = one[1] if one is not None else ""
            if stuck[row] and stuck[row] != lost[row] and not self._is_better(rated, row, after, stuck[row]):
                lost[row] = stuck[row]
        after[~rises] = now[~rises]
        return Rows(rated.limits, now, after, tuple(lost))

    def _opening(self, outcomes: Iterable[Outcome], worst: list[Worst | None], rated: Rated) -> None:
        """Count what opens with what made it open: after that it carries nothing."""
        for outcome in outcomes:
            for trip in outcome.trips:
                row = rated.turn[trip.element, trip.phase, trip.unit]
                before = worst[row]
                if before is None or _rank(trip.share) > _rank(Interval(*before[0])):
                    worst[row] = trip.share, outcome.lost[0]

    def _is_better(self, rated: Rated, row: int, after: Numbers, before: str) -> bool:
        """Whether the loss that was called the worst at the look before notably is no longer."""
        if before not in self._losable:
            return True
        if before not in self._again:
            self._again[before] = self._flow.lose(before)
        name, phase, unit = (
            words[row] for words in (rated.limits.part, rated.limits.phase, rated.limits.unit)
        )
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
            if (trip.element, trip.phase, trip.unit) == (name, phase, unit)
        )
        return max((*carried, *opened), default=0.0) < float(after[row, 1]) - _STICKS

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


def _lost_by(rows: Rows, limits: Limits) -> Sequence[str]:
    """Return by which loss the rows were worst that are of these limits; nothing of others."""
    of = rows.limits
    found = dict(zip(zip(of.part, of.phase, of.unit, strict=True), rows.lost, strict=True))
    return [found.get(key, "") for key in zip(limits.part, limits.phase, limits.unit, strict=True)]


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
