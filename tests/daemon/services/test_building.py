"""The building at work: polls into services, facts and points; what grows too old, and what was never asked."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from dcim.daemon.services.building import AGAIN, FUNCTION, REDUNDANCY, Building
from dcim.daemon.stormlog import MOST, SPAN, StormLog
from dcim.graph import Node, NodeKind, Redundancy, Service, ServiceKind, State, Wiring
from dcim.graph.derive import derive
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Point
from dcim.model.fact import Fact, FactKind
from dcim.series import Freshness, Newest

T = 1_790_000_000.0
NODES = (
    Node("fpdu", NodeKind.FLOOR_PDU, polled=True),
    Node("a", NodeKind.PDU, fed_by=("fpdu",), rack="r1", feed="A", tenant="atlas", polled=True),
    Node("b1", NodeKind.PDU, rack="r1", feed="B", polled=True),
    Node("b2", NodeKind.PDU, rack="r1", feed="B", polled=True),
)


@dataclass
class Site:
    """A building of four devices that says what the tests have them say."""

    wiring: Wiring = field(default_factory=lambda: derive(NODES, {}))
    nodes: tuple[Node, ...] = NODES
    newest: Newest = field(default_factory=Newest)
    facts: list[Fact] = field(default_factory=list)
    layouts: dict[str, Layout] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assets = [
            Asset(node.id, node.id, Kind(node.kind), "snmp", Address("x", 161), site="cas1")
            for node in self.nodes
        ]
        self.building = Building(self.wiring, assets, self.newest, Freshness(), self.facts.extend)

    def say(self, asset: str, volts: float, at: float) -> list[Batch]:
        layout = self.layouts.setdefault(
            asset, Layout(asset, Lane.FAST, (Point(asset, "pdu_voltage_volts"),), (None,), ("",))
        )
        self.newest.take(Batch(layout, at, array("d", [volts])))
        return self.building.polled(asset, at)

    def standing(self, service: str = "power/r1") -> tuple[State, Redundancy]:
        found = self.building.services.standing[service]
        return found.function, found.redundancy


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def live(site: Site) -> Site:
    for asset in ("a", "b1", "b2"):
        site.say(asset, 231.0, T)
    site.building.begin(T)
    site.facts.clear()
    return site


def words(batch: Batch) -> dict[str, str | None]:
    return {batch.reading(slot).point.metric: batch.reading(slot).state for slot in range(len(batch.layout))}


def test_nothing_is_told_before_every_device_was_asked_then_everything(site: Site) -> None:
    """Pains: G1."""
    assert site.say("a", 231.0, T) == []
    assert site.facts == []
    told = site.building.begin(T + 5)
    assert [batch.layout.asset for batch in told] == ["power/r1", "tenant/atlas"]
    assert words(told[0]) == {FUNCTION: "up", REDUNDANCY: "unknown"}
    assert [(fact.subject, fact.body["before"]) for fact in site.facts] == [
        (name, {"function": "unknown", "redundancy": "unknown"}) for name in ("power/r1", "tenant/atlas")
    ]
    assert site.building.begin(T + 6) == []


def test_a_poll_that_changes_nothing_costs_no_batch_and_no_fact(live: Site) -> None:
    assert live.say("a", 229.0, T + 10) == []
    assert live.facts == []


def test_a_change_is_a_batch_and_a_fact_with_its_reason(live: Site) -> None:
    """Pains: G4, I1."""
    batches = live.say("b2", 0.3, T + 10)
    assert [words(batch) for batch in batches] == [{FUNCTION: "up", REDUNDANCY: "reduced"}] * 2
    fact = live.facts[0]
    assert (fact.kind, fact.subject, fact.at) == (FactKind.SERVICE_STATE, "power/r1", T + 10)
    assert fact.body == {
        "kind": "power",
        "function": "up",
        "redundancy": "reduced",
        "before": {"function": "up", "redundancy": "full"},
        "needs": 1,
        "of": 2,
        "because": [{"part": "power/r1/B", "function": "down", "redundancy": "reduced", "why": ""}],
        "more": 0,
        "held": T,
    }
    stands = live.building.stands("power/r1")
    assert stands is not None
    assert (stands.since, stands.standing.redundancy) == (T + 10, Redundancy.REDUCED)
    assert live.building.stands("power/r2") is None


def test_what_a_device_says_first_was_as_its_neighbours_showed_it_when_they_were_looked_at(
    live: Site,
) -> None:
    """Who comes back with other news than its neighbours gave was otherwise since nobody knows when.

    Pains: G1, G4.
    """
    live.building.tick(T + 31)  # what the first feed said is too old
    for asset in ("fpdu", "b1", "b2"):
        live.say(asset, 0.0, T + 40)
    assert live.standing()[0] is State.DOWN
    live.say("a", 231.0, T + 50)
    assert live.standing()[0] is State.UP
    assert live.facts[-1].body["held"] == T + 40


def test_what_was_told_while_a_part_was_not_seen_any_more_is_taken_back() -> None:
    """Both were told to be lost because of one of them; the other was last seen long before that.

    Pains: G1, G4.
    """
    nodes = (Node("x", NodeKind.PDU, polled=True), Node("y", NodeKind.PDU, polled=True))
    site = Site(Wiring(nodes, (Service("both", ServiceKind.OTHER, 2, ("x", "y")),)), nodes)
    for asset in ("x", "y"):
        site.say(asset, 231.0, T)
    site.building.begin(T)
    site.say("y", 231.0, T + 14)
    site.say("y", 0.0, T + 28)
    assert site.standing("both")[0] is State.DOWN
    site.facts.clear()
    site.building.tick(T + 31)  # what x said is too old
    assert [(fact.kind, fact.subject, fact.body) for fact in site.facts] == [
        (FactKind.BLIND, "both", {"from": T, "to": T + 28, "reason": "unseen"})
    ]


def test_what_grew_too_old_while_nobody_looked_did_not_count_although_it_is_the_same_again(
    live: Site,
) -> None:
    """The machine stood still: what a device says after it proves nothing of the time in between. Pains: G2."""
    for asset in ("b1", "b2", "fpdu"):
        live.say(asset, 231.0, T + 60)
    live.facts.clear()
    live.say("a", 231.0, T + 60)
    alone = [fact for fact in live.facts if fact.subject == "power/r1"]
    assert [fact.body["redundancy"] for fact in alone] == ["unknown", "full"]
    assert alone[0].body["held"] == T


def test_a_silent_agent_takes_the_redundancy_from_what_is_known_and_no_more(live: Site) -> None:
    """Pains: E3, F1."""
    for asset in ("b1", "b2"):
        live.say(asset, 231.0, T + 30)
    assert live.building.polled("a", T + 20) == []  # it did not answer, and what it said still counts
    assert live.building.polled("a", T + 31) != []
    assert live.standing() == (State.UP, Redundancy.UNKNOWN)


def test_what_grows_too_old_is_noticed_without_a_poll(live: Site) -> None:
    """Pains: E3, E5."""
    live.say("b1", 231.0, T + 25)
    assert live.building.tick(T + 30) != []  # told again, as every half minute
    assert live.standing() == (State.UP, Redundancy.FULL)
    live.building.tick(T + 30.5)
    assert live.standing() == (State.UNKNOWN, Redundancy.UNKNOWN)
    assert {fact.subject for fact in live.facts} == {"power/r1", "tenant/atlas"}


def test_thousands_that_fall_silent_together_are_looked_at_a_part_of_them_at_a_time() -> None:
    """So that no turn of the loop takes long; the oldest first."""
    nodes = tuple(Node(f"p{n:03}", NodeKind.PDU, rack=f"r{n}", feed="A", polled=True) for n in range(300))
    site = Site(derive(nodes, {}), nodes)
    for at, node in enumerate(nodes):
        site.say(node.id, 231.0, T + at * 1e-3)
    site.building.begin(T + 1)
    seen = []
    for step in range(3):
        site.building.tick(T + 31.5 + step * 0.1)
        known = [site.standing(f"power/r{n}")[0] is State.UP for n in range(300)]
        seen.append(sum(known))
        assert known == sorted(known)
    assert seen == [50, 0, 0]


def test_services_that_all_stand_otherwise_at_once_fill_no_log_and_the_rest_is_counted() -> None:
    number, hand = MOST + 40, [0.0]
    nodes = tuple(Node(f"p{n:03}", NodeKind.PDU, rack=f"r{n}", feed="A", polled=True) for n in range(number))
    site = Site(derive(nodes, {}), nodes)
    site.building.log = StormLog("changes of services", lambda: hand[0])
    for node in nodes:
        site.say(node.id, 231.0, T)
    site.building.begin(T)
    site.facts.clear()
    with capture_logs() as logged:
        for node in nodes:
            site.say(node.id, 0.2, T + 5)
        hand[0] += SPAN
        site.building.log.tick()
    lines = [one for one in logged if one["event"] == "a service stands otherwise"]
    assert len(lines) == MOST
    assert lines[0]["because"] == site.facts[0].body["because"]
    assert (lines[0]["service"], lines[0]["before"], lines[0]["log_level"]) == (
        "power/r0",
        "up, full",
        "warning",
    )
    assert [one["left_out"] for one in logged if one["event"] == "lines left out"] == [40]
    assert len(site.facts) == number, "what is on record has all of it"


def test_a_frozen_agent_says_nothing_any_more(live: Site) -> None:
    live.newest.freeze("a", True)
    live.building.polled("a", T + 5)
    assert live.standing() == (State.UP, Redundancy.UNKNOWN)


def test_every_service_is_told_again_so_that_it_never_looks_stale(live: Site) -> None:
    told: list[str] = []
    for second in range(1, int(2 * AGAIN) + 1):
        for asset in ("a", "b1", "b2"):
            live.say(asset, 231.0, T + second)
        told += [batch.layout.asset for batch in live.building.tick(T + second)]
    assert told == ["power/r1", "tenant/atlas", "power/r1"]
    assert live.facts == []


def test_services_are_assets_that_nobody_polls_and_feeds_are_not(live: Site) -> None:
    assert [(one.id, one.name, one.kind, one.rack, one.tenant, one.site) for one in live.building.assets] == [
        ("power/r1", "Power r1", Kind.SERVICE, "r1", "atlas", "cas1"),
        ("tenant/atlas", "Tenant atlas", Kind.SERVICE, "", "atlas", "cas1"),
    ]
    assert "power/r1" in live.building
    assert "power/r1/B" not in live.building


def test_what_is_looked_at_is_known_until_the_oldest_look_at_anything_that_shows_it(live: Site) -> None:
    """Pains: G1, G2."""
    live.say("a", 229.0, T + 12)
    live.say("b1", 229.0, T + 4)
    live.say("b2", 0.3, T + 10)
    looked = live.building.looked()
    assert {name: at - T for name, at in looked.items()} == {
        "power/r1/B": 4,
        "power/r1": 4,
        "tenant/atlas": 4,
    }
    live.say("fpdu", 229.0, T + 2)  # it shows whether the rack's PDU behind it has power, too
    assert live.building.looked()["power/r1"] == T + 2


def test_of_what_nobody_hears_from_nobody_says_when_it_was_looked_at(site: Site) -> None:
    site.say("a", 231.0, T)
    assert site.building.looked()["power/r1"] == T
    site.building.tick(T + 300)
    assert site.building.looked() == {}


def test_how_every_service_stands_can_be_said_anew(site: Site) -> None:
    for asset in ("a", "b1", "b2"):
        site.say(asset, 231.0, T)
    assert site.building.restate(T) == []  # nothing is told of before every device was asked
    site.building.begin(T)
    site.say("b2", 0.3, T + 10)
    anew = site.building.restate(T + 20)
    said = [
        (fact.subject, fact.body["function"], fact.body["redundancy"], "held" in fact.body) for fact in anew
    ]
    assert said == [("power/r1", "up", "reduced", False), ("tenant/atlas", "up", "reduced", False)]


def test_a_device_that_stands_nowhere_changes_nothing(live: Site) -> None:
    assert live.say("stranger", 0.0, T) == []


class _Thorough(Building):
    """A building that takes no poll for one like the poll before."""

    def _is_as_before(self, *_: object) -> bool:
        return False


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b1", "b2"]),
        st.sampled_from([231.0, 230.0, 0.3, 90.0, float("nan")]),
        st.sampled_from([-40.0, 0.0, 1.0, 10.0, 30.0, 45.0, 400.0]),
        st.sampled_from(["say", "say", "say", "say", "silent", "freeze", "thaw", "other layout", "tick"]),
    ),
    max_size=30,
)


@given(_STEPS)
def test_polls_like_the_ones_before_change_what_a_thorough_look_at_each_would(
    steps: list[tuple[str, float, float, str]],
) -> None:
    quick, thorough = Site(), Site()
    assets = [
        Asset(node.id, node.id, Kind(node.kind), "snmp", Address("x", 161), site="cas1") for node in NODES
    ]
    thorough.building = _Thorough(
        thorough.wiring, assets, thorough.newest, Freshness(), thorough.facts.extend
    )
    told: dict[int, list[object]] = {id(quick): [], id(thorough): []}
    for site in (quick, thorough):
        now = T
        site.building.begin(T)
        for asset, volts, passed, deed in steps:
            now += passed
            if deed in ("freeze", "thaw"):
                site.newest.freeze(asset, deed == "freeze")
            if deed == "other layout":
                site.layouts.pop(asset, None)
            if deed == "tick":
                found = site.building.tick(now)
            elif deed == "silent":
                found = site.building.polled(asset, now)
            else:
                found = site.say(asset, volts, now)
            told[id(site)] += [(one.layout.asset, one.at, words(one)) for one in found]
        told[id(site)] += [(fact.kind, fact.subject, fact.at, fact.body) for fact in site.facts]
    assert told[id(quick)] == told[id(thorough)]


def test_a_dark_rack_does_not_live_by_what_its_strip_said_of_its_outlets_a_minute_ago(live: Site) -> None:
    """The board above is measured without voltage; outlets are asked once a minute and count for minutes. Pains: G4, I10."""
    outlets = Layout("a", Lane.SLOW, (Point("a", "pdu_outlet_voltage_volts"),), (None,), ("",))
    live.newest.take(Batch(outlets, T + 10, array("d", [230.0])))
    live.say("a", 231.0, T + 10)
    live.say("fpdu", 231.0, T + 10)

    def state() -> State:
        return live.building.services.evidence["a"].state

    assert state() is State.UP
    live.say("fpdu", 0.0, T + 20)
    live.building.polled("a", T + 20)  # no answer
    lasts = Freshness().lasts(Lane.FAST, 10.0)
    live.building.tick(T + 10 + lasts)
    assert state() is State.UP  # what it said itself still counts
    live.building.tick(T + 11 + lasts)
    assert state() is State.DOWN
    live.newest.take(Batch(outlets, T + 70, array("d", [230.0])))  # the quick questions alone are refused
    live.building.polled("a", T + 70)
    assert state() is State.UP
