"""Racks that nobody measures behind a floor PDU that somebody does.

Pains: I2, I3.
"""

from __future__ import annotations

from dcim.flow import (
    Battery,
    Element,
    Engine,
    Feed,
    Flow,
    Interval,
    Limit,
    Network,
    Reading,
    Rule,
    Situation,
    When,
)
from dcim.graph import NodeKind as K

from .site import VOLTS, about, amps, bus, measured, network, pdu, rack, ups


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


def twin(unread: frozenset[str] = frozenset(), doubtful: frozenset[str] = frozenset()) -> Flow:
    """Return two UPS of which only the total is told, strips of one phase on A and of three on B; some unread."""
    elements = [bus("board-a"), bus("board-b")]
    for side in "ab":
        told = Element(
            f"ups-{side}", K.UPS, (Feed(f"board-{side}"),), Rule.SELECT, ("",), Limit(voltamperes=20_000.0),
            gain=Interval(1.02, 1.12), balances=True, battery=Battery(),
        )  # fmt: skip
        elements += [told, Element(f"floor-{side}", K.FLOOR_PDU, (Feed(f"ups-{side}"),))]
    for number in range(6):
        line = f"L{number % 3 + 1}"
        elements.append(Element(f"a{number}", K.PDU, (Feed("floor-a"),), phases=(line,)))
        elements += [pdu(f"b{number}", "floor-b", None), rack(f"r{number}", f"a{number}", f"b{number}")]
    said: dict[str, tuple[Reading, ...]] = {f"a{number}": (Reading("", amperes=6.0),) for number in range(6)}
    said |= {f"b{number}": amps(1.5, 1.5, 1.5) for number in range(6)}
    said |= {
        name: (Reading("", voltamperes=whole * VOLTS),) for name, whole in (("ups-a", 36), ("ups-b", 27))
    }
    said |= {"floor-b": amps(9, 9, 9)}
    kept = {name: readings for name, readings in said.items() if name not in unread}
    return Flow(network(*elements), Situation(readings=kept, doubtful=doubtful))


def test_a_ups_takes_over_at_most_what_the_other_gave_though_strips_are_not_read() -> None:
    """The board of feed A is lost while half of the strips of feed B, or all of A, have not answered."""
    for side in "ab":
        after = twin(frozenset(f"{side}{number}" for number in range(6))).lose("board-a").settled
        assert after.loads["ups-b"].total.lo >= 62 * VOLTS
        assert after.loads["ups-b"].total.hi <= 66 * VOLTS
        assert after.loads["board-b"].total.hi <= 66 * VOLTS * 1.13
        assert not after.trips


def test_a_strip_of_which_nobody_knows_lets_nothing_fall_elsewhere() -> None:
    silent = frozenset(f"b{number}" for number in range(4))
    after = twin(silent, silent).lose("board-a").settled
    assert after.loads["floor-b"].total.lo >= 27 * VOLTS * 0.97 + 12 * VOLTS * 0.97  # two racks surely move
    assert after.loads["floor-b"].total.hi <= 66 * VOLTS
    assert all(load.lo >= 9 * VOLTS * 0.97 for load in after.loads["floor-b"].phases.values())
    assert after.doubtful >= silent


def test_what_a_doubtful_element_that_was_perhaps_dark_takes_is_open_once_an_engine_runs() -> None:
    """What is measured of a rack that may have been dark says nothing of what it takes when it wakes."""
    engine = Element("engine", K.GENSET, engine=Engine(Interval(5.0, 9.0)))
    one = network(
        bus("mains"), engine, Element("switch", K.ATS, (Feed("mains"), Feed("engine")), Rule.SELECT),
        pdu("strip", "switch", None), rack("rack", "strip"),
    )  # fmt: skip
    flow = Flow(one, Situation(readings={"strip": amps(0, 0, 0)}, doubtful=frozenset({"mains"})))
    assert flow.lose("mains").settled.loads["strip"].total.hi > 1000 * VOLTS


def test_an_engine_brings_back_cords_and_ups_that_perhaps_had_no_feed() -> None:
    """What is doubtful may have been dark: then its racks had their load elsewhere, and its UPS took nothing."""
    engine = Element("engine", K.GENSET, engine=Engine(Interval(5.0, 9.0)))
    switch = Element("switch", K.ATS, (Feed("mains"), Feed("engine")), Rule.SELECT)
    one = network(
        bus("mains"), bus("other"), engine, switch,
        ups("ups", "switch"), pdu("a", "ups", None), pdu("b", "switch", None), rack("rack", "a", "b"),
    )  # fmt: skip
    now = {"switch": amps(0, 0, 0), "a": amps(9, 9, 9)}
    after = Flow(one, Situation(readings=now, doubtful=frozenset({"mains"}))).lose("mains")
    with_engine = next(stage for stage in after.stages if stage.when is When.ENGINES)
    assert with_engine.loads["engine"].total.hi >= 27 * VOLTS
    assert with_engine.loads["b"].total.hi >= 27 * VOLTS
    assert with_engine.loads["a"].total.lo <= 1.0
