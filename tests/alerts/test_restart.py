"""A watch that dies at any moment and one that goes on where it was. Pains: E3, E4, H2, H4."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from dcim.alerts import (
    Change,
    ChangeKind,
    Delay,
    Life,
    Mute,
    MuteKind,
    MuteRefused,
    Rule,
    Severity,
    Target,
    Watch,
    check_mute,
)
from dcim.alerts.condition import HasGap, InState
from dcim.model import Batch, GapReason, Layout, Memory

RAISED, CLEARED, UNACKNOWLEDGED = ChangeKind.RAISED, ChangeKind.CLEARED, ChangeKind.UNACKNOWLEDGED
MUTED, UNMUTED = ChangeKind.MUTED, ChangeKind.UNMUTED
SOURCE, TEMPERATURE = "ups_output_source_state", "sensor_temperature_celsius"
BATTERY = InState(frozenset({"battery"}))
GONE = frozenset({GapReason.ABSENT})
BEGAN = 1e9
"""UTC of monotonic 0 in the first life; a second life has another zero."""


def kinds(changes: list[Change]) -> list[ChangeKind]:
    return [change.kind for change in changes]


class Disk:
    """What a store would hold of a watch's memories."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], Memory] = {}

    def keep(self, watch: Watch) -> None:
        for memory in watch.unsaved().memories:
            if memory.body is None:
                self.held.pop((memory.room, memory.key), None)
            else:
                self.held[memory.room, memory.key] = memory

    @property
    def memories(self) -> Iterable[Memory]:
        return list(self.held.values())


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def on_battery(make_rule: Callable[..., Rule]) -> Rule:
    return make_rule("ups_on_battery", BATTERY, BATTERY, on=60.0, off=60.0, metrics=(SOURCE,))


@pytest.fixture
def first(make_watch: Callable[..., Watch], on_battery: Rule) -> Watch:
    watch = make_watch(on_battery)
    watch.restore([], at=BEGAN, now=0.0)
    return watch


def test_a_delay_that_was_running_goes_on_and_needs_an_observation(
    make_watch: Callable[..., Watch], on_battery: Rule, first: Watch, disk: Disk,
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    assert first.take(batch(make_layout(SOURCE), "battery", at=BEGAN), 0.0) == []
    disk.keep(first)
    second = make_watch(on_battery)
    assert second.restore([], at=BEGAN + 50.0, now=7000.0, memories=disk.memories) == []
    assert second.wake_at == 7010.0
    assert second.tick(7010.0, BEGAN + 60.0) == (["ups-a"], [])
    layout = make_layout(SOURCE)
    assert second.take(batch(layout, None, at=BEGAN + 61.0), 7011.0) == []
    (raised,) = second.take(batch(layout, "battery", at=BEGAN + 62.0), 7012.0)
    assert (raised.kind, raised.alert.raised_at) == (RAISED, BEGAN + 62.0)


def test_a_delay_that_ended_false_while_nobody_watched_raises_nothing(
    make_watch: Callable[..., Watch], on_battery: Rule, first: Watch, disk: Disk,
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    first.take(batch(make_layout(SOURCE), "battery", at=BEGAN), 0.0)
    disk.keep(first)
    second = make_watch(on_battery)
    second.restore([], at=BEGAN + 500.0, now=0.0, memories=disk.memories)
    assert second.take(batch(make_layout(SOURCE), "normal", at=BEGAN + 501.0), 1.0) == []
    disk.keep(second)
    assert not list(disk.memories)


def test_a_clock_that_went_back_never_makes_a_delay_longer_than_it_is(
    make_watch: Callable[..., Watch], on_battery: Rule, first: Watch, disk: Disk,
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    first.take(batch(make_layout(SOURCE), "battery", at=BEGAN), 0.0)
    disk.keep(first)
    second = make_watch(on_battery)
    second.restore([], at=BEGAN - 7200.0, now=100.0, memories=disk.memories)
    layout = make_layout(SOURCE)
    assert second.take(batch(layout, "battery"), 159.0) == []
    assert kinds(second.take(batch(layout, "battery"), 160.0)) == [RAISED]


def test_an_alert_its_owner_and_the_end_of_that_come_back(
    make_watch: Callable[..., Watch], on_battery: Rule, first: Watch, disk: Disk,
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    layout = make_layout(SOURCE)
    first.take(batch(layout, "battery", at=BEGAN), 0.0)
    (raised,) = first.take(batch(layout, "battery", at=BEGAN + 60), 60.0)
    first.acknowledge(raised.alert.key, "amina", BEGAN + 70, 70.0, "on my way", lasts=600.0)
    disk.keep(first)
    second, third = make_watch(on_battery), make_watch(on_battery)
    assert second.restore([], at=BEGAN + 100, now=0.0, memories=disk.memories) == []
    (alert,) = second.open
    assert (alert.acknowledged, alert.note, alert.life) == ("amina", "on my way", Life.ACKNOWLEDGED)
    assert (alert.raised_at, alert.acknowledged_until) == (BEGAN + 60, BEGAN + 670)
    (expired,) = third.restore([], at=BEGAN + 700, now=0.0, memories=disk.memories)
    assert (expired.kind, expired.why) == (UNACKNOWLEDGED, "the acknowledgement of amina has expired")


def test_what_returned_unseen_is_listed_after_a_restart_until_somebody_has_seen_it(
    make_watch: Callable[..., Watch], on_battery: Rule, first: Watch, disk: Disk,
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    layout = make_layout(SOURCE)
    for now, word in ((0.0, "battery"), (60.0, "battery"), (100.0, "normal"), (160.0, "normal")):
        first.take(batch(layout, word, at=BEGAN + now), now)
    disk.keep(first)
    second = make_watch(on_battery)
    second.restore([], at=BEGAN + 200, now=0.0, memories=disk.memories)
    (alert,) = second.listed
    assert (second.open, alert.life, alert.open) == ((), Life.RETURNED, False)
    (seen,) = second.acknowledge(alert.key, "amina", BEGAN + 210, 10.0)
    assert (seen.kind, seen.alert.acknowledged, seen.alert.open) == (
        ChangeKind.ACKNOWLEDGED,
        "amina",
        False,
    )
    disk.keep(second)
    assert (second.listed, list(disk.memories)) == ((), [])


def test_a_mute_outlives_a_restart_and_ends_when_it_was_to_end(
    make_watch: Callable[..., Watch], on_battery: Rule, first: Watch, disk: Disk,
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    shelf = Mute(MuteKind.SHELVED, "amina", "the generator is tested", 3600.0)
    assert first.mute(Target("ups-a"), shelf, BEGAN, 0.0) == []
    disk.keep(first)
    second = make_watch(on_battery)
    assert second.restore([], at=BEGAN + 100, now=5000.0, memories=disk.memories) == []
    (lying,) = second.mutes
    assert (lying.target, lying.mute) == (Target("ups-a"), replace(shelf, until=BEGAN + 3600))
    layout = make_layout(SOURCE)
    second.take(batch(layout, "battery"), 5010.0)
    (beneath,) = second.take(batch(layout, "battery"), 5070.0)
    assert (beneath.kind, beneath.alert.standing) == (ChangeKind.RAISED_UNTOLD, False)
    assert [mute.by for mute in beneath.alert.mutes] == ["amina"]
    assert (second.open, len(second.listed)) == ((), 1)
    assert second.tick(8499.0, BEGAN + 3599)[1] == []
    _, changes = second.tick(8500.0, BEGAN + 3600)
    assert kinds(changes) == [UNMUTED, RAISED]
    assert changes[1].alert.raised_at == beneath.alert.raised_at
    assert changes[1].why == "the mute by amina has expired"
    disk.keep(second)
    assert {memory.room for memory in disk.memories} == {"alert"}


def test_a_mute_on_one_alert_leaves_the_others_of_the_device_alone(
    make_watch: Callable[..., Watch], make_rule: Callable[..., Rule],
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    rules = [make_rule(name, BATTERY, BATTERY, metrics=(SOURCE,)) for name in ("one", "two")]
    watch = make_watch(*rules)
    one, two = watch.take(batch(make_layout(SOURCE), "battery"), 0.0)
    shelf = Mute(MuteKind.SHELVED, "amina", "known", 100.0)
    (change,) = watch.mute(Target("ups-a", key=one.alert.key), shelf, 1.0, 1.0)
    assert (change.kind, change.alert.key, change.who, change.why) == (MUTED, one.alert.key, "amina", "known")
    by_rule = watch.mute(Target("ups-a", "two"), shelf, 2.0, 2.0)
    assert [change.alert.key for change in by_rule] == [two.alert.key]
    freed = watch.unmute(Target("ups-a", "two"), MuteKind.SHELVED, "brahim", "fixed", 3.0, 3.0)
    assert [(one.kind, one.who, one.why) for one in freed] == [
        (UNMUTED, "brahim", "fixed"),
        (UNACKNOWLEDGED, "brahim", "fixed"),
    ]
    assert watch.unmute(Target("ups-a", "two"), MuteKind.SHELVED, "brahim", "again", 4.0, 4.0) == []


def test_every_mute_is_a_fact_with_who_why_and_until(first: Watch) -> None:
    shelf = Mute(MuteKind.SHELVED, "amina", "known", 100.0)
    first.mute(Target("ups-a"), shelf, BEGAN, 0.0)
    first.unmute(Target("ups-a"), MuteKind.SHELVED, "brahim", "fixed", BEGAN + 5, 5.0)
    begun, ended = first.unsaved().facts
    assert (begun.subject, begun.body["change"], begun.body["who"]) == ("ups-a", "begun", "amina")
    assert (begun.body["reason"], begun.body["until"]) == ("known", BEGAN + 100)
    assert (ended.body["change"], ended.body["who"], ended.body["why"]) == ("ended", "brahim", "fixed")
    assert first.unsaved().facts == ()


@pytest.mark.parametrize(
    ("mute", "why"),
    [
        (Mute(MuteKind.SHELVED, "amina", "known"), "say how long"),
        (Mute(MuteKind.SHELVED, "amina", "known", 10.0 + 9 * 3600), "at most 8 h, asked for 9 h"),
        (Mute(MuteKind.SHELVED, "amina", "known", 5.0), "over already"),
        (Mute(MuteKind.SHELVED, "amina", " ", 20.0), "say why"),
        (Mute(MuteKind.SHELVED, "", "known", 20.0), "say who you are"),
        (Mute(MuteKind.SHELVED, "amina", "x" * 401, 20.0), "longer than 400"),
        (Mute(MuteKind.OUT_OF_SERVICE, "amina", "replaced"), "name the ticket"),
        (Mute(MuteKind.SUPPRESSED, "amina", "no"), "only logic suppresses"),
    ],
)
def test_a_mute_without_end_reason_name_or_ticket_is_refused_and_never_shortened(
    mute: Mute, why: str
) -> None:
    with pytest.raises(MuteRefused, match=why):
        check_mute(mute, now=10.0)


def test_a_mute_as_the_house_allows_it_passes() -> None:
    check_mute(Mute(MuteKind.SHELVED, "amina", "known", 10.0 + 8 * 3600), now=10.0)
    check_mute(Mute(MuteKind.OUT_OF_SERVICE, "amina", "replaced", ticket="CHG-7"), now=10.0)


def test_an_alert_that_nothing_watches_any_more_is_forgotten(
    make_watch: Callable[..., Watch], first: Watch, disk: Disk,
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    layout = make_layout(SOURCE)
    first.take(batch(layout, "battery", at=BEGAN), 0.0)
    first.take(batch(layout, "battery", at=BEGAN + 60), 60.0)
    disk.keep(first)
    second = make_watch(assets=())
    (change,) = second.restore([], at=BEGAN + 90, now=0.0, memories=disk.memories)
    assert (change.kind, change.why) == (CLEARED, "the device is no longer in the configuration")
    assert (change.alert.severity, change.alert.raised_at) == (Severity.MAJOR, BEGAN + 60)
    disk.keep(second)
    assert not list(disk.memories)


def test_what_had_a_value_before_a_restart_is_lost_after_it(
    make_watch: Callable[..., Watch], make_rule: Callable[..., Rule], disk: Disk,
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    """Pains: E5."""
    lost = make_rule("value_lost", HasGap(GONE, lost=True), HasGap(GONE), metrics=(TEMPERATURE,))
    points = [(TEMPERATURE, {"sensor": str(number)}) for number in (1, 2, 3)]
    first = make_watch(lost)
    assert first.take(batch(make_layout(*points), 20.0, None, 21.0), 0.0) == []
    disk.keep(first)
    gap = make_watch(lost)
    gap.restore([], at=BEGAN, now=0.0, memories=disk.memories)
    found = gap.take(batch(make_layout(*points), None, None, 21.0), 1.0)
    assert [(one.kind, dict(one.alert.point.labels)) for one in found] == [(RAISED, {"sensor": "1"})]
    row = make_watch(lost)
    row.restore([], at=BEGAN, now=0.0, memories=disk.memories)
    found = row.take(batch(make_layout(*points[:2]), 20.0, None), 1.0)
    assert [(one.kind, dict(one.alert.point.labels)) for one in found] == [(RAISED, {"sensor": "3"})]
    assert kinds(row.take(batch(make_layout(*points), 20.0, None, 21.0), 2.0)) == [CLEARED]


def test_a_quiet_site_has_nothing_to_write(
    first: Watch, make_layout: Callable[..., Layout], batch: Callable[..., Batch]
) -> None:
    layout = make_layout(SOURCE)
    for n in range(10):
        first.take(batch(layout, "normal"), float(n))
        assert first.unsaved().memories == ()


def test_a_rule_with_polls_in_its_delay_goes_on_with_them(
    make_watch: Callable[..., Watch], on_battery: Rule, disk: Disk,
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    by_polls = replace(on_battery, on=Delay(0.0, polls=3))
    first = make_watch(by_polls)
    first.restore([], at=BEGAN, now=0.0)
    first.take(batch(make_layout(SOURCE), "battery", at=BEGAN), 0.0)
    disk.keep(first)
    second = make_watch(by_polls)
    second.restore([], at=BEGAN + 20, now=0.0, memories=disk.memories)
    layout = make_layout(SOURCE)
    assert second.take(batch(layout, "battery"), 5.0) == []
    assert kinds(second.take(batch(layout, "battery"), 10.0)) == [RAISED]
