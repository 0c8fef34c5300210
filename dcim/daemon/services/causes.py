"""Incidents at work: what the building, the watch and the polls show when a cause is looked for.

changes of alerts ─▶ Incidents ◀─ evidence of parts, who answers, which conditions still hold
                         └─▶ Outcome ─▶ record, ask_now
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import Any, Final, cast

from dcim.alerts import Alert, Change, ChangeKind, Phase, RuleSet, Watch
from dcim.clock import Clock
from dcim.daemon.services.reserves import Reserves
from dcim.daemon.services.returned import Returned
from dcim.daemon.stormlog import StormLog
from dcim.graph import Evidence, NodeKind, Services, Standing, State, Topology, Wiring
from dcim.incidents import (
    Because,
    Case,
    IncidentChange,
    IncidentKind,
    Incidents,
    Member,
    Moment,
    Outcome,
    Reason,
)
from dcim.incidents.incident import incident_id
from dcim.incidents.memory import case_before, case_of
from dcim.incidents.trouble import Trouble
from dcim.model import Asset, Memory
from dcim.notify import alert_of
from dcim.poll import Polled, Reach
from dcim.record import dataclass
from dcim.store import AlertRow

_REACH: Final = "device_reach_state"
_ANSWERS: Final = {Reach.SILENT: State.DOWN, Reach.UNKNOWN: State.UNKNOWN}
_JUDGED: Final = frozenset({Phase.RAISED, Phase.CLEARING})
_OF_MUTES: Final = frozenset({ChangeKind.MUTED, ChangeKind.UNMUTED})
_LOUD: Final = frozenset({IncidentKind.RAISED, IncidentKind.UPDATED})


@dataclass(slots=True, eq=False)
class _LastPoll:
    """The last poll of a device that is over: when it began (monotonic seconds), and what it proves.

    ``chain`` are the parts that its answer shows to work, ``stores`` whether it tells what is left in store.
    """

    chain: tuple[str, ...]
    stores: bool
    began: float = 0.0
    answer: State = State.UNKNOWN


class Causes:
    """Keeps the incidents of the running daemon. Fulfils ``dcim.incidents.Sight``."""

    def __init__(self, site: str, services: Services, watch: Watch, clock: Clock) -> None:
        self.incidents = Incidents(services.topology, site)
        self._site = site
        self._services = services
        self._watch = watch
        self._clock = clock
        self.returned = Returned()
        self.log = StormLog("changes of incidents", clock.monotonic)
        self._polls: dict[str, _LastPoll] = {}
        self._seen: dict[str, float] = {}  # when a part was last seen to work, monotonic seconds
        nodes = services.topology.nodes
        # when a part that had not worked was first seen to, or inf: not yet; a generator stands by
        self._came = {name: inf for name, node in nodes.items() if node.kind is NodeKind.GENSET}
        self._fell: dict[str, float] = {}  # when a part that does not work was first seen not to
        self._reserves = Reserves(nodes)

    @classmethod
    def none(cls, site: str, watch: Watch, clock: Clock) -> Causes:
        """Return what knows no building: every device stands for itself."""
        return cls(site, Services(Topology(Wiring())), watch, clock)

    @property
    def topology(self) -> Topology:
        """Return the building."""
        return self._services.topology

    @property
    def due(self) -> bool:
        """Whether a message waits to be made now."""
        wake_at = self.incidents.wake_at
        return wake_at is not None and wake_at <= self._clock.monotonic()

    # events

    def take(self, changes: Sequence[Change]) -> Outcome:
        """Take changes of alerts."""
        outcome = self._logged(self.incidents.take(changes, self._moment()))
        self.returned.take(changes, outcome)
        return outcome

    def reached(self, polled: Polled, now: float) -> None:
        """Remember whether a device answered at ``now``, and what is seen to work by its answer.

        Before the alerts of the same poll are taken. Its part proves what feeds it, up to the first that
        stores or chooses.
        """
        device = polled.asset.id
        last = self._polls.get(device)
        if last is None:
            last = self._polls[device] = _LastPoll(tuple(self._chain(device)), device in self._reserves)
        last.began = now - polled.duration
        last.answer = reach = _ANSWERS.get(polled.presence.reach, State.UP)
        if reach is State.UP and last.chain:
            self._see(last.chain, now)
        if last.stores:
            self._reserves.take(polled, self._evident(device), now)

    def _see(self, chain: Sequence[str], now: float) -> None:
        """Note which parts work by the answer of the device that stands at the first."""
        if self._evident(chain[0]) is State.UP:
            seen, came, fell = self._seen, self._came, self._fell
            for part in chain:
                seen[part] = now
                if fell:
                    fell.pop(part, None)
                if came and came.get(part) == inf:
                    came[part] = now
        else:
            for part in chain:
                if self._evident(part) is State.DOWN:
                    self._came[part] = inf
                    self._fell.setdefault(part, now)

    def _chain(self, device: str) -> Iterator[str]:
        nodes = self.topology.nodes
        node = nodes.get(device)
        if node is not None and node.measures:
            node = nodes.get(node.measures)
        while node is not None:
            yield node.id
            node = nodes.get(node.fed_by[0]) if node.passes else None

    def awaits(self, device: str) -> bool:
        """Whether an incident waits for what a device says, or that it says nothing."""
        return self.incidents.awaits(device)

    def polled(self, polled: Polled) -> Outcome:
        """Take it that a device was asked, whatever it said: somebody may have waited for that."""
        moment = self._moment()
        return self._logged(self.incidents.answered(polled.asset.id, moment.now - polled.duration, moment))

    def tick(self) -> Outcome:
        """Let time pass."""
        return self._logged(self.incidents.tick(self._moment()))

    def restore(
        self,
        memories: Iterable[Memory],
        rows: Iterable[AlertRow],
        rules: RuleSet,
        assets: Mapping[str, Asset],
    ) -> None:
        """Take over the incidents that were open before a restart, and the alerts that belong to them.

        A part that one of these alerts calls lost is not known to work, and comes when it is seen to.
        """
        members: dict[str, list[Member]] = {}
        now = self._clock.monotonic()
        to_utc = self._clock.now() - now
        for row in rows:
            if not _is_untold(row):
                member = self._member(row, rules, assets, to_utc)
                if member.place.trouble is Trouble.POWER_LOST:
                    self._came[member.place.node] = inf
                name = cast("str", row.body.get("incident")) or incident_id(
                    self._site, row.key, member.alert.raised_at
                )
                members.setdefault(name, []).append(member)
        kept = {one.key: cast("Mapping[str, Any]", one.body) for one in memories if one.body is not None}
        cases = [case_of(name, body, members.pop(name, ()), now, to_utc) for name, body in kept.items()]
        cases += [_case_before(name, mine, now) for name, mine in members.items()]
        self.incidents.restore(cases, now)

    def _member(self, row: AlertRow, rules: RuleSet, assets: Mapping[str, Asset], to_utc: float) -> Member:
        body = cast("Mapping[str, Any]", row.body)
        alert = alert_of(row)
        asset = assets.get(alert.asset)
        own = rules.for_point(asset, alert.point) if asset else ()
        rule = next((one for one in own if one.name == alert.rule), None)
        change = Change(ChangeKind.RAISED, alert, row.at, rule, asset)
        place = self.incidents.place(change, -inf)
        told_alone = not body.get("incident")  # by a version that knew no incidents: it is cleared by itself
        because = Because(body.get("because") or Because.ITSELF)
        reason = Reason(because, body.get("part") or place.node, body.get("cause") or "")
        raised = min(self._clock.monotonic(), alert.raised_at - to_utc)
        return Member(change, place, reason, body.get("apart", False) or told_alone, raised)

    def _moment(self) -> Moment:
        return Moment(self._clock.monotonic(), self._clock.now(), self)

    # what is seen

    def state(self, node: str, since: float = -inf) -> State:
        """Return whether a part works, by evidence; what was seen only before ``since`` is not known now."""
        evidence = self._services.evidence.get(node)
        if evidence is None or (evidence.state is State.UP and self._seen.get(node, -inf) < since):
            return State.UNKNOWN
        return evidence.state

    def came(self, node: str) -> float:
        """Return when a part that had not worked was seen to; ``-inf``: ever since, ``inf``: not yet."""
        return self._came.get(node, -inf)

    def fell(self, node: str) -> float:
        """Return when a part was first seen not to work; ``-inf``: it works, or nobody said so."""
        return self._fell.get(node, -inf)

    def _evident(self, node: str) -> State:
        evidence = self._services.evidence.get(node)
        return evidence.state if evidence is not None else State.UNKNOWN

    def evidence(self, node: str) -> Evidence | None:
        """Return what is known of a part of the building, and why; None where there is no such part."""
        return self._services.evidence.get(node)

    def held(self, node: str) -> State:
        """Return whether a part that stores power was far from empty when its output went."""
        return self._reserves.held(node)

    def answers(self, device: str) -> State:
        """Return whether a device answered when it was asked last."""
        last = self._polls.get(device)
        return State.UNKNOWN if last is None else last.answer

    def asked(self, device: str) -> float:
        """Return when the last poll of a device began that is over; ``inf`` for what nobody polls."""
        last = self._polls.get(device)
        if last is None:
            node = self.topology.nodes.get(device)
            return -inf if node is not None and node.polled else inf
        return last.began

    def holds(self, alert: Alert) -> State:
        """Return whether the condition of an alert is true; unknown while its readings do not say.

        One that only waits to be acknowledged (latched) is not true, whatever is read.
        """
        cell = self._watch.cell_of(alert)
        if cell is None or cell.state.phase not in _JUDGED:
            return State.DOWN
        silent = self.answers(alert.asset) is State.DOWN and alert.point.metric != _REACH
        if silent or not self._watch.knows(cell, self._clock.monotonic()):
            return State.UNKNOWN
        return State.UP if cell.state.phase is Phase.RAISED else State.DOWN

    def ends(self, alert: Alert) -> bool:
        """Return whether the condition of an alert is known not to be true any more."""
        return self.holds(alert) is State.DOWN

    def standing(self, service: str) -> Standing:
        """Return how a service stands."""
        return self._services.standing[service]

    # what is logged

    def _logged(self, outcome: Outcome) -> Outcome:
        for change in outcome.changes:
            self._log(change)
        return outcome

    def _log(self, change: IncidentChange) -> None:
        incident = change.incident
        say = self.log.warning if change.kind in _LOUD else self.log.info
        say(
            f"incident {change.kind}",
            incident=incident.id[:12],
            roots=incident.roots,
            because=str(incident.because),
            severity=str(incident.severity),
            alerts=len(incident.members),
            why=change.why,
        )


def _is_untold(row: AlertRow) -> bool:
    """Whether an alert stands beneath a mute that lay there before it: it belongs to no incident yet."""
    kind, incident = row.body["kind"], row.body.get("incident")
    return kind == ChangeKind.RAISED_UNTOLD or (kind in _OF_MUTES and incident == "")


def _case_before(name: str, members: Sequence[Member], now: float) -> Case:
    case = case_before(name, members[0], now)
    for member in members[1:]:
        case.put(member)
    return case
