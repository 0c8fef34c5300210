"""Shares of ratings that devices tell, and rates of change. Pains: F8."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcim.alerts import Change, ChangeKind, Rule, Watch, compile_rules
from dcim.alerts.condition import Outside, Rises, Share
from dcim.model import Batch, Lane, Layout
from dcim.series import Newest
from dcim.yaml import parse

RAISED, CLEARED = ChangeKind.RAISED, ChangeKind.CLEARED
CURRENT, RATING = "pdu_phase_current_amperes", "pdu_phase_rating_current_amperes"
WHOLE, TEMPERATURE = "pdu_rating_current_amperes", "sensor_temperature_celsius"
SAID = """
    severity: minor
    title: { en: t, fr: t }
    consequence: { en: c, fr: c }
    action: { en: a, fr: a }
"""


def kinds(changes: Iterable[Change]) -> list[ChangeKind]:
    return [change.kind for change in changes]


def rule_of(text: str, overrides: str = "") -> Rule:
    rules, problems = compile_rules(
        [parse(f"format: 1\nrules:\n  - rule: r\n{text}{SAID}{overrides}", "s.yaml")]
    )
    assert problems == []
    return rules.rules["r"]


def wrong(text: str) -> str:
    _, problems = compile_rules([parse(f"format: 1\nrules:\n  - rule: r\n{text}{SAID}", "s.yaml")])
    return "; ".join(map(str, problems))


@pytest.fixture
def loaded() -> Rule:
    return rule_of(
        f"    metric: {CURRENT}\n    ratio_to: [{RATING}, {WHOLE}]\n    above: 80 %\n    deadband: 3 %\n"
    )


@pytest.fixture
def watching(make_asset: Callable[..., object]) -> Callable[[Rule], tuple[Watch, Newest]]:
    def make(rule: Rule) -> tuple[Watch, Newest]:
        from dcim.alerts import RuleSet

        newest = Newest()
        rules = RuleSet({rule.name: rule})
        return Watch(rules, [make_asset()], "cas1", lambda lane, every: every, newest.batches), newest  # type: ignore[list-item]

    return make


def test_a_load_is_judged_by_the_rating_that_the_device_tells(
    loaded: Rule, watching: Callable[[Rule], tuple[Watch, Newest]],
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    assert loaded.raises == Share(Outside(high=0.8))
    watch, newest = watching(loaded)
    fast = make_layout((CURRENT, {"phase": "L1"}), (CURRENT, {"phase": "L2"}))
    static = make_layout((RATING, {"phase": "L1"}), WHOLE, lane=Lane.STATIC)

    def says(one: Batch) -> list[ChangeKind]:
        newest.take(one)
        return kinds(watch.take(one, one.at))

    assert says(batch(fast, 13.0, 13.0, at=0.0)) == [], "nobody knows yet what it is rated for"
    looks = watch.looks
    assert says(batch(fast, 14.0, 14.0, at=0.5)) == []
    assert watch.looks == looks, "until somebody says so it is not looked at again"
    assert says(batch(static, 16.0, 32.0, at=1.0)) == []
    assert says(batch(fast, 14.0, 14.0, at=10.0)) == [RAISED], "the phase that has a rating of its own"
    assert says(batch(fast, 12.5, 14.0, at=100.0)) == [], "within the deadband"
    assert says(batch(fast, 12.0, 14.0, at=200.0)) == [CLEARED]
    looks = watch.looks
    assert says(batch(fast, 11.0, 15.0, at=210.0)) == []
    assert watch.looks == looks, "a value within its limits costs nothing"
    assert says(batch(static, 16.0, 16.0, at=220.0)) == []
    assert says(batch(fast, 11.0, 15.0, at=230.0)) == [RAISED], "its rating has changed"


def test_a_rating_of_nothing_is_no_rating(
    loaded: Rule, watching: Callable[[Rule], tuple[Watch, Newest]],
    make_layout: Callable[..., Layout], batch: Callable[..., Batch],
) -> None:  # fmt: skip
    watch, newest = watching(loaded)
    layout = make_layout(CURRENT, WHOLE)
    for at, rating in enumerate((0.0, None, -1.0)):
        one = batch(layout, 14.0, rating, at=float(at))
        newest.take(one)
        assert watch.take(one, one.at) == []


def test_an_override_may_change_the_share_and_keeps_rating_and_deadband() -> None:
    text = f"    metric: {CURRENT}\n    ratio_to: {WHOLE}\n    above: 80 %\n    deadband: 3 %\n"
    override = "\noverrides:\n  - { rule: r, devices: [ups-a], above: 40 % }\n"
    rules, problems = compile_rules(
        [parse(f"format: 1\nrules:\n  - rule: r\n{text}{SAID}{override}", "s.yaml")]
    )
    assert problems == []
    (made,) = rules.overrides
    assert made.fields["raises"] == Share(Outside(high=0.4))
    assert made.fields["holds"] == Share(Outside(high=0.37))


RISES = f"    metric: {TEMPERATURE}\n    rises: 5 K\n    within: 15 min\n    deadband: 2 K\n"


def test_a_rise_within_a_time_is_an_alert_and_time_alone_ends_it(
    make_watch: Callable[..., Watch], make_layout: Callable[..., Layout], batch: Callable[..., Batch]
) -> None:
    rule = rule_of(RISES)
    assert (rule.raises, rule.holds) == (Rises(5.0, 900.0), Rises(3.0, 900.0))
    watch, layout = make_watch(rule), make_layout(TEMPERATURE)
    slow = [kinds(watch.take(batch(layout, 20.0 + n / 100), 10.0 * n)) for n in range(400)]
    assert not any(slow), "4 K in more than an hour"
    assert kinds(watch.take(batch(layout, 29.5), 4000.0)) == [RAISED]
    assert kinds(watch.take(batch(layout, 29.5), 4800.0)) == []
    assert kinds(watch.take(batch(layout, 29.5), 5000.0)) == [CLEARED]
    assert kinds(watch.take(batch(layout, None), 5100.0)) == []


def test_a_temperature_that_stands_still_is_not_looked_at(
    make_watch: Callable[..., Watch], make_layout: Callable[..., Layout], batch: Callable[..., Batch]
) -> None:
    watch, layout = make_watch(rule_of(RISES)), make_layout(TEMPERATURE)
    for n in range(100):
        watch.take(batch(layout, 20.0 + (n % 5) / 50), 10.0 * n)
    assert watch.looks == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.floats(-3, 3), min_size=1, max_size=40))
def test_a_rise_is_seen_to_a_twentieth_of_it(
    make_watch: Callable[..., Watch], make_layout: Callable[..., Layout], batch: Callable[..., Batch],
    steps: list[float],
) -> None:  # fmt: skip
    watch, layout = make_watch(rule_of(RISES)), make_layout(TEMPERATURE)
    values = [20.0 + sum(steps[: n + 1]) for n in range(len(steps))]
    for n, value in enumerate(values):
        said = kinds(watch.take(batch(layout, value), 60.0 * n))
        rise = value - min(values[max(0, n - 14) : n + 1])
        if watch.open:
            return
        assert rise <= 5.0 + 0.25 + 1e-9
        assert RAISED not in said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"    metric: {CURRENT}\n    ratio_to: [nothing]\n    above: 80 %\n    deadband: 3 %\n",
            "no canonical metric",
        ),
        (
            f"    metric: {CURRENT}\n    ratio_to: [pdu_rating_power_watts]\n    above: 80 %\n    deadband: 3 %\n",
            "in another unit",
        ),
        (
            f"    metric: {CURRENT}\n    ratio_to: [{WHOLE}]\n    above: 16 A\n    deadband: 3 %\n",
            "expected a number in",
        ),
        (
            f"    metric: {CURRENT}\n    ratio_to: [{WHOLE}]\n    gap: absent\n",
            "a share of a rating takes above or below",
        ),
        (f"    metric: {TEMPERATURE}\n    rises: 5 K\n    deadband: 1 K\n", "belong together"),
        (f"    metric: {TEMPERATURE}\n    rises: 5 K\n    within: 15 min\n", "deadband: missing"),
        (
            f"    metric: {TEMPERATURE}\n    rises: 5 K\n    within: 15 min\n    deadband: 6 K\n",
            "less than the rise",
        ),
        (
            f"    metric: {TEMPERATURE}\n    rises: 5 K\n    within: 15 min\n    deadband: 1 K\n    above: 3 degC\n",
            "one condition, not two",
        ),
        (
            "    metric: ups_alarm\n    rises: 5 K\n    within: 15 min\n    deadband: 1 K\n",
            "only a gauge rises",
        ),
    ],
)
def test_a_mistake_is_told_in_its_own_words(text: str, expected: str) -> None:
    assert expected in wrong(text)
