"""What UPSs had left when their outputs went, by what they told while they lived. Pains: F10."""

from __future__ import annotations

from array import array
from math import nan

import pytest

from dcim.collect import Collected
from dcim.daemon.services.reserves import Reserves
from dcim.graph import Node, NodeKind, State
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Point
from dcim.poll import Polled
from dcim.poll.presence import Presence

UPS = Asset("ups", "UPS", Kind.UPS, "snmp", Address("192.0.2.1", 161))
NODES = {"ups": Node("ups", NodeKind.UPS), "pdu": Node("pdu", NodeKind.PDU)}
POINTS = tuple(Point("ups", name) for name in ("ups_battery_runtime_seconds", "ups_battery_charge_ratio"))
LAYOUT = Layout("ups", Lane.FAST, POINTS, (None, None), ("1", "2"))
HERE = Presence()


def said(runtime: float, charge: float) -> Polled:
    batch = Batch(LAYOUT, 0.0, array("d", (runtime, charge)))
    return Polled(UPS, 0.0, 0.0, 0.0, HERE, HERE, Collected((batch,)), None, cheap=False)


SILENCE = Polled(UPS, 0.0, 0.0, 0.0, HERE, HERE, None, None, cheap=False)


@pytest.mark.parametrize(
    ("runtime", "charge", "passed", "held"),
    [
        (600.0, 0.9, 10.0, State.UP),
        (600.0, nan, 470.0, State.UP),
        (600.0, 0.9, 490.0, State.DOWN),  # less than two minutes of it were left
        (600.0, 0.1, 10.0, State.DOWN),  # nobody believes ten minutes of a tenth
        (nan, 0.6, 30.0, State.UP),
        (nan, 0.4, 30.0, State.DOWN),
        (nan, 0.9, 90.0, State.UNKNOWN),  # how fast it emptied nobody knows
    ],
)
def test_what_a_ups_had_left_is_judged_by_its_own_word(
    runtime: float, charge: float, passed: float, held: State
) -> None:
    for end in (SILENCE, said(runtime, 0.0)):
        reserves = Reserves(NODES)
        reserves.take(said(runtime, charge), State.UP, 100.0)
        assert reserves.held("ups") is State.UNKNOWN, "its output lives"
        reserves.take(end, State.DOWN, 100.0 + passed)
        reserves.take(SILENCE, State.DOWN, 9000.0)
        assert reserves.held("ups") is held


def test_of_one_that_told_nothing_while_it_lived_nobody_knows() -> None:
    reserves = Reserves(NODES)
    reserves.take(SILENCE, State.DOWN, 1.0)
    reserves.take(said(600.0, 0.9), State.DOWN, 2.0)
    assert reserves.held("ups") is State.UNKNOWN
    assert reserves.held("pdu") is State.UNKNOWN
    reserves.take(said(600.0, 0.9), State.UP, 3.0)
    reserves.take(SILENCE, State.UP, 4.0)
    reserves.take(said(nan, nan), State.UP, 5.0)
    assert reserves.held("ups") is State.UNKNOWN, "it works again"
