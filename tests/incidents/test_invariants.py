"""The eight invariants of suppression (I1-I8) over random buildings, sights and stories. Pains: F1, F3, F4, F5."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcim.alerts import shipped_rules
from dcim.graph import Node, NodeKind, State, Topology, Via, Wiring
from dcim.incidents import Because, Incident, IncidentKind, Incidents
from tests.examples import many

from .conftest import Seen, Site

KINDS = (NodeKind.SWITCHBOARD, NodeKind.UPS, NodeKind.PDU, NodeKind.ATS)
ALERTS = (
    "meter_voltage_lost",
    "meter_voltage_out_of_range",
    "ups_on_battery",
    "device_no_data",
    "ups_battery_low",
    "ups_battery_charge_critical",
    "ups_load_high",
    "crac_off",
    "inlet_temperature_high",
    "smoke",
    "device_alarm_warning",
)
PROVES = {Because.POWER, Because.BETWEEN}

names = st.integers(0, 7).map(lambda number: f"n{number}")
states = st.sampled_from((State.UP, State.DOWN, State.UNKNOWN))


@st.composite
def buildings(draw: st.DrawFn) -> Topology:
    """Parts that hang on earlier ones, and some gateways: no loops, as in a checked configuration."""
    nodes = []
    for number in range(draw(st.integers(2, 8))):
        before = [f"n{one}" for one in range(number)]
        feeds = draw(st.lists(st.sampled_from(before), max_size=2, unique=True)) if before else []
        gateway = draw(st.sampled_from(("", "gw1", "gw2")))
        nodes.append(
            Node(
                f"n{number}",
                draw(st.sampled_from(KINDS)),
                fed_by=tuple(feeds),
                reached_through=(gateway,) if gateway else (),
                polled=draw(st.booleans()) or number == 0,
            )
        )
    return Topology(Wiring((*nodes, Node("gw1", NodeKind.GATEWAY), Node("gw2", NodeKind.GATEWAY))))


deeds = st.one_of(
    st.tuples(st.just("raise"), names, st.sampled_from(ALERTS)),
    st.tuples(st.just("clear"), names, st.sampled_from(ALERTS)),
    st.tuples(st.just("see"), names, states),
    st.tuples(st.just("answers"), names, st.booleans()),
    st.tuples(st.just("ebbs"), names, st.sampled_from(ALERTS)),
    st.tuples(st.just("unread"), names, st.sampled_from(ALERTS)),
    st.tuples(st.just("read"), names, st.sampled_from(ALERTS)),
    st.tuples(st.just("wait"), st.sampled_from((0.5, 6.0, 70.0)), st.none()),
)
stories = st.lists(deeds, max_size=25)


@dataclass
class Watcher:
    """Plays a story and holds the invariants against every step of it."""

    site: Site
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    apart: Counter[tuple[str, str]] = field(default_factory=Counter)
    taken: int = 0

    def play(self, story: list[tuple[str, object, object]]) -> None:
        for verb, what, how in story:
            self.do(verb, what, how)
            self.look()

    def do(self, verb: str, what: object, how: object) -> None:
        site = self.site
        site.now += 0.1  # no two raises of one alert at one moment
        match verb:
            case "raise":
                if site.key(str(what), str(how)) not in site.standing:
                    site.raised(str(what), str(how))
                    self.safe(str(what), str(how))
            case "clear":
                if site.key(str(what), str(how)) in site.standing:
                    site.cleared(str(what), str(how))
            case "ebbs":
                site.seen.over.add(site.key(str(what), str(how)))
            case "unread":
                site.seen.unread.add(site.key(str(what), str(how)))
            case "read":
                site.seen.unread.discard(site.key(str(what), str(how)))
            case "see":
                site.seen.states[str(what)] = State(str(how))
            case "answers":
                (site.seen.silent.discard if how else site.seen.silent.add)(str(what))
            case _:
                site.wait(float(str(what)), step=min(5.0, float(str(what))))

    def look(self) -> None:
        self.count()
        self.every_alert_stands_in_one_incident()
        self.reasons_lead_somewhere()
        self.messages_come_in_order()

    def count(self) -> None:
        """Count what people were told."""
        for outcome in self.site.outcomes[self.taken :]:
            self.told.update((one.incident.id, str(one.kind)) for one in outcome.changes)
            self.apart.update((one.change.alert.key, str(one.change.kind)) for one in outcome.apart)
        self.taken = len(self.site.outcomes)

    def every_alert_stands_in_one_incident(self) -> None:
        """I1, I2: whatever is held back, it stands, and it goes when it clears."""
        incidents = self.site.incidents.open
        keys = [member.key for one in incidents for member in one.members if member.open]
        assert sorted(keys) == sorted(self.site.standing)
        assert all(one.open for one in incidents)

    def reasons_lead_somewhere(self) -> None:
        """I3, I5, I7: every alert has its reason, no reasons go in a circle, and none hangs on what has gone."""
        members = {
            member.key: member for one in self.site.incidents.open for member in one.members if member.open
        }
        for key, member in members.items():
            assert self.site.incidents.reason(key) == member.reason
            seen = {key}
            while member.reason.suppresses and member.reason.cause:
                assert member.reason.cause in members or member.key in self.site.seen.over
                assert member.reason.cause not in seen, "a circle"
                if member.reason.cause not in members:
                    break
                seen.add(member.reason.cause)
                member = members[member.reason.cause]

    def messages_come_in_order(self) -> None:
        """I2: one trigger and at most one resolve an incident, and the resolve after it."""
        for (name, _), number in self.told.items():
            raised, cleared = self.told[name, "raised"], self.told[name, "cleared"]
            assert raised <= 1
            assert cleared <= raised
            assert self.told[name, "merged"] + raised <= 1
            assert number
        for key in {key for key, _ in self.apart}:
            assert 0 <= self.apart[key, "raised"] - self.apart[key, "cleared"] <= 1

    def safe(self, device: str, rule: str) -> None:
        """I8: what is safety was told before anything else happens, by itself or as what its incident is called."""
        change = self.site.standing[self.site.key(device, rule)]
        incident = self.site.incidents.of(change.key)
        assert incident is not None
        member = next(one for one in incident.members if one.key == change.key)
        if member.place.safety:
            assert incident.told
            assert self.was_told(incident, device, str(member.place.trouble))

    @staticmethod
    def was_told(incident: Incident, device: str, trouble: str) -> bool:
        mine = [
            one for one in incident.members if (one.place.device, str(one.place.trouble)) == (device, trouble)
        ]
        return (device, trouble) in incident.safe or any(one.apart and one.open for one in mine)


def watcher(topology: Topology) -> Watcher:
    return Watcher(Site(Incidents(topology, "site"), shipped_rules(), Seen()))


@many(80, suppress_health_check=[HealthCheck.too_slow])
@given(buildings(), stories)
def test_the_invariants_hold_in_every_building_and_story(
    topology: Topology, story: list[tuple[str, object, object]]
) -> None:
    played = watcher(topology)
    played.play(story)
    for alert in list(played.site.standing.values()):
        played.site.cleared(alert.asset, alert.rule)
        played.look()
    played.site.wait(80, step=5.0)
    played.look()
    assert played.site.incidents.open == ()
    for name in {name for name, _ in played.told}:
        assert played.told[name, "merged"] or played.told[name, "raised"] == played.told[name, "cleared"] == 1
    for key in {key for key, _ in played.apart}:
        assert played.apart[key, "raised"] == played.apart[key, "cleared"]


@many(60)
@given(buildings(), st.sampled_from(ALERTS), names)
def test_what_nobody_knows_suppresses_nothing(topology: Topology, rule: str, device: str) -> None:
    """I4: with every part unknown and no other alert open, an alert is told for itself."""
    site = Site(Incidents(topology, "site"), shipped_rules(), Seen())
    site.miss(*topology.nodes)
    site.seen.unasked.update(topology.nodes)
    site.raised(device, rule)
    site.wait(6)
    assert site.told == [("raised", device)]


@many(80)
@given(buildings(), stories)
def test_power_explains_only_where_it_is_proven_to_be_lost(
    topology: Topology, story: list[tuple[str, object, object]]
) -> None:
    """I4: the root of an alert that power explains is known to be down, or lies between known live and dead."""
    played = watcher(topology)
    for verb, what, how in story:
        played.do(verb, what, how)
        if (
            verb != "raise"
            or (reason := played.site.incidents.reason(played.site.key(str(what), str(how)))) is None
        ):
            continue
        if reason.because in PROVES:
            root = reason.node
            live = any(played.site.seen.state(feed) is State.UP for feed in topology.parents(root, Via.POWER))
            dead = played.site.seen.state(root) is not State.UP or root in _lost(played.site)
            assert dead
            assert live or played.site.seen.state(root) is State.DOWN or root in _lost(played.site)


def _lost(site: Site) -> set[str]:
    return {alert.asset for alert in site.standing.values()}


@settings(max_examples=40, deadline=None)
@given(st.sampled_from((1.0, 100.0, 5000.0)), st.integers(1, 4))
def test_time_beneath_a_cause_uses_up_nothing(waited: float, many: int) -> None:
    """I5, I6: however long they were held back, those still bad are told in the evaluation that ends the cause."""
    below = tuple(Node(f"pdu{n}", NodeKind.PDU, fed_by=("main",), polled=True) for n in range(many))
    topology = Topology(Wiring((Node("main", NodeKind.SWITCHBOARD, polled=True), *below)))
    site = Site(Incidents(topology, "site"), shipped_rules(), Seen())
    site.lose("main", *(node.id for node in below))
    site.raised("main", "meter_voltage_lost")
    for node in below:
        site.raised(node.id, "device_no_data")
    site.wait(waited, step=max(0.5, waited / 20))
    before = len(site.told)
    site.back("main", *(node.id for node in below))
    outcome = site.cleared("main", "meter_voltage_lost")
    raised = [one.incident.roots for one in outcome.changes if one.kind is IncidentKind.RAISED]
    assert raised[-many:] == [(node.id,) for node in below]
    assert ("cleared", "main") in site.told[before:]
