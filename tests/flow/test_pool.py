"""Racks that nobody measures behind a floor PDU that somebody does.

Pains: I2, I3.
"""

from __future__ import annotations

from dcim.flow import Element, Feed, Flow, Limit, Network
from dcim.graph import NodeKind as K

from .site import VOLTS, about, amps, bus, measured, network, pdu, rack


def hall(amperes: float | None, racks: int = 4) -> Network:
    """Return racks of which only the floor PDUs are measured, and a board above each."""
    elements = [bus("top-a"), bus("top-b")]
    elements += [
        Element(f"floor-{side}", K.FLOOR_PDU, (Feed(f"top-{side}"),), limit=Limit(amperes=amperes))
        for side in "ab"
    ]
    for number in range(racks):
        elements += [pdu(f"{side}{number}", f"floor-{side}", None) for side in "ab"]
        elements.append(rack(f"r{number}", f"a{number}", f"b{number}"))
    return network(*elements)


NOW = measured({"floor-a": amps(20, 21, 22), "floor-b": amps(10, 9, 8)})


def test_what_the_racks_of_a_lost_floor_pdu_bring_along_is_what_it_gave() -> None:
    after = Flow(hall(None), NOW).lose("floor-b").settled
    assert [about(load, 30 * VOLTS) for load in after.loads["floor-a"].phases.values()] == [True] * 3
    assert about(after.loads["top-a"].total, 90 * VOLTS)
    assert after.loads["a1"].phases["L1"].lo == 0.0
    assert after.loads["a1"].phases["L1"].hi > 29 * VOLTS  # one of them may have all of it


def test_what_it_gave_counts_from_as_far_up_as_it_is_known() -> None:
    now = measured({"top-a": amps(20, 20, 20), "top-b": amps(10, 10, 10)})
    after = Flow(hall(None), now).lose("top-b").settled
    assert about(after.loads["floor-a"].phases["L2"], 30 * VOLTS)


def test_a_breaker_that_the_sum_passes_trips_surely_though_no_rack_is_measured() -> None:
    outcome = Flow(hall(29.0), NOW).lose("top-b")
    assert [(trip.element, trip.surely) for trip in outcome.trips] == [("floor-a", True)]
    assert not Flow(hall(31.0), NOW).lose("top-b").trips


def test_when_one_rack_goes_dark_the_rest_brings_at_most_as_much() -> None:
    after = Flow(hall(None), NOW).lose("floor-b", "a0").settled
    assert after.loads["floor-a"].phases["L1"].hi <= 30 * VOLTS + 1e-6
    assert after.loads["floor-a"].phases["L1"].lo == 0.0


def test_a_rack_on_another_phase_there_brings_what_it_may_have_to_that_phase() -> None:
    elements = dict(hall(None, racks=2).elements)
    elements["r0"] = Element(
        "r0", K.RACK, (Feed("a0", ("L2", "L3", "L1")), Feed("b0")), demand=elements["r0"].demand
    )
    after = Flow(network(*elements.values()), NOW).lose("floor-b").settled
    assert after.loads["floor-a"].phases["L1"].hi > 30 * VOLTS + 1.0
