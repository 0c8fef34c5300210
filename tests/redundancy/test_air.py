"""How long a room stays cool: nothing is guessed, what it swallows is learnt when it warms. Pains: I10."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from dcim.flow import Flow, Interval, Situation, Terms, network_of
from dcim.graph import Node, NodeKind, Rating, Topology, Wiring
from dcim.redundancy.air import LEARNS, Air
from dcim.redundancy.seen import Slot
from dcim.redundancy.situation import Look
from dcim.simulator.files import plan

from .told import Told

BOTH = frozenset(("rab1-crac-1", "rab1-crac-2"))
PROBES = [Slot("room/salle-1", "rab1-env", "air", "celsius", f"rab1-env/{number}") for number in (1, 2)]


class Rig:
    """The room of rabat, with temperatures as the test says."""

    def __init__(self, folder: Path) -> None:
        told = Told(plan("rabat"), folder)
        told.plant.advance(30.0)
        told.look()
        values = told.messages()[1].values
        situation = told.engine._stands(Look(0.0, told.messages()[0].slots, values))
        assert isinstance(situation, Situation)
        self.flow = Flow(told.engine._network, situation)
        self.air = Air(told.topology, 32.0)

    def warms(self, at: float, celsius: float, down: frozenset[str] = frozenset()) -> None:
        self.air.take(Look(at, PROBES, [celsius - 1.0, celsius], down), self.flow)

    def without(self, *lost: str) -> list[tuple[float, float, float]]:
        found = self.air.warming(self.flow, self.flow.lose(*lost), ())
        return [(one.seconds.lo, one.seconds.hi, one.celsius) for one in found]


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig(tmp_path)


def test_a_room_that_never_was_without_cooling_is_not_known(rig: Rig) -> None:
    rig.warms(0.0, 24.0)
    assert rig.without("rab1-crac-1") == [], "one of two is enough"
    ((low, high, celsius),) = rig.without("rab1-crac-1", "rab1-crac-2")
    assert (low, high, celsius) == (0.0, inf, 24.0)


def test_what_a_room_swallows_is_learnt_from_its_own_slope(rig: Rig) -> None:
    """It warmed by 3 K in five minutes with no unit running: 8 K are thirteen minutes away."""
    for minute in range(6):
        rig.warms(60.0 * minute, 24.0 + 0.6 * minute, BOTH)
    rig.warms(3000.0, 24.0)
    ((low, high, _),) = rig.without("rab1-crac-1", "rab1-crac-2")
    assert low < 8.0 / 3.0 * LEARNS < high
    assert 600.0 < low < high < 1100.0


def test_a_room_above_its_limit_has_no_time_left_and_without_probes_nothing_is_said(rig: Rig) -> None:
    assert rig.without("rab1-crac-1", "rab1-crac-2") == []
    rig.warms(0.0, 33.0)
    ((low, high, _),) = rig.without("rab1-crac-1", "rab1-crac-2")
    assert (low, high) == (0.0, 0.0)


def test_what_was_learnt_before_a_restart_is_the_answer_until_the_room_teaches_anew(
    rig: Rig, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Pains: I10."""
    for minute in range(6):
        rig.warms(60.0 * minute, 24.0 + 0.6 * minute, BOTH)
    rig.warms(3000.0, 24.0)
    after = Rig(tmp_path_factory.mktemp("after"))
    after.air.recall({**rig.air.masses, "room/gone": Interval(1.0, 1.0)})
    after.warms(9000.0, 24.0)
    assert after.air.masses == rig.air.masses, "a room that is no more is forgotten"
    assert after.without(*BOTH) == rig.without(*BOTH)
    for minute in range(6):
        after.warms(9060.0 + 60.0 * minute, 24.0 + 1.2 * minute, BOTH)
    taught = after.air.masses
    after.air.recall(rig.air.masses)
    assert after.air.masses == taught != rig.air.masses


def test_what_goes_dark_may_warm_its_room_no_more(rig: Rig) -> None:
    """The racks go dark with the units: the room may stay as it is, and warms no faster than with them. Pains: I10."""
    for minute in range(6):
        rig.warms(60.0 * minute, 24.0 + 0.6 * minute, BOTH)
    rig.warms(3000.0, 24.0)
    ((low, _, _),) = rig.without(*BOTH)
    ((least, most, _),) = rig.without(*BOTH, "rab1-ups-a", "rab1-ups-b")
    assert (least, most) == (low, inf)


def test_a_unit_of_which_nobody_knows_whether_its_chiller_runs_is_not_known_to_cool() -> None:
    """Pains: E3, I10."""
    nodes = (
        Node("utility", NodeKind.UTILITY),
        Node("chiller", NodeKind.CHILLER, fed_by=("utility",)),
        Node("crac-1", NodeKind.CRAC, fed_by=("utility",), cooled_by=("chiller",), room="h"),
        Node("crac-2", NodeKind.CRAC, fed_by=("utility",), room="h"),
        Node("rack/r", NodeKind.RACK, fed_by=("utility",), room="h", rating=Rating(watts=1000.0)),
        Node("room/h", NodeKind.ROOM, cooled_by=("crac-1", "crac-2"), room="h"),
    )
    topology = Topology(Wiring(nodes))
    flow, air = Flow(network_of(topology, Terms())), Air(topology, 32.0)
    air.take(Look(0.0, [Slot("room/h", "s", "air", "celsius", "s/1")], [24.0]), flow)
    outcome = flow.lose("crac-2")
    assert list(air.warming(flow, outcome, ())) == [], "the other is enough"
    (warms,) = air.warming(flow, outcome, (), unknown=("chiller",))
    assert (warms.room, warms.seconds.lo, warms.seconds.hi) == ("room/h", 0.0, inf)
