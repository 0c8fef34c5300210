"""A UPS that says that it lives on its battery while its feed is live: a battery test."""

from __future__ import annotations

from dcim.flow import PHASES, Element, Feed, Flow, Interval, Network, Reading, Rule, Situation, exactly
from dcim.flow.values.model import Battery
from dcim.graph import NodeKind as K
from dcim.record import replace

from .site import VOLTS, about, amps, bus, network, pdu, rack, ups

TESTED = frozenset({"ups"})
LOSSY = Interval(1.02, 1.1)


def site(gain: Interval = LOSSY) -> Network:
    """Return a rack of which the UPS is tested, on a board that also feeds something else."""
    tested = Element(
        "ups", K.UPS, (Feed("board"),), Rule.SELECT, gain=gain, balances=True, battery=Battery(exactly(3.6e6))
    )
    return network(
        Element("utility", K.UTILITY),
        bus("board", "utility"),
        tested,
        pdu("pdu", "ups"),
        pdu("other", "board"),
        rack("r", "pdu", "other"),
    )


def now(board: float, **also: object) -> Situation:
    """Return the situation in which the UPS gives 10 A, the other strip 5 A, and the board so much a phase."""
    said = {"pdu": amps(10, 10, 10), "other": amps(5, 5, 5), "board": amps(board, board, board)}
    return replace(Situation(readings=said, discharging=TESTED), **also)


def test_a_battery_test_is_no_power_that_the_drawing_does_not_explain() -> None:
    """The board carries what hangs beside the UPS; 15 minutes later somebody was told of a cord elsewhere. Pains: I4."""
    flow = Flow(site(), now(5.0))
    assert not flow.findings
    assert about(flow.load("ups").total, 30 * VOLTS)
    assert Flow(site(), now(5.0, discharging=frozenset())).findings, "it is one of a UPS that says nothing"


def test_on_battery_a_ups_takes_at_most_what_it_loses() -> None:
    said = {"pdu": amps(10, 10, 10), "other": amps(5, 5, 5)}
    flow = Flow(site(), Situation(readings=said, discharging=TESTED))
    for phase in PHASES:
        span = flow.load("board").phases[phase]
        assert abs(span.lo - 5 * VOLTS) < 1e-6
        assert abs(span.hi - 6 * VOLTS) < 1e-6
    assert about(
        Flow(site(exactly(1.0)), Situation(said, discharging=TESTED)).load("board").total, 15 * VOLTS
    )


def test_what_the_input_is_measured_to_take_goes_before() -> None:
    """Some UPS test their battery with a part of the load, and let the rectifier carry the rest."""
    said = {"pdu": amps(10, 10, 10), "other": amps(5, 5, 5)}
    half = {"ups": (Reading("", voltamperes=15 * VOLTS, tolerance=0.0),)}
    flow = Flow(site(), Situation(said, half, discharging=TESTED))
    assert not flow.findings
    assert about(flow.load("board").total, 30 * VOLTS)


def test_a_loss_begins_with_the_battery_and_the_ups_may_go_back_to_its_feed_with_all_that_it_gives() -> None:
    flow = Flow(site(), now(5.0))
    end = flow.lose("other").settled
    assert about(end.loads["ups"].total, 45 * VOLTS)
    for phase in PHASES:
        span = end.loads["board"].phases[phase]
        assert span.lo <= 1e-6
        assert abs(span.hi - 1.1 * 15 * VOLTS) < 1e-6
    assert "ups" not in end.dead | end.doubtful


def test_a_ups_that_loses_its_feed_during_its_test_goes_on_from_its_battery() -> None:
    outcome = Flow(site(), now(5.0)).lose("board")
    first = outcome.stages[0]
    assert first.discharging == {"ups"}
    assert about(first.loads["ups"].total, 45 * VOLTS)
    assert "r" in outcome.settled.dead


def test_the_sweep_says_of_every_loss_what_following_it_says() -> None:
    elements = {**site().elements, "ups": replace(site().elements["ups"], gain=exactly(1.05))}
    flow = Flow(network(*elements.values(), ups("second", "board"), pdu("third", "second")), now(5.0))
    for outcome in flow.sweep().outcomes:
        alone = flow.lose(*outcome.lost)
        assert [stage.dead for stage in alone.stages] == [stage.dead for stage in outcome.stages]
        assert [stage.over for stage in alone.stages] == [stage.over for stage in outcome.stages]
