"""The watch: batches in, changes out, and no work where nothing can have changed."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcim.alerts import Change, ChangeKind, Delay, Rule, RuleSet, Watch, evaluate, step
from dcim.alerts.condition import THE_POINT, HasHealth, InState, IsSet, Observation, Outside
from dcim.alerts.ruleset import Override, Selector
from dcim.alerts.state import NORMAL
from dcim.model import Asset, Batch, Health, Lane, Layout
from tests.examples import many

RAISED, CLEARED, ACKNOWLEDGED = ChangeKind.RAISED, ChangeKind.CLEARED, ChangeKind.ACKNOWLEDGED
LOAD, SOURCE = "ups_output_load_ratio", "ups_output_source_state"
ON_BATTERY = InState(frozenset({"battery"}))


def kinds(changes: list[Change]) -> list[ChangeKind]:
    return [change.kind for change in changes]


@pytest.fixture
def on_battery(make_rule: Callable[..., Rule]) -> Rule:
    return make_rule("ups_on_battery", ON_BATTERY, ON_BATTERY, metrics=(SOURCE,))


def test_a_limit_crossed_is_raised_once_and_cleared_below_its_deadband(
    make_watch: Callable[..., Watch],
    make_rule: Callable[..., Rule],
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    """Pains: F8."""
    watch, layout = make_watch(make_rule()), make_layout(LOAD)
    story = [0.5, 0.81, 0.9, 0.79, 0.81, 0.78, 0.76, 0.79, 0.5, 0.82]
    said = [kinds(watch.take(batch(layout, value, at=1e9 + n), float(n))) for n, value in enumerate(story)]
    assert said == [[], [RAISED], [], [], [], [], [CLEARED], [], [], [RAISED]]


def test_a_change_carries_the_reading_the_rule_and_the_utc_time(
    make_watch: Callable[..., Watch],
    make_rule: Callable[..., Rule],
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    watch, layout = make_watch(make_rule()), make_layout(LOAD)
    (change,) = watch.take(batch(layout, 0.9, at=1_700_000_000.0), now=5.0)
    assert change.alert == watch.open[0]
    assert (change.at, change.alert.raised_at) == (1_700_000_000.0, 1_700_000_000.0)
    assert change.reading is not None
    assert change.reading.value == 0.9
    assert change.rule is not None
    assert (change.rule.name, change.rule.every) == ("load_high", 10.0)
    assert change.asset is not None
    assert change.asset.id == "ups-a"


def test_two_rules_on_one_point_are_two_alerts(
    make_watch: Callable[..., Watch],
    make_rule: Callable[..., Rule],
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    overload = make_rule("overload", Outside(high=1.0), Outside(high=0.95))
    watch, layout = make_watch(make_rule(), overload), make_layout(LOAD)
    said = [kinds(watch.take(batch(layout, value), 0.0)) for value in (0.9, 1.1, 0.99, 0.9, 0.5)]
    assert said == [[RAISED], [RAISED], [], [CLEARED], [CLEARED]]
    assert len({alert.key for alert in watch.open}) == 0


def test_a_higher_step_that_has_latched_hides_no_lower_one_that_holds(
    make_watch: Callable[..., Watch],
    make_rule: Callable[..., Rule],
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    """The higher one is over and only waits for somebody; when it holds again the lower one yields again.

    Pains: F4.
    """
    overload = make_rule("overload", Outside(high=1.0), Outside(high=0.95), latching=True)
    watch, layout = make_watch(overload, make_rule(yields_to=("overload",))), make_layout(LOAD)
    said = [
        [(str(change.kind), change.alert.rule) for change in watch.take(batch(layout, value), float(n))]
        for n, value in enumerate((0.9, 1.1, 0.9, 1.1, 0.9, 0.5))
    ]
    raised, cleared = ("raised", "load_high"), ("cleared", "load_high")
    assert said == [[raised], [("raised", "overload"), cleared], [raised], [cleared], [raised], [cleared]]
    assert [alert.rule for alert in watch.open] == ["overload"]


def test_a_gap_holds_the_alert_and_an_answer_lets_it_go(
    make_watch: Callable[..., Watch],
    on_battery: Rule,
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    """Pains: A13, E4, E5."""
    watch, layout = make_watch(on_battery), make_layout(SOURCE)
    story = ["normal", None, "battery", None, None, "unknown", "normal", None]
    said = [kinds(watch.take(batch(layout, word), float(n))) for n, word in enumerate(story)]
    assert said == [[], [], [RAISED], [], [], [], [CLEARED], []]


def test_a_delay_runs_on_through_gaps(
    make_watch: Callable[..., Watch],
    on_battery: Rule,
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    """Pains: E4."""
    watch, layout = make_watch(replace(on_battery, on=Delay(15.0))), make_layout(SOURCE)
    assert watch.take(batch(layout, "battery"), 0.0) == []
    assert watch.take(batch(layout, None), 10.0) == []
    assert kinds(watch.take(batch(layout, "battery"), 20.0)) == [RAISED]


def test_values_inside_the_limits_and_states_that_stay_are_not_looked_at(
    make_watch: Callable[..., Watch],
    make_rule: Callable[..., Rule],
    on_battery: Rule,
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    watch, layout = make_watch(make_rule(), on_battery), make_layout(LOAD, SOURCE)
    for n in range(100):
        watch.take(batch(layout, 0.3 + n / 1000, "normal"), float(n))
    watch.take(batch(layout, None, None), 200.0)
    assert watch.looks == 2
    watch.take(batch(layout, 0.9, "bypass"), 201.0)
    assert watch.looks == 4
    watch.take(batch(layout, 0.9, "bypass"), 202.0)
    assert watch.looks == 4


def test_points_without_a_rule_and_devices_that_nobody_knows_cost_nothing(
    make_watch: Callable[..., Watch],
    make_rule: Callable[..., Rule],
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    watch = make_watch(make_rule())
    assert watch.take(batch(make_layout("ups_input_lines"), 9.0), 0.0) == []
    assert watch.take(batch(make_layout(LOAD, asset="stranger"), 9.0), 0.0) == []
    assert watch.looks == 0


def test_an_alert_under_way_survives_a_new_layout(
    make_watch: Callable[..., Watch],
    on_battery: Rule,
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    watch = make_watch(replace(on_battery, on=Delay(15.0)))
    assert watch.take(batch(make_layout(SOURCE), "battery"), 0.0) == []
    found_again = make_layout("ups_input_lines", SOURCE)
    assert kinds(watch.take(batch(found_again, 1.0, "battery"), 20.0)) == [RAISED]
    assert kinds(watch.take(batch(make_layout(SOURCE), "normal"), 30.0)) == [CLEARED]


def test_layouts_of_one_device_that_share_no_point_stand_beside_each_other(
    make_watch: Callable[..., Watch],
    make_rule: Callable[..., Rule],
    on_battery: Rule,
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    watch = make_watch(make_rule(), on_battery)
    fast, slow = make_layout(SOURCE), make_layout(LOAD, lane=Lane.SLOW)
    for n in range(3):
        watch.take(batch(fast, "normal"), float(n))
        watch.take(batch(slow, 0.5), float(n))
    assert watch.looks == 2


def test_after_a_restart_nobody_is_told_again(
    make_watch: Callable[..., Watch],
    on_battery: Rule,
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    before, layout = make_watch(on_battery), make_layout(SOURCE)
    before.take(batch(layout, "battery", at=1e9), 0.0)
    before.acknowledge(before.open[0].key, "amina", 1e9 + 1, 1.0)

    after = make_watch(on_battery)
    assert after.restore(before.open, at=1e9 + 60) == []
    assert after.open == before.open
    again = make_layout(SOURCE)
    assert after.take(batch(again, "battery", at=1e9 + 70), 10.0) == []
    (cleared,) = after.take(batch(again, "normal", at=1e9 + 80), 20.0)
    assert (cleared.kind, cleared.alert.raised_at, cleared.alert.acknowledged) == (CLEARED, 1e9, "amina")


def test_a_restored_alert_waits_its_whole_off_delay(
    make_watch: Callable[..., Watch],
    on_battery: Rule,
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    slow = replace(on_battery, off=Delay(60.0))
    before, layout = make_watch(slow), make_layout(SOURCE)
    before.take(batch(layout, "battery"), 0.0)
    after = make_watch(slow)
    after.restore(before.open, at=0.0)
    said = [kinds(after.take(batch(layout, "normal"), now)) for now in (0.0, 30.0, 60.0)]
    assert said == [[], [], [CLEARED]]


def test_an_alert_of_a_device_that_is_gone_is_cleared_and_says_why(
    make_watch: Callable[..., Watch],
    on_battery: Rule,
    make_rule: Callable[..., Rule],
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    before = make_watch(on_battery)
    before.take(batch(make_layout(SOURCE), "battery", at=5.0), 0.0)
    (without_device,) = make_watch(on_battery, assets=()).restore(before.open, at=9.0)
    (without_rule,) = make_watch(make_rule()).restore(before.open, at=9.0)
    assert (without_device.kind, without_device.at) == (CLEARED, 9.0)
    assert without_device.why == "the device is no longer in the configuration"
    assert without_rule.why == "no rule of this name looks at this point any more"


def test_an_acknowledgement_is_a_change_once(
    make_watch: Callable[..., Watch],
    on_battery: Rule,
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    watch = make_watch(on_battery)
    watch.take(batch(make_layout(SOURCE), "battery"), 0.0)
    key = watch.open[0].key
    (change,) = watch.acknowledge(key, "amina", at=7.0, now=1.0)
    assert (change.kind, change.at, change.alert.acknowledged) == (ACKNOWLEDGED, 7.0, "amina")
    assert watch.acknowledge(key, "amina", at=8.0, now=2.0) == []
    assert watch.acknowledge("no such key", "amina", at=8.0, now=2.0) == []
    assert watch.open[0].acknowledged == "amina"


def test_what_is_told_of_a_second_acknowledgement_is_what_stands(
    make_watch: Callable[..., Watch],
    on_battery: Rule,
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    watch = make_watch(on_battery)
    watch.take(batch(make_layout(SOURCE), "battery"), 0.0)
    key = watch.open[0].key
    watch.acknowledge(key, "amina", at=7.0, now=1.0, note="called the grid")
    (change,) = watch.acknowledge(key, "amina", at=8.0, now=2.0, lasts=60.0)
    assert (change.alert.note, change.alert.acknowledged_until) == ("called the grid", 68.0)
    assert watch.open == (change.alert,)


def test_a_delay_that_is_over_asks_the_device_at_once_and_only_once(
    make_watch: Callable[..., Watch],
    on_battery: Rule,
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    watch, layout = make_watch(replace(on_battery, on=Delay(15.0))), make_layout(SOURCE)
    assert watch.wake_at is None
    watch.take(batch(layout, "battery"), 0.0)
    assert watch.wake_at == 15.0
    assert watch.tick(14.9, 14.9)[0] == []
    assert watch.tick(15.0, 15.0)[0] == ["ups-a"]
    assert watch.tick(15.1, 15.1)[0] == []
    assert watch.wake_at is None
    watch.take(batch(layout, None), 15.2)
    assert watch.wake_at is None
    assert kinds(watch.take(batch(layout, "battery"), 20.0)) == [RAISED]


def test_a_device_that_does_not_answer_is_left_to_its_beat(
    make_watch: Callable[..., Watch],
    make_rule: Callable[..., Rule],
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    """Pains: D3."""
    silent = InState(frozenset({"battery"}))
    rule = make_rule("device_no_data", silent, silent, on=90.0, metrics=("device_reach_state",))
    watch = make_watch(rule)
    watch.take(batch(make_layout("device_reach_state"), "battery"), 0.0)
    assert watch.tick(90.0, 90.0)[0] == []


def test_a_delay_that_is_taken_back_asks_nobody(
    make_watch: Callable[..., Watch],
    on_battery: Rule,
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    watch, layout = make_watch(replace(on_battery, on=Delay(15.0))), make_layout(SOURCE)
    watch.take(batch(layout, "battery"), 0.0)
    watch.take(batch(layout, "normal"), 10.0)
    assert (watch.wake_at, watch.tick(15.0, 15.0)[0]) == (None, [])


def test_an_override_is_for_its_devices_alone(
    make_rule: Callable[..., Rule],
    make_asset: Callable[..., Asset],
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
) -> None:
    fields = {"raises": Outside(high=0.4), "holds": Outside(high=0.37)}
    rules = RuleSet(
        {"load_high": make_rule()},
        (
            Override("load_high", Selector(devices=frozenset({"ups-b"})), fields),
            Override("load_high", Selector(tags=frozenset({"spare"})), {}, enabled=False),
        ),
    )
    assets = (make_asset("ups-a"), make_asset("ups-b"), make_asset("ups-c", tags=frozenset({"spare"})))
    watch = Watch(rules, assets, "cas1", lambda lane, interval: interval)
    said = [
        kinds(watch.take(batch(make_layout(LOAD, asset=asset.id), value), 0.0))
        for asset, value in zip(assets, (0.5, 0.5, 0.9), strict=True)
    ]
    assert said == [[], [RAISED], []]


CONDITIONS = [
    (LOAD, Outside(high=0.8), Outside(high=0.77)),
    (LOAD, Outside(0.2, 0.6), Outside(0.25, 0.55)),
    (SOURCE, ON_BATTERY, ON_BATTERY),
    (SOURCE, HasHealth(frozenset({Health.CRITICAL})), HasHealth(frozenset({Health.CRITICAL}))),
    ("ups_alarm", IsSet(), IsSet()),
]
VALUES = st.tuples(
    st.one_of(
        st.none(), st.sampled_from([0.1, 0.2, 0.22, 0.25, 0.3, 0.56, 0.6, 0.61, 0.77, 0.78, 0.8, 0.81])
    ),
    st.one_of(st.none(), st.sampled_from(["normal", "battery", "bypass", "unknown"])),
    st.one_of(st.none(), st.sampled_from([0.0, 1.0])),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(VALUES, max_size=30), st.sampled_from([0.0, 2.0]), st.sampled_from([0.0, 3.0]))
def test_the_watch_says_what_evaluate_and_step_say(
    make_watch: Callable[..., Watch],
    make_rule: Callable[..., Rule],
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
    values: list[tuple[object, ...]],
    on: float,
    off: float,
) -> None:
    """The quiet ranges are an economy, never a difference."""
    rules = [
        make_rule(f"r{n}", raises, holds, on, off, metrics=(metric,))
        for n, (metric, raises, holds) in enumerate(CONDITIONS)
    ]
    watch, layout = make_watch(*rules), make_layout(LOAD, SOURCE, "ups_alarm")
    states = dict.fromkeys(rules, NORMAL)
    for now, row in enumerate(values):
        said = batch(layout, *row)
        expected = []
        for slot, metric in enumerate((LOAD, SOURCE, "ups_alarm")):
            snapshot = {THE_POINT: Observation(said.reading(slot), float(now))}
            for rule in (rule for rule in rules if metric in rule.metrics):
                condition = rule.holds if states[rule].active else rule.raises
                result = step(states[rule], rule, evaluate(condition, snapshot, float(now)), float(now))
                states[rule] = result.state
                expected += [(rule.name, kind) for kind in result.kinds]
        found = [(change.alert.rule, change.kind) for change in watch.take(said, float(now))]
        assert found == expected
        assert {alert.rule for alert in watch.open} == {rule.name for rule in rules if states[rule].active}


@many(60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    story=st.lists(
        st.lists(st.sampled_from([0.5, 0.77, 0.79, 0.81, 0.9, None]), min_size=20, max_size=20), max_size=6
    )
)
def test_a_wide_layout_is_watched_as_its_points_one_by_one_are(
    make_watch: Callable[..., Watch],
    make_rule: Callable[..., Rule],
    make_layout: Callable[..., Layout],
    batch: Callable[..., Batch],
    story: list[list[float | None]],
) -> None:
    """Many slots are compared at once, few one after the other: the changes are the same, in the same order."""
    rule = make_rule()
    points = [(LOAD, {"phase": str(number)}) for number in range(20)]
    wide, whole = make_watch(rule), make_layout(*points)
    narrow, parts = make_watch(rule), [make_layout(point) for point in points]
    for turn, values in enumerate(story):
        said = wide.take(batch(whole, *values), float(turn))
        alone = [
            change
            for part, value in zip(parts, values, strict=True)
            for change in narrow.take(batch(part, value), float(turn))
        ]
        assert [(one.kind, one.alert.key) for one in said] == [(one.kind, one.alert.key) for one in alone]
    assert {alert.key for alert in wide.open} == {alert.key for alert in narrow.open}
