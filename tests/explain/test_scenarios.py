"""Every alert of the simulator's scenarios that was not told by itself says why."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import inf
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from dcim.alerts import Deed, Delay, Doing, Language, RuleSet, Target, shipped_rules
from dcim.daemon.explaining import Known
from dcim.daemon.why import Why
from dcim.explain import Answer, Topic, Unknown
from dcim.ledger.chain import Entry, seal
from dcim.model import Point
from dcim.model.fact import FactKind
from dcim.notify import NoticeKind
from dcim.routing import Telling
from dcim.series import Freshness
from dcim.settings import Settings
from dcim.simulator.files import plan
from dcim.simulator.plant import Blueprint
from dcim.simulator.scenario import Scenario, scenario, typed
from dcim.store import Queued
from tests.incidents.theatre import NOON, Kept, Theatre, settings_of

OVER = {"over", "under_way", "with_incident"}
HELD = {"with_incident", "waits", "delay", "muted", "over"}


class Record:
    """What is on record in the books of the theatre. Fulfils ``dcim.daemon.records.recorded.Record``."""

    def __init__(self, books: Kept) -> None:
        facts = [fact for work in books.works for fact in work.facts]
        self._entries = [(fact.at, Entry("cas1", "c", 1, 1, 1, *seal(fact), "", "")) for fact in facts]

    def facts_about(
        self,
        kinds: Iterable[str],
        *,
        subject: str = "",
        holds: str = "",
        until: float = inf,
        limit: int = 1000,
    ) -> Sequence[Entry]:
        wanted = {str(kind) for kind in kinds}
        return [
            entry
            for at, entry in self._entries
            if entry.kind in wanted
            and entry.subject.startswith(subject)
            and at <= until
            and holds in entry.body
        ][-limit:]

    def messages(self, dedup_key: str, limit: int = 100) -> Sequence[Queued]:
        return ()


@pytest.fixture(scope="module")
def blueprint() -> Blueprint:
    return plan("casablanca")


@pytest.fixture(scope="module")
def settings(blueprint: Blueprint, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_of(blueprint, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return shipped_rules()


def why_of(theatre: Theatre, settings: Settings, rules: RuleSet) -> Why:
    core = theatre.core
    assets = {asset.id: asset for asset in (*settings.assets, *core.building.assets)}
    known = Known(core, rules, assets, Freshness(), Telling(), theatre.clock, Record(theatre.books))
    return Why(known, ZoneInfo("UTC"))


def asked(why: Why, name: str, at: float | None = None) -> Answer:
    answer = asyncio.run(why.explain(name, at, Language.FR))
    assert isinstance(answer, Answer)
    return answer


ALL = ("utility-lost", "ups-exhaustion", "generator-takes-over", "crac-lost", "pdu-breaker", "agent-hangs")


@pytest.mark.parametrize(
    "name", ["gateway-hangs", *(pytest.param(name, marks=pytest.mark.long) for name in ALL)]
)
def test_every_alert_that_was_not_told_by_itself_says_why(
    name: str, blueprint: Blueprint, settings: Settings, rules: RuleSet, tmp_path: Path
) -> None:
    """While it begins, in the middle, and after all is over. Pains: H4, F4."""
    theatre = Theatre(blueprint, settings, scenario(name))
    for moment in (scenario(name).lasts * 0.3, scenario(name).lasts * 0.8):
        theatre.play(moment)
        why = why_of(theatre, settings, rules)
        told = {notice.key for notice in theatre.told if notice.kind is NoticeKind.RAISED}
        for alert in theatre.core.watch.listed:
            answer = asked(why, alert.key[:16])
            topics = {line.topic for line in answer.lines}
            assert topics >= {Topic.CONDITION, Topic.LIFE, Topic.MUTE, Topic.WINDOW}
            placed = theatre.core.causes.incidents.of(alert.key)
            if placed is None:
                assert not alert.open
                assert answer.verdict in OVER
                continue
            if placed.root.key != alert.key and alert.key not in told:
                assert answer.verdict in HELD | {"under_way"}, answer.said
                assert any(line.topic is Topic.CAUSE for line in answer.lines)
            incident = asked(why, placed.id[:16])
            assert len(incident.parts) == len(placed.members)
    for ups in ("ups-a", "ups-b"):  # a battery that charges for hours is no alert that is over
        theatre.stage.perform(typed(f"drain {ups} 100%"))
    theatre.play(scenario(name).lasts + 1000)
    assert theatre.core.watch.open == ()
    why = why_of(theatre, settings, rules)
    known = {
        fact.subject for work in theatre.books.works for fact in work.facts if fact.kind is FactKind.ALERT
    }
    assert known
    for key in known:
        over = asked(why, key)
        assert over.verdict in OVER
        assert any(line.topic is Topic.RECORD for line in over.lines), "what nobody can say is said"


@pytest.mark.parametrize("doing", [Doing.SHELVE, Doing.OUT_OF_SERVICE])
def test_every_alert_that_somebody_silenced_says_who_and_why(
    doing: Doing, blueprint: Blueprint, settings: Settings, rules: RuleSet
) -> None:
    """Pains: H4, F3."""
    theatre = Theatre(blueprint, settings, scenario("utility-lost"))
    lasts = 300.0 if doing is Doing.SHELVE else None
    deed = Deed(doing, Target("cas1-ups-b"), "amina", "batteries are new", lasts, ticket="CHG-1")
    theatre.core.act(deed, 3600.0)
    for moment in (30.0, 60.0):
        theatre.play(moment)
        muted = [alert for alert in theatre.core.watch.listed if alert.asset == "cas1-ups-b" and alert.open]
        assert muted
        why = why_of(theatre, settings, rules)
        for alert in muted:
            answer = asked(why, alert.key)
            assert answer.verdict == "muted"
            assert any(line.topic is Topic.MUTE and "batteries are new" in line.text for line in answer.lines)
            assert not [notice for notice in theatre.told if notice.key == alert.key]


@pytest.mark.long
def test_then_is_answered_from_the_ledger_as_it_was_known_then(
    blueprint: Blueprint, settings: Settings, rules: RuleSet
) -> None:
    """Pains: H4."""
    theatre = Theatre(blueprint, settings, scenario("utility-lost"))
    theatre.play(60)
    at = theatre.clock.now()
    stood = {alert.key: alert for alert in theatre.core.watch.listed if alert.open}
    live = {key: asked(why_of(theatre, settings, rules), key) for key in stood}
    theatre.play(110)
    why = why_of(theatre, settings, rules)
    for key, alert in stood.items():
        then = asked(why, key, at)
        # on record is which alert named the incident when it was told last; a better one may have come since
        if {then.verdict, live[key].verdict} != {"under_way", "with_incident"}:
            assert then.verdict == live[key].verdict
        names = [
            {line.text.split()[1] for line in one.lines if line.text.startswith("incident ")}
            for one in (then, live[key])
        ]
        assert names[0] == names[1] != set()
        device = asked(why, alert.asset, at)
        assert key in {part.id for part in device.parts}
    assert isinstance(asyncio.run(why.explain(key, NOON - 5, Language.EN)), Unknown), (
        "nothing was known before"
    )


def test_a_quiet_device_says_of_every_rule_what_it_sees(
    blueprint: Blueprint, settings: Settings, rules: RuleSet
) -> None:
    theatre = Theatre(blueprint, settings, scenario("utility-lost"))
    theatre.play(3)
    why = why_of(theatre, settings, rules)
    answer = asked(why, "cas1-ups-a")
    assert {part.kind for part in answer.parts} == {"rule"}
    kinds = {asset.id: asset for asset in settings.assets}
    mine = {rule.name for rule in rules.rules.values() if kinds["cas1-ups-a"].kind in rule.kinds}
    assert mine <= {part.id.split()[1] for part in answer.parts}
    assert all(part.lines for part in answer.parts)
    wrong = asyncio.run(why.explain("cas1-usp-a", None, Language.EN))
    assert isinstance(wrong, Unknown)
    assert "cas1-ups-a" in wrong.nearest


def test_a_lower_step_says_which_higher_one_stands_in_its_place(
    blueprint: Blueprint, settings: Settings, rules: RuleSet
) -> None:
    """A phase without voltage is out of range too. Pains: F4."""
    theatre = Theatre(blueprint, settings, scenario("utility-lost"))
    theatre.play(30)
    why, title = why_of(theatre, settings, rules), rules.rules["meter_voltage_lost"].title[Language.FR]
    (part,) = {one.id: one for one in asked(why, "cas1-mtr-a").parts if one.verdict == "outranked"}.values()
    assert "meter_voltage_out_of_range" in part.id
    assert any(title in line.text and line.holds for line in part.lines if line.topic is Topic.DELAY)


def test_of_what_has_latched_before_a_higher_step_came_nobody_says_that_it_ended_for_that(
    blueprint: Blueprint, settings: Settings, rules: RuleSet
) -> None:
    """Pains: H4."""
    lower, of = "meter_voltage_out_of_range", Point("cas1-mtr-a", "meter_voltage_volts", (("phase", "L1"),))
    higher = replace(rules.rules["meter_voltage_lost"], on=Delay())
    own = RuleSet({**rules.rules, lower: replace(rules.rules[lower], latching=True), higher.name: higher})
    theatre = Theatre(blueprint, settings, scenario("crac-lost"), rules=own)
    theatre.play(15)
    batch = next(one for one in theatre.core.newest.batches("cas1-mtr-a") if not one.layout.own)
    for later, volts in enumerate((190.0, 190.0, 230.0, 230.0, 0.0, 230.0), 1):
        said = [volts if point == of else value
                for point, value in zip(batch.layout.points, batch.values, strict=True)]  # fmt: skip
        theatre.clock.at = 600.0 * later
        taken = replace(batch, at=theatre.clock.now(), values=array("d", said))
        theatre.core.changed(theatre.core.watch.take(taken, theatre.clock.monotonic()))
    standing = {alert.rule: alert for alert in theatre.core.watch.listed if alert.asset == "cas1-mtr-a"}
    assert standing.keys() == {lower, higher.name}
    answer = asked(why_of(theatre, settings, own), standing[lower].key[:16])
    assert not any(
        higher.title[Language.FR] in line.text for line in answer.lines if line.topic is Topic.DELAY
    )


@pytest.mark.long
def test_what_remains_and_is_not_known_is_told_once_and_explained(
    blueprint: Blueprint, settings: Settings, rules: RuleSet
) -> None:
    """A feed is back, and the unit that would show the reserve of its room does not answer. Pains: F3, H4."""
    events = (
        (0, "lose genset-1"), (30, "lose utility-a"), (130, "restore utility-a"), (131, "restore genset-1"),
        (190, "hang cas1-crac-1"),
    )  # fmt: skip
    story = Scenario(
        format=1,
        scenario="unseen",
        title="The feed is back and a cooling unit hangs",
        lasts=2000,
        events=tuple(typed(line).model_copy(update={"at": float(at)}) for at, line in events),
    )
    theatre = Theatre(blueprint, settings, story)
    theatre.play(600)
    lost, silent = theatre.incidents
    assert [(notice.kind, notice.why) for notice in lost] == [
        (NoticeKind.RAISED, ""), (NoticeKind.UPDATED, "calls"), (NoticeKind.UPDATED, "unknown")
    ]  # fmt: skip
    assert [notice.part for notice in silent] == ["cas1-crac-1"]
    why = why_of(theatre, settings, rules)
    lines = [line.text for line in asked(why, lost[0].key[:16]).lines]
    assert any("cette cause a disparu" in line for line in lines)
    assert any("personne ne peut dire si ce qui en reste dure encore" in line for line in lines)
    assert any("arrêtée, puisque personne ne peut dire" in line for line in lines)
    theatre.stage.perform(typed("release cas1-crac-1"))
    theatre.play(1200)
    assert [notice.kind for notice in theatre.incidents[0]][3:] == [NoticeKind.CLEARED]
