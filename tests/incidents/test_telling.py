"""When an incident that got worse is told again, and when not."""

from __future__ import annotations

from dcim.alerts import Alert, Change, ChangeKind, Severity
from dcim.graph import Redundancy, Standing, State
from dcim.incidents import Because, Case, Hit, Member, Place, Reason, Trouble
from dcim.incidents.memory import body_of_owing, case_of
from dcim.model import Point

from .conftest import Site


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


def test_what_was_told_to_be_down_is_known_after_a_restart() -> None:
    member = Member(
        Change(
            ChangeKind.RAISED,
            Alert("k", "r", Point("a", "device_reach_state"), Severity.MAJOR, 1.0),
            1.0,
        ),
        Place("a", "a", Trouble.SILENT, key="k"),
        Reason(Because.ITSELF, "a"),
    )
    case = Case("i", 1.0, 1.0, Because.ITSELF, Severity.MAJOR, ["a"], told=True, number=1)
    case.put(member)
    case.hit = Hit(services={"power/R1": Standing(State.DOWN, Redundancy.REDUCED)})
    body = body_of_owing(case.shown())
    assert case_of("i", body, (member,), 5.0, 0.0).told_down == {"power/R1"}
    del body["down"]  # as a version before this one left it
    assert case_of("i", body, (member,), 5.0, 0.0).told_down == frozenset()
