"""How late an alert can be is stated, and held against what its rule promises. Pains: E3, H5."""

from collections.abc import Callable
from dataclasses import replace

from dcim.alerts import Rule, RuleSet, bounds, detection_bound
from dcim.alerts.ruleset import Override, Selector
from dcim.model import Asset, Kind


def test_the_slowest_device_makes_the_bound_of_a_rule(
    make_rule: Callable[..., Rule], make_asset: Callable[..., Asset]
) -> None:
    rule = make_rule(on=15.0)
    assets = [make_asset("ups-a", interval=10.0), make_asset("ups-b", interval=30.0), make_asset("ups-c")]
    (bound,) = bounds(RuleSet({rule.name: rule}), assets, share=0.9)
    assert bound.seconds == detection_bound(rule.paced(30.0), 27.0) == 129.0
    assert (bound.devices, bound.too_late) == (("ups-b",), ())


def test_a_promise_that_cannot_be_kept_is_a_mistake_where_the_rule_stands(
    make_rule: Callable[..., Rule], make_asset: Callable[..., Asset]
) -> None:
    rule = make_rule(must_detect_within=30.0, source="/etc/dcim/site.yaml:12")
    assets = [make_asset(f"ups-{n}", interval=10.0 if n < 2 else 60.0) for n in range(7)]
    (bound,) = bounds(RuleSet({rule.name: rule}), assets, share=0.9)
    problem = bound.problem()
    assert (problem.path, problem.line) == ("/etc/dcim/site.yaml", 12)
    assert problem.what == (
        "load_high must detect within 30 s and can take 114 s on ups-2, ups-3, ups-4 and 2 more, "
        "where its point is asked every 60 s: ask these devices more often, or shorten its on-delay"
    )


def test_an_override_may_promise_less_and_rules_that_fit_no_device_have_no_bound(
    make_rule: Callable[..., Rule], make_asset: Callable[..., Asset]
) -> None:
    rule = make_rule(must_detect_within=30.0)
    other = replace(make_rule("other"), kinds=frozenset({Kind.CRAC}))
    slow = Override(rule.name, Selector(devices=frozenset({"ups-a"})), {"must_detect_within": 300.0})
    rules = RuleSet({rule.name: rule, other.name: other}, (slow,))
    assert [one.too_late for one in bounds(rules, [make_asset("ups-a", interval=60.0)], 0.9)] == [()]


def test_each_rule_is_bound_by_its_own_pace_on_each_device(
    make_rule: Callable[..., Rule], make_asset: Callable[..., Asset]
) -> None:
    rules = {name: make_rule(name, on=on) for name, on in (("high", 15.0), ("low", 40.0))}
    paces = {("ups-a", "high"): 10.0, ("ups-b", "high"): 60.0, ("ups-a", "low"): 30.0, ("ups-b", "low"): 20.0}
    assets = [make_asset("ups-a", interval=10.0), make_asset("ups-b", interval=10.0)]
    found = bounds(RuleSet(rules), assets, 0.5, lambda asset, rule: paces[asset.id, rule.name])
    assert [(one.rule, one.every, one.devices) for one in found] == [
        ("high", 60.0, ("ups-b",)),
        ("low", 30.0, ("ups-a",)),
    ]
    assert [one.seconds for one in found] == [
        detection_bound(rules[one.rule].paced(one.every), 5.0) for one in found
    ]
