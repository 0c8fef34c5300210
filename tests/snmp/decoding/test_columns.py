"""Rows of many devices read column by column say what ``Program.decode`` says of each, where they are whole."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp.decoding.program import Program, Slot
from collectors.snmp.dialect.forms import Kind
from collectors.snmp.engine.value import Tag
from dcim.model import Lane, Layout, Meaning, Point, state_code
from dcim.profile import Quantity, States
from tests.examples import many

VOLTS = Quantity("v", "volts", divisor=10.0, absent=frozenset({-1, 99}), low=0.0, high=1000.0)
WARM = Quantity("t", "celsius", factor=5.0, divisor=9.0, offset=-160 / 9, low=-50.0, high=200.0)
FAR = Quantity("e", "joules", factor=3600.0, absent=frozenset({2**62}))
MODE = States("m", {1: (state_code("on"), Meaning("on")), 2: (state_code("off"), Meaning("off"))})
NONE = States("n", {"up": (state_code("up"), Meaning("up"))})

cells = st.sampled_from([-1, 0, 1, 2, 3, 99, 100, 2**53, 2**62, 2**62 + 1]) | st.integers(-(2**63), 2**63 - 1)


def program(asset: str, values: list[Quantity | States]) -> Program:
    slots = tuple(Slot(value, Kind.NUMBER, at) for at, value in enumerate(values))
    points = tuple(Point(asset, f"m{at}") for at in range(len(slots)))
    states = tuple(one.meanings if isinstance(one, States) else None for one in values)
    return Program(Layout(asset, Lane.FAST, points, states, ("1.3",) * len(slots)), slots)


@many(200)
@given(
    numbers=st.lists(st.sampled_from([VOLTS, WARM, FAR]), min_size=1, max_size=6),
    states=st.lists(st.sampled_from([MODE, NONE]), max_size=3),
    data=st.data(),
)
def test_what_is_whole_is_what_is_read_of_each_alone(
    numbers: list[Quantity], states: list[States], data: st.DataObject
) -> None:
    one = program("a", [*numbers, *states])
    columns = one.columns()
    assert columns is not None
    width = len(one.slots) + data.draw(st.integers(0, 2))  # cells that nobody reads may stand behind
    rows = data.draw(st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=12))
    found, whole = columns.read([array("d", row).tobytes() for row in rows])
    for row, said, is_whole in zip(rows, found, whole.tolist(), strict=True):
        batch = one.decode(row, bytes([Tag.INTEGER]) * width, 7.0)
        if is_whole:
            assert not batch.gaps
            assert batch.values.tobytes() == said.tobytes()
        else:  # something is missing, or a cell is so large that columns leave it
            assert batch.gaps or max(map(abs, row[: len(one.slots)])) >= 2**53


def test_devices_that_are_read_alike_have_the_same_columns() -> None:
    assert program("a", [VOLTS, MODE]).columns() is program("b", [VOLTS, MODE]).columns()
    assert program("a", [VOLTS, MODE]).columns() is not program("b", [WARM, MODE]).columns()


def test_what_is_no_number_and_no_state_has_none() -> None:
    one = program("a", [VOLTS, MODE, WARM])  # a number behind a state is read apart
    assert one.columns() is None
