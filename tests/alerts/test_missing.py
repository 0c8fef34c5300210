"""What is missing: codes without a name, values that were there, rows that are gone. Pains: A13, C12, E4, E5."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from dcim.alerts import Alert, Change, ChangeKind, Delay, Rule, Severity, Watch, alert_key
from dcim.alerts.condition import HasGap, Outside
from dcim.model import Asset, Batch, GapReason, Lane, Layout

RAISED, CLEARED = ChangeKind.RAISED, ChangeKind.CLEARED
TEMPERATURE, ALARM, LOAD = "sensor_temperature_celsius", "ups_alarm", "ups_output_load_ratio"
ABSENT, LATE = GapReason.ABSENT, GapReason.DEADLINE
GONE = frozenset({ABSENT, GapReason.REFUSED})


def kinds(changes: list[Change]) -> list[ChangeKind]:
    return [change.kind for change in changes]


@pytest.fixture
def lost(make_rule: Callable[..., Rule]) -> Rule:
    return make_rule("value_lost", HasGap(GONE, lost=True), HasGap(GONE), metrics=(TEMPERATURE,))


@pytest.fixture
def two(make_layout: Callable[..., Layout]) -> Layout:
    return make_layout((TEMPERATURE, {"sensor": "1"}), (TEMPERATURE, {"sensor": "2"}))


@pytest.fixture
def one(make_layout: Callable[..., Layout]) -> Layout:
    return make_layout((TEMPERATURE, {"sensor": "1"}))


def test_a_bit_that_the_profile_does_not_name_is_an_alert_until_it_is_clear(
    make_watch: Callable[..., Watch],
    make_rule: Callable[..., Rule],
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    condition = HasGap(frozenset({GapReason.UNKNOWN_CODE}))
    watch = make_watch(make_rule("unnamed", condition, condition, metrics=(ALARM,)))
    layout = make_layout((ALARM, {"alarm": "unnamed"}))
    story = [
        LATE,
        0.0,
        0.0,
        GapReason.UNKNOWN_CODE,
        LATE,
        GapReason.UNKNOWN_CODE,
        0.0,
        GapReason.UNKNOWN_CODE,
    ]
    said = [kinds(watch.take(batch(layout, value), float(n))) for n, value in enumerate(story)]
    assert said == [[], [], [], [RAISED], [], [], [CLEARED], [RAISED]]
    assert watch.open[0].point.labels == (("alarm", "unnamed"),)


def test_a_value_that_was_there_and_is_gone_is_an_alert_and_one_that_never_was_is_none(
    make_watch: Callable[..., Watch], lost: Rule, two: Layout, batch: Callable[..., Batch]
) -> None:
    watch = make_watch(replace(lost, on=Delay(15.0)))
    story = [(ABSENT, 20.0), (ABSENT, 21.0), (ABSENT, None), (ABSENT, LATE), (ABSENT, None), (ABSENT, 22.0)]
    said = [kinds(watch.take(batch(two, *values), 10.0 * n)) for n, values in enumerate(story)]
    assert said == [[], [], [], [], [RAISED], [CLEARED]]
    assert kinds(watch.take(batch(two, 19.0, 22.0), 60.0)) == []
    watch.take(batch(two, None, 22.0), 70.0)
    assert kinds(watch.take(batch(two, None, 22.0), 90.0)) == [RAISED]


def test_a_device_that_says_nothing_at_all_has_lost_no_value(
    make_watch: Callable[..., Watch], lost: Rule, two: Layout, batch: Callable[..., Batch]
) -> None:
    watch = make_watch(lost)
    watch.take(batch(two, 20.0, 21.0), 0.0)
    for n in range(1, 100):
        assert watch.take(batch(two, LATE, GapReason.NO_ANSWER), float(n)) == []


def test_a_row_that_is_gone_is_a_loss_until_it_comes_back(
    make_watch: Callable[..., Watch], lost: Rule, one: Layout, two: Layout, batch: Callable[..., Batch]
) -> None:
    watch = make_watch(replace(lost, on=Delay(15.0)))
    assert watch.take(batch(two, 20.0, 21.0), 0.0) == []
    assert watch.take(batch(one, 20.0), 10.0) == []
    (raised,) = watch.take(batch(one, 20.0), 30.0)
    assert raised.alert.point == two.points[1]
    assert raised.reading is not None
    assert raised.reading.gap is not None
    assert raised.reading.gap.reason is ABSENT
    assert watch.take(batch(one, 20.0), 40.0) == []
    back = replace(two)
    assert kinds(watch.take(batch(back, 20.0, 21.0), 50.0)) == [CLEARED]
    assert watch.open == ()


def test_a_row_that_comes_back_in_time_or_in_another_lane_is_no_loss(
    make_watch: Callable[..., Watch],
    make_layout: Callable[..., Layout],
    lost: Rule,
    one: Layout,
    two: Layout,
    batch: Callable[..., Batch],
) -> None:
    watch = make_watch(replace(lost, on=Delay(15.0)))
    watch.take(batch(two, 20.0, 21.0), 0.0)
    watch.take(batch(one, 20.0), 10.0)
    assert watch.take(batch(make_layout((TEMPERATURE, {"sensor": "2"}), lane=Lane.SLOW), 21.0), 12.0) == []
    assert watch.take(batch(one, 20.0), 100.0) == []
    assert watch.open == ()


def test_what_was_measured_is_known_through_a_new_survey(
    make_watch: Callable[..., Watch], lost: Rule, two: Layout, batch: Callable[..., Batch]
) -> None:
    watch = make_watch(lost)
    watch.take(batch(two, 20.0, None), 0.0)
    again = replace(two)
    (change,) = watch.take(batch(again, None, None), 10.0)
    assert change.alert.point == two.points[0]


def test_a_loss_that_was_open_before_a_restart_stays_until_the_value_is_back(
    make_watch: Callable[..., Watch], lost: Rule, two: Layout, batch: Callable[..., Batch]
) -> None:
    """Pains: F5."""
    point = two.points[0]
    watch = make_watch(lost)
    kept = Alert(alert_key("cas1", lost.name, point), lost.name, point, lost.severity, 5.0)
    assert watch.restore([kept], at=10.0) == []
    assert watch.take(batch(two, None, 21.0), 0.0) == []
    assert kinds(watch.take(batch(two, 20.0, 21.0), 1.0)) == [CLEARED]


def test_a_rule_over_gaps_costs_no_look_at_values_that_come(
    make_watch: Callable[..., Watch], make_rule: Callable[..., Rule], lost: Rule, two: Layout,
    batch: Callable[..., Batch], make_asset: Callable[..., Asset],
) -> None:  # fmt: skip
    hot = make_rule("hot", Outside(high=32.0), Outside(high=31.0), metrics=(TEMPERATURE,))
    watch = make_watch(lost, hot, assets=(make_asset(),))
    for n in range(50):
        watch.take(batch(two, 20.0 + n / 10, ABSENT), float(n))
    assert watch.looks == 2
    assert kinds(watch.take(batch(two, 40.0, ABSENT), 60.0)) == [RAISED]


def test_an_alert_whose_point_is_gone_ends_in_words_of_its_own(
    make_watch: Callable[..., Watch], make_rule: Callable[..., Rule], one: Layout, two: Layout,
    batch: Callable[..., Batch],
) -> None:  # fmt: skip
    """A row that was renamed left its alert open for ever. Pains: F3."""
    watch = make_watch(make_rule("hot", Outside(high=32.0), Outside(high=31.0), metrics=(TEMPERATURE,)))
    (raised,) = watch.take(batch(two, 20.0, 40.0), 0.0)
    for n in range(1, 91):
        assert watch.take(batch(one, 20.0), 10.0 * n) == [], "not as long as a restart or a survey may last"
    assert watch.take(batch(one, LATE), 911.0) == [], "an answer that says nothing"
    (ended,) = watch.take(batch(one, 20.0), 920.0)
    assert (ended.kind, ended.alert.key, ended.why) == (CLEARED, raised.alert.key, "its point is gone")
    assert ended.reading is None, "no reading has cleared it"
    assert watch.open == ()
    assert watch.take(batch(one, 20.0), 930.0) == []
    assert kinds(watch.take(batch(replace(two), 20.0, 40.0), 940.0)) == [RAISED], "and it may come again"


def test_a_point_that_is_away_for_a_while_goes_on_where_its_alert_stood(
    make_watch: Callable[..., Watch], make_rule: Callable[..., Rule], one: Layout, two: Layout,
    batch: Callable[..., Batch],
) -> None:  # fmt: skip
    watch = make_watch(make_rule("hot", Outside(high=32.0), Outside(high=31.0), metrics=(TEMPERATURE,)))
    watch.take(batch(two, 20.0, 40.0), 0.0)
    now = 0.0
    for _ in range(3):  # each absence counts by itself
        away, back = replace(one), replace(two)
        assert watch.take(batch(away, 20.0), now + 10.0) == []
        assert watch.take(batch(away, 20.0), now + 800.0) == []
        assert watch.take(batch(back, 20.0, 40.0), now + 810.0) == []
        now += 820.0
    assert len(watch.open) == 1
    assert kinds(watch.take(batch(back, 20.0, 21.0), now)) == [CLEARED]


@pytest.mark.parametrize("more", [{"severity": Severity.CRITICAL}, {"latching": True}])
def test_what_is_critical_or_latches_is_not_over_because_its_point_is_gone(
    more: dict[str, object], make_watch: Callable[..., Watch], make_rule: Callable[..., Rule],
    one: Layout, two: Layout, batch: Callable[..., Batch],
) -> None:  # fmt: skip
    """A detector may have burnt with what it told of."""
    rule = make_rule("hot", Outside(high=32.0), Outside(high=31.0), metrics=(TEMPERATURE,), **more)
    watch = make_watch(rule)
    watch.take(batch(two, 20.0, 40.0), 0.0)
    for n in range(1, 500):
        assert watch.take(batch(one, 20.0), 10.0 * n) == []
    assert len(watch.open) == 1
