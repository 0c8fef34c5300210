"""Stories of faults in a small building: how many incidents, at which root, and who is told what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dcim.alerts import ChangeKind
from dcim.graph import Redundancy, Standing, State

from .conftest import Site

FEED_A = ("tr-a", "inv-a", "main-a")


def test_a_lost_feed_is_one_incident_at_its_head_whatever_is_seen_first(site: Site) -> None:
    """Pains: F4, F10."""
    site.lose(*FEED_A)
    site.raised("ups-a", "ups_on_battery")
    assert site.told == []
    site.answer(*site.asked)
    site.raised("mtr-a", "meter_voltage_lost", phase="L1")
    site.raised("mtr-a", "meter_voltage_lost", phase="L2")
    site.raised("main-a", "meter_voltage_lost", phase="L1")
    site.wait(60)
    assert site.told == [("raised", "tr-a")]
    assert site.because("ups-a", "ups_on_battery") == ("power", "tr-a")
    (incident,) = site.incidents.open
    assert (incident.root.alert.asset, len(incident.members)) == ("mtr-a", 4)


def test_those_who_may_show_the_cause_are_asked_and_the_message_waits_for_them(site: Site) -> None:
    site.raised("ups-a", "ups_on_battery")
    assert {"main-a", "mtr-a", "genset", "ups-a"} <= set(site.asked)
    waiting = list(site.asked)
    site.lose(*FEED_A)
    site.answer(*waiting[:-1])
    assert site.told == []
    site.answer(waiting[-1])
    assert site.told == [("raised", "tr-a")]


def test_the_message_waits_five_seconds_at_most(site: Site) -> None:
    site.raised("ups-a", "ups_on_battery")
    site.wait(4.5)
    assert site.told == []
    site.wait(0.5)
    assert site.told == [("raised", "ups-a")]


def test_a_poll_that_began_before_the_question_answers_nothing(site: Site) -> None:
    site.now = 10.0
    site.raised("ups-a", "ups_on_battery")
    for device in site.asked:
        site.incidents.answered(device, 9.0, site.moment)
    assert not site.incidents.open[0].told


def test_one_trigger_and_one_resolve(site: Site) -> None:
    """Pains: F5."""
    site.lose(*FEED_A)
    site.raised("mtr-a", "meter_voltage_lost")
    site.raised("ups-a", "ups_on_battery")
    site.wait(6)
    site.back(*FEED_A)
    site.seen.over.add(site.key("ups-a", "ups_on_battery"))
    site.cleared("mtr-a", "meter_voltage_lost")
    site.wait(60)
    assert site.told == [("raised", "tr-a")]
    site.cleared("ups-a", "ups_on_battery")
    assert site.told == [("raised", "tr-a"), ("cleared", "tr-a")]
    assert site.incidents.open == ()


def test_a_second_fault_inside_the_first_is_its_own_incident(site: Site) -> None:
    """The UPS carries feed A on its battery: a PDU below it that dies has died of something else."""
    site.lose(*FEED_A)
    site.raised("mtr-a", "meter_voltage_lost")
    site.wait(6)
    site.lose("pdu-1-a")
    site.raised("pdu-1-a", "pdu_inlet_lost")
    site.wait(6)
    assert site.told == [("raised", "tr-a"), ("raised", "pdu-1-a")]


def test_an_exhausted_ups_that_fell_silent_belongs_to_the_loss_of_its_feed(site: Site) -> None:
    site.lose("tr-a", "inv-a", "main-a")
    site.raised("mtr-a", "meter_voltage_lost")
    site.raised("ups-a", "ups_on_battery")
    site.wait(60)
    site.miss("ups-a")
    site.lose("fpdu-a", "pdu-1-a", "pdu-2-a", "pdu-3-a")
    for device in ("ups-a", "pdu-1-a", "pdu-2-a"):
        site.raised(device, "device_no_data")
    site.raised("ats", "ats_source_lost", source="a")
    site.wait(60)
    assert {told[1] for told in site.told} == {"tr-a"}
    assert [told[0] for told in site.told].count("raised") == 1


def test_the_other_feed_that_answers_that_it_is_lost_is_named_at_once(site: Site) -> None:
    """Its own alert takes its delay still, and would be told as an evolution."""
    site.raised("main-a", "meter_voltage_lost", phase="L1")
    assert {"mtr-a", "mtr-b"} <= set(site.asked), "the head of the other feed of what hangs on it"
    site.lose("tr-a", "inv-a", "main-a", "tr-b", "inv-b", "main-b")
    site.wait(0.5)
    site.answer(*site.asked)
    assert site.told == [("raised", "tr-a", "tr-b")]
    site.wait(8)
    for name in ("mtr-a", "mtr-b", "main-b"):
        site.raised(name, "meter_voltage_lost", phase="L1")
    site.wait(60)
    assert site.told == [("raised", "tr-a", "tr-b")]


def test_another_feed_that_was_dead_long_before_or_of_which_nothing_is_known_is_not_named(
    new_site: Callable[[], Site],
) -> None:
    def told(prepare: Callable[[Site], None]) -> list[tuple[str, ...]]:
        site = new_site()
        prepare(site)
        site.wait(300, step=5)
        site.lose("tr-a", "inv-a", "main-a")
        site.raised("main-a", "meter_voltage_lost", phase="L1")
        site.wait(20)
        return site.told

    other = ("tr-b", "inv-b", "main-b")
    assert told(lambda site: site.lose(*other)) == [("raised", "tr-a")]
    assert told(lambda site: site.miss(*other)) == [("raised", "tr-a")]


def test_both_feeds_lost_together_are_one_incident_with_two_roots(site: Site) -> None:
    site.lose(*FEED_A, "tr-b", "inv-b", "main-b")
    site.raised("mtr-a", "meter_voltage_lost")
    site.wait(1)
    site.raised("mtr-b", "meter_voltage_lost")
    site.raised("genset", "genset_start_failed", alarm="start_failed")
    site.raised("ups-a", "ups_on_battery")
    site.raised("ups-b", "ups_on_battery")
    site.wait(5)
    assert site.told == [("raised", "tr-a", "tr-b")]


def test_the_other_feed_lost_much_later_is_another_incident(site: Site) -> None:
    site.lose(*FEED_A)
    site.raised("mtr-a", "meter_voltage_lost")
    site.wait(300)
    site.lose("tr-b", "inv-b", "main-b")
    site.raised("mtr-b", "meter_voltage_lost")
    site.wait(6)
    assert site.told == [("raised", "tr-a"), ("raised", "tr-b")]


def test_a_generator_that_runs_and_a_load_that_is_dead_have_the_transfer_switch_as_root(site: Site) -> None:
    site.lose("tr-a", "main-a")
    site.miss("inv-a")
    site.seen.states["genset"] = State.UP
    site.raised("main-a", "meter_voltage_lost")
    site.wait(6)
    assert site.told == [("raised", "inv-a")]


@pytest.mark.parametrize(("runs_for", "root"), [(5.0, "tr-a"), (60.0, "inv-a")])
def test_a_generator_that_has_only_just_come_proves_nothing_of_what_is_read_below_it(
    site: Site, runs_for: float, root: str
) -> None:
    """What is read below the transfer switch is of the moment before. Pains: F4, F10."""
    site.now = 100.0
    site.lose("tr-a", "main-a")
    site.miss("inv-a")
    site.seen.states["genset"] = State.UP
    site.seen.began["genset"] = site.now - runs_for
    site.raised("main-a", "meter_voltage_lost")
    site.wait(6)
    assert site.told == [("raised", root)]


def test_where_one_part_is_dark_between_a_live_one_and_a_dead_one_the_fault_lies_there(site: Site) -> None:
    site.miss("pdu-3-a")
    site.seen.silent.add("pdu-3-a")
    site.raised("ats", "ats_source_lost", source="a")
    site.wait(6)
    site.raised("pdu-3-a", "device_no_data")
    site.wait(60)
    assert site.told == [("raised", "pdu-3-a")]
    assert site.because("ats", "ats_source_lost", source="a") == ("between", "pdu-3-a")


def test_silence_alone_is_no_power_cut(site: Site) -> None:
    """Pains: F3."""
    site.miss("pdu-1-a")
    site.seen.silent.add("pdu-1-a")
    site.raised("pdu-1-a", "device_no_data")
    site.wait(6)
    assert site.because("pdu-1-a", "device_no_data") == ("itself", "pdu-1-a")


def test_a_gateway_behind_which_nobody_answers_is_the_root(site: Site) -> None:
    behind = ("mtr-a", "mtr-b", "main-a", "main-b")
    site.seen.silent.update(behind)
    for device in behind:
        site.raised(device, "device_no_data")
        site.wait(2)
    site.wait(30)
    assert site.told == [("raised", "gw")]
    for device in behind:
        site.cleared(device, "device_no_data")
    assert site.told == [("raised", "gw"), ("cleared", "gw")]


def test_one_silent_device_behind_a_gateway_is_its_own_root(site: Site) -> None:
    site.seen.silent.add("mtr-a")
    site.raised("mtr-a", "device_no_data")
    site.wait(6)
    assert site.told == [("raised", "mtr-a")]


def test_a_gateway_is_found_out_while_the_message_waits(site: Site) -> None:
    site.seen.silent.add("mtr-a")
    site.seen.unasked.update({"mtr-b", "main-a", "main-b"})
    site.raised("mtr-a", "device_no_data")
    site.seen.unasked.clear()
    site.seen.silent.update({"mtr-b", "main-a", "main-b"})
    site.wait(5)
    assert site.told == [("raised", "gw")]


def test_a_cooling_unit_explains_the_heat_of_its_room_and_a_second_one_is_a_second_fault(site: Site) -> None:
    site.lose("crac-1")
    site.raised("crac-1", "crac_off")
    site.wait(30)
    site.raised("probe", "inlet_temperature_high")
    site.raised("crac-2", "crac_return_air_high")
    site.wait(60)
    assert site.told == [("raised", "crac-1")]
    site.lose("crac-2")
    site.raised("crac-2", "crac_off")
    site.wait(6)
    assert site.told == [("raised", "crac-1"), ("raised", "crac-2")]


def test_units_without_power_belong_to_the_loss_of_power_and_the_heat_to_them(site: Site) -> None:
    site.lose(*FEED_A, "crac-1", "crac-2")
    site.raised("crac-1", "crac_off")
    site.raised("mtr-a", "meter_voltage_lost")
    site.wait(300)
    site.raised("probe", "inlet_temperature_critical")
    site.wait(60)
    assert {told[1:] for told in site.told} == {("tr-a",)}
    assert site.because("probe", "inlet_temperature_critical")[0] == "cooling"


def test_more_load_on_the_other_feed_belongs_to_the_feed_that_was_lost(site: Site) -> None:
    site.lose("pdu-1-a")
    site.raised("pdu-1-a", "pdu_inlet_lost")
    site.wait(400)
    site.raised("pdu-1-b", "pdu_near_overload")
    assert site.because("pdu-1-b", "pdu_near_overload") == ("twin", "pdu-1-a")


def test_alerts_of_one_device_at_one_time_are_one_incident(site: Site) -> None:
    site.raised("ups-a", "ups_battery_fault")
    site.raised("ups-a", "device_alarm_warning", alarm="x")
    site.wait(6)
    site.raised("ups-a", "device_alarm_warning", alarm="y")
    site.wait(60)
    assert site.told == [("raised", "ups-a")]


def test_an_old_complaint_of_a_device_does_not_swallow_a_new_one(site: Site) -> None:
    site.raised("ups-a", "ups_battery_replace")
    site.wait(4000)
    site.raised("ups-a", "ups_temperature_high")
    site.wait(6)
    assert [told[0] for told in site.told] == ["raised", "raised"]


def test_what_is_safety_is_told_at_once_and_by_itself(site: Site) -> None:
    """Pains: F9. I8: whatever explains it, battery low is told."""
    site.lose(*FEED_A)
    site.raised("mtr-a", "meter_voltage_lost")
    site.raised("ups-a", "ups_on_battery")
    site.wait(6)
    site.raised("ups-a", "ups_battery_low")
    assert site.told == [("raised", "tr-a"), ("apart raised", "ups-a")]
    site.raised("ups-a", "ups_runtime_critical")
    assert len(site.told) == 2, "one battery runs low once"
    site.cleared("ups-a", "ups_battery_low")
    assert site.told[2:] == [("apart cleared", "ups-a"), ("apart raised", "ups-a")]


def test_whatever_a_part_without_power_complains_of_belongs_to_the_loss_of_its_power(site: Site) -> None:
    """A cooling unit whose compressors have no supply reports them as failed. Pains: F4, F10."""
    site.lose(*FEED_A, "crac-1")
    site.raised("crac-1", "device_alarm_critical", alarm="compressor_1")
    site.answer(*site.asked)
    site.raised("main-a", "meter_voltage_lost", phase="L1")
    site.raised("crac-1", "crac_supply_air_high")
    site.wait(100)
    assert site.told == [("raised", "tr-a")]
    assert site.because("crac-1", "device_alarm_critical", alarm="compressor_1") == ("power", "tr-a")
    assert site.because("crac-1", "crac_supply_air_high") == ("power", "tr-a")


def test_what_ails_a_part_that_has_power_is_a_fault_of_its_own(site: Site) -> None:
    site.lose(*FEED_A)
    site.raised("mtr-a", "meter_voltage_lost")
    site.wait(6)
    site.raised("ups-a", "device_alarm_critical", alarm="fan_failure")  # its battery carries it
    site.wait(6)
    assert site.told == [("raised", "tr-a"), ("raised", "ups-a")]


def test_water_and_fire_that_a_unit_without_power_reports_are_told_by_themselves(site: Site) -> None:
    """I8: the same rule tells of a compressor and of water on the floor; the word decides."""
    site.lose(*FEED_A, "crac-1")
    site.raised("main-a", "meter_voltage_lost")
    site.wait(6)
    site.raised("crac-1", "device_alarm_critical", alarm="water_detected")
    assert site.told == [("raised", "tr-a"), ("raised", "crac-1")]


def test_a_unit_that_stands_does_not_prove_that_its_feed_is_dead(site: Site) -> None:
    """I4: of the board nothing is known; the unit was switched off."""
    site.miss("main-a")
    site.lose("crac-1")
    site.raised("crac-1", "crac_off")
    site.raised("crac-1", "device_alarm_critical", alarm="local_fault")
    site.wait(6)
    assert site.told == [("raised", "crac-1")]


def test_an_alarm_of_what_a_service_was_found_to_have_lost_is_the_same_fault(site: Site) -> None:
    """The room tells first that it lost a unit, then the unit's summary alarm comes, then that it is off."""
    site.lose("crac-1")
    site.seen.services["cooling/hall"] = Standing(State.UP, Redundancy.REDUCED)
    site.raised("cooling/hall", "service_redundancy_reduced")
    site.wait(10)
    site.raised("crac-1", "device_alarm_summary", alarm="common_alarm")
    site.wait(30)
    site.raised("crac-1", "crac_off")
    site.wait(30)
    assert site.told == [("raised", "crac-1")]
    assert site.because("crac-1", "device_alarm_summary", alarm="common_alarm") == ("same_device", "crac-1")


def test_evidence_that_grows_old_before_the_message_refutes_no_cause(site: Site) -> None:
    """A poll that comes late makes the unit unknown for a moment, just when the incident is told."""
    site.lose("crac-1")
    site.seen.services["cooling/hall"] = Standing(State.UP, Redundancy.REDUCED)
    site.raised("cooling/hall", "service_redundancy_reduced")
    site.miss("crac-1")
    site.wait(6)
    assert site.told == [("raised", "crac-1")]
    site.lose("crac-1")
    site.wait(25)
    site.raised("crac-1", "crac_off")
    site.wait(30)
    assert site.told == [("raised", "crac-1")]


def test_a_service_that_was_told_by_itself_joins_what_turns_out_to_have_failed_under_it(site: Site) -> None:
    site.miss("crac-1")
    site.seen.services["cooling/hall"] = Standing(State.UP, Redundancy.REDUCED)
    site.raised("cooling/hall", "service_redundancy_reduced")
    site.wait(10)
    assert site.told == [("raised", "cooling/hall")]
    site.lose("crac-1")
    site.raised("crac-1", "crac_off")
    site.wait(10)
    assert site.told == [("raised", "cooling/hall"), ("updated", "crac-1")]
    assert site.because("cooling/hall", "service_redundancy_reduced") == ("parts", "crac-1")


def test_a_reserve_that_is_missed_before_the_lost_source_is_told_is_one_incident(site: Site) -> None:
    """The rack's service is told when its switch has moved; the alert of the lost source comes ten seconds later."""
    site.seen.services["power/R3"] = Standing(State.UP, Redundancy.REDUCED)
    site.raised("power/R3", "service_redundancy_reduced")
    site.wait(10)
    site.miss("pdu-3-a")
    site.raised("ats", "ats_source_lost", source="a")
    site.wait(10)
    assert [kind for kind, _ in site.told] == ["raised", "updated"]
    assert site.told[-1] == ("updated", "pdu-3-a")


def test_a_consequence_is_judged_by_what_it_says_after_its_cause_has_gone(site: Site) -> None:
    """Its last answer is older: it is asked at once, and stands for itself only when it still complains."""
    site.lose("fpdu-a", "pdu-1-a", "pdu-2-a")
    site.raised("fpdu-a", "pdu_inlet_lost")
    site.raised("pdu-1-a", "pdu_inlet_lost")
    site.raised("pdu-2-a", "pdu_inlet_lost")
    site.wait(6)
    site.back("fpdu-a", "pdu-1-a", "pdu-2-a")
    site.seen.polled = dict.fromkeys(("pdu-1-a", "pdu-2-a"), site.now - 2)
    site.cleared("fpdu-a", "pdu_inlet_lost")
    assert {effect.device for effect in site.outcomes[-1].effects} == {"pdu-1-a", "pdu-2-a"}
    site.wait(1)
    assert site.told == [("raised", "fpdu-a")]
    site.seen.polled.clear()
    site.cleared("pdu-1-a", "pdu_inlet_lost")
    site.wait(10)
    assert set(site.told[1:]) == {("raised", "pdu-2-a"), ("cleared", "fpdu-a")}


def test_a_feed_whose_meter_was_not_asked_since_is_lost_together_with_the_other(site: Site) -> None:
    """The meter of the second feed says what it said before the mains failed: that proves nothing of now."""
    site.wait(20)
    site.lose("tr-a", "main-a", "main-b")
    site.seen.shown = {"tr-b": site.now - 12, "inv-b": site.now - 12}
    site.raised("mtr-a", "meter_voltage_lost", phase="L1")
    site.raised("main-b", "meter_voltage_lost", phase="L1")
    site.wait(10)
    assert [kind for kind, *_ in site.told] == ["raised"]
    assert set(site.incidents.open[0].roots) == {"tr-a", "main-b"}


def test_an_alert_that_cleared_still_names_its_incident_while_that_is_open(site: Site) -> None:
    """Whoever lists what returned unseen sees to which fault it belonged."""
    site.lose(*FEED_A)
    site.raised("mtr-a", "meter_voltage_lost")
    site.raised("ups-a", "ups_on_battery")
    site.wait(6)
    (incident,) = site.incidents.open
    key = site.key("ups-a", "ups_on_battery")
    site.cleared("ups-a", "ups_on_battery")
    assert site.incidents.id_of(key) == incident.id
    assert site.because("ups-a", "ups_on_battery") == ("power", "tr-a")
    site.cleared("mtr-a", "meter_voltage_lost")
    assert (site.incidents.open, site.incidents.id_of(key)) == ((), "")


def test_a_ups_that_falls_silent_on_its_battery_is_lost_whatever_it_said_just_before(site: Site) -> None:
    """Its card dies with it, and its last answer is fresh yet: what is dark below it is the same story."""
    site.lose(*FEED_A)
    site.raised("main-a", "meter_voltage_lost", phase="L1")
    site.raised("ups-a", "ups_on_battery")
    site.wait(60)
    site.seen.silent.add("ups-a")
    site.lose("fpdu-a", "pdu-3-a")
    site.raised("ats", "ats_source_lost", source="a")
    site.wait(60)
    assert {told[1:] for told in site.told} == {("tr-a",)}
    assert [told[0] for told in site.told].count("raised") == 1


def test_smoke_does_not_wait_for_answers(site: Site) -> None:
    site.raised("leak", "smoke")
    assert site.told == [("raised", "leak")]


def test_growth_is_one_message_and_not_one_an_alert(site: Site) -> None:
    site.lose("fpdu-a")
    site.raised("fpdu-a", "pdu_inlet_lost")
    site.wait(6)
    for rack in (1, 2, 3):
        site.lose(f"pdu-{rack}-a")
        site.seen.services[f"power/R{rack}"] = Standing(State.UP, Redundancy.REDUCED)
        site.raised(f"pdu-{rack}-a", "device_no_data")
        site.wait(2)
    site.wait(60)
    assert site.told == [("raised", "fpdu-a"), ("updated", "fpdu-a")]
    assert set(site.incidents.open[0].hit.racks) == {"rack/R1", "rack/R2", "rack/R3"}
    assert site.incidents.open[0].hit.tenants == ("acme",)


def test_what_outlives_its_cause_stands_for_itself_at_once(site: Site) -> None:
    """I5."""
    site.lose("fpdu-a", "pdu-1-a", "pdu-2-a")
    site.raised("fpdu-a", "pdu_inlet_lost")
    site.wait(6)
    site.raised("pdu-1-a", "device_no_data")
    site.raised("pdu-2-a", "device_no_data")
    site.back("fpdu-a", "pdu-1-a", "pdu-2-a")
    site.seen.over.add(site.key("pdu-1-a", "device_no_data"))
    before = len(site.told)
    site.cleared("fpdu-a", "pdu_inlet_lost")
    assert site.told[before:] == [("raised", "pdu-2-a")], "the one that still holds, in the same evaluation"
    site.cleared("pdu-1-a", "device_no_data")
    assert site.told[before + 1 :] == [("cleared", "fpdu-a")]
    assert len({incident.id for incident in site.incidents.open}) == 1


def test_what_hangs_on_a_root_that_no_alert_shows_is_let_go_when_that_has_power_again(site: Site) -> None:
    site.lose("fpdu-a", "pdu-1-a", "pdu-2-a")
    site.raised("pdu-1-a", "device_no_data")
    site.raised("pdu-2-a", "device_no_data")
    site.wait(6)
    assert site.told == [("raised", "fpdu-a")]
    site.back("fpdu-a", "pdu-1-a", "pdu-2-a")
    site.wait(70)
    assert ("raised", "pdu-1-a") in site.told
    assert ("raised", "pdu-2-a") in site.told


def test_a_cause_that_is_seen_after_its_consequence_names_the_incident(site: Site) -> None:
    site.raised("ups-a", "ups_battery_charge_critical")
    site.answer(*site.asked)
    assert site.told == [("raised", "ups-a")]
    site.now += 10
    site.lose(*FEED_A)
    site.raised("mtr-a", "meter_voltage_lost")
    site.wait(60)
    assert site.told == [("raised", "ups-a"), ("updated", "tr-a")]


def test_a_cause_that_begins_long_after_a_fault_does_not_swallow_it(site: Site) -> None:
    site.raised("ups-a", "ups_on_battery")
    site.wait(600)
    site.lose(*FEED_A)
    site.raised("mtr-a", "meter_voltage_lost")
    site.wait(6)
    assert site.told == [("raised", "ups-a"), ("raised", "tr-a")]


def test_an_acknowledgement_is_told_once_and_taken_back_when_it_expires(site: Site) -> None:
    site.raised("ups-a", "ups_on_battery")
    site.raised("ups-a", "device_alarm_warning", alarm="x")
    site.wait(6)
    for rule, labels in (("ups_on_battery", {}), ("device_alarm_warning", {"alarm": "x"})):
        change = site.change("ups-a", rule, ChangeKind.ACKNOWLEDGED, **labels)
        site.take(replace(change, alert=replace(change.alert, acknowledged="amina", note="on my way")))
    assert site.told[1:] == [("acknowledged", "ups-a")]
    assert (site.incidents.open[0].acknowledged, site.incidents.open[0].note) == ("amina", "on my way")
    for rule, labels in (("ups_on_battery", {}), ("device_alarm_warning", {"alarm": "x"})):
        site.take(site.change("ups-a", rule, ChangeKind.UNACKNOWLEDGED, **labels))
    assert site.told[2:] == [("updated", "ups-a")]


def test_who_takes_an_incident_over_is_named_with_their_note(site: Site) -> None:
    """Pains: H4."""
    site.raised("ups-a", "ups_on_battery")
    site.wait(6)
    change = site.change("ups-a", "ups_on_battery", ChangeKind.ACKNOWLEDGED)
    for who, note in (("amina", "on my way"), ("karim", "took over"), ("karim", "took over")):
        site.take(replace(change, alert=replace(change.alert, acknowledged=who, note=note)))
        assert (site.incidents.open[0].acknowledged, site.incidents.open[0].note) == (who, note)
    assert site.told[1:] == [("acknowledged", "ups-a")] * 2


def test_what_belongs_to_an_incident_is_what_stands_and_what_cleared_in_it(site: Site) -> None:
    """An alert that stands elsewhere by now is not meant by who acknowledges this incident."""
    names = ("pdu-1-a", "pdu-2-a")
    site.lose("fpdu-a", *names)
    site.raised("fpdu-a", "pdu_inlet_lost")
    for name in names:
        site.raised(name, "device_no_data")
    site.wait(6)
    (first,) = site.incidents.open
    root, goes, stays = (
        site.key("fpdu-a", "pdu_inlet_lost"),
        *(site.key(one, "device_no_data") for one in names),
    )
    site.back("fpdu-a", *names)
    site.seen.over.add(goes)
    site.cleared("fpdu-a", "pdu_inlet_lost")
    (second,) = (one for one in site.incidents.open if one.id != first.id)
    assert site.incidents.keys_of(first.id) == {root, goes}
    assert site.incidents.keys_of(second.id) == {stays}
    assert site.incidents.keys_of("no such incident") == frozenset()


def test_a_device_that_no_topology_knows_has_incidents_too(site: Site) -> None:
    site.raised("stray", "device_no_data")
    assert site.told == [("raised", "stray")]
    site.cleared("stray", "device_no_data")
    assert site.told[1:] == [("cleared", "stray")]


def test_what_left_an_untold_incident_is_not_closed_when_that_one_goes_into_its_own(site: Site) -> None:
    """I1. The first alert clears before anybody was told, and the second is of the same device."""
    site.raised("ups-a", "ups_load_high")
    site.raised("ups-a", "device_alarm_warning")
    site.cleared("ups-a", "ups_load_high")
    standing = [one.key for incident in site.incidents.open for one in incident.members if one.open]
    assert standing == [site.key("ups-a", "device_alarm_warning")]


def test_who_gives_no_answer_is_asked_once_more_before_people_are_told(site: Site) -> None:
    """F10. One lost answer is none; a second one is."""
    site.lose("ups-a")
    site.raised("ups-a", "ups_output_off")
    asked = list(dict.fromkeys(site.asked))
    site.seen.silent.add("mtr-a")
    site.answer(*(one for one in asked if one != "mtr-a"))
    site.answer("mtr-a")
    assert site.told == []
    assert site.asked.count("mtr-a") == 2
    site.answer("mtr-a")
    assert site.told == [("raised", "ups-a")]


def test_a_ups_that_gives_up_with_much_left_is_not_explained_by_the_loss_of_its_feed(site: Site) -> None:
    """What is dead below it then hangs on it. Pains: F10."""
    site.lose("main-a", "mtr-a")
    site.raised("main-a", "meter_voltage_lost", phase="L1")
    site.raised("ups-a", "ups_on_battery")
    site.wait(6)
    site.lose("ups-a", "fpdu-a")
    site.seen.stored["ups-a"] = State.UP
    site.raised("fpdu-a", "meter_voltage_lost", phase="L1")
    assert site.because("fpdu-a", "meter_voltage_lost", phase="L1") == ("power", "ups-a")
    site.raised("ups-a", "ups_output_off")
    assert site.because("ups-a", "ups_output_off") == ("itself", "ups-a")
    site.wait(10)
    assert [one for one in site.told if one[0] == "raised"] == [("raised", "main-a"), ("raised", "ups-a")]


@pytest.mark.parametrize("left", [State.DOWN, State.UNKNOWN])
def test_a_ups_that_may_have_run_empty_is_told_with_the_loss_of_its_feed(site: Site, left: State) -> None:
    site.lose("main-a", "mtr-a")
    site.raised("main-a", "meter_voltage_lost", phase="L1")
    site.raised("ups-a", "ups_on_battery")
    site.wait(6)
    site.lose("ups-a", "fpdu-a")
    site.seen.stored["ups-a"] = left
    site.raised("ups-a", "ups_output_off")
    site.raised("fpdu-a", "meter_voltage_lost", phase="L1")
    site.wait(10)
    assert [one for one in site.told if one[0] == "raised"] == [("raised", "main-a")]


def test_what_was_told_before_its_cause_was_seen_is_looked_at_with_what_is_known_since(site: Site) -> None:
    """The meter above was heard before the loss, and late after it: what it said proves nothing of now.

    A battery that was told at once, being a matter of safety, and the board that fails ten seconds later are
    one fault. Pains: F5, F10.
    """
    site.raised("ups-a", "ups_battery_low")
    site.wait(10)
    site.lose("main-a")
    site.miss("inv-a")
    site.seen.shown = {"tr-a": 3.0}
    site.raised("main-a", "meter_voltage_lost", phase="L1")
    site.wait(6)
    site.seen.shown = {}
    site.lose("tr-a")
    site.raised("mtr-a", "meter_voltage_lost", phase="L1")
    site.wait(40)
    assert [kind for kind, *_ in site.told] == ["raised", "updated", "updated"]
    assert [roots for _, *roots in site.told] == [["ups-a"], ["main-a"], ["tr-a"]]
