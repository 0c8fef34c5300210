"""What a site declares that its parts may carry is what the rules on losses look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcim.alerts import read_rules
from dcim.alerts.condition import Outside
from dcim.alerts.limited import limited
from dcim.model import Address, Asset, Kind, Point
from dcim.record import replace

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


def of_part(part: str, folder: Path, site: str = "format: 1\n") -> dict[str, object]:
    """The limits by rule of a part that only the daemon tells of."""
    mine = folder / "rules.yaml"
    mine.write_text(site, encoding="utf-8")
    said: dict[str, tuple[float, float | None]] = {
        "": (0.75, 1.0),
        "tgbt-a": (0.5, 0.7),
        "bus-1": (0.6, None),
    }
    rules = read_rules([mine], [], limits=said)
    daemon = replace(asset("_dcim"), kind=Kind.SERVICE)
    point = Point("_dcim", "load_after_loss_least_ratio", (("part", part), ("phase", "L1")))
    return {rule.name: rule.raises for rule in rules.for_point(daemon, point)}


@pytest.mark.parametrize(
    ("part", "near", "over"), [("tgbt-a", 0.5, 0.7), ("tgbt-b", 0.75, 1.0), ("bus-1", 0.6, None)]
)
def test_a_part_that_only_the_daemon_tells_of_has_its_own_limits(
    part: str, near: float, over: float | None, tmp_path: Path
) -> None:
    """A board without a meter that opens at 70 % had an alert at 100 %. Pains: I1, I2."""
    found = of_part(part, tmp_path)
    assert found["loss_near_limit"] == Outside(high=near)
    assert found.get("loss_overloads") == (Outside(high=over) if over else None)


def test_a_rule_of_the_site_goes_before_what_parts_declare(tmp_path: Path) -> None:
    site = "format: 1\noverrides:\n  - { rule: loss_near_limit, kinds: [service], above: 65 % }\n"
    assert of_part("tgbt-a", tmp_path, site)["loss_near_limit"] == Outside(high=0.65)
    assert of_part("tgbt-a", tmp_path, site)["loss_overloads"] == Outside(high=0.7)


def test_what_never_opens_is_not_said_to_open() -> None:
    """`trip: never` had the alert that its breaker opens at 100 %. Pains: I1."""
    rules = read_rules((), limits={"": (0.8, 1.0), "pdu-a": (0.8, None)}).for_asset(asset("pdu-a"))
    assert [rule.name for rule in rules["load_after_loss_least_ratio"]] == ["loss_near_limit"]


def test_what_holds_for_the_whole_site_is_the_rule_itself(tmp_path: Path) -> None:
    """So that rules for Prometheus have it too. Pains: I1."""
    rules = read_rules((), limits={"": (0.75, 1.1)}).rules
    assert rules["loss_overloads"].raises == Outside(high=1.1)
    assert rules["loss_near_limit"].limit == "above 75 %"
