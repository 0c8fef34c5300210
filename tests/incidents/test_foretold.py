"""What a loss would overload: once something is lost, that is no news of its own. Pains: F4, F10."""

from __future__ import annotations

import pytest

from .conftest import Site

LOST = ("tr-a", "inv-a", "main-a", "ups-a", "fpdu-a", "pdu-1-a", "pdu-2-a", "pdu-3-a")


def _lose_feed_a(site: Site) -> None:
    site.lose(*LOST)
    for phase in ("L1", "L2", "L3"):
        site.raised("mtr-a", "meter_voltage_lost", phase=phase)
    site.wait(10)


@pytest.mark.parametrize(
    ("device", "rule", "labels", "because"),
    [
        ("pdu-1-b", "loss_near_limit", {"part": "pdu-1-b", "phase": "L1"}, ("twin", "tr-a")),
        ("mtr-b", "loss_overloads", {"part": "main-b", "phase": "L2"}, ("twin", "tr-a")),
        ("power/R1", "pair_overcommitted", {"phase": "L1"}, ("parts", "tr-a")),
    ],
)
def test_what_comes_to_be_foretold_because_a_feed_is_lost_belongs_to_that_loss(
    site: Site, device: str, rule: str, labels: dict[str, str], because: tuple[str, str]
) -> None:
    """The load has moved: the next loss would be one too many."""
    _lose_feed_a(site)
    site.wait(300)
    site.raised(device, rule, **labels)
    site.wait(30)
    assert site.because(device, rule, **labels) == because
    assert [kind for kind, *_ in site.told if kind == "raised"] == ["raised"]
    site.back(*LOST)
    site.cleared(device, rule, **labels)
    for phase in ("L1", "L2", "L3"):
        site.cleared("mtr-a", "meter_voltage_lost", phase=phase)
    assert [kind for kind, *_ in site.told].count("cleared") == 1


@pytest.mark.long
def test_a_warning_that_people_know_of_stays_what_it_is_when_the_loss_comes_and_after_it(site: Site) -> None:
    """Its cause is another: too much load, before and after. Forty racks are not forty ends and beginnings."""
    site.raised("power/R1", "pair_overcommitted", phase="L1")
    site.wait(86_400)
    _lose_feed_a(site)
    site.raised("pdu-1-b", "pdu_overload")
    site.wait(10)
    assert site.because("pdu-1-b", "pdu_overload") == ("twin", "tr-a")
    site.back(*LOST)
    site.cleared("pdu-1-b", "pdu_overload")
    for phase in ("L1", "L2", "L3"):
        site.cleared("mtr-a", "meter_voltage_lost", phase=phase)
    site.wait(60)
    (warning,) = site.incidents.open
    assert warning.root.alert.rule == "pair_overcommitted"
    told = [(kind, *roots) for kind, *roots in site.told if kind != "updated"]
    assert told == [("raised", "power/R1"), ("raised", "tr-a"), ("cleared", "tr-a")]


def test_a_warning_that_nobody_knows_of_yet_goes_into_the_loss(site: Site) -> None:
    site.raised("pdu-1-b", "loss_overloads", part="pdu-1-b")
    assert site.told == []
    _lose_feed_a(site)
    assert [kind for kind, *_ in site.told if kind == "raised"] == ["raised"]
    assert site.because("pdu-1-b", "loss_overloads", part="pdu-1-b") == ("twin", "tr-a")


def test_what_is_overloaded_now_is_not_said_beside_it_to_be_overloaded_by_a_loss(site: Site) -> None:
    site.raised("pdu-1-b", "pdu_overload", phase="L1")
    site.wait(600)
    site.raised("pdu-1-b", "loss_overloads", part="pdu-1-b", phase="L1")
    site.wait(30)
    assert site.because("pdu-1-b", "loss_overloads", part="pdu-1-b", phase="L1") == ("follows", "pdu-1-b")
    assert [kind for kind, *_ in site.told] == ["raised"]


def test_a_warning_whose_part_has_all_it_needs_stands_for_itself(site: Site) -> None:
    site.raised("pdu-1-b", "loss_near_limit", part="pdu-1-b")
    site.raised("power/R2", "pair_near_limit")
    site.wait(30)
    assert {roots for _, roots in site.told} == {"pdu-1-b", "power/R2"}
