"""All single losses at once say the same as one after the other.

Pains: I1, I2, I10.
"""

from __future__ import annotations

import gc
import weakref

import pytest

from dcim.flow import Element, Flow, Outcome
from dcim.graph import NodeKind
from dcim.redundancy.judge import shares

from .plant import Style, plant
from .site import amps, bus, measured, network, pdu, rack, two_paths, ups


def told(outcome: Outcome) -> list[tuple[object, ...]]:
    """Return all of an outcome that does not depend on how it was computed; loads to what rounding leaves."""
    return [
        (
            stage.when,
            stage.dead,
            stage.doubtful,
            [(trip.element, trip.phase, trip.surely, trip.step) for trip in stage.trips],
            [
                (over.element, over.phase, over.level, over.surely, over.unit, pytest.approx(over.share.hi))
                for over in stage.over
            ],
        )
        for stage in outcome.stages
    ]


@pytest.mark.parametrize("style", [Style(exact=True), Style(), Style(exact=True, tight=0.0)])
def test_a_sweep_says_what_each_loss_says(style: Style) -> None:
    for seed in range(40):
        one = plant(seed, style)
        sweep = Flow(one.network, one.situation).sweep()
        assert [outcome.lost for outcome in sweep.outcomes] == [(name,) for name in one.network.losable]
        alone = Flow(one.network, one.situation)
        for outcome in sweep.outcomes:
            assert told(outcome) == told(alone.lose(*outcome.lost)), (seed, outcome.lost)


def test_the_headroom_of_a_limit_is_its_worst_single_loss() -> None:
    now = measured({"pdu-a": amps(5, 6, 7), "pdu-b": amps(8, 7, 6)})
    sweep = Flow(two_paths(), now).sweep()
    worst = sweep.headroom["pdu-b", "L1", "A"]
    assert worst.share.hi == pytest.approx(13 / 32)
    assert worst.lost in ("utility-a", "board-a", "pdu-a")
    assert (worst.limit, worst.unit) == (32.0, "A")


def test_a_sweep_of_what_passes_limits_higher_up_reports_them() -> None:
    for seed in range(40):
        one = plant(seed, Style(exact=True, tight=1.0))
        flow = Flow(one.network, one.situation)
        for (element, phase, unit), worst in flow.sweep().headroom.items():
            over = [
                over
                for stage in flow.lose(worst.lost).stages
                for over in stage.over
                if (over.element, over.phase, over.unit) == (element, phase, unit)
            ]
            assert not over or worst.share.hi == pytest.approx(max(one.share.hi for one in over))


def test_a_switch_whose_only_board_falls_opens_what_the_board_opens_and_is_dead_itself() -> None:
    """The chain above a UPS whose twin opens once its battery is empty: the same loss, told of each of them."""
    site = network(
        Element("utility-a", NodeKind.UTILITY),
        Element("utility-b", NodeKind.UTILITY),
        bus("main-a", "utility-a"),
        bus("board-a", "main-a"),
        ups("ups-a", "board-a", kva=3.0),
        ups("ups-b", "utility-b", kva=3.0),
        pdu("pdu-a", "ups-a"),
        pdu("pdu-b", "ups-b"),
        rack("rack", "pdu-a", "pdu-b"),
    )
    now = measured({"pdu-a": amps(3, 3, 3), "pdu-b": amps(3, 3, 3)})
    outcomes = {one.lost[0]: one for one in Flow(site, now).sweep().outcomes}
    for name in ("utility-a", "main-a", "board-a"):
        assert told(outcomes[name]) == told(Flow(site, now).lose(name))
        assert [trip.element for trip in outcomes[name].trips] == ["ups-b"]
    assert (
        outcomes["board-a"].settled.dead
        < outcomes["main-a"].settled.dead
        < outcomes["utility-a"].settled.dead
    )


def test_no_part_is_told_to_be_worst_off_without_itself() -> None:
    for seed in range(90):
        one = plant(seed, Style())
        for (element, _, _), worst in Flow(one.network, one.situation).sweep().headroom.items():
            assert worst.lost != element, seed


def test_a_sweep_leaves_nothing_that_only_a_search_for_circles_would_find() -> None:
    """The process that tries losses lets go of a whole site after every look, and does not search."""
    one = plant(3, Style())
    gc.disable()
    try:
        flow = Flow(one.network, one.situation)
        cells = weakref.ref(flow.cells)
        flow.sweep()
        del flow
        assert cells() is None
    finally:
        gc.enable()


def test_the_headroom_of_every_limit_is_the_worst_of_all_losses_also_where_none_passes_it() -> None:
    """Two floor PDUs at 37 % were told to stay there without each other; *place* found room there. Pains: I1, I2."""
    for seed in range(60):
        one = plant(seed, Style(exact=True, tight=(0.0, 0.2, 0.6)[seed % 3]))
        flow = Flow(one.network, one.situation)
        sweep, worst = flow.sweep(), _worst_of_all(flow)
        for name, element in one.network.elements.items():
            for phase, unit, _, now in shares(flow, name, flow.load(name)) if element.limit else ():
                key = name, phase, unit
                opened = [
                    trip.share.hi
                    for outcome in sweep.outcomes
                    for trip in outcome.trips
                    if (trip.element, trip.phase, trip.unit) == key
                ]
                kept = [sweep.headroom[key].share.hi] if key in sweep.headroom else []
                found, true = max([now.hi, *opened, *kept]), max(now.hi, worst.get(key, 0.0))
                assert found == pytest.approx(true, abs=1e-6), (seed, key)


def _worst_of_all(flow: Flow) -> dict[tuple[str, str, str], float]:
    """Return the largest share of each limit after any loss, each computed in full."""
    worst: dict[tuple[str, str, str], float] = {}
    for lost in flow.network.losable:
        outcome = flow.lose(lost)
        carried = [
            ((name, phase, unit), share.hi)
            for stage in outcome.stages
            for name, load in stage.loads.items()
            if name not in stage.dead and name != lost
            for phase, unit, _, share in shares(flow, name, load, lost)
        ]
        carried += [((trip.element, trip.phase, trip.unit), trip.share.hi) for trip in outcome.trips]
        for key, share in carried:
            worst[key] = max(share, worst.get(key, 0.0))
    return worst
