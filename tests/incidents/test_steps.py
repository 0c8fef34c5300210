"""Steps of one condition, a lower and a higher one that it yields to, are one incident until it is over."""

from __future__ import annotations

from math import inf

from dcim.alerts import ChangeKind, Language, Watch
from dcim.daemon.services.causes import Causes
from dcim.graph import Services
from dcim.incidents.memory import ROOM
from dcim.notify import Site as Named
from dcim.notify import record
from dcim.notify.notices.headline import headline

from .conftest import Site
from .theatre import Kept, VirtualClock

RAISED, CLEARED = ChangeKind.RAISED, ChangeKind.CLEARED


def _turn(site: Site, device: str, over: str, instead: str, **labels: str) -> None:
    """One step stands in the place of another, in one moment."""
    over_now = site.change(device, over, CLEARED, **labels)
    begins = site.change(device, instead, RAISED, **labels)
    higher_first = instead in over_now.rule.yields_to if over_now.rule else False
    site.take(*((begins, over_now) if higher_first else (over_now, begins)))


def test_a_lower_step_goes_on_in_the_incident_of_the_higher_one(site: Site) -> None:
    """Pains: F4."""
    site.raised("ups-a", "ups_overload")
    site.wait(400)
    _turn(site, "ups-a", "ups_overload", "ups_load_high")
    site.wait(600)
    (incident,) = site.incidents.open
    assert incident.root.alert.rule == "ups_load_high"
    assert site.because("ups-a", "ups_load_high") == ("itself", "ups-a")
    site.cleared("ups-a", "ups_load_high")
    assert [kind for kind, *_ in site.told] == ["raised", "updated", "cleared"]
    assert [change.why for outcome in site.outcomes for change in outcome.changes if change.why] == ["eased"]


def test_a_higher_step_goes_on_in_the_incident_of_the_lower_one_however_old_that_is(site: Site) -> None:
    """Pains: F4."""
    site.raised("ups-a", "ups_load_high")
    site.wait(3_600)
    _turn(site, "ups-a", "ups_load_high", "ups_overload")
    site.wait(60)
    _turn(site, "ups-a", "ups_overload", "ups_load_high")
    site.wait(60)
    site.cleared("ups-a", "ups_load_high")
    assert [kind for kind, *_ in site.told] == ["raised", "updated", "updated", "cleared"]
    assert [change.why for outcome in site.outcomes for change in outcome.changes if change.why] == [
        "worse",
        "eased",
    ]
    assert site.incidents.open == ()


def test_a_lost_phase_that_returns_too_low_is_told_as_less_bad_once_all_phases_are_back(site: Site) -> None:
    """And by what stands then: a feed that has a voltage is not lost any more. Pains: F4, F5."""
    site.lose("tr-a", "inv-a", "main-a")
    site.raised("ups-a", "ups_on_battery")  # first, so that the incident is named after what it lacks
    for phase in ("L1", "L2"):
        site.raised("mtr-a", "meter_voltage_lost", phase=phase)
    site.wait(90)
    site.back("tr-a", "inv-a", "main-a")
    site.cleared("ups-a", "ups_on_battery")
    _turn(site, "mtr-a", "meter_voltage_lost", "meter_voltage_out_of_range", phase="L1")
    site.wait(20)
    assert [kind for kind, *_ in site.told] == ["raised"]
    _turn(site, "mtr-a", "meter_voltage_lost", "meter_voltage_out_of_range", phase="L2")
    site.wait(20)
    (incident,) = site.incidents.open
    assert (incident.roots, str(incident.because)) == (("tr-a",), "itself")
    assert {member.alert.rule for member in incident.members if member.open} == {"meter_voltage_out_of_range"}
    for phase in ("L1", "L2"):
        site.cleared("mtr-a", "meter_voltage_out_of_range", phase=phase)
    assert [kind for kind, *_ in site.told] == ["raised", "updated", "cleared"]


def test_a_lower_step_that_comes_after_the_end_of_the_higher_one_is_another_incident(site: Site) -> None:
    site.raised("ups-a", "ups_overload")
    site.wait(90)
    site.cleared("ups-a", "ups_overload")
    site.wait(1)
    site.raised("ups-a", "ups_load_high")
    site.wait(10)
    assert [kind for kind, *_ in site.told] == ["raised", "cleared", "raised"]


def test_another_phase_is_another_condition(site: Site) -> None:
    site.raised("ups-a", "ups_overload", phase="L1")
    site.wait(90)
    over = site.change("ups-a", "ups_overload", CLEARED, phase="L1")
    site.take(over, site.change("ups-a", "ups_load_high", RAISED, phase="L2"))
    site.wait(10)
    assert [kind for kind, *_ in site.told] == ["raised", "cleared", "raised"]


def test_a_phase_that_is_back_before_the_others_ends_no_incident(site: Site) -> None:
    """Pains: F4."""
    site.lose("tr-a", "inv-a", "main-a")
    for phase in ("L1", "L2"):
        site.raised("mtr-a", "meter_voltage_lost", phase=phase)
    site.wait(90)
    site.cleared("mtr-a", "meter_voltage_lost", phase="L1")
    site.wait(90)
    assert site.because("mtr-a", "meter_voltage_lost", phase="L2") == ("itself", "tr-a")
    site.cleared("mtr-a", "meter_voltage_lost", phase="L2")
    assert [kind for kind, *_ in site.told] == ["raised", "cleared"]


def _restarted(site: Site) -> Site:
    """Return what goes on after a restart, from the rows and memories that the store holds."""
    causes = _causes(site)
    return Site(causes.incidents, site.rules, site.seen, site.now, standing=dict(site.standing))


def _causes(site: Site) -> Causes:
    """Return what looks for causes after a restart."""
    named = Named("site", "Site", "UTC", Language.EN)
    pairs = zip(site.changes, site.outcomes, strict=True)
    books = Kept([record(changes, named, ("mail",), outcome=outcome) for changes, outcome in pairs])
    assets = {one.asset.id: one.asset for changes in site.changes for one in changes if one.asset}
    watch = Watch(site.rules, assets.values(), "site", lambda _lane, every: every)
    causes = Causes("site", Services(site.topology), watch, VirtualClock(site.now))
    causes.restore([one for one in books.memories if one.room == ROOM], books.rows, site.rules, assets)
    return causes


def test_a_phase_that_was_back_before_a_restart_ends_no_incident_after_it(site: Site) -> None:
    """The phase that is still lost stands for itself on the disk too. Pains: F4, F5."""
    site.lose("tr-a", "inv-a", "main-a")
    for phase in ("L1", "L2"):
        site.raised("mtr-a", "meter_voltage_lost", phase=phase)
    site.wait(90)
    site.cleared("mtr-a", "meter_voltage_lost", phase="L1")
    site.wait(30)
    again = _restarted(site)
    again.wait(90)
    assert again.because("mtr-a", "meter_voltage_lost", phase="L2") == ("itself", "tr-a")
    again.cleared("mtr-a", "meter_voltage_lost", phase="L2")
    assert [kind for kind, *_ in site.told + again.told] == ["raised", "cleared"]


def test_what_remains_is_told_once_however_often_the_daemon_starts(site: Site) -> None:
    """Pains: F4, F5."""
    site.lose("tr-a", "inv-a", "main-a")
    site.raised("mtr-a", "meter_voltage_lost", phase="L1")
    site.raised("ups-a", "ups_battery_charge_low")
    site.wait(90)
    assert site.because("ups-a", "ups_battery_charge_low") == ("power", "tr-a")
    site.back("tr-a", "inv-a", "main-a")
    site.cleared("mtr-a", "meter_voltage_lost", phase="L1")
    site.wait(60)
    again = _restarted(site)
    again.wait(90)
    assert again.because("ups-a", "ups_battery_charge_low") == ("remains", "ups-a")
    again.cleared("ups-a", "ups_battery_charge_low")
    assert [kind for kind, *_ in site.told + again.told] == ["raised", "updated", "cleared"]


def test_a_battery_that_feeds_is_told_once_however_often_the_daemon_starts(site: Site) -> None:
    """It calls for something of its own, so it is told beside its cause: not again after a restart. Pains: F4, H5."""
    site.lose("tr-a", "inv-a", "main-a")
    site.raised("mtr-a", "meter_voltage_lost", phase="L1")
    site.wait(20)
    site.raised("ups-a", "ups_on_battery")
    site.wait(30)
    whys = [change.why for outcome in site.outcomes for change in outcome.changes if change.why]
    assert whys in (["calls"], ["worse"]), "told once, beside its cause"
    again = _restarted(site)
    again.wait(90)
    again.cleared("mtr-a", "meter_voltage_lost", phase="L1")
    again.cleared("ups-a", "ups_on_battery")
    again.wait(90)
    assert [kind for kind, *_ in site.told + again.told] == ["raised", "updated", "cleared"]


def test_that_a_rack_was_dark_is_known_after_a_restart_though_no_message_said_so(site: Site) -> None:
    site.lose("fpdu-a", "pdu-2-a")
    site.raised("fpdu-a", "pdu_inlet_lost")
    site.wait(12)
    site.lose("pdu-2-b", "rack/R2")
    site.wait(12)
    assert [kind for kind, *_ in site.told] == ["raised"]
    site.back("fpdu-a", "pdu-2-a", "pdu-2-b", "rack/R2")
    again = _restarted(site)
    again.wait(12)
    again.cleared("fpdu-a", "pdu_inlet_lost")
    said = headline(again.outcomes[-1].changes[-1].incident, again.topology)
    assert "; power is back: R2" in said[Language.EN]


def test_why_an_alert_is_in_its_incident_is_known_after_a_restart_though_it_was_found_late(
    site: Site,
) -> None:
    """The root is looked for once more when the message goes out. Pains: F5."""
    site.raised("fpdu-a", "pdu_inlet_lost")
    assert site.because("fpdu-a", "pdu_inlet_lost")[0] == "itself"
    site.lose("ups-a", "fpdu-a")
    site.wait(6)
    assert site.because("fpdu-a", "pdu_inlet_lost") == ("power", "ups-a")
    assert _restarted(site).because("fpdu-a", "pdu_inlet_lost") == ("power", "ups-a")


def test_after_a_restart_nothing_is_taken_to_have_given_for_long_that_was_lost_or_stands_by(
    site: Site,
) -> None:
    """A generator that runs when it is first seen may have started a moment ago. Pains: F4, F10, I1."""
    site.lose("tr-a", "inv-a", "main-a")
    site.raised("mtr-a", "meter_voltage_lost", phase="L1")
    site.wait(90)
    causes = _causes(site)
    assert {part: causes.came(part) for part in ("genset", "tr-a", "tr-b")} == {
        "genset": inf,
        "tr-a": inf,
        "tr-b": -inf,
    }


def test_a_lower_step_of_what_is_only_a_consequence_is_looked_at_for_itself(site: Site) -> None:
    """The other feed is lost, this one carries all: when that is back, the rest has no cause any more."""
    site.lose("tr-b", "inv-b", "main-b", "ups-b", "fpdu-b", "pdu-1-b")
    site.raised("mtr-b", "meter_voltage_lost", phase="L1")
    site.raised("ups-a", "ups_overload")
    site.wait(90)
    assert site.because("ups-a", "ups_overload")[0] == "twin"
    _turn(site, "ups-a", "ups_overload", "ups_load_high")
    assert site.because("ups-a", "ups_load_high")[0] == "twin", "the feed is still lost"
    assert len(site.incidents.open) == 1
