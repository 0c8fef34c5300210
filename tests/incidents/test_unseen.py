"""What people are told when nobody knows any more how an incident stands: once, and no fault is claimed."""

from __future__ import annotations

from dcim.alerts import ChangeKind, Language
from dcim.graph import Redundancy, Standing, State
from dcim.incidents import IncidentKind, Incidents
from dcim.incidents.memory import body_of_owing, case_of
from dcim.incidents.unseen import SURE
from dcim.notify import Notice
from dcim.notify.notices.headline import headline
from dcim.notify.wording import words

from .conftest import NOON, Site
from .test_words import told as newest

EN, FR = Language.EN, Language.FR
REDUCED = ("cooling/hall", "service_redundancy_reduced")


def why(site: Site) -> list[tuple[str, str]]:
    """What was told of incidents, and why."""
    return [
        (str(one.kind), one.why)
        for outcome in site.outcomes
        for one in outcome.changes
        if one.kind not in (IncidentKind.OPENED, IncidentKind.MERGED)
    ]


def feed_back_with_a_silent_unit(site: Site) -> None:
    """Feed A is lost and back; of the reserve in the hall nobody knows, since one unit does not answer."""
    site.lose("main-a")
    site.raised("main-a", "meter_voltage_lost", phase="L1")
    site.raised(*REDUCED)
    site.wait(6)
    site.seen.silent.add("crac-1")
    site.seen.unread.add(site.key(*REDUCED))
    site.back("main-a")
    site.cleared("main-a", "meter_voltage_lost", phase="L1")


def test_what_remains_and_is_not_known_is_told_once_and_claims_no_fault(site: Site) -> None:
    feed_back_with_a_silent_unit(site)
    site.wait(SURE - 10)
    assert why(site) == [("raised", "")], "one lost answer, or a card that starts again, is no news"
    assert "nobody knows" not in headline(site.incidents.open[0], site.topology)[EN]
    site.wait(20)
    assert why(site) == [("raised", ""), ("updated", "unknown")]
    site.wait(3600, step=5)
    assert why(site) == [("raised", ""), ("updated", "unknown")], "told once"
    said = headline(site.incidents.open[0], site.topology)
    assert said[EN] == (
        "The cause is over, and nobody knows whether this goes on: "
        "Redundancy of a service reduced: COOLING/HALL; crac-1 does not answer"
    )
    assert said[FR] == (
        "La cause a disparu, et on ignore si ceci dure encore : "
        "Redondance d’un service réduite : COOLING/HALL ; crac-1 ne répond pas"
    )


def test_the_message_says_since_when_it_is_not_known(site: Site) -> None:
    feed_back_with_a_silent_unit(site)
    gone = NOON + site.now
    site.wait(SURE + 10)
    notice = newest(site, IncidentKind.UPDATED)
    assert notice.unknown_since is not None
    assert gone <= notice.unknown_since <= gone + 6
    assert Notice.of(notice.body()) == notice
    said = dict(words.lines(notice, FR))
    assert said["Inconnu depuis"].startswith("2025-11-25 13:00")
    assert said["Ce qui est nouveau"] == words.NEWS["unknown"][FR]


def test_what_is_known_again_and_holds_is_told_and_what_does_not_is_over(site: Site) -> None:
    feed_back_with_a_silent_unit(site)
    site.wait(SURE + 10)
    site.seen.unread.clear()
    site.seen.silent.clear()
    site.wait(10)
    assert why(site)[2:] == [("updated", "remains")]
    assert site.because(*REDUCED) == ("remains", "cooling/hall")
    site.cleared(*REDUCED)
    assert why(site)[3:] == [("cleared", "")]


def test_what_remained_is_told_as_known_again_though_it_had_been_told_as_what_remains(site: Site) -> None:
    feed_back_with_a_silent_unit(site)
    site.seen.unread.clear()
    site.wait(10)
    site.seen.unread.add(site.key(*REDUCED))
    site.wait(SURE + 10)
    site.seen.unread.clear()
    site.wait(10)
    told = [("raised", ""), ("updated", "remains"), ("updated", "unknown"), ("updated", "known")]
    assert why(site) == told
    assert headline(site.incidents.open[0], site.topology)[EN].startswith("Redundancy of a service reduced")


def test_what_is_about_to_clear_once_it_is_known_again_is_not_told_again(site: Site) -> None:
    feed_back_with_a_silent_unit(site)
    site.wait(SURE + 10)
    site.seen.over.add(site.key(*REDUCED))
    site.wait(300, step=5)
    site.seen.unread.clear()
    site.cleared(*REDUCED)
    assert why(site) == [("raised", ""), ("updated", "unknown"), ("cleared", "")]
    assert "nobody knows" not in newest(site, IncidentKind.CLEARED).headline[EN]


def test_an_alert_that_nobody_knows_of_when_its_cause_goes_is_looked_at_when_it_is_known(site: Site) -> None:
    """It was kept under a cause that had gone, and nobody heard that it stood. Pains: F3."""
    site.lose("main-a", "ups-a")
    site.raised("main-a", "meter_voltage_lost", phase="L1")
    site.raised("ups-a", "ups_on_battery")
    site.wait(6)
    key = site.key("ups-a", "ups_on_battery")
    site.seen.unread.add(key)
    site.back("main-a", "ups-a")
    site.cleared("main-a", "meter_voltage_lost", phase="L1")
    site.wait(30)
    site.seen.unread.clear()
    site.wait(10)
    assert site.told == [("raised", "main-a"), ("cleared", "main-a"), ("raised", "ups-a")]


def test_a_restart_does_not_tell_again_what_is_not_known(site: Site) -> None:
    feed_back_with_a_silent_unit(site)
    site.wait(SURE + 10)
    (incident,) = site.incidents.open
    members = [one for one in incident.members if one.open]
    kept = case_of(incident.id, body_of_owing(incident), members, site.now, NOON)
    again = Site(Incidents(site.topology, "site"), site.rules, site.seen, site.now)
    again.incidents.restore([kept], site.now)
    again.wait(600, step=5)
    assert why(again) == []


def test_a_ups_on_battery_that_falls_silent_is_told_in_its_incident(site: Site) -> None:
    """Its racks may go dark unseen: silence is news where the device had told of a fault. Pains: F3."""
    both = ("ups-a", "ups-b")
    site.miss(*(f"{part}-{feed}" for part in ("tr", "inv", "main") for feed in "ab"))
    for name in both:
        site.raised(name, "ups_on_battery")
    site.wait(60)
    assert site.told == [("raised", "ups-a", "ups-b")]
    site.seen.silent.update(both)
    site.miss(
        "ups-a", "ups-b", "fpdu-a", "fpdu-b", *(f"pdu-{rack}-{feed}" for rack in (1, 2, 3) for feed in "ab")
    )
    site.miss("rack/R1", "rack/R2", "rack/R3")
    for name in both:
        site.seen.unread.add(site.key(name, "ups_on_battery"))
        site.raised(name, "device_no_data")
    site.wait(600, step=5)
    assert why(site) == [("raised", ""), ("updated", "silent")], "one message for both, once"
    said = newest(site, IncidentKind.UPDATED)
    assert said.headline[EN].endswith("UPS A and UPS B do not answer")
    assert said.headline[FR].endswith("UPS A et UPS B ne répondent pas")
    assert said.unknown_since is not None
    assert said.unknown_since < NOON + 60


def test_a_ups_that_is_known_to_be_dark_is_not_told_as_silent_as_well(site: Site) -> None:
    site.raised("ups-a", "ups_on_battery")
    site.wait(60)
    site.seen.silent.add("ups-a")
    site.lose("ups-a", "fpdu-a")
    site.raised("ups-a", "device_no_data")
    site.wait(60, step=5)
    assert ("updated", "silent") not in why(site)


def test_a_reserve_of_which_only_a_silence_is_left_is_no_unknown_consequence(site: Site) -> None:
    """The silence says itself that something is not known."""
    site.seen.services["cooling/hall"] = Standing(State.UNKNOWN, Redundancy.UNKNOWN)
    site.lose("main-a", "crac-1")
    site.raised("main-a", "meter_voltage_lost", phase="L1")
    site.raised("crac-1", "device_no_data")
    site.wait(6)
    site.back("main-a", "crac-1")
    site.take(site.change("main-a", "meter_voltage_lost", ChangeKind.CLEARED, phase="L1"))
    site.wait(300, step=5)
    assert ("updated", "unknown") not in why(site)
