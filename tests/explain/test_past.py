"""What was known of an alert at a moment that is past, from the facts of the ledger."""

from __future__ import annotations

import pytest

from dcim.alerts import Rule, shipped_rules
from dcim.explain import past_story
from dcim.model import Point
from dcim.model.fact import Fact, FactKind, Json

RULES = shipped_rules().rules


def rule_of(name: str, _point: Point) -> Rule | None:
    return RULES.get(name)


def fact(change: str, at: float, *, why: str = "", value: float = 0.9) -> Fact:
    body: dict[str, Json] = {
        "change": change,
        "rule": "ups_load_high",
        "asset": "ups-a",
        "metric": "ups_output_load_ratio",
        "labels": {},
        "value": value,
        "raised_at": 100.0,
        "open": change != "cleared",
        "why": why,
    }
    return Fact(FactKind.ALERT, at, "k", body)


@pytest.mark.parametrize(
    ("why", "at", "instead"),
    [
        ("ups_overload stands in its place", 300.0, "ups_overload"),
        ("ups_overload stands in its place", 150.0, ""),  # it stood then
        ("", 300.0, ""),
        ("the device is no longer in the configuration", 300.0, ""),
    ],
)
def test_an_alert_that_ended_for_a_higher_step_names_it(why: str, at: float, instead: str) -> None:
    """Pains: F4, H4."""
    facts = [fact("raised", 100.0), fact("cleared", 200.0, why=why)]
    story = past_story("k", facts, at, str, rule_of)
    assert story is not None
    assert story.instead == (RULES[instead].title if instead else None)
