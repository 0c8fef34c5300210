"""What is read where it stood says what a search among everything newest says. Pains: A11, D3."""

from __future__ import annotations

from array import array
from math import isnan, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.energy.terms import EnergyTerms
from dcim.graph import Node, NodeKind, Topology, Wiring
from dcim.model import Batch, Lane, Layout, Point
from dcim.overview import Line, Now, SitePower, Slots, Turns
from dcim.series import Freshness, Newest, Quality

POINTS = tuple(Point("pdu", "pdu_outlet_power_watts", (("outlet", str(number)),)) for number in range(4))
FRESHNESS, INTERVAL = Freshness(), 10.0


def searched(newest: Newest, point: Point, now: float) -> float:
    """The words of the room: the first batch that carries a point, if it counts."""
    for batch in newest.batches(point.asset):
        if point.id in batch.layout.ids:
            fresh = FRESHNESS.quality(batch, INTERVAL, now) is Quality.FRESH
            here = batch.values[batch.layout.ids.index(point.id)]
            return here if fresh and not newest.frozen(batch.layout) else nan
    return nan


def alike(one: float, other: float) -> bool:
    return one == other or (isnan(one) and isnan(other))


class Clock:
    at = 1000.0

    def now(self) -> float:
        return self.at


steps = st.one_of(
    st.tuples(
        st.just("layout"),
        st.tuples(
            st.sampled_from([Lane.FAST, Lane.SLOW]),
            st.booleans(),
            st.lists(st.sampled_from(POINTS), min_size=1, unique=True),
        ),
    ),
    st.tuples(st.just("again"), st.integers(0, 5)),
    st.tuples(st.just("later"), st.sampled_from([1.0, 20.0, 100.0])),
    st.tuples(st.just("frozen"), st.booleans()),
)


@settings(deadline=None, max_examples=100)
@given(
    st.lists(steps, max_size=12), st.lists(st.sampled_from(POINTS), min_size=1, unique=True), st.booleans()
)
def test_points_are_read_as_if_they_were_searched_whatever_a_device_becomes(
    done: list[tuple[str, Any]], points: list[Point], slow: bool
) -> None:
    newest, clock, layouts = Newest(), Clock(), list[Layout]()
    now = Now(newest, FRESHNESS, {} if slow else {"pdu": INTERVAL}, clock.now, INTERVAL)
    slots, number = Slots("pdu", points), 0
    for what, how in done:
        if what == "layout":
            lane, own, some = how
            layouts.append(Layout("pdu", lane, tuple(some), (None,) * len(some), ("x",) * len(some), own=own))
        elif what == "later":
            clock.at += how
        elif what == "frozen":
            newest.freeze("pdu", bool(how))
        if what in ("layout", "again") and layouts:
            layout = layouts[-1] if what == "layout" else layouts[int(how) % len(layouts)]
            number += 1
            values = [
                nan if (number + slot) % 5 == 0 else number * 10.0 + slot for slot in range(len(layout))
            ]
            newest.take(Batch(layout, clock.at, array("d", values)))
        found = now.values((slots,))
        assert all(map(alike, found, [searched(newest, point, clock.at) for point in points]))
        assert now.known(slots) == {
            one: said for one, said in zip(points, found, strict=True) if said == said
        }


BUILDING = Topology(
    Wiring(
        (
            Node("tgbt", NodeKind.SWITCHBOARD),
            Node("meter", NodeKind.METER, measures="tgbt"),
            Node("ups", NodeKind.UPS, fed_by=("tgbt",)),
            Node("a", NodeKind.PDU, fed_by=("ups",)),
            Node("b", NodeKind.PDU, fed_by=("tgbt",)),
            Node("rack/1", NodeKind.RACK, fed_by=("a", "b")),
            Node("rack/2", NodeKind.RACK, fed_by=("b",)),
        )
    )
)
KINDS = {"meter": NodeKind.METER, "ups": NodeKind.UPS, "a": NodeKind.PDU, "b": NodeKind.PDU}
MEANS = {
    "meter": [Point("meter", "meter_power_watts")],
    "ups": [Point("ups", "ups_output_power_watts"), Point("ups", "ups_battery_charge_ratio")],
    **{name: [Point(name, "pdu_power_watts"), *[Point(name, "pdu_phase_power_watts", (("phase", one),))
       for one in ("L1", "L2")]] for name in "ab"},
}  # fmt: skip
tells = st.sampled_from(sorted(MEANS)).flatmap(
    lambda name: st.tuples(st.just(name), st.lists(st.sampled_from(MEANS[name])))
)


def watts(power: SitePower, silent: str) -> list[Line]:
    """Each point says its own number; one device says nothing."""
    every = [point for points in MEANS.values() for point in points]
    says = {point: nan if point.asset == silent else 2.0**place for place, point in enumerate(every)}
    return power.lines(lambda many: [says[point] for slots in many for point in slots.points])


@pytest.mark.long
@settings(deadline=None, max_examples=100)
@given(
    st.lists(tells, max_size=10),
    st.sampled_from(["", *MEANS]),
    st.sampled_from([(), ("ups",), ("nobody",)]),
    st.sampled_from([(), ("a", "b")]),
)
def test_power_after_any_changes_is_that_found_from_nothing(
    told: list[tuple[str, list[Point]]], silent: str, total: tuple[str, ...], it: tuple[str, ...]
) -> None:
    """Whatever devices told of before, and whenever it was looked where the whole is measured."""
    terms = EnergyTerms(total=total, it=it)
    power, last = SitePower(BUILDING, KINDS, terms), dict[str, list[Point]]()
    for place, (asset, points) in enumerate(told):
        power.replace(asset, points)
        last[asset] = points
        if place % 2:
            power.settle()
    power.settle()
    anew = SitePower(BUILDING, KINDS, terms)
    for asset in sorted(last):
        anew.replace(asset, last[asset])
    anew.settle()
    assert list(map(repr, watts(power, silent))) == list(map(repr, watts(anew, silent)))


def test_a_point_in_two_lanes_is_added_once_and_a_part_nobody_reads_leaves_no_sum() -> None:
    """Pains: E6."""
    power = SitePower(BUILDING, KINDS, EnergyTerms())
    power.replace("a", MEANS["a"][:1] * 2)
    power.replace("b", MEANS["b"][:1])
    power.settle()
    total, it, ratio = power.lines(lambda many: [3.0 for slots in many for _ in slots.points])
    assert (total.value, it.value, ratio.value) == (6.0, 6.0, 1.0)
    total, it, ratio = power.lines(lambda many: [nan if slots.asset == "b" else 3.0 for slots in many])
    assert all(isinstance(one.value, float) and isnan(one.value) for one in (total, it, ratio))


@settings(deadline=None, max_examples=60)
@given(
    st.integers(1, 7),
    st.lists(st.tuples(st.sampled_from(["add", "remove", "again", "turn"]), st.sampled_from("abcdefgh"))),
)
def test_everybody_is_said_once_a_round_and_at_once_when_there_is_room(
    round_of: int, done: list[tuple[str, str]]
) -> None:
    turns, names, turn = Turns(round_of), set[str](), 0
    for what, name in done:
        if what == "add":
            turns.add(name)
            names.add(name)
        elif what == "remove":
            turns.remove(name)
            names.discard(name)
        elif what == "again":
            turns.begin_again()
        else:
            assert set(turns.due(turn)) <= names
            turn += 1
    said = [name for turn in range(round_of) for name in turns.due(turn)]
    assert sorted(said) == sorted(names)
    assert not list(turns.unsaid(100))
    turns.begin_again()
    first = list(turns.unsaid(3))
    assert len(first) == min(3, len(names))
    assert sorted(first + list(turns.unsaid(100))) == sorted(names)


def test_what_a_silent_device_said_last_is_in_no_sum_however_young_it_is() -> None:
    """What went through it goes through its neighbour by now: both would be added. Pains: G2."""
    newest, gone = Newest(), {""}
    points = [Point(asset, "pdu_power_watts") for asset in ("pdu-a", "pdu-b")]
    for point in points:
        layout = Layout(point.asset, Lane.FAST, (point,), (None,), ("",))
        newest.take(Batch(layout, 1000.0, array("d", [500.0])))
    both = [Slots(point.asset, (point,)) for point in points]
    now = Now(newest, FRESHNESS, {}, Clock().now, INTERVAL, gone.__contains__)
    assert list(now.values(both)) == [500.0, 500.0]
    gone.add("pdu-a")
    silent, alive = now.values(both)
    assert isnan(silent)
    assert alive == 500.0
