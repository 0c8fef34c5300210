"""An incident in one sentence and as a message, in English and French."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dcim.alerts import ChangeKind, Language
from dcim.graph import Redundancy, Standing, State
from dcim.incidents import Because, IncidentKind
from dcim.model import Reading
from dcim.notify import Notice, NoticeKind, Site, Subject
from dcim.notify.channel import Letter
from dcim.notify.notices.context import Beside
from dcim.notify.notices.headline import headline
from dcim.notify.notices.incident import incident_notice
from dcim.notify.wording import words
from dcim.notify.wording.mail import compose
from dcim.notify.wording.payload import payload

from .conftest import Site as Building

EN, FR = Language.EN, Language.FR
PLACE = Site("site", "Casablanca 1", "Africa/Casablanca", FR)


def told(site: Building, kind: IncidentKind = IncidentKind.RAISED) -> Notice:
    """Make the newest message of a kind that people were told."""
    changes = [one for outcome in site.outcomes for one in outcome.changes if one.kind is kind]
    return incident_notice(changes[-1], PLACE, site.topology)


def lost_feed(site: Building) -> Building:
    site.lose("fpdu-a", *(f"pdu-{rack}-a" for rack in (1, 2, 3)))
    for rack in (1, 2, 3):
        site.seen.services[f"power/R{rack}"] = Standing(State.UP, Redundancy.REDUCED)
    site.raised("fpdu-a", "pdu_inlet_lost")
    site.raised("pdu-1-a", "device_no_data")
    site.wait(6)
    return site


def test_a_lost_feed_is_told_with_what_it_hits_and_what_goes_on(site: Building) -> None:
    """Pains: F10."""
    (incident,) = lost_feed(site).incidents.open
    said = headline(incident, site.topology)
    assert said[EN] == (
        "Feed A lost at FPDU-A; 4 devices and 3 racks affected; all racks still live on feed B; tenant acme"
    )
    assert said[FR] == (
        "Voie A perdue à FPDU-A ; 4 équipements et 3 baies touchés ; "
        "toutes les baies restent alimentées par la voie B ; client acme"
    )


def test_a_room_that_is_hit_is_said_with_what_it_lacks(site: Building) -> None:
    """ "Salle 1" alone says not that it is its cooling, and French agrees with what is reduced. Pains: F10."""
    site.lose("crac-1")
    site.seen.services["cooling/hall"] = Standing(State.UP, Redundancy.REDUCED)
    site.raised("crac-1", "crac_off")
    site.wait(6)
    notice = told(site)
    assert dict(words.lines(notice, FR))["Services touchés"] == (
        "refroidissement de Hall (en service, redondance réduite)"
    )
    assert dict(words.lines(notice, EN))["Services hit"] == "cooling of Hall (up, redundancy reduced)"


def test_an_incident_that_waits_for_off_delays_alone_says_that_its_cause_is_over(site: Building) -> None:
    """A reminder of it sends nobody to the board that has voltage again."""
    lost_feed(site)
    site.back("fpdu-a", *(f"pdu-{rack}-a" for rack in (1, 2, 3)))
    site.seen.services.clear()
    site.seen.over.add(site.key("pdu-1-a", "device_no_data"))
    site.cleared("fpdu-a", "pdu_inlet_lost")
    (incident,) = site.incidents.open
    said = headline(incident, site.topology)
    assert said[EN].endswith("; the cause is over, not all of its consequences yet")
    assert said[FR].endswith(" ; la cause a disparu, pas encore toutes ses conséquences")


def test_what_is_left_of_an_incident_whose_cause_is_over_is_told_at_its_own_place(site: Building) -> None:
    """A generator that runs on does not run at the meter of the feed that is back."""
    site.lose("tr-a")
    site.raised("mtr-a", "meter_voltage_lost", phase="L1")
    site.raised("genset", "genset_running")
    site.wait(6)
    site.back("tr-a")
    site.seen.over.add(site.key("genset", "genset_running"))
    site.cleared("mtr-a", "meter_voltage_lost", phase="L1")
    said = headline(site.incidents.open[0], site.topology)
    assert said[EN].startswith("Generator running: GENSET; "), said
    assert said[EN].endswith("; the cause is over, not all of its consequences yet")


def test_a_feed_of_which_no_alert_said_that_it_was_lost_is_said_to_be_back_when_it_is(site: Building) -> None:
    """A reminder read "Feed A lost; all racks still live on feeds A and B" while off-delays ran."""
    racks = [f"pdu-{rack}-a" for rack in (1, 2, 3)]
    site.lose("fpdu-a", *racks)
    site.raised("ats", "ats_source_lost", source="a")
    site.raised("pdu-1-a", "device_no_data")
    site.wait(6)
    assert "the cause is over" not in headline(site.incidents.open[0], site.topology)[EN]
    site.back("fpdu-a", *racks)
    site.wait(6)
    said = headline(site.incidents.open[0], site.topology)
    assert said[EN].startswith("Feed A lost at fpdu-a")
    assert said[EN].endswith("; the cause is over, not all of its consequences yet")
    assert said[FR].endswith(" ; la cause a disparu, pas encore toutes ses conséquences")
    site.lose("fpdu-a", *racks)
    site.wait(6)
    assert "the cause is over" not in headline(site.incidents.open[0], site.topology)[EN]


def test_what_a_part_said_before_it_was_lost_does_not_say_that_it_is_back(site: Building) -> None:
    """An open breaker was first told as "the cause is over": the strip had said that it was fine just before."""
    site.seen.shown["pdu-3-a"] = site.now
    site.seen.silent.add("pdu-3-a")
    site.wait(12)
    site.seen.services["power/R3"] = Standing(State.UP, Redundancy.REDUCED)
    site.raised("ats", "ats_source_lost", source="a")
    site.wait(6)
    (incident,) = site.incidents.open
    assert site.because("ats", "ats_source_lost", source="a") == ("between", "pdu-3-a")
    assert "the cause is over" not in headline(incident, site.topology)[EN]
    del site.seen.shown["pdu-3-a"]
    site.seen.silent.clear()
    site.wait(6)
    assert headline(site.incidents.open[0], site.topology)[EN].endswith("not all of its consequences yet")


def test_a_root_whose_off_delay_runs_is_not_said_to_be_lost_without_a_word(site: Building) -> None:
    """A reminder said for five minutes "Cooling lost" of a unit that runs."""
    site.lose("crac-1")
    site.seen.services["cooling/hall"] = Standing(State.UP, Redundancy.REDUCED)
    site.raised("crac-1", "crac_off")
    site.wait(6)
    before = headline(site.incidents.open[0], site.topology)[EN]
    assert before == "Cooling lost at CRAC-1; no cooling in reserve: Hall"
    site.back("crac-1")
    site.seen.services.clear()
    site.seen.over.add(site.key("crac-1", "crac_off"))
    site.wait(6)
    said = headline(site.incidents.open[0], site.topology)
    assert said[EN] == (
        "Cooling lost at CRAC-1; the cause is over by what is read now, and watched until its alert ends"
    )
    assert said[FR].endswith(
        " ; la cause a disparu d’après ce qui est lu, et reste surveillée jusqu’à la fin de son alerte"
    )
    site.lose("crac-1")
    site.seen.over.clear()
    site.wait(6)
    assert headline(site.incidents.open[0], site.topology)[EN].startswith("Cooling lost at CRAC-1")
    assert "over" not in headline(site.incidents.open[0], site.topology)[EN]


def test_of_what_remains_each_is_said_where_it_is(site: Building) -> None:
    """The battery is low in the UPS, not in the racks whose reserve is not back either."""
    site.raised("ups-a", "ups_battery_charge_low")
    site.wait(6)
    (incident,) = site.incidents.open
    incident = replace(incident, because=Because.REMAINS, roots=("power/R1", "ups-a"))
    said = headline(incident, site.topology)
    assert said[EN].split(";")[0] == "UPS battery half empty: UPS A"


def test_one_rack_is_said_as_french_has_it(site: Building) -> None:
    site.lose("pdu-1-a")
    site.raised("pdu-1-a", "pdu_inlet_lost")
    site.wait(6)
    assert "1 baie touchée" in headline(site.incidents.open[0], site.topology)[FR]


def test_a_feed_that_fell_silent_is_not_said_to_be_there_whatever_it_said_before(site: Building) -> None:
    site.seen.silent.add("pdu-3-a")
    site.raised("ats", "ats_source_lost", source="a")
    site.raised("pdu-3-a", "device_no_data")
    site.wait(6)
    assert {feed for one in site.incidents.open for feed in one.hit.feeds} == {"B"}


def test_dark_racks_are_named(site: Building) -> None:
    site.lose("fpdu-a", "pdu-1-a", "pdu-1-b", "rack/R1")
    site.raised("pdu-1-a", "pdu_inlet_lost")
    site.wait(6)
    said = headline(site.incidents.open[0], site.topology)
    assert said[EN].startswith("Feed A lost at fpdu-a")
    assert "without power: R1" in said[EN]
    assert "sans alimentation : R1" in said[FR]


def test_a_message_of_an_incident_comes_back_from_the_store_as_it_was(site: Building) -> None:
    lost_feed(site)
    notice = told(site)
    assert Notice.of(notice.body()) == notice
    assert (notice.subject, notice.kind, notice.number) == (Subject.INCIDENT, NoticeKind.RAISED, 0)


def test_the_message_has_headline_root_children_services_and_tenants(site: Building) -> None:
    notice = told(lost_feed(site))
    assert words.subject(notice, EN) == (
        "[CRITICAL] Feed A lost at FPDU-A; 4 devices and 3 racks affected; all racks still live on feed B; "
        "tenant acme - Casablanca 1"
    )
    said = dict(words.lines(notice, FR))
    assert said["Autres alertes"].startswith("PDU-1-A\u00a0: ")
    assert said["Services touchés"].startswith("alimentation de R1 (en service, redondance réduite)")
    assert said["Clients"] == "acme"
    assert said["Incident"] == notice.key
    assert said["Que faire"]
    posted = payload(Letter(notice.message_id, notice.key, notice), EN)
    assert (posted["subject"], posted["incident"], posted["racks"]) == ("incident", notice.key, 3)
    assert [child["asset"] for child in posted["children"]] == ["pdu-1-a"]
    assert posted["part"] == "fpdu-a"


def test_later_mails_answer_the_first_and_say_what_is_new(site: Building) -> None:
    lost_feed(site)
    first = told(site)
    again = replace(first, kind=NoticeKind.UPDATED, number=1, why="services")
    assert again.message_id != first.message_id
    mail = compose(Letter(again.message_id, again.key, again), "a@b.example", ["c@d.example"], EN)
    assert mail["In-Reply-To"] == first.message_id
    body = mail.get_body(("plain",))
    assert body is not None
    assert "What is new: it hits more services" in body.get_content()


def test_every_reason_to_tell_again_has_its_words() -> None:
    for texts in words.NEWS.values():
        assert set(texts) == set(Language)


def test_parts_that_labels_name_are_called_as_people_call_them(site: Building) -> None:
    """A meter that measures a board tells what would overload that; the board has a name. Pains: H5."""
    site.raised("mtr-b", "loss_overloads", part="main-b", phase="L2")
    site.wait(6)
    site.raised("mtr-b", "loss_overloads", part="main-b", phase="L3")
    notice = Notice.of(told(site).body())
    assert words.subject(notice, EN) == (
        "[MAJOR] The loss of another part would overload it: Main board B - Casablanca 1"
    )
    assert dict(words.lines(notice, FR))["Point"].startswith(
        "Charge après la pire perte, au moins, partie Main board B, phase L2 ("
    )
    site.raised("ups-a", "ups_battery_fault")
    site.raised("ups-a", "loss_overloads", part="ups-a", phase="L1")
    site.wait(6)
    notice = told(site)
    others = dict(words.lines(notice, EN))["Other alerts"]
    assert others.endswith("The loss of another part would overload it phase L1"), others


def test_what_a_loss_would_do_is_told_with_the_loss_the_phase_and_how_much(site: Building) -> None:
    """An SMS said that *another part* would overload *PDU R2 A*: not which, where, or by how much. Pains: I1, F10."""
    labels = {"part": "main-b", "phase": "L2"}
    raised = site.change("mtr-b", "loss_overloads", ChangeKind.RAISED, **labels)
    reading = Reading(raised.alert.point, raised.at, 1.268, None, None, None, "")
    site.take(replace(raised, reading=reading))
    site.wait(6)
    (incident,) = site.incidents.open
    worst = Beside("worst_loss_state", labels, state="Feed A")
    other = Beside("worst_loss_state", {**labels, "phase": "L1"}, state="Feed C")
    said = headline(incident, site.topology, (other, worst))
    assert said[EN].startswith("The loss of Feed A would put Main board B phase L2 at 126 % or more")
    assert said[FR].startswith("Si Feed A est perdu, Main board B phase L2 serait à 126 % ou plus")
    said = headline(incident, site.topology)
    assert said[EN].startswith("The loss of another part would put Main board B phase L2 at 126 % or more")
    assert said[FR].startswith("Si un autre élément est perdu, Main board B phase L2 serait à 126 % ou plus")


def test_a_channel_that_fails_is_called_by_its_name(site: Building) -> None:
    """At night one line must say which: an SMS or a subject has no room for labels."""
    both = [site.change("_dcim", "channel_failing", channel=name) for name in ("sms", "mail")]
    site.take(*both)  # in one moment; one that fails later has a message of its own
    site.wait(6)
    said = headline(site.incidents.open[0], site.topology)
    assert said[EN] == "Messages do not go out through a channel: mail and sms"
    assert said[FR] == "Les messages ne partent pas par un canal : mail et sms"
    site.cleared("_dcim", "channel_failing", channel="sms")
    site.wait(6)
    assert headline(site.incidents.open[0], site.topology)[EN].endswith("a channel: mail")


@pytest.mark.parametrize(
    ("rule", "label", "english", "french"),
    [
        (
            "output_failing",
            "output",
            "Readings do not get through to an output: prom",
            "Les mesures n’arrivent pas à une sortie : prom",
        ),
        (
            "output_loses_readings",
            "output",
            "Readings are left out of an output: prom",
            "Des mesures manquent à une sortie : prom",
        ),
        (
            "peer_silent",
            "site",
            "The heartbeat of another site has stopped: prom",
            "Le battement d’un autre site s’est arrêté : prom",
        ),
    ],
)
def test_what_the_daemon_tells_of_itself_is_called_by_its_name(
    site: Building, rule: str, label: str, english: str, french: str
) -> None:
    """Of two outputs or sites the headline says which, and never the daemon's own name in its place."""
    site.raised("_dcim", rule, **{label: "prom"})
    site.wait(6)
    said = headline(site.incidents.open[0], site.topology)
    assert (said[EN], said[FR]) == (english, french)


def test_a_ups_that_nobody_reads_is_not_said_to_have_failed_when_what_it_feeds_is_dark(
    site: Building,
) -> None:
    """The fault is at it or below: who goes there is to look at the breakers too. Once it says so, it is it."""
    site.miss("ups-a")
    site.seen.silent.add("ups-a")
    site.lose("fpdu-a", "pdu-1-a", "pdu-2-a", "pdu-3-a")
    site.raised("fpdu-a", "meter_voltage_lost", phase="L1")
    site.wait(6)
    (incident,) = site.incidents.open
    assert site.because("fpdu-a", "meter_voltage_lost", phase="L1") == ("between", "ups-a")
    said = headline(incident, site.topology)
    assert said[EN].startswith("Feed A lost at UPS A or below it; ")
    assert said[FR].startswith("Voie A perdue à UPS A ou en aval ; ")
    site.seen.silent.clear()
    site.lose("ups-a")
    site.raised("ups-a", "ups_output_off")
    assert headline(site.incidents.open[0], site.topology)[EN].startswith("Feed A lost at UPS A; ")


def test_of_a_strip_between_a_live_part_and_a_rack_nobody_asks_what_is_below(site: Building) -> None:
    site.miss("pdu-3-a")
    site.seen.silent.add("pdu-3-a")
    site.raised("ats", "ats_source_lost", source="a")
    site.wait(6)
    assert headline(site.incidents.open[0], site.topology)[EN].startswith("Feed A lost at PDU 3 A; ")


def test_the_name_of_an_alarm_stands_after_a_colon_beside_the_title_of_its_rule(site: Building) -> None:
    """It read "L’équipement a une alarme alarme commune"; a phase goes on without one."""
    site.raised("ups-a", "ups_battery_fault")
    site.raised("ups-a", "device_alarm_summary", alarm="common_alarm")
    site.raised("ups-a", "loss_overloads", part="ups-a", phase="L1")
    site.wait(6)
    notice = told(site)
    english, french = (
        dict(words.lines(notice, EN))["Other alerts"],
        dict(words.lines(notice, FR))["Autres alertes"],
    )
    assert "alarm: common alarm" in english
    assert "alarme\u00a0: alarme commune" in french
    assert "would overload it phase L1" in english
