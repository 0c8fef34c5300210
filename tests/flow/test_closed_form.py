"""What a loss does where anybody can compute it on paper.

Pains: I1, I2, I3, I4, I5, I6, E2.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from dcim.flow import (
    NOTHING,
    UNKNOWN,
    Element,
    Engine,
    Feed,
    Flow,
    Interval,
    Level,
    Limit,
    Network,
    Reading,
    Rule,
    Situation,
    When,
    exactly,
)
from dcim.flow.stages.endure import fuel
from dcim.graph import NodeKind as K

from .site import VOLTS, about, amps, bus, measured, network, pdu, rack, two_paths, ups


def test_two_balanced_feeds_at_forty_percent_are_at_eighty_when_one_is_lost() -> None:
    now = measured({"pdu-a": amps(12.8, 12.8, 12.8), "pdu-b": amps(12.8, 12.8, 12.8)})
    stage = Flow(two_paths(), now).lose("utility-a").settled
    assert about(stage.loads["pdu-b"].phases["L2"], 25.6 * VOLTS)
    assert about(stage.loads["pdu-a"].phases["L2"], 0.0)
    assert not stage.trips
    assert not stage.over  # 80 % is the limit, not beyond it
    assert stage.dead == {"utility-a", "board-a", "pdu-a"}


def test_a_strip_at_forty_two_percent_passes_eighty_when_its_twin_is_lost_and_trips_nothing() -> None:
    now = measured({"pdu-a": amps(13.44, 13.44, 13.44), "pdu-b": amps(13.44, 13.44, 13.44)})
    stage = Flow(two_paths(), now).lose("pdu-a").settled
    assert [(over.element, over.phase, over.level, over.surely) for over in stage.over] == [
        ("pdu-b", phase, Level.WARN, True) for phase in ("L1", "L2", "L3")
    ]
    assert stage.over[0].carries.lo == pytest.approx(26.88)
    assert stage.over[0].share.lo == pytest.approx(0.84)
    assert (stage.over[0].limit, stage.over[0].unit) == (32.0, "A")


def test_thirteen_and_fourteen_amperes_on_breakers_of_twenty_trip_the_one_that_is_left() -> None:
    now = measured({"pdu-a": amps(13, 13, 13), "pdu-b": amps(14, 1, 1)})
    outcome = Flow(two_paths(20.0), now).lose("board-a")
    assert [(trip.element, trip.phase, trip.surely, trip.step) for trip in outcome.trips] == [
        ("pdu-b", "L1", True, 1)
    ]
    assert outcome.trips[0].share.hi == pytest.approx(27 / 20)
    assert {"rack", "pdu-a", "pdu-b"} <= outcome.settled.dead
    assert about(outcome.settled.loads["utility-b"].total, 0.0)


def test_one_unbalanced_phase_passes_the_limit_alone() -> None:
    now = measured({"pdu-a": amps(20, 5, 5), "pdu-b": amps(14, 5, 5)})
    outcome = Flow(two_paths(), now).lose("pdu-b")
    assert [(trip.element, trip.phase) for trip in outcome.trips] == [("pdu-a", "L1")]


def test_what_has_one_cord_goes_down_and_moves_nowhere() -> None:
    one = network(
        *two_paths().elements.values(), pdu("pdu-c", "board-a", 16.0), rack("single", "pdu-c", phases=("L2",))
    )
    now = measured({"pdu-a": amps(1, 1, 1), "pdu-b": amps(1, 1, 1), "pdu-c": amps(0, 9, 0)})
    stage = Flow(one, now).lose("board-a").settled
    assert "single" in stage.dead
    assert about(stage.loads["pdu-b"].phases["L2"], 2 * VOLTS)


def test_cascaded_pdus_add_up_and_the_measured_one_in_between_stands() -> None:
    one = network(
        Element("utility", K.UTILITY),
        bus("floor", "utility", kind=K.FLOOR_PDU),
        pdu("outer", "floor"),
        pdu("inner", "outer"),
        rack("r1", "outer", phases=("L1",)),
        rack("r2", "inner", phases=("L1",)),
    )
    flow = Flow(one, measured({"inner": amps(4, 0, 0), "outer": amps(10, 0, 0)}))
    assert about(flow.load("floor").phases["L1"], 10 * VOLTS)
    assert about(flow.load("r1").total, 6 * VOLTS)
    assert about(flow.lose("inner").settled.loads["floor"].phases["L1"], 6 * VOLTS)


@pytest.mark.parametrize(("stands", "other"), [("board-a", "board-b"), ("board-b", "board-a")])
def test_a_transfer_switch_takes_from_where_it_stands_and_moves_when_that_is_lost(
    stands: str, other: str
) -> None:
    one = network(
        Element("utility", K.UTILITY),
        bus("board-a", "utility"),
        bus("board-b", "utility"),
        Element("sts", K.STS, (Feed("board-a"), Feed("board-b")), Rule.SELECT),
        rack("rack", "sts"),
    )
    flow = Flow(one, replace(measured({"sts": amps(7, 8, 9)}), positions={"sts": stands}))
    assert about(flow.load(stands).phases["L3"], 9 * VOLTS)
    assert about(flow.load(other).total, 0.0)
    after = flow.lose(stands).settled
    assert about(after.loads[other].phases["L3"], 9 * VOLTS)
    assert "rack" not in after.dead
    assert flow.lose(other).settled.loads["sts"] == flow.load("sts")


def switched(**positions: str) -> Flow:
    """Two boards of 10 A, beside each a strip that is measured, and a switch between both that is."""
    one = network(
        Element("utility", K.UTILITY),
        bus("board-a", "utility", amperes=10),
        bus("board-b", "utility", amperes=10),
        Element("sts", K.STS, (Feed("board-a"), Feed("board-b")), Rule.SELECT),
        rack("rack", "sts"),
        pdu("beside", "board-a"),
        rack("other", "beside"),
    )
    now = measured({"sts": amps(7, 8, 9), "beside": amps(0.5, 0.5, 0.5)})
    return Flow(one, replace(now, positions=positions))


def test_a_switch_of_which_nobody_says_where_it_stands_is_on_either_source() -> None:
    """By hand: 9 A on L3 are on board A or on board B; without A they are on B, without B on A. Pains: I2, I6."""
    flow = switched()
    assert flow.amperes("board-a", "L3") == pytest.approx((0.5, 9.5))
    assert flow.amperes("board-b", "L3") == pytest.approx((0.0, 9.0))
    assert flow.live("sts") is True
    assert flow.load("utility").phases["L3"].holds(9.5 * VOLTS)
    for lost, left, carried in (("board-a", "board-b", 9.0), ("board-b", "board-a", 9.5)):
        after = flow.lose(lost).settled
        assert about(after.loads[left].phases["L3"], carried * VOLTS)
        assert "rack" not in after.dead | after.doubtful
    worst = flow.sweep().headroom
    assert worst["board-b", "L3", "A"].share == pytest.approx((0.9, 0.9)), "whichever it is on now"
    assert worst["board-a", "L3", "A"].share == pytest.approx((0.95, 0.95))


def test_a_loss_that_concerns_no_source_of_a_switch_moves_nothing_on_it() -> None:
    flow = switched()
    after = flow.lose("beside").settled
    assert after.loads["board-a"].phases["L3"] == pytest.approx((0.0, 9.0 * VOLTS))
    assert after.loads.get("board-b", flow.load("board-b")) == flow.load("board-b")
    assert after.loads.get("sts", flow.load("sts")) == flow.load("sts")


def test_a_board_that_is_measured_says_where_the_switch_below_it_stands() -> None:
    """By hand: board A carries 0.5 A, all of it beside the switch, so the switch is on board B. Pains: I2."""
    flow = switched()
    said = {**flow.situation.readings, "board-a": amps(0.5, 0.5, 0.5)}
    flow = Flow(flow.network, replace(flow.situation, readings=said))
    assert about(flow.load("board-b").phases["L3"], 9 * VOLTS)
    assert "rack" not in flow.lose("board-a").settled.dead
    assert about(flow.lose("board-b").settled.loads["board-a"].phases["L3"], 9.5 * VOLTS)


@pytest.mark.parametrize("prefers", ["", "board-a"])
def test_a_switch_whose_source_comes_back_goes_back_to_it_only_if_it_is_known_to_prefer_it(
    prefers: str,
) -> None:
    """Utility A fails, the switch goes to B, then the engine feeds A again. Pains: I2, I6."""
    one = network(
        Element("utility-a", K.UTILITY),
        Element("utility-b", K.UTILITY),
        Element("genset", K.GENSET, engine=Engine(Interval(5, 9))),
        Element("ats", K.ATS, (Feed("utility-a"), Feed("genset")), Rule.SELECT),
        bus("board-a", "ats"),
        bus("board-b", "utility-b"),
        Element("sts", K.STS, (Feed("board-a"), Feed("board-b")), Rule.SELECT, prefers=prefers),
        rack("rack", "sts"),
    )
    flow = Flow(one, replace(measured({"sts": amps(7, 8, 9)}), positions={"sts": "board-a"}))
    first, last = flow.lose("utility-a").stages
    assert about(first.loads["board-b"].phases["L3"], 9 * VOLTS)
    if prefers:
        assert about(last.loads["board-a"].phases["L3"], 9 * VOLTS)
        assert about(last.loads["board-b"].phases["L3"], 0.0)
    else:
        assert last.loads["board-a"].phases["L3"] == pytest.approx((0.0, 9 * VOLTS))
        assert last.loads["board-b"].phases["L3"] == pytest.approx((0.0, 9 * VOLTS))


def modular(kva: float) -> Flow:
    one = network(
        Element("utility", K.UTILITY),
        ups("ups", "utility", modules=4, kva=80.0),
        pdu("pdu", "ups", None),
        rack("rack", "pdu"),
    )
    each = kva * 1000 / 3 / VOLTS
    return Flow(one, measured({"pdu": amps(each, each, each)}))


def test_four_modules_of_twenty_carry_fifty_nine_with_three_and_not_sixty_one() -> None:
    fits = modular(59.0).lose("ups:module").settled
    assert not fits.trips
    assert {over.level for over in fits.over} == {Level.WARN}
    assert fits.over[-1].limit == pytest.approx(60_000.0)
    assert [trip.element for trip in modular(61.0).lose("ups:module").trips] == ["ups"]


def test_a_ups_takes_the_same_from_every_phase_with_its_losses() -> None:
    one = network(
        Element("utility", K.UTILITY), ups("ups", "utility", gain=1.1), pdu("pdu", "ups"), rack("rack", "pdu")
    )
    flow = Flow(one, measured({"pdu": amps(9, 0, 0)}))
    assert all(about(load, 3.3 * VOLTS) for load in flow.load("utility").phases.values())


def generator(kva: float) -> Flow:
    one = network(
        Element("utility", K.UTILITY),
        Element(
            "genset",
            K.GENSET,
            limit=Limit(voltamperes=kva * 1000),
            engine=Engine(Interval(8.0, 12.0), exactly(100.0), exactly(0.25)),
        ),
        Element("ats", K.ATS, (Feed("utility"), Feed("genset")), Rule.SELECT),
        ups("ups", "ats"),
        pdu("pdu", "ups", None),
        rack("rack", "pdu"),
        rack("pump", "ats"),
    )
    each = 10_000 / 3 / VOLTS
    return Flow(one, measured({"pdu": amps(each, each, each), "ats": amps(2 * each, 2 * each, 2 * each)}))


def test_a_generator_takes_over_after_its_start_and_its_fuel_lasts_as_long_as_its_load_lets_it() -> None:
    outcome = generator(25.0).lose("utility")
    first, second = outcome.stages
    assert (first.when, second.when) == (When.AT_ONCE, When.ENGINES)
    assert second.after == Interval(8.0, 12.0)
    assert first.discharging == {"ups"}
    assert {"pump", "ats"} <= first.dead
    assert "rack" not in first.dead
    assert second.dead == {"utility"}
    assert about(second.loads["genset"].total, 20_000.0)
    battery = next(one for one in first.endurance if one.kind == "battery")
    assert battery.seconds.lo == pytest.approx(360.0)  # 1 kWh at 10 kVA and a power factor of 1
    assert battery.seconds.hi == pytest.approx(400.0)  # of 0.9
    fuel = next(one for one in second.endurance if one.kind == "fuel")
    assert fuel.seconds.lo == pytest.approx(100.0 / (20.0 * 0.25) * 3600)
    assert not second.unbridged


def test_a_generator_that_is_too_small_trips_and_the_batteries_run_out() -> None:
    outcome = generator(15.0).lose("utility")
    assert [stage.when for stage in outcome.stages] == [When.AT_ONCE, When.ENGINES, When.EMPTY]
    assert [(trip.element, trip.surely) for trip in outcome.trips] == [("genset", True)]
    assert outcome.stages[1].discharging == {"ups"}
    assert outcome.stages[2].after.lo == pytest.approx(360.0)
    assert {"rack", "ups", "pdu"} <= outcome.settled.dead


def test_a_battery_that_says_its_runtime_is_believed_and_scaled_to_the_new_load() -> None:
    flow = generator(15.0)
    at_once = Flow(flow.network, replace(flow.situation, runtimes={"ups": Interval(5.0, 20.0)})).lose(
        "utility"
    )
    assert at_once.stages[0].endurance[0].seconds == Interval(5.0, 20.0)
    assert at_once.stages[1].unbridged == {"ups"}  # 5 s are over before 12 s


def test_a_generator_of_which_nobody_knows_the_fuel_lasts_for_an_unknown_time() -> None:
    flow = generator(25.0)
    elements = dict(flow.network.elements)
    elements["genset"] = replace(elements["genset"], engine=Engine(Interval(8.0, 12.0)))
    last = Flow(network(*elements.values()), flow.situation).lose("utility").settled
    assert last.endurance[0].seconds == UNKNOWN


def test_an_engine_that_gives_nothing_burns_nobody_knows_how_much() -> None:
    """*At least for ever* was said of it: it runs idle. Pains: I4."""
    flow = generator(25.0)
    assert fuel(flow.network.elements["genset"], NOTHING, exactly(100.0)) == UNKNOWN


def test_a_lost_rack_relieves_the_other_feed_so_that_more_trips_can_mean_less_load() -> None:
    """Loss of board A overloads both: the smaller strip goes first, its rack with it, and the board holds."""
    one = network(
        Element("utility", K.UTILITY),
        bus("board-a", "utility"),
        bus("board-b", "utility", amperes=30.0),
        pdu("a1", "board-a"),
        pdu("b1", "board-b", 10.0),
        pdu("a2", "board-a"),
        pdu("b2", "board-b"),
        rack("r1", "a1", "b1"),
        rack("r2", "a2", "b2"),
    )
    now = measured({"a1": amps(8, 0, 0), "b1": amps(8, 0, 0), "a2": amps(10, 0, 0), "b2": amps(9, 0, 0)})
    outcome = Flow(one, now).lose("board-a")
    assert [trip.element for trip in outcome.trips] == ["b1"]  # 16 A on 10; the board had 35 A on 30
    assert about(outcome.settled.loads["board-b"].phases["L1"], 19 * VOLTS)
    assert "r2" not in outcome.settled.dead


def test_equal_overloads_go_by_name() -> None:
    one = network(
        Element("utility", K.UTILITY),
        bus("board-a", "utility"),
        bus("x", "utility", amperes=10.0),
        bus("w", "x", amperes=10.0),
        rack("rack", "board-a", "w"),
    )
    outcome = Flow(one, measured({"board-a": amps(6, 0, 0), "w": amps(6, 0, 0)})).lose("board-a")
    assert [trip.element for trip in outcome.trips] == ["w"]


def test_maintenance_of_a_set_is_the_loss_of_all_of_it() -> None:
    now = measured({"pdu-a": amps(3, 3, 3), "pdu-b": amps(3, 3, 3)})
    outcome = Flow(two_paths(), now).lose("pdu-a", "board-b")
    assert outcome.lost == ("pdu-a", "board-b")
    assert "rack" in outcome.settled.dead


def test_what_nobody_measures_stays_an_interval_up_to_what_its_breaker_holds() -> None:
    flow = Flow(two_paths(10.0), measured({"pdu-b": amps(6, 6, 6)}))
    assert flow.load("pdu-a").phases["L1"] == Interval(0.0, 10.0 * VOLTS)
    outcome = flow.lose("board-a")
    assert [(trip.element, trip.surely) for trip in outcome.trips] == [("pdu-b", False)]
    assert "rack" in outcome.settled.doubtful
    assert "rack" not in outcome.settled.dead
    assert Flow(two_paths(None)).load("pdu-a").phases["L1"] == UNKNOWN


def test_a_reading_that_is_too_old_is_none() -> None:
    old = tuple(replace(one, counts=False) for one in amps(6, 6, 6))
    assert Flow(two_paths(10.0), measured({"pdu-b": old})).load("pdu-b").phases["L1"].lo == 0.0


def test_unequal_sharing_as_declared_bounds_the_other_cord() -> None:
    elements = dict(two_paths(None).elements)
    elements["rack"] = replace(
        elements["rack"],
        feeds=(Feed("pdu-a", share=Interval(0.4, 0.6)), Feed("pdu-b", share=Interval(0.4, 0.6))),
    )
    flow = Flow(network(*elements.values()), measured({"pdu-b": amps(6, 6, 6)}))
    span = flow.load("pdu-a").phases["L1"]
    assert span.lo == pytest.approx(4 * VOLTS, rel=1e-6)
    assert span.hi == pytest.approx(9 * VOLTS, rel=1e-6)


def test_one_phase_that_nobody_knows_may_be_any_and_their_sum_is_known() -> None:
    one = network(Element("utility", K.UTILITY), bus("board", "utility"), rack("rack", "board", phases=("",)))
    flow = Flow(one, measured({"rack": (Reading("", amperes=5.0, tolerance=0.0),)}))
    assert flow.load("board").phases["L2"] == Interval(0.0, 5 * VOLTS)
    assert about(flow.load("board").total, 5 * VOLTS)


@pytest.mark.parametrize("limit", [Limit(amperes=10.0), Limit(voltamperes=3 * 10.0 * VOLTS)])
def test_of_a_load_on_a_phase_that_nobody_knows_every_phase_is_named_that_may_open(limit: Limit) -> None:
    """By hand: 12 A that were on strip A are on some phase of strip B, rated 10 A a phase or 6.9 kVA. Pains: I2, I4."""
    one = network(
        Element("utility", K.UTILITY),
        pdu("pdu-a", "utility"),
        replace(pdu("pdu-b", "utility"), limit=limit),
        rack("rack", "pdu-a", "pdu-b", phases=("",)),
    )
    flow = Flow(one, measured({"rack": (Reading("", amperes=12.0, tolerance=0.0),), "pdu-b": amps(0, 0, 0)}))
    outcome = flow.lose("pdu-a")
    (trip,) = outcome.trips
    assert (trip.phase, trip.others, trip.surely) == ("L1", ("L2", "L3"), False)
    assert trip.share == pytest.approx((0.0, 1.2))
    assert outcome.worst["pdu-b"].others == ("L2", "L3")


def test_a_phase_that_is_further_beyond_its_limit_than_the_others_is_named_alone() -> None:
    flow = Flow(two_paths(10.0), measured({"pdu-a": amps(6, 7, 6), "pdu-b": amps(5, 6, 5)}))
    (trip,) = flow.lose("utility-a").trips
    assert (trip.phase, trip.others) == ("L2", ())


def test_phases_that_are_turned_on_the_way_arrive_turned() -> None:
    turned = Element("pdu", K.PDU, (Feed("board", ("L2", "L3", "L1")),))
    one = network(Element("utility", K.UTILITY), bus("board", "utility"), turned, rack("rack", "pdu"))
    flow = Flow(one, measured({"pdu": amps(1, 2, 3)}))
    assert [
        about(flow.load("board").phases[phase], value * VOLTS)
        for phase, value in (("L2", 1), ("L3", 2), ("L1", 3))
    ] == [True] * 3


def test_amperes_are_told_at_the_voltage_that_is_measured() -> None:
    said = (Reading("L1", amperes=10.0, volts=240.0, tolerance=0.0),)
    flow = Flow(two_paths(), Situation(readings={"pdu-a": said}))
    assert flow.load("pdu-a").phases["L1"].hi == pytest.approx(2400.0)
    assert flow.amperes("pdu-a", "L1").hi == pytest.approx(10.0)


def test_a_name_that_is_not_there_is_no_loss() -> None:
    with pytest.raises(KeyError):
        Flow(two_paths()).lose("nothing")


def test_a_board_that_nobody_measures_carries_what_comes_through_a_switch_beyond_its_breaker_too() -> None:
    """By hand: 10 A through the switch and 8 A beside it are 18 A on a breaker of 16: not the mean of both. Pains: I3."""
    site = network(
        Element("utility", K.UTILITY),
        bus("main", "utility", amperes=16),
        bus("other", "utility", amperes=16),
        Element("switch", K.STS, (Feed("main"), Feed("other")), Rule.SELECT),
        pdu("through", "switch"),
        pdu("beside", "main"),
        rack("r1", "through"),
        rack("r2", "beside"),
    )
    now = measured({"through": amps(10, 10, 10, tolerance=0.02), "beside": amps(8, 8, 8, tolerance=0.02)})
    now = replace(now, positions={"switch": "main"})
    carried = Flow(site, now).load("main").phases["L1"]
    assert (carried.lo / VOLTS, carried.hi / VOLTS) == pytest.approx((17.64, 18.36))


@pytest.mark.parametrize("trip", [0.9, 1.0, 1.1])
def test_what_opens_is_told_as_a_share_of_its_rating_wherever_it_opens(trip: float) -> None:
    """By hand: 24 A are 120 % of 20 A, whether the breaker opens at 18, 20 or 22. Pains: I2."""
    drawn = {
        name: replace(one, limit=replace(one.limit, trip=trip)) if one.limit else one
        for name, one in two_paths(20.0).elements.items()
    }
    now = measured({"pdu-a": amps(12, 1, 1), "pdu-b": amps(12, 1, 1)})
    (opened,) = Flow(Network(drawn), now).lose("board-a").trips
    assert (opened.element, opened.phase, opened.unit) == ("pdu-b", "L1", "A")
    assert tuple(opened.share) == pytest.approx((1.2, 1.2))
