"""What a site declares that its parts may carry is what the rules on losses look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcim.alerts import read_rules
from dcim.alerts.condition import Outside
from dcim.alerts.limited import limited
from dcim.model import Address, Asset, Kind

SITE = """
format: 1
overrides:
  - { rule: loss_near_limit, devices: [pdu-b], above: 65 % }
"""


def asset(name: str) -> Asset:
    return Asset(name, name, Kind.PDU, Address("h", 161), "snmp", 10.0)


def limits(folder: Path, device: str) -> dict[str, tuple[object, object, str, str]]:
    """The limits of the two rules for a device: to raise, to hold, as told, and the title."""
    mine = folder / "rules.yaml"
    mine.write_text(SITE, encoding="utf-8")
    said = {"": (0.75, 1.0), "pdu-a": (0.5, 0.7), "pdu-b": (0.6, 0.9)}
    rules = read_rules([mine], ["pdu-a", "pdu-b", "pdu-c"], limits=said).for_asset(asset(device))
    return {
        rule.name: (rule.raises, rule.holds, rule.limit, rule.title[next(iter(rule.title))])
        for rule in rules["load_after_loss_least_ratio"]
    }


@pytest.mark.parametrize(
    ("device", "near", "over"),
    [("pdu-a", 0.5, 0.7), ("pdu-b", 0.65, 0.9), ("pdu-c", 0.75, 1.0)],
)
def test_a_part_that_trips_sooner_is_told_of_sooner(
    device: str, near: float, over: float, tmp_path: Path
) -> None:
    """At 75 % of a rating of which 70 % trips nothing was told; a rule of the site goes before. Pains: I1, I2."""
    found = limits(tmp_path, device)
    assert found["loss_near_limit"][:2] == (Outside(high=near), Outside(high=pytest.approx(near - 0.03)))
    assert found["loss_overloads"][:2] == (Outside(high=over), Outside(high=pytest.approx(over - 0.03)))
    assert found["loss_near_limit"][2] == f"above {100 * near:g} %"


def test_what_is_told_names_the_limit_that_holds_here(tmp_path: Path) -> None:
    assert "more than 50 %" in limits(tmp_path, "pdu-a")["loss_near_limit"][3]
    assert "more than 75 %" in limits(tmp_path, "pdu-c")["loss_near_limit"][3]


def test_a_site_that_says_nothing_has_the_shipped_limits() -> None:
    usual = read_rules(())
    told = limited(usual, {"": (0.8, 1.0)})
    assert all(told.rules[name] is rule for name, rule in usual.rules.items())
    assert told.overrides == ()


def test_what_holds_for_the_whole_site_is_the_rule_itself(tmp_path: Path) -> None:
    """So that rules for Prometheus have it too. Pains: I1."""
    rules = read_rules((), limits={"": (0.75, 1.1)}).rules
    assert rules["loss_overloads"].raises == Outside(high=1.1)
    assert rules["loss_near_limit"].limit == "above 75 %"
