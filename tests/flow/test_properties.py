"""What holds of any network: nothing is lost or made on the way, and without trips more losses leave less alive.

Pains: I3, F10.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from dcim.flow import Element, Flow, Interval, Limit, Load, Network, Stage, When
from tests.examples import many

from .plant import Plant, Style, losses, plant
from .site import amps, bus, measured, network, pdu, rack

SEEDS = st.integers(min_value=0, max_value=10**9)
CLOSE = 1e-6


def met(one: Interval, other: Interval) -> bool:
    """Whether two intervals have a number in common, to what rounding leaves."""
    slack = CLOSE * (1.0 + min(one.hi, other.hi))
    return one.lo <= other.hi + slack and other.lo <= one.hi + slack


def taken(element: Element, load: Load) -> Interval:
    """Return what an element takes for what it gives."""
    low = load.total.lo * element.gain.lo + (element.idle.lo if load.total.hi > 0 else 0.0)
    return Interval(low, load.total.hi * element.gain.hi + element.idle.hi)


def balances(network: Network, loads: dict[str, Load], stage: Stage | None) -> list[str]:
    """Return where what is given is not what is taken below: the sums over single feeds bound the rest."""
    wrong = []
    for name, one in network.elements.items():
        if not network.children[name] or one.is_load:
            continue
        least = most = 0.0
        for child in network.children[name]:
            below = network.elements[child]
            dark = stage is not None and (child in stage.dead or child in stage.discharging)
            span = Interval(0.0, 0.0) if dark else taken(below, loads[child])
            alone = len(below.feeds) == 1 and not (stage is not None and child in stage.doubtful)
            least += span.lo if alone and below.battery is None else 0.0
            most += span.hi
        dead = stage is not None and name in stage.dead
        if not dead and not met(loads[name].total, Interval(least, most)):
            wrong.append(f"{name}: {loads[name].total}, below {least} to {most}")
    return wrong


@given(SEEDS)
@many(60)
def test_what_an_element_gives_is_what_its_children_take_before_and_after(seed: int) -> None:
    one = plant(seed, Style(exact=True, down=0.0))
    flow = Flow(one.network, one.situation)
    before = {name: flow.load(name) for name in one.network.elements}
    assert not balances(one.network, before, None)
    for names in losses(seed, one.network)[-5:]:
        for stage in flow.lose(*names).stages:
            assert not balances(one.network, before | dict(stage.loads), stage), names


@given(SEEDS)
@many(60)
def test_without_limits_what_is_dead_stays_dead_when_more_is_lost(seed: int) -> None:
    one = unlimited(plant(seed, Style(exact=True, down=0.0)))
    flow = Flow(one.network, one.situation)
    pair = losses(seed, one.network)[-2]
    both = flow.lose(*pair).settled
    for name in pair:
        alone = flow.lose(name).settled
        if alone.when == both.when == When.AT_ONCE:
            assert alone.dead <= both.dead
        assert not alone.trips
        assert not both.trips


def unlimited(one: Plant) -> Plant:
    """Return the same plant without any limit and with no module."""
    elements = {
        name: replace(element, limit=Limit(), modules=1) for name, element in one.network.elements.items()
    }
    return replace(one, network=Network(elements))


@given(SEEDS)
@many(40)
def test_more_readings_never_say_less(seed: int) -> None:
    one = plant(seed, Style(down=0.0))
    all_of_it = Flow(one.network, one.situation)
    readings = dict(one.situation.readings)
    for name in list(readings)[::2]:
        del readings[name]
    fewer = Flow(one.network, replace(one.situation, readings=readings))
    for name in one.network.elements:
        more, less = all_of_it.load(name).total, fewer.load(name).total
        slack = CLOSE * (1.0 + less.lo)
        assert more.lo >= less.lo - slack
        assert more.hi <= less.hi + CLOSE * (1.0 + more.hi)


def test_a_board_above_both_paths_carries_the_same_whichever_path_is_lost() -> None:
    one = network(
        bus("top"), bus("a", "top"), bus("b", "top"), pdu("pa", "a"), pdu("pb", "b"), rack("rack", "pa", "pb")
    )
    flow = Flow(one, measured({"pa": amps(3, 4, 5), "pb": amps(6, 5, 4)}))
    for name in ("a", "pb"):
        assert abs(flow.lose(name).settled.loads["top"].total.hi - flow.load("top").total.hi) < 1e-6
