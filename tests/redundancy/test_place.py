"""Where there is room when not everything is measured."""

from __future__ import annotations

import pytest

from dcim.flow import Interval, Terms, network_of
from dcim.graph import Node, NodeKind, Topology, Wiring
from dcim.redundancy import Headroom, Wish
from dcim.redundancy.place import Placing
from dcim.redundancy.situation import on_one_phase

_NODES = (
    Node("a", NodeKind.PDU, feed="A", polled=True),
    Node("b", NodeKind.PDU, feed="B", polled=True),
    Node("rack/r1", NodeKind.RACK, fed_by=("a", "b"), rack="r1"),
)


@pytest.mark.parametrize(
    ("after", "fits", "why"),
    [
        (Interval(0.1, 0.2), True, ""),
        (Interval(0.1, 3.5), None, "measured"),
        (Interval(0.9, 3.5), False, "limit"),
    ],
)
def test_room_is_refused_only_where_even_the_least_is_too_much(
    after: Interval, fits: bool | None, why: str
) -> None:
    """Else it is not known. Pains: I1."""
    topology = Topology(Wiring(_NODES))
    sides = [Headroom(name, "L1", "A", 16.0, 0.8, 1.0, Interval(0.1, 0.1), after, "b") for name in ("a", "b")]
    (spot,) = Placing(topology, network_of(topology, Terms()), sides).spots(Wish(500.0, phase="L1"))
    assert (spot.fits, spot.why) == (fits, why)
    assert spot.fits is None or spot.share < 1.2


@pytest.mark.parametrize(("unit", "limit"), [("A", 16.0), ("VA", 3680.0), ("W", 3312.0)])
def test_at_least_is_said_of_the_best_power_factor_and_at_most_of_the_worst(unit: str, limit: float) -> None:
    """By hand: 1 kW at a factor of 0.9 to 1 is 1000 to 1111 VA; what is rated in watts bears 1000 W. Pains: I1."""
    topology = Topology(Wiring(_NODES))

    def spot(after: float) -> tuple[bool | None, float]:
        phase, load = ("L1" if unit == "A" else ""), Interval(after, after)
        sides = [Headroom(name, phase, unit, limit, 0.8, 1.0, load, load, "b") for name in ("a", "b")]
        (one,) = Placing(topology, network_of(topology, Terms()), sides).spots(Wish(1000.0, phase="L1"))
        return one.fits, one.share

    least = 1000.0 / (limit * 230.0 if unit == "A" else limit)
    most = least if unit == "W" else least / 0.9
    assert spot(0.79) == (False, pytest.approx(0.79 + least))
    assert spot(0.79 - most) == (True, pytest.approx(0.79))
    if unit != "W":
        assert spot(0.79 - least)[0] is None  # it may fit: nobody knows its power factor


@pytest.mark.parametrize(
    ("loads", "asked", "fits", "why"),
    [
        ((0.2, 0.2, 0.2), "", True, ""),
        ((0.2, 0.9, 0.2), "", None, "unnamed"),  # perhaps it is on L2
        ((0.9, 0.9, 0.9), "", False, "limit"),
        ((0.2, 0.2, 0.2), "L1", None, "unnamed"),  # perhaps it has no L1
        ((0.9, 0.2, 0.2), "L1", False, "limit"),
    ],
)
def test_a_rack_on_a_phase_that_nobody_has_named_has_room_where_each_phase_has(
    loads: tuple[float, float, float], asked: str, fits: bool | None, why: str
) -> None:
    """Pains: I1, I4."""
    topology = Topology(
        Wiring(
            (
                Node("board", NodeKind.FLOOR_PDU, phases=("L1", "L2", "L3")),
                Node("a", NodeKind.PDU, fed_by=("board",), feed="A", polled=True),
                Node("rack/r1", NodeKind.RACK, fed_by=("a",), rack="r1"),
            )
        )
    )
    network = on_one_phase(network_of(topology, Terms()), ["a"])
    rows = [
        Headroom("board", phase, "A", 32.0, 0.8, 1.0, Interval(load, load), Interval(load, load), "x")
        for phase, load in zip(("L1", "L2", "L3"), loads, strict=True)
    ]
    (spot,) = Placing(topology, network, rows).spots(Wish(500.0, cords=1, phase=asked))
    assert (spot.fits, spot.why) == (fits, why)
