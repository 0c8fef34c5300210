"""The scenarios of the simulator, from the plant to what people are told, on a virtual clock."""

from __future__ import annotations

from collections import Counter

import pytest
from structlog.testing import capture_logs

from dcim.alerts import Language, Severity, shipped_rules
from dcim.notify import NoticeKind, Subject
from dcim.settings import Settings
from dcim.simulator.files import plan
from dcim.simulator.plant import Blueprint
from dcim.simulator.scenario import Event, Scenario, Verb, scenario, typed

from .theatre import Load, Theatre, settings_of

RAISED, CLEARED = NoticeKind.RAISED, NoticeKind.CLEARED

EXPECTED = {
    "utility-lost": [("tr-b", "Feeds A and B lost at Compteur arrivée A and Compteur arrivée B")],
    "generator-takes-over": [("tr-b", "Feeds A and B lost at Compteur arrivée A and Compteur arrivée B")],
    "gateway-hangs": [("gw-energie", "Nothing answers behind gw-energie; 7 devices affected")],
    "agent-hangs": [("cas1-ups-b", "Onduleur B does not answer")],
    "agent-restarts": [],  # ten seconds of silence are no fault
    "pdu-breaker": [  # two breakers, fifteen seconds apart
        ("cas1-pdu-s1r4-a", "Feed A lost at PDU S1-R4 A; 2 devices and 1 rack affected"),
        ("cas1-pdu-s1r1-a", "PDU S1-R1 A does not answer; 1 rack affected"),
    ],
    "crac-lost": [  # the second unit stops while the first still stands
        ("cas1-crac-3", "Cooling lost at Climatiseur 3; no cooling in reserve: Salle 2"),
        ("cas1-crac-4", "Cooling lost at Climatiseur 4; no cooling left: Salle 2"),
    ],
}

SHORT = {"utility-lost", "crac-lost", "pdu-breaker", "gateway-hangs"}
"""What ``make test`` plays of them; ``make long`` plays the others."""


@pytest.fixture(scope="module")
def blueprint() -> Blueprint:
    return plan("casablanca")


@pytest.fixture(scope="module")
def settings(blueprint: Blueprint, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_of(blueprint, tmp_path_factory.mktemp("site"))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.long] * (name not in SHORT)) for name in EXPECTED]
)
def test_a_scenario_is_one_incident_a_fault_with_the_root_named(
    name: str, blueprint: Blueprint, settings: Settings
) -> None:
    """Pains: F4, F5, F10."""
    theatre = Theatre(blueprint, settings, scenario(name))
    theatre.play(scenario(name).lasts + 500)
    assert theatre.core.watch.open == ()
    assert len(theatre.incidents) == len(EXPECTED[name])
    for told, (root, headline) in zip(theatre.incidents, EXPECTED[name], strict=True):
        kinds = Counter(notice.kind for notice in told)
        assert (kinds[RAISED], kinds[CLEARED]) == (1, 1), "one trigger and one resolve"
        assert (told[0].kind, told[-1].kind) == (RAISED, CLEARED)
        named = next(notice for notice in told if notice.part == root)
        final = [notice for notice in told if notice.headline[Language.EN].startswith(headline)]
        assert final, [notice.headline[Language.EN] for notice in told]
        assert all(notice.headline[Language.FR] for notice in told)
        assert named.at - told[0].at <= 10.0, "the cause is named at once or a moment later"
        most = max(notice.devices for notice in told), max(notice.racks for notice in told)
        assert (told[-1].devices, told[-1].racks) == most, "the end counts all that was hit"
        assert [notice.number for notice in told] == list(range(len(told)))
        assert len({notice.message_id for notice in told}) == len(told)
        assert {notice.raise_id for notice in told} == {told[0].message_id}
    assert not [notice for notice in theatre.told if notice.subject is Subject.ALERT]


def test_a_lost_utility_is_told_with_what_to_do_about_batteries_and_a_generator_that_fails(
    blueprint: Blueprint, settings: Settings
) -> None:
    """What is raised after the first message calls for something of its own: it is told, in few messages.

    Pains: F4, H5.
    """
    with capture_logs():
        theatre = Theatre(blueprint, settings, scenario("utility-lost"))
        theatre.play(scenario("utility-lost").lasts + 500)
    (told,) = theatre.incidents
    rules = shipped_rules().rules
    first = {}
    for notice in told:
        for one in notice.also:
            first.setdefault(one.rule, (notice.at, one))
    for rule in ("ups_on_battery", "genset_start_failed"):
        at, one = first[rule]
        raised = next(child.raised_at for notice in told for child in notice.children if child.rule == rule)
        assert at - raised <= 10.0, rule
        assert (one.consequence, one.action) == (rules[rule].consequence, rules[rule].action)
    assert first["ups_on_battery"][1].names
    assert [notice.why for notice in told].count("calls") <= 2
    assert len(told) <= 4
    assert told[-1].also == (), "of what is over nothing is to be done"


@pytest.mark.parametrize("seed", [5, 11, pytest.param(12, marks=pytest.mark.long)])
@pytest.mark.parametrize("shift", [0.0, 3.3])
def test_both_feeds_are_named_at_once_on_a_loaded_daemon(
    seed: int, shift: float, blueprint: Blueprint, settings: Settings
) -> None:
    """A tenth of the polls is lost or late; what evidence shows of the other feed waits for no alert of its own.

    Pains: F4.
    """
    base = scenario("utility-lost")
    events = tuple(one.model_copy(update={"at": one.at + shift}) for one in base.events)
    story = base.model_copy(update={"events": events})
    with capture_logs():
        theatre = Theatre(blueprint, settings, story, Load(0.1, seed))
        theatre.play(story.lasts + HEALED)
    (told,) = theatre.incidents
    assert [notice.why for notice in told if notice.why not in ("", "worse", "calls")] == []
    assert told[0].headline[Language.EN].startswith("Feeds A and B lost at Compteur arrivée A and Compteur")
    kinds = Counter(notice.kind for notice in told)
    assert (kinds[RAISED], kinds[CLEARED]) == (1, 1)


@pytest.mark.long
def test_an_exhausted_ups_is_part_of_the_loss_of_its_feed_and_its_battery_is_what_remains(
    blueprint: Blueprint, settings: Settings
) -> None:
    """Pains: F9, F10."""
    theatre = Theatre(blueprint, settings, scenario("ups-exhaustion"))
    theatre.play(470)
    (told,) = theatre.incidents
    assert [notice.kind for notice in told].count(RAISED) == 1
    assert told[0].asset == "cas1-ups-b"
    assert told[0].severity is Severity.CRITICAL
    named = next(notice for notice in told if notice.part == "tr-b")
    assert named.headline[Language.EN].startswith("Feed B lost at Compteur arrivée B")
    assert any(
        "8 racks affected; all racks still live on feed A" in one.headline[Language.EN] for one in told
    )
    assert told[-1].headline[Language.EN].startswith("UPS battery almost empty: Onduleur B"), "what remains"
    theatre.stage.perform(typed("drain ups-b 100%"))  # a battery that is full again
    theatre.play(1000)
    assert [notice.kind for notice in theatre.incidents[0]].count(CLEARED) == 1
    assert len(theatre.incidents) == 1


def test_a_battery_test_is_told_to_nobody_and_mains_that_go_in_it_are_told_after_it(
    blueprint: Blueprint, settings: Settings
) -> None:
    """The test suppresses "on battery" by design, and ends by itself."""

    def played(*events: Event) -> Theatre:
        story = Scenario(format=1, scenario="test", title="UPS A tests itself", lasts=200, events=events)
        theatre = Theatre(blueprint, settings, story)
        theatre.play(120)
        return theatre

    tested = Event(at=30, do=Verb.TEST, target="ups-a", amount=40)
    assert played(tested).told == []
    told = played(tested, Event(at=40, do=Verb.LOSE, target="utility-a")).told
    assert [notice.kind for notice in told][:1] == [RAISED]


def test_a_second_fault_inside_the_first_is_a_second_incident(
    blueprint: Blueprint, settings: Settings
) -> None:
    story = Scenario(
        format=1,
        scenario="two",
        title="Feed A is lost, and while its UPS carries the load a rack PDU dies",
        lasts=200,
        events=(
            Event(at=0, do=Verb.LOSE, target="genset-1"),
            Event(at=5, do=Verb.LOSE, target="utility-a"),
            Event(at=20, do=Verb.LOSE, target="pdu-s1r4-a"),
        ),
    )
    theatre = Theatre(blueprint, settings, story)
    theatre.play(120)
    first, second = theatre.incidents
    assert first[0].headline[Language.EN].startswith("Feed A lost at Compteur arrivée A")
    assert second[0].headline[Language.EN].startswith("Feed A lost at PDU S1-R4 A")
    members = {str(body["asset"]) for body in theatre.members[first[0].key]}
    assert {"cas1-mtr-a", "cas1-tgbt-a", "cas1-ups-a", "cas1-ups-c"} <= members
    assert "cas1-ats-s1" not in members


@pytest.mark.long
def test_every_alert_that_was_held_back_says_because_of_what(
    blueprint: Blueprint, settings: Settings
) -> None:
    """I7."""
    theatre = Theatre(blueprint, settings, scenario("utility-lost"))
    theatre.play(60)
    (incident,) = theatre.core.causes.incidents.open
    assert len(incident.members) > 15
    for member in incident.members:
        assert member.reason.node
        assert member.reason.suppresses or member.place.node in incident.roots
        assert theatre.core.causes.incidents.reason(member.key) in (
            member.reason,
            None if not member.open else 0,
        )


@pytest.mark.parametrize("lost", [0, 3])
@pytest.mark.long
def test_a_daemon_that_is_killed_again_and_again_tells_once_and_clears_once(
    lost: int, blueprint: Blueprint, settings: Settings
) -> None:
    """While it waits for answers, after it told, while alerts clear: what is on disk decides.

    Pains: F5. Works that were not on disk were never sent; what they said is found again.
    """
    theatre = Theatre(blueprint, settings, scenario("utility-lost"))
    for moment in (8, 12, 30, 45, 95):
        theatre.play(moment)
        theatre.kill(lost)
    theatre.play(600)
    assert theatre.core.watch.open == ()
    assert theatre.core.causes.incidents.open == ()
    for told in theatre.incidents:
        kinds = [notice.kind for notice in told]
        assert (kinds.count(RAISED), kinds.count(CLEARED)) == (1, 1)
        assert (kinds[0], kinds[-1]) == (RAISED, CLEARED)
        assert len({notice.message_id for notice in told}) == len(told)
    if not lost:
        assert len(theatre.incidents) == 1


def _with_second(name: str, second: str, at: float, lasts: float, shift: float = 0.0) -> Scenario:
    """Return a scenario of ours, begun so much later, with another fault that lasts so long."""
    base, fault = scenario(name), typed(second)
    undo = Verb.RESTORE if fault.do is Verb.LOSE else Verb.RELEASE
    events = [one.model_copy(update={"at": one.at + shift}) for one in base.events]
    events.append(fault.model_copy(update={"at": at}))
    if fault.do is not Verb.RESTART:
        events.append(Event(at=at + lasts, do=undo, target=fault.target))
    events.sort(key=lambda one: one.at)
    events += _charged(events)
    lasts = max(base.lasts, events[-1].at) + 20
    return Scenario(format=1, scenario="two", title="two", lasts=lasts, events=tuple(events))


def _charged(events: list[Event]) -> list[Event]:
    """Return what charges the batteries that were drained: hours pass at the end of a story."""
    drained = dict.fromkeys(one.target for one in events if one.do is Verb.DRAIN)
    return [Event(at=events[-1].at, do=Verb.DRAIN, target=target, amount=1.0) for target in drained]


def _roots(theatre: Theatre) -> list[set[str]]:
    """Return the parts that each incident was named after; each was begun once and ended once."""
    assert theatre.core.watch.open == ()
    for told in theatre.incidents:
        kinds = [notice.kind for notice in told]
        assert (kinds.count(RAISED), kinds.count(CLEARED)) == (1, 1)
        assert (kinds[0], kinds[-1]) == (RAISED, CLEARED)
    return [{notice.part for notice in told} for told in theatre.incidents]


HEALED = 400.0
"""Seconds after a story in which everything clears: the longest off-delay (300 s), after a poll that came late."""

LATE = [  # name, second fault, when it begins, how much later the scenario does, the loaded daemon, what is told
    # the meter of the second feed missed the poll that was to show that it is lost too
    ("utility-lost", "restart cas1-ups-a", 38.3, 4.11, Load(0.1, 2), ["tr-a"]),
    # a rack PDU missed a poll while it started again, and was told as dead of its own
    ("generator-takes-over", "lose fpdu-b", 38.3, 4.11, Load(0.1, 2), ["tr-a", "cas1-fpdu-b"]),
    # a UPS that was silent before its input was lost is not silent for that: it has a battery
    ("agent-hangs", "lose tgbt-b", 34.4, 7.48, Load(), ["inv-b", "cas1-ups-b"]),
    # the battery was told at once, then the board, then the meter above it, which was heard late
    ("ups-exhaustion", "hang gw-salle", 38.3, 4.11, Load(0.2, 3), ["tr-b", "gw-salle"]),
]


@pytest.mark.long
@pytest.mark.parametrize(("name", "second", "at", "shift", "load", "roots"), LATE)
def test_lost_and_late_polls_make_no_incident_and_hide_none(
    name: str,
    second: str,
    at: float,
    shift: float,
    load: Load,
    roots: list[str],
    blueprint: Blueprint,
    settings: Settings,
) -> None:
    """Pains: F5, F10."""
    story = _with_second(name, second, at, 130.0, shift)
    theatre = Theatre(blueprint, settings, story, load)
    theatre.play(story.lasts + HEALED)
    found = _roots(theatre)
    assert len(found) == len(roots)
    assert all(root in told for root, told in zip(roots, found, strict=True)), found


@pytest.mark.long
@pytest.mark.parametrize(("charge", "roots"), [(1.0, ["tr-b", "cas1-ups-b"]), (0.05, ["tr-b"])])
def test_a_ups_that_fails_in_an_outage_is_a_fault_of_its_own_unless_it_may_have_run_empty(
    charge: float, roots: list[str], blueprint: Blueprint, settings: Settings
) -> None:
    """Pains: F10."""
    story = _with_second("utility-lost", "lose ups-b", 40.0, 100.0)
    drained = Event(at=1, do=Verb.DRAIN, target="ups-b", amount=charge)
    full = Event(at=141, do=Verb.DRAIN, target="ups-b", amount=1.0)
    events = (drained, *story.events, full)
    story = story.model_copy(update={"events": tuple(sorted(events, key=lambda one: one.at))})
    theatre = Theatre(blueprint, settings, story)
    theatre.play(story.lasts + 500)
    found = _roots(theatre)
    assert len(found) == len(roots)
    assert all(root in told for root, told in zip(roots, found, strict=True)), found
    if charge == 1.0:
        headlines = [notice.headline[Language.EN] for notice in theatre.incidents[1]]
        assert any(
            one.startswith("Feed B lost at Onduleur B; 12 devices and 8 racks affected") for one in headlines
        )


def test_a_rack_that_is_told_as_the_power_comes_back_belongs_to_what_had_failed(
    blueprint: Blueprint, settings: Settings
) -> None:
    """Between two polls the meter above shows voltage already, and the one below none yet."""
    base = scenario("ups-exhaustion")
    events = tuple(one.model_copy(update={"at": one.at + 3.3}) for one in base.events)
    theatre = Theatre(blueprint, settings, base.model_copy(update={"events": events}))
    theatre.play(200)
    (told,) = theatre.incidents
    services = {body["asset"] for body in theatre.members[told[0].key]}
    assert {"power/S1-R1", "power/S1-R2", "power/S1-R3"} <= services


ELSEWHERE = {  # second faults on another place than each scenario, and what each is told as
    "lose pdu-s2r2-a": "cas1-pdu-s2r2-a",
    "lose pdu-s2r4-a": "cas1-pdu-s2r4-a",
    "hang cas1-ats-s2": "cas1-ats-s2",
    "hang cas1-crac-2": "cas1-crac-2",
    "hang gw-salle": "gw-salle",
    "hang cas1-ge1": "cas1-ge1",
    "restart cas1-ats-s2": "",
}
FIRST = {name: [root for root, _ in faults] for name, faults in EXPECTED.items()} | {
    "ups-exhaustion": ["tr-b"]
}
PHASES = (0.0, 4.4, 8.3)
LOADS = (Load(), Load(0.05, 1), Load(0.1, 2), Load(0.2, 3))
CONSEQUENCES = {("ups-exhaustion", "hang cas1-crac-2", 4.4)}
"""Second faults at the edge of the first: the silence is told while the feed of the unit is still dead, and then nobody
can tell it from the first; or, where answers got lost by the way, just after, and then it is a fault of its own."""


@pytest.mark.campaign
@pytest.mark.parametrize("load", LOADS, ids=str)
@pytest.mark.parametrize("second", ELSEWHERE)
@pytest.mark.parametrize("name", FIRST)
def test_every_scenario_with_every_second_fault_is_told_as_each_alone(
    name: str, second: str, load: Load, blueprint: Blueprint, settings: Settings
) -> None:
    """Pains: F5, F10."""
    for phase in PHASES:
        story = _with_second(name, second, 30.0 + phase, 130.0, phase * 1.7 % 10)
        wanted = [*FIRST[name]]
        both = [*wanted, ELSEWHERE[second]] if ELSEWHERE[second] else wanted
        with capture_logs():
            theatre = Theatre(blueprint, settings, story, load)
            theatre.play(story.lasts + HEALED)
        hidden = (name, second, phase) in CONSEQUENCES and _are_told(wanted, theatre)
        assert hidden or _are_told(both, theatre), _roots(theatre)


def _are_told(wanted: list[str], theatre: Theatre) -> bool:
    """Return whether each fault is an incident of its own, named after its root, and there is no other."""
    found = _roots(theatre)
    for root in wanted:
        either = {"tr-a", "tr-b"} if root == "tr-b" else {root}
        mine = next((told for told in found if told & either), None)
        if mine is None:
            return False
        found.remove(mine)
    return not found
