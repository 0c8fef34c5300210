"""Scenarios are data, they come true on a virtual clock, and what people type is answered in words."""

from __future__ import annotations

import pytest

from dcim.alerts import shipped_rules
from dcim.daemon.watching.checking import TURNS
from dcim.model import ConfigError
from dcim.plausible.frozen import STANDS
from dcim.simulator.files import load, names, plan
from dcim.simulator.plant import Blueprint
from dcim.simulator.scenario import QUIET, Event, Scenario, Verb, scenario, typed
from dcim.simulator.stage import Mood, Stage

LOOK = TURNS / 4
"""Seconds between two looks at one device."""


def play(blueprint: Blueprint, story: Scenario, step: float, until: float | None = None) -> Stage:
    stage = Stage(blueprint, seed=3)
    stage.begin(story)
    while stage.now < (until or story.lasts):
        stage.advance(stage.now + step)
    return stage


def test_the_scenarios_of_the_issue_are_there() -> None:
    wanted = {
        "utility-lost",
        "ups-exhaustion",
        "crac-lost",
        "pdu-breaker",
        "agent-hangs",
        "agent-freezes",
        "gateway-hangs",
        "agent-restarts",
    }
    assert wanted <= set(names("scenarios"))


SLOW = {"agent-freezes"}
"""Twelve minutes of a plant: seconds of processor time."""


@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=[pytest.mark.long] * (one in SLOW)) for one in names("scenarios")]
)
def test_what_a_scenario_promises_comes_true(name: str) -> None:
    story = scenario(name)
    assert story.scenario == name
    assert story.plant in names("plants")
    stage = play(plan(story.plant), story, 1.0)
    for expected in story.expect:
        assert stage.plant.truth.word(expected.subject, expected.by) == expected.word, expected.says
    assert [happening.text for happening in stage.happened] == [event.says for event in story.events]


def test_a_card_freezes_after_it_was_seen_to_live_and_for_as_long_as_it_takes_to_be_told() -> None:
    """Agents are looked at once a minute: what moved between two looks must then stand. Pains: A12."""
    freeze, *_, release = scenario("agent-freezes").events
    rule = shipped_rules().rules["agent_frozen"]
    assert (freeze.do, release.do) == (Verb.FREEZE, Verb.RELEASE)
    assert freeze.at >= 2 * LOOK
    found = (
        freeze.at + LOOK + STANDS + LOOK
    )  # the last movement is seen a look later, and the last standstill
    assert release.at > found + rule.on_delay + LOOK


def test_a_story_is_the_same_however_its_time_is_cut(blueprint: Blueprint) -> None:
    story = scenario("pdu-breaker")
    often, seldom = play(blueprint, story, 0.7, until=60), play(blueprint, story, 60.0, until=60)
    before = [c for c in often.plant.truth.changes if c.at <= 60.0]
    assert before == [c for c in seldom.plant.truth.changes if c.at <= 60.0]
    assert often.happened == seldom.happened


def test_a_warm_room_is_what_losing_its_units_means(blueprint: Blueprint) -> None:
    stage = Stage(blueprint)
    stage.begin(scenario("crac-lost"))
    stage.advance(120.0)
    one_lost = stage.plant.rooms["salle-2"].temperature
    stage.advance(180.0)
    # 7.6 kW into 400 kJ/K is 1.14 K a minute
    assert stage.plant.rooms["salle-2"].temperature - one_lost == pytest.approx(1.1, abs=0.15)
    assert abs(stage.plant.rooms["salle-1"].temperature - 21.0) < 0.5


def test_a_story_begins_when_it_is_told_to(blueprint: Blueprint) -> None:
    stage = Stage(blueprint)
    stage.advance(50.0)
    assert stage.happened == []
    stage.begin(scenario("utility-lost"))
    stage.advance(54.0)
    assert [happening.at for happening in stage.happened] == [0.0, 4.0, 4.0]
    assert stage.began == 50.0


def test_an_agent_dies_with_its_power_and_boots_when_it_returns(blueprint: Blueprint) -> None:
    stage = Stage(blueprint)
    agent = stage.agents["cas1-pdu-s1r1-a"]
    boots, days = agent.boots, agent.uptime(0.0)
    assert days >= 86400.0
    stage.advance(1.0)
    stage.perform(typed("lose pdu-s1r1-a"))
    assert stage.advance(2.0) == []
    assert agent.patience() is None
    assert agent.uptime(stage.now) == 0.0
    stage.perform(typed("restore pdu-s1r1-a"))
    assert stage.advance(11.0) == []
    assert stage.advance(13.0) == [agent]
    assert agent.boots == boots + 1
    assert agent.patience() == 0.0
    assert agent.uptime(stage.now) <= 1.0


def test_hanging_slow_and_released_agents_differ_in_their_patience(blueprint: Blueprint) -> None:
    stage = Stage(blueprint)
    agent = stage.agents["cas1-mtr-a"]
    stage.perform(typed("slow gw-energie 1.5"))
    assert (agent.mood, agent.patience()) == (Mood.SLOW, 1.5)
    stage.perform(typed("hang cas1-mtr-a"))
    assert (agent.mood, agent.patience()) == (Mood.HANGS, None)
    assert stage.agents["cas1-mtr-b"].patience() == 1.5
    stage.perform(typed("release gw-energie"))
    assert agent.patience() == 0.0
    stage.perform(typed("restart cas1-mtr-a"))
    assert agent.word() == "silent"
    assert stage.status()[0] == "cas1-mtr-a: silent"


def test_status_says_that_all_is_well_until_it_is_not(blueprint: Blueprint) -> None:
    stage = Stage(blueprint)
    assert stage.status()[0] == "all is well"
    assert stage.status()[1].startswith("Salle 1 2")
    stage.perform(typed("lose utility-a"))
    stage.advance(1.0)
    assert {"utility-a: dead", "inv-a: none", "ups-a: battery"} <= set(stage.status())
    stage.perform(typed("drain ups-a 0%"))
    stage.advance(2.0)
    assert "ups-a: off" in stage.status()


@pytest.mark.parametrize(
    ("line", "event"),
    [
        ("lose utility-a", Event(do=Verb.LOSE, target="utility-a")),
        ("  restore   crac-1 ", Event(do=Verb.RESTORE, target="crac-1")),
        ("drain ups-a 5%", Event(do=Verb.DRAIN, target="ups-a", amount=0.05)),
        ("drain ups-a 0.5", Event(do=Verb.DRAIN, target="ups-a", amount=0.5)),
        ("slow gw-salle 2", Event(do=Verb.SLOW, target="gw-salle", amount=2.0)),
    ],
)
def test_what_a_person_types_is_understood(line: str, event: Event) -> None:
    assert typed(line) == event
    assert typed(str(event)) == event


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("loose utility-a", "verbs: lose, restore"),
        ("lose", "a verb and a name"),
        ("lose utility-a 3", "lose takes a name and no amount"),
        ("drain ups-a", "a share such as 5%"),
        ("slow ups-a 1.2.3", "is no number"),
    ],
)
def test_what_is_not_understood_is_answered_with_what_fits(line: str, answer: str) -> None:
    with pytest.raises(ValueError, match=answer):
        typed(line)


def test_a_wrong_target_is_answered_with_the_nearest_name(blueprint: Blueprint) -> None:
    stage = Stage(blueprint)
    with pytest.raises(ValueError, match="nothing called 'utility-c'; did you mean 'utility-"):
        stage.perform(typed("lose utility-c"))
    with pytest.raises(ValueError, match="drain: nothing called 'tr-a'"):
        stage.begin(QUIET.model_copy(update={"events": (Event(do=Verb.DRAIN, target="tr-a", amount=0.1),)}))


def test_a_scenario_file_says_everything_that_is_wrong_with_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "bad.yaml"
    file.write_text(
        "format: 1\nscenario: bad\ntitle: Bad\nevents:\n"
        "  - { at: -1, do: loose, target: x }\n  - { at: 1, do: drain, target: ups-a }\nlast: 3\n"
    )
    with pytest.raises(ConfigError) as caught:
        scenario(str(file))
    lines = str(caught.value)
    assert "bad.yaml:5" in lines
    assert "bad.yaml:7" in lines
    file.write_text(
        "format: 1\nscenario: bad\ntitle: Bad\nevents:\n"
        "  - { at: 5, do: lose, target: x }\n  - { at: 1, do: lose, target: y }\n"
    )
    with pytest.raises(ConfigError, match="order of their times"):
        scenario(str(file))


def test_an_unknown_name_is_answered_with_what_there_is() -> None:
    with pytest.raises(ConfigError, match="did you mean 'utility-lost'"):
        scenario("utility-last")
    with pytest.raises(ConfigError, match="known: casablanca, rabat"):
        plan("tanger")
    with pytest.raises(ConfigError):
        load("plants", "./nowhere.yaml", Blueprint)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("lose cas1-ups-a", "that is an agent, and speaks of 'ups-a'"),
        ("hang ups-a", "that is a part, and its agent is 'cas1-ups-a'"),
        ("lose utility-z", "did you mean 'utility-"),
    ],
)
def test_a_name_of_the_other_side_is_answered_with_what_fits(line: str, hint: str) -> None:
    stage = Stage(plan("casablanca"), seed=1, tick=1.0)
    with pytest.raises(ValueError, match=hint):
        stage.perform(typed(line))
