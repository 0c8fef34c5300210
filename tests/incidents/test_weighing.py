"""A cause that thousands hang on has gone: so many are looked at again in a turn, and nothing else is otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from dcim.alerts import shipped_rules
from dcim.graph import Node, NodeKind, Topology, Wiring
from dcim.incidents import Because, Incidents
from dcim.incidents.weighing import PER_TURN
from tests.examples import many

from .conftest import Seen, Site
from .test_invariants import Watcher, buildings, stories

BELOW = 7


def board(per_turn: int) -> Site:
    """A switchboard that is dead, and strips below it that say so too: one incident, and all were told."""
    nodes = [Node("main", NodeKind.SWITCHBOARD, polled=True)]
    nodes += [Node(f"pdu-{n}", NodeKind.PDU, fed_by=("main",), polled=True) for n in range(BELOW)]
    incidents = Incidents(Topology(Wiring(tuple(nodes))), "site", per_turn=per_turn)
    site = Site(incidents, shipped_rules(), Seen())
    site.lose(*(node.id for node in nodes))
    site.raised("main", "meter_voltage_lost")
    for n in range(BELOW):
        site.raised(f"pdu-{n}", "pdu_inlet_lost")
    site.wait(8)
    assert [one.told for one in incidents.open] == [True]
    return site


def hanging(site: Site) -> int:
    """Return how many alerts stand beneath the cause that has gone."""
    members = [member for one in site.incidents.open for member in one.members if member.open]
    return sum(one.reason.because is Because.POWER for one in members)


def end(site: Site) -> None:
    """Have the board alive again, and the strips as dead as before."""
    site.now += 0.1
    site.back("main")
    site.cleared("main", "meter_voltage_lost")


def test_so_many_stand_for_themselves_with_each_turn_and_the_next_one_is_due_at_once() -> None:
    site = board(3)
    end(site)
    assert hanging(site) == BELOW - 3
    for left in (BELOW - 6, 0):
        assert site.incidents.wake_at is not None
        assert site.incidents.wake_at <= site.now
        site.wait(0.02, step=0.02)
        assert hanging(site) == left


def test_in_the_end_it_is_as_if_all_had_been_looked_at_in_one_turn() -> None:
    ends = []
    for per_turn in (2, PER_TURN):
        site = board(per_turn)
        end(site)
        site.wait(0.2, step=0.02)
        site.wait(60)
        ends.append([(one.roots, one.because, len(one.members), one.told) for one in site.incidents.open])
    assert ends[0] == ends[1]
    assert len(ends[0]) > 1


def test_who_cleared_while_it_waited_to_be_looked_at_stays_where_it_was() -> None:
    site = board(3)
    end(site)
    before = len(site.incidents.open)
    for n in range(BELOW):
        site.cleared(f"pdu-{n}", "pdu_inlet_lost")
    site.wait(60)
    raised = {change.incident.id for outcome in site.outcomes for change in outcome.changes}
    assert site.incidents.open == ()
    assert len(raised) == before, "no incident for what is over"


@dataclass
class Patient(Watcher):
    """Looks once all that waited was looked at."""

    def look(self) -> None:
        """Let turns pass, without time, until nothing is due."""
        site = self.site
        for _ in range(1000):
            due = site.incidents.wake_at
            if due is None or due > site.now:
                break
            site.keep(site.incidents.tick(site.moment))
        super().look()


@many(80, suppress_health_check=[HealthCheck.too_slow])
@given(buildings(), stories, st.integers(1, 2))
def test_the_invariants_hold_however_few_are_looked_at_in_a_turn(
    topology: Topology, story: list[tuple[str, object, object]], per_turn: int
) -> None:
    incidents = Incidents(topology, "site", per_turn=per_turn)
    played = Patient(Site(incidents, shipped_rules(), Seen()))
    played.play(story)
    for alert in list(played.site.standing.values()):
        played.site.cleared(alert.asset, alert.rule)
        played.look()
    played.site.wait(80, step=5.0)
    played.look()
    assert incidents.open == ()


def test_an_incident_is_named_for_all_that_remains_one_after_the_other_and_not_for_what_cleared() -> None:
    units = [f"ups-{n}" for n in range(BELOW)]
    nodes = [Node("main", NodeKind.SWITCHBOARD, polled=True)]
    nodes += [Node(name, NodeKind.UPS, fed_by=("main",), polled=True) for name in units]
    site = Site(Incidents(Topology(Wiring(tuple(nodes))), "site", per_turn=3), shipped_rules(), Seen())
    site.lose(*(node.id for node in nodes))
    site.raised("main", "meter_voltage_lost")
    for name in units:
        site.raised(name, "ups_battery_charge_low")
    site.wait(8)
    site.now += 0.1
    site.back("main", *units)
    site.cleared("main", "meter_voltage_lost")
    (one,) = site.incidents.open
    assert one.roots == ("ups-0", "ups-1", "ups-2")
    site.cleared("ups-1", "ups_battery_charge_low")
    site.wait(0.02, step=0.02)
    (one,) = site.incidents.open
    assert one.because is Because.REMAINS
    assert one.roots == ("ups-0", "ups-2", "ups-3", "ups-4", "ups-5")
    site.wait(0.02, step=0.02)
    (one,) = site.incidents.open
    assert one.roots == ("ups-0", "ups-2", "ups-3", "ups-4", "ups-5", "ups-6")
