"""Every way to keep people from being told, in a running core: each answers why. Pains: H4."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import time

import pytest

from dcim.alerts import Alert, Delay, Language, RuleSet, shipped_rules
from dcim.alerts.clause import Input, Suppression
from dcim.daemon.people.maintenance import Maintenance
from dcim.explain import Answer, Topic
from dcim.model import Point
from dcim.notify import NoticeKind, Site
from dcim.notify.deciding.dispatch import Dispatch
from dcim.routing import Limit, Route, Step, Telling
from dcim.settings import Settings
from dcim.simulator.files import plan
from dcim.simulator.plant import Blueprint
from dcim.simulator.scenario import scenario
from dcim.windows import Once, Scope, Span, Window
from tests.incidents.theatre import NOON, Theatre, settings_of

from .test_scenarios import asked, why_of


@pytest.fixture(scope="module")
def blueprint() -> Blueprint:
    return plan("casablanca")


@pytest.fixture(scope="module")
def settings(blueprint: Blueprint, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_of(blueprint, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return shipped_rules()


def held_back(answer: Answer, topic: Topic) -> str:
    """Return the line of a topic that says what keeps people from being told."""
    return next(line.text for line in answer.lines if line.topic is topic and line.holds)


def standing(theatre: Theatre, device: str) -> Sequence[Alert]:
    found = [alert for alert in theatre.core.watch.listed if alert.open and alert.asset == device]
    assert found
    return found


def telling(theatre: Theatre, settings: Settings, how: Telling, channels: Sequence[str] = ("mail",)) -> None:
    """Tell people this way from now on."""
    site = Site(settings.site.id, settings.site.name, "UTC", Language.EN)
    theatre.core.dispatch = Dispatch(how, channels, site, theatre.clock)


def test_what_is_beneath_a_window_names_the_work(
    blueprint: Blueprint, settings: Settings, rules: RuleSet
) -> None:
    """Pains: F7."""
    theatre = Theatre(blueprint, settings, scenario("utility-lost"))
    work = Window(
        "ups-b-fans",
        Scope(devices=frozenset({"cas1-ups-b"})),
        Once(Span(NOON, NOON + 3600)),
        "new fans",
        "CHG-9",
    )
    core = theatre.core
    core.maintenance = Maintenance((work,), settings.assets, core.causes.topology, core.watch, theatre.clock)
    theatre.play(40)
    why = why_of(theatre, settings, rules)
    for alert in standing(theatre, "cas1-ups-b"):
        answer = asked(why, alert.key)
        assert answer.verdict == "muted"
        assert "new fans" in held_back(answer, Topic.MUTE)
        assert "new fans (CHG-9)" in held_back(answer, Topic.WINDOW)
        assert not [notice for notice in theatre.told if notice.key == alert.key]


def test_what_is_suppressed_by_design_names_what_does_it(
    blueprint: Blueprint, settings: Settings, rules: RuleSet
) -> None:
    """As a battery test does, here by what the battery says. Pains: F9."""
    name = "ups_on_battery"
    condition = rules.rules[name].raises
    design = Suppression(Input(("ups_output_source_state",), condition), 1800.0, "the battery is tested")
    own = RuleSet({**rules.rules, name: replace(rules.rules[name], suppression=design)})
    theatre = Theatre(blueprint, settings, scenario("utility-lost"), rules=own)
    theatre.play(30)
    (alert,) = (one for one in standing(theatre, "cas1-ups-b") if one.rule == name)
    answer = asked(why_of(theatre, settings, own), alert.key)
    assert answer.verdict == "muted"
    assert "the battery is tested" in held_back(answer, Topic.MUTE)
    assert any(line.topic is Topic.CONDITION and line.holds for line in answer.lines), "what is read of it"


def test_what_chatters_says_so(blueprint: Blueprint, settings: Settings, rules: RuleSet) -> None:
    """Pains: F6."""
    name, of = "meter_voltage_lost", Point("cas1-mtr-a", "meter_voltage_volts", (("phase", "L1"),))
    own = RuleSet({**rules.rules, name: replace(rules.rules[name], on=Delay(), off=Delay())})
    theatre = Theatre(blueprint, settings, scenario("crac-lost"), rules=own)
    theatre.play(15)
    batch = next(one for one in theatre.core.newest.batches("cas1-mtr-a") if not one.layout.own)
    for later in range(8):
        volts = 0.0 if later % 2 else 230.0
        said = [volts if point == of else value
                for point, value in zip(batch.layout.points, batch.values, strict=True)]  # fmt: skip
        theatre.clock.at += 2.0
        taken = replace(batch, at=theatre.clock.now(), values=array("d", said))
        theatre.core.changed(theatre.core.watch.take(taken, theatre.clock.monotonic()))
    (alert,) = standing(theatre, "cas1-mtr-a")
    raised = [
        fact for work in theatre.books.works for fact in work.facts if fact.body.get("change") == "raised"
    ]
    assert alert.chattering
    answer = asked(why_of(theatre, settings, own), alert.key)
    assert held_back(answer, Topic.LIFE)
    assert len([fact for fact in raised if fact.subject == alert.key]) < 4


def test_what_a_channel_does_not_bear_waits_and_says_so(
    blueprint: Blueprint, settings: Settings, rules: RuleSet
) -> None:
    """Pains: F1."""
    theatre = Theatre(blueprint, settings, scenario("pdu-breaker"))
    telling(theatre, settings, Telling(limits={"mail": Limit(1, 3600.0)}))
    theatre.play(130)
    told = {notice.key for notice in theatre.told if notice.kind is NoticeKind.RAISED}
    why = why_of(theatre, settings, rules)
    verdicts = {}
    for incident in theatre.core.causes.incidents.open:
        answer = asked(why, incident.id)
        verdicts[answer.verdict] = incident.id
        if incident.id not in told:
            assert "mail" in held_back(answer, Topic.LIMITS)
            assert "mail" in held_back(asked(why, incident.root.key), Topic.LIMITS)
    assert verdicts.keys() == {"under_way", "withheld"}
    assert verdicts["withheld"] not in told


def test_what_waits_for_the_list_of_the_morning_says_when_that_is(
    blueprint: Blueprint, settings: Settings, rules: RuleSet
) -> None:
    theatre = Theatre(blueprint, settings, scenario("gateway-hangs"))
    low = Route("low", steps=(Step(0.0, ("mail",)),), digest=True)
    telling(theatre, settings, Telling(routes=(low,), digest=(time(8),)))
    theatre.play(120)
    (incident,) = theatre.core.causes.incidents.open
    assert theatre.told == []
    why = why_of(theatre, settings, rules)
    for name in (incident.id, incident.root.key):
        answer = asked(why, name)
        assert answer.verdict == "digest" or name == incident.root.key
        assert "08:00:00" in held_back(answer, Topic.ROUTE)


def test_where_no_channel_is_named_nobody_is_said_to_be_told(
    blueprint: Blueprint, settings: Settings, rules: RuleSet
) -> None:
    theatre = Theatre(blueprint, settings, scenario("gateway-hangs"))
    telling(theatre, settings, Telling(), channels=())
    theatre.play(120)
    (incident,) = theatre.core.causes.incidents.open
    assert theatre.told == []
    answer = asked(why_of(theatre, settings, rules), incident.id)
    assert answer.verdict == "nobody"
