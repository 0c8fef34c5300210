"""What belongs to an earlier alert of the same device, and what is a trouble of its own that people hear of."""

from __future__ import annotations

import pytest

from dcim.alerts import Language
from dcim.incidents.trouble import Trouble
from dcim.notify.notices.headline import headline

from .conftest import Site


@pytest.mark.parametrize(
    ("device", "rule", "one", "other"),
    [
        ("ups-a", "device_alarm_critical", {"alarm": "fan_fault"}, {"alarm": "charger_fault"}),
        ("crac-1", "device_alarm_summary", {"alarm": "filter"}, {"alarm": "humidifier"}),
        ("pdu-1-a", "pdu_breaker_open", {"breaker": "1"}, {"breaker": "2"}),
        ("pdu-1-a", "pdu_overload", {"bank": "1"}, {"bank": "2"}),
        ("probe", "inlet_temperature_high", {"sensor": "1"}, {"sensor": "9"}),
        ("probe", "contact_alarm", {"sensor": "rear door"}, {"sensor": "front door"}),
    ],
)
def test_another_alarm_of_a_device_an_hour_later_is_told(
    site: Site, device: str, rule: str, one: dict[str, str], other: dict[str, str]
) -> None:
    """The same rule looks at many things; one that stands for days hides none of the others."""
    site.raised(device, rule, **one)
    site.wait(3600, step=60)
    site.raised(device, rule, **other)
    site.wait(6)
    assert site.told == [("raised", device), ("raised", device)]
    assert len(site.incidents.open) == 2


def test_alarms_of_one_device_within_a_minute_are_one_story(site: Site) -> None:
    site.raised("ups-a", "device_alarm_critical", alarm="fan_fault")
    site.wait(50)
    site.raised("ups-a", "device_alarm_critical", alarm="charger_fault")
    site.wait(6)
    assert site.told == [("raised", "ups-a")]


def test_phases_of_one_condition_are_one_incident_however_late(site: Site) -> None:
    site.raised("ups-a", "ups_load_high", phase="L1")
    site.wait(3600, step=60)
    site.raised("ups-a", "ups_load_high", phase="L2")
    site.wait(6)
    assert site.told == [("raised", "ups-a")]


def test_heat_that_spreads_over_the_probes_of_a_device_is_told_once_and_a_later_one_again(site: Site) -> None:
    for probe in ("1", "2", "3"):
        site.raised("probe", "inlet_temperature_high", sensor=probe)
        site.wait(600, step=10)
    assert site.told == [("raised", "probe")]
    site.wait(86_400, step=600)
    site.raised("probe", "inlet_temperature_high", sensor="9")
    site.wait(6)
    assert site.told == [("raised", "probe"), ("raised", "probe")]


@pytest.mark.parametrize(
    ("rule", "label"), [("channel_failing", "channel"), ("output_failing", "output"), ("peer_silent", "site")]
)
def test_each_channel_output_and_site_that_fails_is_told_by_its_name(
    site: Site, rule: str, label: str
) -> None:
    """Watcher mode: the second site that falls silent is a second disaster, also half a minute later."""
    for name in ("rab1", "fes1", "tng1"):
        site.raised("_dcim", rule, **{label: name})
        site.wait(30)
    assert [kind for kind, *_ in site.told] == ["raised"] * 3
    said = [headline(one, site.topology)[Language.EN] for one in site.incidents.open]
    assert [text.rpartition(": ")[2] for text in said] == ["rab1", "fes1", "tng1"]
    site.cleared("_dcim", rule, **{label: "rab1"})
    site.wait(60)
    site.raised("_dcim", rule, **{label: "rab1"})
    site.wait(6)
    assert [kind for kind, *_ in site.told] == ["raised"] * 3 + ["cleared", "raised"]


@pytest.mark.parametrize(
    ("device", "rule", "metric"),
    [
        ("crac-1", "device_state_unnamed", "crac_mode_state"),
        ("crac-1", "value_lost", "crac_mode_state"),
        ("ups-a", "device_state_unnamed", "ups_output_source_state"),
        ("ats", "value_lost", "ats_source_state"),
    ],
)
def test_a_word_that_is_not_known_is_never_said_to_be_a_loss(
    site: Site, device: str, rule: str, metric: str
) -> None:
    """A mode without a name is no cooling that is lost; an output whose source is not told is no lost feed."""
    site.raised(device, rule, metric=metric)
    site.wait(6)
    (incident,) = site.incidents.open
    assert incident.root.place.trouble is Trouble.OTHER
    text = headline(incident, site.topology)[Language.EN]
    assert "lost at" not in text
    assert text.startswith(site.rules.rules[rule].title[Language.EN])


def test_a_smoke_detector_that_says_nothing_any_more_is_still_told_at_once(site: Site) -> None:
    """I8: nothing explains away that nobody watches for smoke."""
    site.raised("leak", "value_lost", metric="smoke_state")
    assert site.told == [("raised", "leak")]
