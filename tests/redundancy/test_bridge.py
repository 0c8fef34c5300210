"""What is known of parts through an answer that comes too late."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

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


STEPS = st.lists(
    st.tuples(st.floats(-5.0, 30.0), st.fixed_dictionaries({name: st.sampled_from(State) for name in "ab"}))
)


@given(STEPS, st.data())
def test_what_goes_on_is_bridged_as_if_it_had_been_asked_for_each_time(
    steps: list[tuple[float, dict[str, State]]], data: st.DataObject
) -> None:
    short, long = Bridge(15.0), Bridge(15.0)
    now, before = 100.0, None
    for after, states in steps:
        now += after
        if before is not None and data.draw(st.booleans()):
            states = before
        evidence = [(name, Evidence(name, state, Basis.MEASURED)) for name, state in states.items()]
        expected = list(long.over(evidence, now))
        if states != before or not short.goes_on(now):
            assert list(short.over(evidence, now)) == expected
        before = states
