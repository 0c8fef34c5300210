"""Where what is measured contradicts the drawing.

Pains: I3.
"""

from __future__ import annotations

import pytest

from dcim.flow import UNKNOWN, Doubt, Element, Feed, Flow, Interval, Reading, Situation
from dcim.graph import NodeKind as K

from .site import VOLTS, about, amps, bus, measured, network, pdu, rack, ups


def strip() -> tuple[Element, ...]:
    return (
        Element("utility", K.UTILITY),
        bus("floor-a", "utility"),
        bus("floor-b", "utility"),
        pdu("pdu-a", "floor-a"),
        pdu("pdu-b", "floor-b"),
        rack("rack", "pdu-a", "pdu-b"),
    )


def test_a_load_that_no_documented_outlet_carries_is_found_with_its_amount_and_phase() -> None:
    said = {"pdu-a": amps(5, 5, 5), "pdu-b": amps(5, 5, 5), "floor-a": amps(5, 12.8, 5)}
    (found,) = Flow(network(*strip()), measured(said)).findings
    assert (found.element, found.phase, found.doubt) == ("floor-a", "L2", Doubt.MORE)
    assert about(found.amount, 7.8 * VOLTS)
    assert found.perhaps == ""


def test_what_is_found_belongs_to_the_element_and_goes_up_with_it() -> None:
    said = {"pdu-a": amps(5, 5, 5), "pdu-b": amps(5, 5, 5), "floor-a": amps(5, 12.8, 5)}
    flow = Flow(network(*strip()), measured(said))
    assert about(flow.load("utility").phases["L2"], 17.8 * VOLTS)
    after = flow.lose("pdu-a").settled
    assert about(after.loads["floor-a"].phases["L2"], 7.8 * VOLTS)
    assert about(flow.lose("floor-a").settled.loads["utility"].phases["L2"], 10 * VOLTS)


def test_a_cord_that_is_plugged_elsewhere_is_found_on_both_sides_which_name_each_other() -> None:
    said = {
        "pdu-a": amps(5, 5, 5),
        "pdu-b": amps(5, 5, 5),
        "floor-a": amps(5, 9, 5),
        "floor-b": amps(5, 1, 5),
    }
    found = {one.element: one for one in Flow(network(*strip()), measured(said)).findings}
    assert (found["floor-a"].doubt, found["floor-a"].perhaps) == (Doubt.MORE, "floor-b")
    assert (found["floor-b"].doubt, found["floor-b"].perhaps) == (Doubt.LESS, "floor-a")
    assert about(found["floor-b"].amount, 4 * VOLTS)


def test_a_difference_within_the_tolerance_is_none() -> None:
    said = {"pdu-a": amps(5, 5, 5, tolerance=0.02), "floor-a": amps(5.15, 5, 5, tolerance=0.02)}
    assert not Flow(network(*strip()), measured(said)).findings
    said["floor-a"] = amps(5.3, 5, 5, tolerance=0.02)
    (found,) = Flow(network(*strip()), measured(said)).findings
    assert found.amount.lo == pytest.approx((5.3 * 0.98 - 5 * 1.02) * VOLTS)


def test_where_something_below_is_not_measured_nothing_is_missing() -> None:
    one = network(*strip(), pdu("pdu-c", "floor-a"), rack("other", "pdu-c"))
    flow = Flow(one, measured({"pdu-a": amps(5, 5, 5), "floor-a": amps(9, 9, 9)}))
    assert not flow.findings
    assert about(flow.load("pdu-c").phases["L1"], 4 * VOLTS)


def test_less_than_what_hangs_on_it_is_found_though_not_all_of_that_is_measured() -> None:
    one = network(*strip(), pdu("pdu-c", "floor-a"), rack("other", "pdu-c"))
    (first, *_) = Flow(one, measured({"pdu-a": amps(5, 5, 5), "floor-a": amps(4, 5, 5)})).findings
    assert (first.element, first.phase, first.doubt) == ("floor-a", "L1", Doubt.LESS)


def test_a_total_that_the_phases_below_do_not_explain_is_found() -> None:
    said = measured(
        {"pdu-a": amps(5, 5, 5), "floor-a": (Reading("", voltamperes=20 * VOLTS, tolerance=0.0),)}
    )
    flow = Flow(network(*strip()), said)
    (found,) = flow.findings
    assert (found.element, found.phase, found.doubt) == ("floor-a", "", Doubt.MORE)
    assert about(found.amount, 5 * VOLTS)
    assert about(flow.load("floor-a").total, 20 * VOLTS)


def test_a_ups_that_takes_more_than_its_losses_explain_is_found_and_believed() -> None:
    one = network(
        Element("utility", K.UTILITY), ups("ups", "utility", gain=1.05), pdu("pdu", "ups"), rack("r", "pdu")
    )
    now = Situation(
        readings={"pdu": amps(10, 10, 10)},
        inputs={"ups": (Reading("", voltamperes=40 * VOLTS, tolerance=0.0),)},
    )
    flow = Flow(one, now)
    (found,) = flow.findings
    assert (found.element, found.doubt) == ("ups", Doubt.LOSSES)
    assert about(found.amount, (40 - 31.5) * VOLTS)
    assert about(flow.load("utility").total, 40 * VOLTS)


def test_the_input_of_a_ups_narrows_its_losses() -> None:
    lossy = Element("ups", K.UPS, (Feed("utility"),), gain=Interval(1.02, 1.2), balances=True)
    one = network(Element("utility", K.UTILITY), lossy, pdu("pdu", "ups"), rack("r", "pdu"))
    now = Situation(
        readings={"pdu": amps(10, 10, 10)},
        inputs={"ups": (Reading("", voltamperes=33 * VOLTS, tolerance=0.0),)},
    )
    flow = Flow(one, now)
    assert not flow.findings
    assert about(flow.load("utility").total, 33 * VOLTS)


def test_cords_that_share_otherwise_than_declared_are_found_and_what_is_measured_stands() -> None:
    elements = {one.id: one for one in strip()}
    half = Interval(0.4, 0.6)
    elements["rack"] = Element(
        "rack", K.RACK, (Feed("pdu-a", share=half), Feed("pdu-b", share=half)), demand=Interval(0.0, 1e6)
    )
    flow = Flow(network(*elements.values()), measured({"pdu-a": amps(9, 9, 9), "pdu-b": amps(1, 1, 1)}))
    assert {(one.element, one.doubt) for one in flow.findings} == {("rack", Doubt.SHARING)}
    assert about(flow.load("rack").phases["L1"], 10 * VOLTS)
    assert about(flow.load("pdu-a").phases["L1"], 9 * VOLTS)


ANY = Interval(0.0, 1.0)


def two_corded(share: Interval = ANY) -> tuple[Element, ...]:
    cords = (Feed("pdu-a", share=share), Feed("pdu-b"))
    return (*strip()[:-1], Element("rack", K.RACK, cords, demand=UNKNOWN))


def test_a_load_that_takes_nothing_on_one_of_its_cords_is_found_with_that_cord() -> None:
    """Its cord was moved: the drawing says that it goes on when the other one is lost. Pains: I3."""
    said = {"pdu-a": amps(0, 0.02, 0), "pdu-b": amps(4, 5, 4)}
    (found,) = Flow(network(*two_corded()), measured(said)).findings
    assert (found.element, found.phase, found.doubt, found.perhaps) == ("rack", "", Doubt.UNUSED, "pdu-a")
    assert about(found.amount, 13.02 * VOLTS)
    assert about(found.measured, 0.02 * VOLTS)


@pytest.mark.parametrize(
    ("said", "share"),
    [
        ({"pdu-a": amps(0, 0.2, 0), "pdu-b": amps(4, 5, 4)}, ANY),  # little is not nothing
        ({"pdu-a": amps(0, 0, 0), "pdu-b": amps(0, 0.4, 0)}, ANY),  # the load itself rests
        ({"pdu-a": amps(0, 0, 0), "pdu-b": amps(4, 5, 4)}, Interval(0.0, 0.2)),  # as was declared
        ({"pdu-b": amps(4, 5, 4)}, ANY),  # nobody measures the other
    ],
)
def test_a_cord_that_carries_little_or_is_meant_to_carry_nothing_is_none(
    said: dict[str, tuple[Reading, ...]], share: Interval
) -> None:
    assert not Flow(network(*two_corded(share)), measured(said)).findings


def test_a_cord_of_what_is_dead_is_no_finding() -> None:
    said = {"pdu-a": amps(0, 0, 0), "pdu-b": amps(4, 5, 4)}
    assert Flow(network(*two_corded()), Situation(readings=said)).findings
    assert not Flow(network(*two_corded()), Situation(readings=said, down=frozenset({"pdu-a"}))).findings
    assert not Flow(network(*two_corded()), Situation(readings=said, doubtful=frozenset({"pdu-a"}))).findings
