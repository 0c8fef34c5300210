"""Voltage or frequency that is poor comes down the feeds: one incident, at the highest part where it is seen.

Pains: F4, F10.
"""

from __future__ import annotations

import pytest

from dcim.alerts import Language
from dcim.graph import State
from dcim.notify.notices.headline import headline

from .conftest import Site

POOR = "meter_voltage_out_of_range"


@pytest.mark.parametrize("order", [("mtr-a", "main-a"), ("main-a", "mtr-a")])
@pytest.mark.parametrize("apart", [2.0, 20.0])
def test_poor_voltage_is_one_incident_at_its_highest_part_whichever_is_seen_first(
    site: Site, order: tuple[str, str], apart: float
) -> None:
    """Between the meter and the board is a transfer switch that nobody reads."""
    site.miss("inv-a")
    for device in order:
        site.raised(device, POOR, phase="L1")
        site.wait(apart)
    site.wait(60)
    assert [kind for kind, *_ in site.told].count("raised") == 1
    (incident,) = site.incidents.open
    assert incident.roots == ("tr-a",)
    assert site.because("main-a", POOR, phase="L1") == ("poor", "tr-a")
    assert headline(incident, site.topology)[Language.EN].startswith("Voltage out of range: ")
    site.seen.over.add(site.key("main-a", POOR, phase="L1"))  # its off-delay runs
    site.cleared("mtr-a", POOR, phase="L1")
    site.cleared("main-a", POOR, phase="L1")
    assert [kind for kind, *_ in site.told].count("cleared") == 1


def test_poor_voltage_below_a_part_where_it_is_fine_begins_below_it(site: Site) -> None:
    site.raised("main-a", POOR, phase="L1")
    site.wait(60)
    assert site.told == [("raised", "main-a")]
    assert site.because("main-a", POOR, phase="L1") == ("itself", "main-a")


def test_a_ups_makes_its_own_voltage(site: Site) -> None:
    site.raised("mtr-a", POOR, phase="L1")
    site.raised("main-a", POOR, phase="L1")
    site.raised("fpdu-a", POOR, phase="L1")
    site.wait(60)
    assert {roots for _, roots in site.told} == {"tr-a", "fpdu-a"}


def test_where_a_transfer_switch_may_have_taken_good_voltage_the_poor_one_explains_nothing(
    site: Site,
) -> None:
    site.miss("inv-a")
    site.seen.states["genset"] = State.UP
    site.raised("mtr-a", POOR, phase="L1")
    site.raised("main-a", POOR, phase="L1")
    site.wait(60)
    assert site.because("main-a", POOR, phase="L1")[1] != "tr-a"


def test_the_feeds_of_a_site_are_poor_each_for_itself(site: Site) -> None:
    for feed in "ab":
        site.raised(f"mtr-{feed}", POOR, phase="L1")
        site.raised(f"main-{feed}", POOR, phase="L1")
    site.wait(60)
    assert sorted(site.told) == [("raised", "tr-a"), ("raised", "tr-b")]


def test_poor_voltage_that_outlives_that_above_it_stands_for_itself(site: Site) -> None:
    site.raised("mtr-a", POOR, phase="L1")
    site.raised("main-a", POOR, phase="L1")
    site.wait(60)
    site.cleared("mtr-a", POOR, phase="L1")
    site.wait(60)
    assert sorted(site.told) == [("cleared", "tr-a"), ("raised", "main-a"), ("raised", "tr-a")]


@pytest.mark.parametrize("first", ["voltage", "battery"])
def test_a_ups_that_goes_to_battery_because_of_poor_voltage_is_told_with_that_voltage(
    site: Site, first: str
) -> None:
    """The voltage alert waits a minute, the battery's five seconds: whichever is told first, it is one fault."""
    if first == "voltage":
        site.raised("main-a", POOR, phase="L1")
        site.wait(90)
        site.raised("ups-a", "ups_on_battery")
    else:
        site.raised("ups-a", "ups_on_battery")
        site.wait(62)
        site.raised("main-a", POOR, phase="L1")
    site.wait(30)
    assert [kind for kind, *_ in site.told].count("raised") == 1
    (incident,) = site.incidents.open
    assert incident.roots == ("main-a",)
    assert site.because("ups-a", "ups_on_battery") == ("poor", "main-a")
    assert headline(incident, site.topology)[Language.EN].startswith("Voltage out of range: Main board A")
    site.seen.over.add(site.key("ups-a", "ups_on_battery"))
    site.cleared("main-a", POOR, phase="L1")
    site.cleared("ups-a", "ups_on_battery")
    assert [kind for kind, *_ in site.told].count("cleared") == 1


def test_a_ups_on_battery_below_voltage_that_is_fine_or_gone_is_no_matter_of_poor_voltage(site: Site) -> None:
    site.raised("main-b", POOR, phase="L1")
    site.raised("ups-a", "ups_on_battery")
    site.wait(60)
    assert sorted(site.told) == [("raised", "main-b"), ("raised", "ups-a")]


def test_a_ups_that_was_on_battery_long_before_the_voltage_became_poor_is_another_fault(site: Site) -> None:
    site.raised("ups-a", "ups_on_battery")
    site.wait(600, step=5)
    site.raised("main-a", POOR, phase="L1")
    site.wait(60)
    assert site.told == [("raised", "ups-a"), ("raised", "main-a")]


@pytest.mark.parametrize(("source", "explains"), [("a", True), ("b", False)])
def test_a_transfer_switch_that_refuses_a_poor_source_is_told_with_that_one_alone(
    site: Site, source: str, explains: bool
) -> None:
    site.raised("mtr-a", POOR, phase="L1")
    site.wait(60)
    site.raised("inv-a", "ats_source_lost", source=source)
    site.wait(60)
    assert (site.because("inv-a", "ats_source_lost", source=source) == ("poor", "tr-a")) is explains
