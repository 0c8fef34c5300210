"""A small building, what is seen of it, and alerts that come and go on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from math import inf

import pytest

from dcim.alerts import Alert, Change, ChangeKind, Rule, RuleSet, Severity, alert_key, shipped_rules
from dcim.graph import Node, NodeKind, Redundancy, Standing, State, Topology
from dcim.graph.derive import derive
from dcim.incidents import AskNow, Incidents, Moment, Outcome
from dcim.model import Address, Asset, Kind, Point

NOON = 1_764_072_000.0
FINE = Standing(State.UP, Redundancy.FULL)
K = NodeKind
_QUIET = {"genset": State.DOWN, "grid-a": State.UNKNOWN, "grid-b": State.UNKNOWN}


def _nodes() -> Iterable[Node]:
    yield Node("grid-a", K.UTILITY)
    yield Node("grid-b", K.UTILITY)
    yield Node("genset", K.GENSET, polled=True)
    for feed in "ab":
        FEED = feed.upper()
        yield Node(f"tr-{feed}", K.TRANSFORMER, fed_by=(f"grid-{feed}",))
        yield Node(
            f"mtr-{feed}", K.METER, measures=f"tr-{feed}", reached_through=("gw",), feed=FEED, polled=True
        )
        yield Node(f"inv-{feed}", K.ATS, fed_by=(f"tr-{feed}", "genset"))
        yield Node(
            f"main-{feed}",
            K.SWITCHBOARD,
            f"Main board {FEED}",
            fed_by=(f"inv-{feed}",),
            reached_through=("gw",),
            feed=FEED,
            polled=True,
        )
        yield Node(f"ups-{feed}", K.UPS, f"UPS {FEED}", fed_by=(f"main-{feed}",), feed=FEED, polled=True)
        yield Node(f"fpdu-{feed}", K.FLOOR_PDU, fed_by=(f"ups-{feed}",), feed=FEED, polled=True)
        for rack in (1, 2, 3):
            yield Node(
                f"pdu-{rack}-{feed}",
                K.PDU,
                f"PDU {rack} {FEED}",
                fed_by=(f"fpdu-{feed}",),
                rack=f"R{rack}",
                room="hall",
                tenant="acme" if rack == 1 else "",
                feed=FEED,
                polled=True,
            )
    yield Node("ats", K.ATS, "ATS", fed_by=("pdu-3-a", "pdu-3-b"), rack="R3", room="hall", polled=True)
    yield Node("gw", K.GATEWAY)
    for unit in (1, 2):
        yield Node(f"crac-{unit}", K.CRAC, fed_by=("main-a",), room="hall", polled=True)
    yield Node("probe", K.SENSOR, room="hall", rack="R1", polled=True)
    yield Node("leak", K.LEAK, room="hall", polled=True)


@pytest.fixture(scope="session")
def topology() -> Topology:
    return Topology(derive(tuple(_nodes()), {"hall": "Hall"}))


@pytest.fixture(scope="session")
def rules() -> RuleSet:
    return shipped_rules()


@dataclass
class Seen:
    """What is seen of the building: all is up and answers, the generator stands, unless the test says else."""

    states: dict[str, State] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    unasked: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)  # alerts whose condition is gone
    unread: set[str] = field(default_factory=set)  # alerts of which nobody knows whether they hold
    services: dict[str, Standing] = field(default_factory=dict)
    shown: dict[str, float] = field(default_factory=dict)  # when these were seen last; others just now
    polled: dict[str, float] = field(default_factory=dict)  # when the last poll began; others just now
    stored: dict[str, State] = field(default_factory=dict)  # whether a UPS had much left when it went
    fallen: dict[str, float] = field(default_factory=dict)  # when these were first seen not to work
    began: dict[str, float] = field(default_factory=dict)  # when these came back; others worked ever since

    def state(self, node: str, since: float = -inf) -> State:
        if self.shown.get(node, inf) < since:
            return State.UNKNOWN
        return self.states.get(node, _QUIET.get(node, State.UP))

    def came(self, node: str) -> float:
        return self.began.get(node, -inf)

    def fell(self, node: str) -> float:
        return self.fallen.get(node, -inf)

    def answers(self, device: str) -> State:
        return State.UNKNOWN if device in self.unasked else State.DOWN if device in self.silent else State.UP

    def held(self, node: str) -> State:
        return self.stored.get(node, State.UNKNOWN)

    def asked(self, device: str) -> float:
        return self.polled.get(device, inf)

    def holds(self, alert: Alert) -> State:
        if alert.key in self.unread:
            return State.UNKNOWN
        return State.DOWN if alert.key in self.over else State.UP

    def ends(self, alert: Alert) -> bool:
        return self.holds(alert) is State.DOWN

    def standing(self, service: str) -> Standing:
        return self.services.get(service, FINE)


@dataclass
class Site:
    """Incidents on a clock that the test moves."""

    incidents: Incidents
    rules: RuleSet
    seen: Seen = field(default_factory=Seen)
    now: float = 0.0
    outcomes: list[Outcome] = field(default_factory=list)
    changes: list[tuple[Change, ...]] = field(default_factory=list)  # what brought each outcome about
    standing: dict[str, Alert] = field(default_factory=dict)

    @property
    def topology(self) -> Topology:
        return self.incidents.topology

    @property
    def moment(self) -> Moment:
        return Moment(self.now, NOON + self.now, self.seen)

    def lose(self, *nodes: str) -> None:
        self.seen.states.update(dict.fromkeys(nodes, State.DOWN))
        self.seen.fallen.update(dict.fromkeys(nodes, self.now))

    def miss(self, *nodes: str) -> None:
        """Nothing proves anything of these."""
        self.seen.states.update(dict.fromkeys(nodes, State.UNKNOWN))

    def back(self, *nodes: str) -> None:
        for node in nodes:
            self.seen.states.pop(node, None)
            self.seen.fallen.pop(node, None)

    def change(
        self, device: str, rule: str, kind: ChangeKind = ChangeKind.RAISED, metric: str = "", **labels: str
    ) -> Change:
        """Make a change of an alert of a shipped rule, as the watch would, on the first of its metrics."""
        known = self._rule(rule)
        point = Point(device, metric or known.metrics[0], tuple(sorted(labels.items())))
        key = alert_key("site", rule, point)
        before = self.standing.get(key) or Alert(key, rule, point, known.severity, NOON + self.now)
        alert = replace(before, open=kind not in (ChangeKind.CLEARED, ChangeKind.CLEARED_UNTOLD))
        self.standing[key] = alert
        if not alert.open:
            del self.standing[key]
        kinds = sorted(known.kinds) or [Kind.PDU]
        asset = Asset(device, device.upper(), kinds[0], "snmp", Address("192.0.2.1", 161))
        return Change(kind, alert, NOON + self.now, known.paced(10.0), asset)

    def _rule(self, name: str) -> Rule:
        return self.rules.rules[name]

    def take(self, *changes: Change) -> Outcome:
        return self.keep(self.incidents.take(changes, self.moment), changes)

    def raised(self, device: str, rule: str, **labels: str) -> Outcome:
        return self.take(self.change(device, rule, ChangeKind.RAISED, **labels))

    def cleared(self, device: str, rule: str, **labels: str) -> Outcome:
        return self.take(self.change(device, rule, ChangeKind.CLEARED, **labels))

    def answer(self, *devices: str) -> None:
        for device in devices:
            self.keep(self.incidents.answered(device, self.now, self.moment))

    def wait(self, seconds: float, step: float = 0.5) -> None:
        """Let time pass; everybody who was asked stays silent."""
        until = self.now + seconds
        while self.now < until:
            self.now += step
            self.keep(self.incidents.tick(self.moment))

    def keep(self, outcome: Outcome, changes: tuple[Change, ...] = ()) -> Outcome:
        self.outcomes.append(outcome)
        self.changes.append(changes)
        return outcome

    @property
    def asked(self) -> list[str]:
        return [one.device for outcome in self.outcomes for one in outcome.effects if isinstance(one, AskNow)]

    @property
    def told(self) -> list[tuple[str, ...]]:
        """What people were told: kind and roots of incidents, kind and device of alerts told apart."""
        said: list[tuple[str, ...]] = []
        for outcome in self.outcomes:
            said += [
                (str(one.kind), *one.incident.roots)
                for one in outcome.changes
                if one.kind not in ("opened", "merged")
            ]
            said += [(f"apart {one.change.kind}", one.change.alert.asset) for one in outcome.apart]
        return said

    def key(self, device: str, rule: str, **labels: str) -> str:
        return alert_key(
            "site", rule, Point(device, self._rule(rule).metrics[0], tuple(sorted(labels.items())))
        )

    def because(self, device: str, rule: str, **labels: str) -> tuple[str, str]:
        reason = self.incidents.reason(self.key(device, rule, **labels))
        assert reason is not None
        return str(reason.because), reason.node


@pytest.fixture
def site(topology: Topology, rules: RuleSet) -> Site:
    return Site(Incidents(topology, "site"), rules)


@pytest.fixture
def new_site(topology: Topology, rules: RuleSet) -> Callable[[], Site]:
    return lambda: Site(Incidents(topology, "site"), rules)


CRITICAL = Severity.CRITICAL
