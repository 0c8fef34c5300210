"""What hangs on a cause that nobody reads any more: one cause stays one incident. Pains: F4, F5."""

from __future__ import annotations

import pytest

from dcim.incidents import Incidents
from dcim.incidents.memory import body_of_owing, case_of, unhang

from .conftest import Site

FEED_A = ("tr-a", "inv-a", "main-a")
COMPRESSOR = {"device": "crac-1", "rule": "device_alarm_critical", "alarm": "compressor_1"}
STANDS = {"device": "crac-1", "rule": "crac_off"}


def feed_lost_and_its_meters_silent(site: Site, alarm: dict[str, str]) -> None:
    """Feed A is lost, a cooling unit complains, and the gateway of the meters stops answering; then something ends."""
    site.lose(*FEED_A, "crac-1")
    site.raised(**alarm)
    site.raised("ups-a", "ups_on_battery")
    site.raised("ups-a", "ups_load_high")
    site.wait(30)
    assert site.told == [("raised", "tr-a")]
    site.miss(*FEED_A)
    site.seen.silent.update(("mtr-a", "mtr-b", "main-a", "main-b"))
    site.cleared("ups-a", "ups_load_high")
    site.wait(120, step=5)


@pytest.mark.parametrize("alarm", [COMPRESSOR, STANDS])
def test_a_cause_that_nobody_reads_any_more_keeps_its_consequences(site: Site, alarm: dict[str, str]) -> None:
    feed_lost_and_its_meters_silent(site, alarm)
    assert site.told == [("raised", "tr-a")]
    assert site.because(**alarm) == ("power", "tr-a")
    assert site.because("ups-a", "ups_on_battery") == ("power", "tr-a")


def test_once_the_cause_is_read_again_and_has_gone_what_is_left_stands_for_itself(site: Site) -> None:
    feed_lost_and_its_meters_silent(site, COMPRESSOR)
    site.seen.silent.clear()
    site.back(*FEED_A, "crac-1")
    site.seen.over.add(site.key("ups-a", "ups_on_battery"))
    site.wait(70)
    assert site.told == [("raised", "tr-a"), ("raised", "crac-1")]


def test_voltage_at_what_feeds_a_part_ends_the_doubt_though_the_meter_above_is_silent(site: Site) -> None:
    feed_lost_and_its_meters_silent(site, COMPRESSOR)
    site.back("main-a")
    site.cleared("ups-a", "ups_on_battery")
    site.wait(10)
    assert ("raised", "crac-1") in site.told


def test_a_cause_that_was_seen_to_end_is_in_no_doubt_when_its_meter_falls_silent_after(site: Site) -> None:
    """I5: what outlives its cause is told. The unit was late; its board is silent by the time it answers."""
    site.lose("main-a", "crac-1")
    site.raised("main-a", "meter_voltage_lost", phase="L1")
    site.raised(**COMPRESSOR)
    site.wait(30)
    site.back("main-a")
    site.seen.polled["crac-1"] = site.now - 20
    site.cleared("main-a", "meter_voltage_lost", phase="L1")
    site.miss("main-a")
    site.seen.silent.add("main-a")
    del site.seen.polled["crac-1"]
    site.wait(10)
    assert ("raised", "crac-1") in site.told


def test_a_restart_keeps_what_is_in_doubt_and_lets_go_what_lost_its_alert(site: Site) -> None:
    def after_a_restart(before: Site) -> Site:
        (incident,) = before.incidents.open
        standing = [one for one in incident.members if one.open]
        again = Site(Incidents(before.topology, "site"), before.rules, before.seen, before.now)
        kept = case_of(
            incident.id, body_of_owing(incident), standing, before.now, before.moment.at - before.now
        )
        again.incidents.restore([kept], before.now)
        again.wait(120, step=5)
        return again

    feed_lost_and_its_meters_silent(site, COMPRESSOR)
    assert after_a_restart(site).told == []


def test_a_cause_whose_alert_a_restart_does_not_find_is_looked_for_anew(site: Site) -> None:
    site.lose("main-a", "crac-1")
    site.raised("main-a", "meter_voltage_lost", phase="L1")
    site.raised(**COMPRESSOR)
    site.wait(30)
    (incident,) = site.incidents.open
    left = [one for one in incident.members if one.alert.asset == "crac-1"]
    case = case_of(incident.id, body_of_owing(incident), left, site.now, site.moment.at - site.now)
    unhang(case, lambda _reason: False, site.now)
    assert case.seen_back == {"main-a"}
