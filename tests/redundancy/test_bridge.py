"""What is known of parts through an answer that comes too late."""

from __future__ import annotations

from dcim.graph import Basis, Evidence, State
from dcim.redundancy.bridge import Bridge


def _at(bridge: Bridge, state: State, now: float) -> State:
    (pair,) = bridge.over([("ups-a", Evidence("ups-a", state, Basis.MEASURED))], now)
    return pair[1].works


def test_one_late_answer_leaves_a_part_as_it_was_known() -> None:
    """So that no warning starts anew and no service flaps. Pains: F1."""
    bridge = Bridge(15.0)
    assert _at(bridge, State.UP, 100.0) is State.UP
    assert _at(bridge, State.UNKNOWN, 105.0) is State.UP
    assert _at(bridge, State.UNKNOWN, 115.0) is State.UP
    assert _at(bridge, State.UNKNOWN, 116.0) is State.UNKNOWN, "the bridge ends"
    assert _at(bridge, State.UP, 120.0) is State.UP


def test_what_is_known_to_be_down_is_not_bridged_and_what_was_never_known_neither() -> None:
    bridge = Bridge(15.0)
    assert _at(bridge, State.UNKNOWN, 1.0) is State.UNKNOWN
    assert _at(bridge, State.UP, 2.0) is State.UP
    assert _at(bridge, State.DOWN, 3.0) is State.DOWN
    assert _at(bridge, State.UNKNOWN, 4.0) is State.DOWN
    assert _at(bridge, State.UNKNOWN, 1.0) is State.UNKNOWN, "a wall clock put back"
