"""Maintenance mutes, never stops watching, and what is still wrong at its end is told. Pains: F7, F8."""

from __future__ import annotations

from array import array
from dataclasses import replace
from typing import Any

import pytest

from dcim.alerts import Change, ChangeKind, Language, Mute, MuteKind, Rule, RuleSet, Target, Watch
from dcim.alerts.condition import InState
from dcim.daemon.people.maintenance import Maintenance, Turned, WindowRefused
from dcim.graph import Service, ServiceKind, Topology, Wiring
from dcim.model import (
    Address,
    Asset,
    Batch,
    Health,
    Kind,
    Lane,
    Layout,
    Meaning,
    Memory,
    Point,
    Severity,
    state_code,
)
from dcim.windows import Once, Scope, Span, Window

HOUR = 3600.0
BEGIN = 1_000_000.0
UPS = Asset(
    "ups-a", "UPS A", Kind.UPS, "snmp", Address("127.0.0.1", 161), room="elec-a", tags=frozenset({"a"})
)
CRAC = Asset("crac-1", "CRAC 1", Kind.CRAC, "modbus", Address("127.0.0.1", 502), room="hall-1")
POWER = Asset("power/r1", "r1", Kind.SERVICE, "", Address(""))
TOPOLOGY = Topology(
    Wiring(services=(Service("feed/a", ServiceKind.FEED, 1, ("ups-a",)), Service("power/r1", ServiceKind.POWER, 1, ("feed/a",))))
)  # fmt: skip
TEXT = dict.fromkeys(Language, "on battery")
POINT = Point("ups-a", "ups_output_source_state", ())
WORDS = {
    state_code("battery"): Meaning("battery", Health.WARNING),
    state_code("normal"): Meaning("normal", Health.OK),
}
LAYOUT = Layout("ups-a", Lane.FAST, (POINT,), (WORDS,), ("",))


class Clock:
    def __init__(self) -> None:
        self.wall = BEGIN

    def now(self) -> float:
        return self.wall

    def monotonic(self) -> float:
        return self.wall - BEGIN + 5.0


def rule() -> Rule:
    battery = InState(frozenset({"battery"}))
    return Rule("on_battery", frozenset({Kind.UPS}), ("ups_output_source_state",), battery, battery, Severity.MAJOR,
                TEXT, TEXT, TEXT)  # fmt: skip


class Site:
    """A watch over a UPS, and windows over it."""

    def __init__(
        self, *windows: Window, memories: tuple[Memory, ...] = (), clock: Clock | None = None
    ) -> None:
        self.clock = clock or Clock()
        assets = (UPS, CRAC, POWER)
        self.watch = Watch(RuleSet({"on_battery": rule()}), assets, "cas1", lambda _lane, interval: interval)
        self.work = Maintenance(windows, assets, TOPOLOGY, self.watch, self.clock)
        kept = [memory for memory in memories if memory.room == "mute"]
        self.watch.restore([], self.clock.now(), self.clock.monotonic(), kept)
        self.work.recall(memories)

    def says(self, word: str) -> list[ChangeKind]:
        batch = Batch(LAYOUT, self.clock.now(), array("d", [state_code(word)]), {})
        return [change.kind for change in self.watch.take(batch, self.clock.monotonic())]

    def later(self, seconds: float) -> list[Turned]:
        self.clock.wall += seconds
        return self.work.tick()

    def memories(self) -> tuple[Memory, ...]:
        return (*self.work.unsaved(), *self.watch.unsaved().memories)


def window(name: str = "fans", start: float = HOUR, end: float = 2 * HOUR, **scope: Any) -> Window:
    over = Scope(**{key: frozenset(value) for key, value in (scope or {"devices": {"ups-a"}}).items()})
    return Window(name, over, Once(Span(BEGIN + start, BEGIN + end)), "new fans", "CHG-1", "amina")


def kinds(changes: tuple[Change, ...]) -> list[ChangeKind]:
    return [change.kind for change in changes]


def said(turned: list[Turned]) -> list[str]:
    return [str(fact.body["change"]) for one in turned for fact in one.facts]


def test_what_begins_within_it_is_told_to_nobody_and_what_is_still_wrong_at_its_end_is() -> None:
    site = Site(window())
    assert site.says("normal") == []
    (begun,) = site.later(HOUR)
    assert said([begun]) == ["started"]
    assert site.says("battery") == [ChangeKind.RAISED_UNTOLD]
    assert site.watch.open == ()
    assert [alert.mutes[0].ticket for alert in site.watch.listed] == ["CHG-1"]
    (over,) = site.later(HOUR)
    assert kinds(over.changes) == [ChangeKind.UNMUTED, ChangeKind.RAISED]
    assert [fact.body["reason"] for fact in over.facts] == ["new fans"]
    assert [alert.rule for alert in site.watch.open] == ["on_battery"]


def test_what_began_and_ended_within_it_was_never_told() -> None:
    site = Site(window())
    site.later(HOUR)
    assert site.says("battery") == [ChangeKind.RAISED_UNTOLD]
    assert site.says("normal") == [ChangeKind.CLEARED_UNTOLD]
    (over,) = site.later(HOUR)
    assert over.changes == ()


@pytest.mark.parametrize(
    "scope", [{"rooms": {"elec-a"}}, {"tags": {"a"}}, {"services": {"power/r1"}}, {"services": {"feed/a"}}]
)
def test_rooms_tags_and_services_lead_to_the_device(scope: dict[str, set[str]]) -> None:
    site = Site(window(**scope))
    site.later(HOUR)
    assert site.says("battery") == [ChangeKind.RAISED_UNTOLD]


def test_a_service_is_muted_with_what_it_stands_on() -> None:
    site = Site()
    assert [asset.id for asset in site.work.covered(window(services={"power/r1"}))] == ["ups-a", "power/r1"]
    assert [asset.id for asset in site.work.covered(window(rooms={"hall-1"}))] == ["crac-1"]


def test_of_two_that_overlap_the_device_is_back_after_the_last() -> None:
    site = Site(window(), window("late", 1.5 * HOUR, 3 * HOUR))
    site.says("battery")
    site.later(HOUR)
    site.later(0.5 * HOUR)
    assert said(site.later(0.5 * HOUR)) == ["ended"]
    assert [lying.mute.until for lying in site.watch.mutes] == [BEGIN + 3 * HOUR]
    site.later(HOUR)
    assert site.watch.mutes == ()


def test_a_mute_that_somebody_laid_for_longer_stays() -> None:
    site = Site(window())
    theirs = Mute(MuteKind.OUT_OF_SERVICE, "karim", "broken", 1e9, "CHG-9")
    site.watch.mute(Target("ups-a"), theirs, site.clock.now(), site.clock.monotonic())
    site.later(HOUR)
    site.later(HOUR)
    assert [lying.mute.by for lying in site.watch.mutes] == ["karim"]


def test_somebody_announces_work_and_takes_it_back() -> None:
    site = Site()
    assert site.work.announce(window()).body["change"] == "announced"
    assert [one.id for one, _ in site.work.windows()] == ["fans"]
    assert said([site.work.withdraw("fans", "amina")]) == ["withdrawn"]
    site.work.announce(window())
    site.later(HOUR)
    site.says("battery")
    ended = site.work.withdraw("fans", "karim")
    assert kinds(ended.changes) == [ChangeKind.UNMUTED, ChangeKind.RAISED]
    assert ended.facts[0].body["who"] == "karim"
    assert site.later(HOUR) == []
    assert {memory.key: memory.body for memory in site.work.unsaved()} == {
        "window fans": None,
        "open fans": None,
    }


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (window(end=HOUR / 2), "ends before it starts"),
        (window(start=-2 * HOUR, end=-HOUR), "over already"),
        (window(end=40 * 24 * HOUR), "longer than 31 days"),
        (replace(window(), by=" "), "say who you are and why"),
        (replace(window(), reason=""), "say who you are and why"),
        (window("night"), "there is a window 'night' already"),
        (window(devices={"ups-a", "ups-z"}), "no device 'ups-z'; did you mean 'ups-a'"),
        (window(devices={"ups-a"}, services={"power/r2"}), "no service 'power/r2'"),
        (window(devices={"ups-a"}, rooms={"hall-2"}), "no room with devices 'hall-2'; did you mean 'hall-1'"),
        (window(devices={"ups-a"}, tags={"b"}), "no tag of a device 'b'; known: a"),
        (window(devices=set()), "lies over nothing"),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: Window, why: str) -> None:
    site = Site(window("night"))
    with pytest.raises(WindowRefused, match=why):
        site.work.announce(wrong)


def test_only_what_somebody_announced_is_taken_back_and_by_somebody() -> None:
    site = Site(window("night"))
    with pytest.raises(WindowRefused, match="nobody announced a window 'night' here; announced: none"):
        site.work.withdraw("night", "amina")
    site.work.announce(window())
    with pytest.raises(WindowRefused, match="say who you are"):
        site.work.withdraw("fans", "")


def test_a_restart_within_it_tells_nothing_twice_and_its_end_is_told() -> None:
    site = Site(window("night"))
    site.work.announce(window(end=3 * HOUR))
    site.later(HOUR)
    site.says("battery")
    kept = tuple(memory for memory in site.memories() if memory.body is not None)
    again = Site(window("night"), memories=kept, clock=site.clock)
    assert again.later(0.0) == []
    assert sorted(again.work.open) == ["fans", "night"]
    assert said(again.later(HOUR)) == ["ended"]
    assert len(again.watch.mutes) == 1
    assert said(again.later(HOUR)) == ["ended"]
    assert again.watch.mutes == ()


def test_announced_work_that_went_by_while_nobody_watched_is_forgotten() -> None:
    site = Site()
    site.work.announce(window())
    kept = site.memories()
    site.clock.wall += 3 * HOUR
    again = Site(memories=kept, clock=site.clock)
    assert again.work.windows() == []
    assert again.later(1.0) == []
    assert [(memory.key, memory.body) for memory in again.work.unsaved()] == [("window fans", None)]
    again.work.announce(window(end=5 * HOUR))


def test_a_window_that_opens_says_when_it_was_announced_and_which_services_it_was_announced_for() -> None:
    """Pains: G3."""
    site = Site()
    announced = site.work.announce(
        Window("w1", Scope(services=frozenset({"power/r1"})), Once(Span(BEGIN + HOUR, BEGIN + 3 * HOUR)), "ups", by="Amina")
    )  # fmt: skip
    assert (announced.body["start"], announced.body["end"]) == (BEGIN + HOUR, BEGIN + 3 * HOUR)
    again = Site(memories=site.work.unsaved(), clock=site.clock)
    site.clock.wall += HOUR
    (started,) = again.work.tick()
    body = started.facts[0].body
    assert {key: body[key] for key in ("announced", "covered", "start", "end", "everything")} == {
        "announced": BEGIN,
        "covered": ("power/r1",),
        "start": BEGIN + HOUR,
        "end": BEGIN + 3 * HOUR,
        "everything": False,
    }


def test_configured_work_was_announced_when_the_daemon_first_read_it_as_it_stands() -> None:
    def window(end: float) -> Window:
        return Window("w1", Scope(everything=True), Once(Span(BEGIN + 9 * HOUR, end)), "yearly test")

    first = Site(window(BEGIN + 10 * HOUR))
    (planned,) = first.work.news()
    assert (planned.at, planned.body["change"]) == (BEGIN, "planned")
    assert first.work.news() == ()
    kept = first.work.unsaved()
    first.clock.wall += HOUR
    same = Site(window(BEGIN + 10 * HOUR), memories=kept, clock=first.clock)
    other = Site(window(BEGIN + 11 * HOUR), memories=kept, clock=first.clock)
    assert same.work.news() == ()
    assert [fact.at for fact in other.work.news()] == [BEGIN + HOUR]
    first.clock.wall = BEGIN + 9 * HOUR
    told = [site.work.tick()[0].facts[0].body["announced"] for site in (same, other)]
    assert told == [BEGIN, BEGIN + HOUR]
    assert [one.body for one in Site(memories=kept).work.unsaved()] == [None]
