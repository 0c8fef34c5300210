"""What a loss would overload: once something is lost, that is no news of its own. Pains: F4, F10."""

from __future__ import annotations

import pytest

from dcim.graph import Redundancy, Standing, State

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


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_one_load_that_is_too_much_is_one_warning_of_both_strips_and_of_their_rack(
    site: Site, order: tuple[int, int, int]
) -> None:
    alerts = [
        ("pdu-1-a", "loss_overloads", {"part": "pdu-1-a", "phase": "L1"}),
        ("pdu-1-b", "loss_overloads", {"part": "pdu-1-b", "phase": "L1"}),
        ("power/R1", "pair_overcommitted", {"phase": "L1"}),
    ]
    first, *others = [alerts[number] for number in order]
    for device, rule, labels in (first, *others):
        site.raised(device, rule, **labels)
        site.wait(80)
    assert site.told == [("raised", first[0])]
    assert {site.because(device, rule, **labels) for device, rule, labels in others} == {("load", first[0])}
    site.raised("pdu-2-a", "loss_overloads", part="pdu-2-a", phase="L1")
    site.wait(10)
    assert site.told[1:] == [("raised", "pdu-2-a")], "another rack, another load"
    site.cleared(first[0], first[1], **first[2])
    site.wait(10)
    assert site.told[2:] == [("cleared", first[0]), ("raised", others[0][0])] or site.told[2:] == [
        ("raised", others[0][0]),
        ("cleared", first[0]),
    ], "what is still so is said, once"


def test_a_warning_does_not_tell_what_the_loss_tells(site: Site) -> None:
    """The rack that goes dark is told with what was lost."""
    site.raised("pdu-1-b", "loss_overloads", part="pdu-1-b", phase="L1")
    site.wait(600)
    _lose_feed_a(site)
    site.lose("pdu-1-b")
    site.seen.services["power/R1"] = Standing(State.DOWN, Redundancy.REDUCED)
    site.raised("power/R1", "service_down")
    site.wait(60)
    warned = [(kind, *roots) for kind, *roots in site.told if roots == ["pdu-1-b"]]
    assert warned == [("raised", "pdu-1-b")]
    assert ("updated", "tr-a") in site.told


@pytest.mark.parametrize(
    ("rule", "labels"),
    [("device_no_data", {}), ("pdu_breaker_open", {"breaker": "1"}), ("pdu_inlet_lost", {})],
)
def test_what_was_foretold_and_comes_is_no_fault_of_its_own(
    site: Site, rule: str, labels: dict[str, str]
) -> None:
    """The strip opens and its card dies with it: nobody reads why, and it was said before."""
    site.raised("pdu-1-b", "loss_overloads", part="pdu-1-b", phase="L1")
    site.wait(600)
    _lose_feed_a(site)
    site.seen.silent.add("pdu-1-b")
    site.miss("pdu-1-b")
    site.raised("pdu-1-b", rule, **labels)
    site.wait(30)
    assert site.because("pdu-1-b", rule, **labels) == ("twin", "tr-a")
    site.raised("pdu-2-b", rule, **labels)
    site.wait(30)
    assert site.because("pdu-2-b", rule, **labels) == ("itself", "pdu-2-b"), "of that one nobody said so"
