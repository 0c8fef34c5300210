"""Where there is room when not everything is measured."""

from __future__ import annotations

import pytest

from dcim.flow import Interval, Terms, network_of
from dcim.graph import Node, NodeKind, Topology, Wiring
from dcim.redundancy import Headroom, Wish
from dcim.redundancy.place import Placing

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
