"""Batteries are empty one after another: in which order, when, and what opens meanwhile.

Pains: I1, I4.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.flow import Flow, Interval, Outcome, Situation, When, exactly
from dcim.flow.stages.endure import Lasting
from dcim.flow.stages.spent import full
from dcim.graph import NodeKind as K

from .site import Element, amps, bus, network, pdu, rack, ups

A, B = Interval(100.0, 100.0), Interval(300.0, 300.0)


def two(runtime_a: Interval, runtime_b: Interval, amperes: float = 32.0, *, more: bool = False) -> Outcome:
    """Lose the board of a rack with two UPS, each of which carries 10 A a phase; ``more``: a third one beside them."""
    elements = [bus("board"), ups("ups-a", "board"), ups("ups-b", "board")]
    elements += [
        pdu("pdu-a", "ups-a", amperes),
        pdu("pdu-b", "ups-b", amperes),
        rack("rack", "pdu-a", "pdu-b"),
    ]
    readings = {name: amps(10, 10, 10) for name in ("pdu-a", "pdu-b", "ups-a", "ups-b")}
    runtimes = {"ups-a": runtime_a, "ups-b": runtime_b}
    if more:
        elements += [ups("ups-c", "board"), pdu("pdu-c", "ups-c"), rack("other", "pdu-c")]
        readings |= {"pdu-c": amps(5, 5, 5), "ups-c": amps(5, 5, 5)}
        runtimes["ups-c"] = exactly(5000.0)
    return Flow(network(*elements), Situation(readings, runtimes=runtimes)).lose("board")


def test_the_battery_that_is_empty_first_leaves_its_load_to_the_other_which_then_lasts_less() -> None:
    at_once, first, second = two(A, B).stages
    assert at_once.discharging == {"ups-a", "ups-b"}
    assert [one.seconds for one in at_once.endurance] == [A, B]
    assert (first.when, first.after, first.emptied) == (When.EMPTY, A, {"ups-a"})
    assert {"ups-a", "pdu-a"} <= first.dead
    assert "rack" not in first.dead | first.doubtful
    # 200 s are left at 10 A, and at twice that half of them at most, by Peukert's law with 1.4 at least
    assert second.emptied == {"ups-b"}
    assert second.after == pytest.approx((100.0 + 200.0 / 2**1.4, 100.0 + 200.0 / 2))
    assert "rack" in second.dead


def test_what_opens_when_the_first_battery_is_empty_opens_although_the_other_still_gives_power() -> None:
    outcome = two(A, B, amperes=16.0)
    assert [(trip.element, trip.surely, trip.share.lo) for trip in outcome.trips] == [
        ("pdu-b", True, 20 / 16)
    ]
    first, second = outcome.stages[1:]
    assert "rack" in first.dead
    assert "ups-b" not in first.dead  # it goes on with nothing to carry
    # as long as with its load at least; how long its own losses let it last nobody knows
    assert (second.emptied, second.after) == ({"ups-b"}, (300.0, inf))
    assert [one.seconds for one in outcome.lasting] == [A, (300.0, inf)]


def test_where_either_may_be_empty_first_either_strip_may_open_and_nothing_is_called_sure() -> None:
    outcome = two(Interval(95.0, 120.0), Interval(110.0, 130.0), amperes=16.0)
    assert [stage.emptied for stage in outcome.stages] == [set(), {"ups-a", "ups-b"}]
    assert {(trip.element, trip.surely) for trip in outcome.trips} == {("pdu-a", False), ("pdu-b", False)}
    last = outcome.settled
    assert last.after.lo == 95.0
    assert last.after.hi >= 130.0
    assert {"rack", "ups-a", "ups-b"} <= last.dead


def test_a_battery_that_lasts_longer_than_those_of_which_the_order_is_open_is_still_the_last() -> None:
    outcome = two(Interval(95.0, 120.0), Interval(110.0, 130.0), more=True)
    assert [stage.emptied for stage in outcome.stages] == [set(), {"ups-a", "ups-b"}, {"ups-c"}]
    assert outcome.stages[1].after.hi < 5000.0
    assert outcome.settled.after == (5000.0, 5000.0)
    assert "other" not in outcome.stages[1].dead | outcome.stages[1].doubtful


def test_a_battery_of_which_nobody_knows_how_long_it_lasts_may_be_empty_before_any_other() -> None:
    outcome = two(Interval(0.0, inf), B, amperes=16.0)
    assert [stage.emptied for stage in outcome.stages] == [set(), {"ups-a", "ups-b"}]
    assert not any(trip.surely for trip in outcome.trips)


def test_an_engine_that_only_a_battery_had_hidden_starts_when_that_is_empty() -> None:
    genset = Element("genset", K.GENSET)
    switch = replace(bus("sts", "ups-a", "genset"), kind=K.STS)
    elements = [
        bus("board"),
        genset,
        ups("ups-a", "board"),
        switch,
        pdu("pdu-a", "sts"),
        rack("rack", "pdu-a"),
    ]
    readings = {name: amps(10, 10, 10) for name in ("pdu-a", "sts", "ups-a")}
    stages = Flow(network(*elements), Situation(readings, runtimes={"ups-a": A})).lose("board").stages
    assert [stage.when for stage in stages] == [When.AT_ONCE, When.EMPTY, When.ENGINES]
    assert "rack" in stages[1].dead
    assert "rack" not in stages[2].dead


@given(
    st.lists(st.tuples(st.floats(1.0, 60.0), st.floats(0.2, 5.0)), min_size=1, max_size=4),
    st.floats(200.0, 2000.0),
    st.floats(0.0, 0.2),
    st.floats(-1.0, 1.0),
)
def test_the_truth_lies_between_the_ends_whatever_changes_while_a_battery_lasts(
    changes: list[tuple[float, float]], seconds: float, wide: float, where: float
) -> None:
    """A battery of which everything is known within some width, and one truth somewhere in it."""

    def about(value: float) -> Interval:
        middle = value / (1.0 + wide * where)
        return Interval(min(middle * (1.0 - wide), value), max(middle * (1.0 + wide), value))

    store = about(seconds)
    said = full(exactly(0.0), Lasting(store, exactly(1.0)))
    at, left, pace = 0.0, 1.0, 1.0
    for after, faster in changes:
        spent = after / (seconds * pace)
        if spent >= left:
            break
        at, left, pace = at + after, left - spent, 1.0 / faster
        said = said.at_pace(about(at), Lasting(store, about(pace)))
        assert said.left.lo - 1e-9 <= left <= said.left.hi + 1e-9
        ends = at + left * seconds * pace
        assert said.ends.lo <= ends * (1 + 1e-9)
        assert ends <= said.ends.hi * (1 + 1e-9)
