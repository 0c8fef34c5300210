"""What should have happened after a loss and did not, and load that moved: news of that loss. Pains: F4, F10."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcim.simulator.files import plan
from dcim.simulator.scenario import Event, Scenario, Verb

from .conftest import Site
from .theatre import Theatre, settings_of

FEED_A = ("tr-a", "inv-a", "main-a")


def test_a_generator_that_did_not_start_is_news_of_the_mains_that_are_lost(site: Site) -> None:
    site.lose(*FEED_A)
    site.raised("mtr-a", "meter_voltage_lost", phase="L1")
    site.wait(40)
    site.raised("genset", "genset_did_not_start", phase="L1")
    site.wait(10)
    assert site.because("genset", "genset_did_not_start", phase="L1") == ("standby", "tr-a")
    assert [kind for kind, *_ in site.told] == ["raised", "updated"], "it is worse"


@pytest.mark.parametrize("rule", ["pdu_above_rating", "pdu_near_rating"])
def test_a_strip_above_its_rating_belongs_to_the_lost_strip_whose_load_it_took(site: Site, rule: str) -> None:
    site.lose("pdu-1-a")
    site.raised("pdu-1-a", "pdu_inlet_lost")
    site.wait(310)
    site.raised("pdu-1-b", rule, phase="L1")
    site.wait(10)
    assert site.because("pdu-1-b", rule, phase="L1") == ("twin", "pdu-1-a")
    assert [kind for kind, *_ in site.told].count("raised") == 1


@pytest.mark.long
def test_an_outage_without_a_generator_is_one_incident_that_says_so(tmp_path: Path) -> None:
    """From the plant to the message: the controller sees the mains go, and its engine stays off."""
    blueprint = plan("casablanca")
    story = Scenario(
        format=1,
        scenario="no-genset",
        title="Both feeds are lost for two minutes, and the generator does not start",
        lasts=180,
        events=(
            Event(at=0, do=Verb.LOSE, target="genset-1"),
            Event(at=5, do=Verb.LOSE, target="utility-a"),
            Event(at=5, do=Verb.LOSE, target="utility-b"),
            Event(at=125, do=Verb.RESTORE, target="utility-a"),
            Event(at=125, do=Verb.RESTORE, target="utility-b"),
            Event(at=126, do=Verb.RESTORE, target="genset-1"),
        ),
    )
    theatre = Theatre(blueprint, settings_of(blueprint, tmp_path), story)
    theatre.play(600)
    assert len(theatre.incidents) == 1
    rules = {str(body["rule"]) for body in theatre.members[theatre.incidents[0][0].key]}
    assert "genset_did_not_start" in rules
