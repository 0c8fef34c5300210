"""Several batteries of which nobody knows which is empty first: sure is what every order ends in.

Pains: I1, I4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from dcim.flow import Flow, Interval, Outcome, Situation

from . import agreement
from .abreast import LOSSES, abreast
from .site import amps, bus, network, pdu, rack, ups


def several(count: int, amperes: float = 16.0) -> Outcome:
    """Lose the board of UPS with a rack each, which a strip of the other feed carries too: 20 A then."""
    elements, readings, runtimes = [bus("board"), bus("other")], {}, {}
    for number in range(count):
        elements += [ups(f"ups-{number}", "board"), pdu(f"pdu-{number}", f"ups-{number}")]
        elements += [pdu(f"twin-{number}", "other", amperes)]
        elements += [rack(f"rack-{number}", f"pdu-{number}", f"twin-{number}")]
        readings |= {f"{name}-{number}": amps(10, 10, 10) for name in ("ups", "pdu", "twin")}
        runtimes[f"ups-{number}"] = Interval(95.0 + 5 * number, 130.0 + 5 * number)
    return Flow(network(*elements), Situation(readings, runtimes=runtimes)).lose("board")


@pytest.mark.parametrize("count", [2, 3, 4])
def test_where_every_order_ends_the_same_that_is_sure_although_no_order_is_known(count: int) -> None:
    last = several(count).settled
    names = range(count)
    assert last.emptied == {f"ups-{number}" for number in names}
    assert last.after == (95.0, 130.0 + 5 * (count - 1))
    assert {(trip.element, trip.surely, trip.step) for trip in last.trips} == {
        (f"twin-{number}", True, 0) for number in names
    }
    assert {f"rack-{number}" for number in names} <= last.dead
    assert not last.doubtful


def test_of_more_batteries_than_are_played_nothing_is_claimed_that_may_be_otherwise() -> None:
    last = several(5).settled
    assert {(trip.element, trip.surely) for trip in last.trips} == {
        (f"twin-{number}", False) for number in range(5)
    }
    assert {f"rack-{number}" for number in range(5)} <= last.doubtful
    assert not several(5, 32.0).settled.doubtful, "without anything that opens the order is nothing"


def _agree(seeds: Iterable[int]) -> Iterator[Outcome]:
    """Yield what is said of each loss, once the truth was found within it."""
    for seed in seeds:
        one = abreast(seed)
        flow = Flow(one.network, one.situation)
        for names in LOSSES:
            assert not list(agreement.lost(flow, one.network, one.fact, names)), (seed, names)
            yield flow.lose(*names)


@pytest.mark.long
def test_the_truth_lies_in_what_is_said_of_several_ups_on_one_board() -> None:
    some = (*range(25), 61, 73, 89, 154, 217)
    stages = [stage for outcome in _agree(some) for stage in outcome.stages if len(stage.emptied) > 1]
    sure = [
        len(stage.emptied) for stage in stages if stage.trips and all(trip.surely for trip in stage.trips)
    ]
    assert {2, 3, 4} <= set(sure)
    assert sum(bool(stage.doubtful) for stage in stages) >= 5, "the order matters too"


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_the_truth_lies_in_what_is_said_of_thousands_of_boards_with_several_ups() -> None:
    assert sum(1 for _ in _agree(range(1000, 6000))) == 5000 * len(LOSSES)
