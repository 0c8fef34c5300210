"""Polls that end together are followed up together: what is on record and told is as if each had come alone."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dcim.alerts import Language, Watch, shipped_rules
from dcim.collect import Collected
from dcim.daemon.core import Core, Told
from dcim.daemon.services.building import Building
from dcim.daemon.services.causes import Causes
from dcim.graph import Node, NodeKind
from dcim.graph.derive import derive
from dcim.model import Address, Asset, Batch, Health, Kind, Lane, Layout, Meaning, Point, state_code
from dcim.notify import Site
from dcim.poll import Polled, Presence, Reach
from dcim.poll.polled import hand_on
from dcim.series import Freshness, Newest
from dcim.store import Work
from tests.examples import many

WHERE = Address("192.0.2.1", 161)
STATES = {
    state_code("lost"): Meaning("lost", Health.CRITICAL),
    state_code("normal"): Meaning("normal", Health.OK),
}
PDUS = tuple(f"pdu-{number}" for number in range(6))
EVERY = (*PDUS, "main")
NOW = 1_764_072_000.0
RULES = shipped_rules()


class Clock:
    """Stands still until somebody moves it."""

    at = 1000.0

    def now(self) -> float:
        return NOW + self.at

    def monotonic(self) -> float:
        return self.at


class House:
    """Six PDUs in three racks below one board, and a core without a store. ``refused``: what books choke on."""

    def __init__(self) -> None:
        self.clock, self.works, self.bugs, self.refused = Clock(), list[Work](), list[str](), ""
        pdus = [
            Node(name, NodeKind.PDU, fed_by=("main",), polled=True, rack=f"R{number // 2}", room="hall")
            for number, name in enumerate(PDUS)
        ]
        wiring = derive([Node("main", NodeKind.SWITCHBOARD, polled=True), *pdus], {"hall": "Hall"})
        self.assets = {
            name: Asset(name, name, Kind.PDU if name in PDUS else Kind.SWITCHBOARD, "", WHERE)
            for name in EVERY
        }
        newest, assets = Newest(), list(self.assets.values())
        building = Building(
            wiring, assets, newest, Freshness(), lambda facts: self.note(Work(facts=tuple(facts)))
        )
        watch = Watch(RULES, (*assets, *building.assets), "site", lambda _lane, every: every)
        told = Told(Site("site", "Site", "UTC", Language.EN), ("mail",))
        self.core = Core(told, watch, self, None, newest, self.clock)  # type: ignore[arg-type]
        self.core.building = building
        self.core.causes = Causes("site", building.services, watch, self.clock)
        self.core.expect(assets)
        self.say([EVERY], dead=())
        self.clock.at += 10.0
        self.works.clear()

    def note(self, work: Work) -> None:
        if any(fact.kind == "alert" and fact.body["asset"] == self.refused for fact in work.facts):
            raise ValueError(self.refused)
        self.works.append(work)

    def say(self, moments: Sequence[Sequence[str]], dead: Sequence[str]) -> None:
        """Let devices answer, those of each moment together."""
        for moment in moments:
            polls = [self.poll(name, dead=name in dead) for name in moment]
            core = self.core
            hand_on(
                polls, core.stages, lambda asset, _bug: self.bugs.append(asset.id), core.ahead, core.after
            )

    def poll(self, name: str, *, dead: bool) -> Polled:
        if name in PDUS:
            points, meanings = (Point(name, "pdu_inlet_state"),), (STATES,)
            value = state_code("lost" if dead else "normal")
        else:
            points, meanings, value = (Point(name, "meter_voltage_volts"),), (None,), 0.0 if dead else 230.0
        at, here = self.clock.now(), Presence(Reach.ANSWERING, self.clock.now())
        batch = Batch(Layout(name, Lane.FAST, points, meanings, ("",)), at, array("d", [value]))
        return Polled(self.assets[name], at, 0.0, 0.0, here, here, Collected((batch,)), None, cheap=False)

    def wait(self, seconds: int) -> None:
        for _ in range(2 * seconds):
            self.clock.at += 0.5
            self.core.tick()

    @property
    def recorded(self) -> list[tuple[Any, ...]]:
        """Return the facts of alerts and services, but for which incident they belonged to at first."""
        facts = [fact for work in self.works for fact in work.facts]
        return sorted(
            (
                str(fact.kind),
                fact.subject,
                fact.at,
                str(fact.body.get("change")),
                str(fact.body.get("function")),
            )
            for fact in facts
            if fact.kind in ("alert", "service_state") and fact.body.get("change") != "regrouped"
        )

    @property
    def stands(self) -> list[tuple[tuple[str, ...], frozenset[str]]]:
        """Return the roots of the open incidents, and their alerts."""
        incidents = self.core.causes.incidents
        return sorted((tuple(sorted(one.roots)), incidents.keys_of(one.id)) for one in incidents.open)

    @property
    def messages(self) -> list[tuple[str, ...]]:
        """Return who is told of what, but for updates.

        Where a moment shows the cause, its first message waits for no answer and may come before the next
        rack falls: that rack is told as an update then, and else with the first message.
        """
        return sorted(
            (one.channel, str(one.body["kind"]), str(one.body.get("part")))
            for work in self.works
            for one in work.outbox
            if one.body["kind"] != "updated"
        )


@st.composite
def moments(draw: st.DrawFn) -> list[tuple[str, ...]]:
    """Return the board and then the PDUs in any order, cut into moments anywhere."""
    order = ["main", *draw(st.permutations(PDUS))]
    cuts = sorted(draw(st.sets(st.integers(1, len(order) - 1))))
    return [tuple(order[low:high]) for low, high in zip([0, *cuts], [*cuts, len(order)], strict=True)]


@given(moments(), st.sets(st.sampled_from(PDUS)), st.booleans())
@example(together=[("main", *PDUS[:2]), PDUS[2:]], dead=set(PDUS[:3]), main=True)
@many(30)
def test_however_a_storm_falls_into_moments_the_same_is_recorded_and_told(
    together: list[tuple[str, ...]], dead: set[str], main: bool
) -> None:
    """Pains: E1, F1."""
    lost = [*dead, *(["main"] if main else [])]
    alone, joined = House(), House()
    alone.say([(name,) for moment in together for name in moment], lost)
    joined.say(together, lost)
    for house in (alone, joined):
        house.wait(20)
        house.say([(name,) for name in EVERY], lost)
        house.wait(20)
    assert joined.recorded == alone.recorded
    assert joined.stands == alone.stands
    assert joined.messages == alone.messages
    assert joined.bugs == alone.bugs == []


def test_of_one_moment_the_cause_is_known_whichever_answer_came_first() -> None:
    house = House()
    house.say([EVERY], EVERY)
    assert [roots for roots, _ in house.stands] == [("main",)]
    opened = [fact for work in house.works for fact in work.facts if fact.kind == "incident"]
    assert len({fact.subject for fact in opened}) == 1, "the PDUs never stood for themselves"


@pytest.mark.parametrize("bad", ["power/R0", "power/R2"])
def test_what_cannot_be_recorded_of_one_device_keeps_nothing_of_the_others_back(bad: str) -> None:
    house = House()
    house.refused = bad
    house.say([PDUS], PDUS)
    facts = [fact for work in house.works for fact in work.facts if fact.kind == "alert"]
    assert {fact.body["asset"] for fact in facts} == {"power/R0", "power/R1", "power/R2"} - {bad}
    assert len(house.bugs) == 1
