"""When an incident that got worse is told again, and when not."""

from __future__ import annotations

from itertools import permutations
from math import inf

from dcim.alerts import Alert, Change, ChangeKind, Language, Mute, MuteKind, Severity
from dcim.graph import Redundancy, Standing, State, Topology
from dcim.incidents import Because, Case, Hit, Incidents, Member, Moment, Place, Reason, Trouble
from dcim.incidents.memory import body_of_owing, case_of
from dcim.model import Point
from dcim.notify import Site as Named
from dcim.notify import alert_of, record
from dcim.record import replace

from .conftest import NOON, Seen, Site

HERE = Named("site", "Site", "UTC", Language.EN)


def test_a_service_told_to_have_lost_its_reserve_is_told_again_when_it_goes_down(site: Site) -> None:
    """What people read was that all racks live on the other feed. Pains: I1."""
    site.lose("fpdu-a", "pdu-1-a")
    site.seen.services["power/R1"] = Standing(State.UP, Redundancy.REDUCED)
    site.raised("fpdu-a", "pdu_inlet_lost")
    site.wait(6)
    assert "power/R1" in site.incidents.open[0].hit.services
    told_at = site.now
    site.wait(6)
    site.seen.services["power/R1"] = Standing(State.DOWN, Redundancy.REDUCED)
    while len(site.told) == 1:
        site.wait(1)
        assert site.now - told_at < 30, "it does not wait for the pause between two messages"
    assert site.told == [("raised", "fpdu-a"), ("updated", "fpdu-a")]
    for function in (State.UNKNOWN, State.UP, State.DOWN):  # as a poll that comes late makes it seem
        site.seen.services["power/R1"] = Standing(function, Redundancy.REDUCED)
        site.wait(20)
    assert len(site.told) == 2, "told once"


def test_a_service_whose_end_another_incident_tells_is_not_told_twice(site: Site) -> None:
    site.lose("crac-2")
    site.seen.services["cooling/hall"] = Standing(State.UP, Redundancy.REDUCED)
    site.raised("crac-2", "crac_off")
    site.wait(700)
    site.lose("crac-1")
    site.seen.services["cooling/hall"] = Standing(State.DOWN, Redundancy.REDUCED)
    site.raised("crac-1", "crac_off")
    site.raised("cooling/hall", "service_down")
    site.wait(60)
    assert site.told == [("raised", "crac-2"), ("raised", "crac-1")]


def _standing(name: str, device: str, opened_at: float) -> Case:
    """Return an incident of one alert, of which nobody was told yet."""
    alert = Alert(f"k-{name}", "r", Point(device, "device_reach_state"), Severity.MAJOR, opened_at)
    member = Member(
        Change(ChangeKind.RAISED, alert, opened_at),
        Place(device, device, Trouble.SILENT, key=alert.key),
        Reason(Because.ITSELF, device),
    )
    case = Case(name, opened_at, opened_at, Because.ITSELF, Severity.MAJOR, [device])
    case.put(member)
    return case


def test_what_is_due_at_one_moment_is_told_in_one_order_whichever_way_it_was_restored(
    topology: Topology,
) -> None:
    """The oldest first, then by roots: a restart and a replay tell it as it was told. Pains: I4."""
    kept = (("9", "pdu-1-a", 2.0), ("1", "pdu-1-b", 2.0), ("5", "pdu-2-b", 1.0))
    for order in permutations(kept):
        for most in (1, 2, 100):
            incidents = Incidents(topology, "s")
            incidents.restore([_standing(*one) for one in order], 3.0)
            told: list[str] = []
            for _ in kept:
                outcome = incidents.tick(Moment(8.0, NOON, Seen()), most)
                told += [change.incident.root.alert.asset for change in outcome.changes]
            assert told == ["pdu-2-b", "pdu-1-a", "pdu-1-b"]


def test_an_incident_is_looked_after_on_its_own_beat_before_and_after_a_restart(topology: Topology) -> None:
    """What it hits is seen at the same moments, late ticks or not. Pains: I4."""
    incidents = Incidents(topology, "s")
    case = _standing("i", "pdu-1-a", 1.0)
    case.told = True
    incidents.restore([case], 7.25)
    beats = []
    for late in (0.0, 0.25, 0.5, 0.0):
        assert incidents.wake_at is not None
        beats.append(incidents.wake_at)
        incidents.tick(Moment(incidents.wake_at + late, NOON, Seen()))
    assert beats == [11.0, 16.0, 21.0, 26.0]


def test_what_was_told_to_be_down_is_known_after_a_restart() -> None:
    case = _standing("i", "a", 1.0)
    case.told, case.number = True, 1
    case.hit = Hit(services={"power/R1": Standing(State.DOWN, Redundancy.REDUCED)})
    body, members = body_of_owing(case.shown()), list(case.members.values())
    assert case_of("i", body, members, 5.0, 0.0).told_down == {"power/R1"}
    del body["down"]  # as a version before this one left it
    assert case_of("i", body, members, 5.0, 0.0).told_down == frozenset()


def test_the_pause_after_a_message_goes_on_through_a_restart(site: Site) -> None:
    """It counts from the message, not from the restart. Pains: I1, I4."""
    site.raised("fpdu-a", "pdu_inlet_lost")
    site.wait(6)
    (told,) = site.incidents.open
    said_at = told.told_at - NOON
    assert 0.0 < said_at <= site.now
    body = body_of_owing(told)
    for restarted, free in ((said_at + 10.0, said_at + 30.0), (said_at + 28.0, said_at + 33.0)):
        again = case_of(told.id, body, told.members, restarted, NOON)
        assert again.free_at(restarted, 5.0) == free
    ahead = case_of(told.id, body, told.members, said_at - 60.0, NOON)  # the clock was set back meanwhile
    assert ahead.free_at(said_at - 60.0, 5.0) == said_at - 30.0
    del body["told_at"]  # as a version before this one left it
    assert case_of(told.id, body, told.members, 400.0, NOON).free_at(400.0, 5.0) == 430.0


def test_the_end_of_an_incident_counts_all_that_it_hit_also_over_a_restart(site: Site) -> None:
    """What had come back before the end was left out: nine devices in the update, eight in the clearance."""

    def racks(one: Site) -> list[int]:
        return [len(each.incident.hit.racks) for done in one.outcomes for each in done.changes]

    site.lose("fpdu-a", "pdu-1-a", "pdu-2-a")
    site.raised("fpdu-a", "pdu_inlet_lost")
    site.wait(6)
    site.back("pdu-1-a", "pdu-2-a")
    site.wait(6)
    (incident,) = site.incidents.open
    assert (len(incident.hit.racks), len(incident.reached.racks)) == (0, 2)
    before = [one for one in incident.members if one.open]
    again = Site(Incidents(site.topology, "site"), site.rules, site.seen, site.now, standing=site.standing)
    to_utc = site.moment.at - site.now
    again.incidents.restore(
        [case_of(incident.id, body_of_owing(incident), before, site.now, to_utc)], site.now
    )
    again.lose("pdu-3-a")
    again.wait(6)
    again.back("fpdu-a", "pdu-3-a")
    again.cleared("fpdu-a", "pdu_inlet_lost")
    assert racks(again)[-1] == 3
    assert again.told[-1] == ("cleared", "fpdu-a")


def test_what_is_muted_as_a_whole_is_told_of_no_more_and_again_at_its_end(site: Site) -> None:
    """A window ended over a device that was wrong before it, and nobody was told. Pains: F7."""
    site.lose("fpdu-a", "pdu-1-a")
    site.raised("fpdu-a", "pdu_inlet_lost", phase="L1")
    site.raised("fpdu-a", "pdu_inlet_lost", phase="L2")
    site.wait(6)
    (name,) = [one.id for one in site.incidents.open]
    changes = [
        site.change("fpdu-a", "pdu_inlet_lost", ChangeKind.MUTED, phase=phase) for phase in ("L1", "L2")
    ]
    mute = Mute(MuteKind.OUT_OF_SERVICE, "maintenance fans", "fans", inf)
    muted = [replace(one, alert=replace(one.alert, mutes=(mute,))) for one in changes]
    site.take(muted[0])
    assert not site.incidents.muted(name)
    site.take(muted[1])
    assert site.incidents.muted(name)
    site.seen.services["power/R1"] = Standing(State.UP, Redundancy.REDUCED)
    site.wait(120)
    assert site.told == [("raised", "fpdu-a")]
    for one in changes:
        site.take(replace(one, kind=ChangeKind.UNMUTED), replace(one, kind=ChangeKind.UNACKNOWLEDGED))
    assert not site.incidents.muted(name)
    assert [one.why for each in site.outcomes for one in each.changes if one.kind == "updated"] == ["unmuted"]
    site.cleared("fpdu-a", "pdu_inlet_lost", phase="L1")
    site.cleared("fpdu-a", "pdu_inlet_lost", phase="L2")
    assert site.told == [("raised", "fpdu-a"), ("updated", "fpdu-a"), ("cleared", "fpdu-a")]


def test_one_of_several_alerts_that_is_muted_no_more_is_no_news(site: Site) -> None:
    site.raised("fpdu-a", "pdu_inlet_lost", phase="L1")
    site.raised("fpdu-a", "pdu_inlet_lost", phase="L2")
    site.wait(6)
    change = site.change("fpdu-a", "pdu_inlet_lost", ChangeKind.MUTED, phase="L1")
    mute = Mute(MuteKind.SHELVED, "amina", "known", inf)
    site.take(replace(change, alert=replace(change.alert, mutes=(mute,))))
    site.take(replace(change, kind=ChangeKind.UNMUTED), replace(change, kind=ChangeKind.UNACKNOWLEDGED))
    site.wait(60)
    assert site.told == [("raised", "fpdu-a")]


def test_a_row_keeps_what_mutes_its_alert(site: Site) -> None:
    """After a restart an incident knew no mute, and nobody was told at its end."""
    change = site.change("fpdu-a", "pdu_inlet_lost", ChangeKind.MUTED)
    mutes = (
        Mute(MuteKind.SHELVED, "amina", "known", NOON + 60.0),
        Mute(MuteKind.OUT_OF_SERVICE, "karim", "x", inf, "T-1"),
    )
    work = record([replace(change, alert=replace(change.alert, mutes=mutes))], HERE, ())
    assert alert_of(work.alerts[0]).mutes == mutes
    assert alert_of(record([change], HERE, ()).alerts[0]).mutes == ()
