"""Answers that come together say what each of them says alone, to the last bit."""

from __future__ import annotations

import math
import struct
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.snmp.decoding.arithmetic import WORTH_NUMPY, arithmetic
from collectors.snmp.decoding.program import Program, Slot
from collectors.snmp.decoding.together import Arrival, decode_all
from collectors.snmp.dialect.forms import Kind
from collectors.snmp.engine.value import Absence, Malformed, Oid, Tag
from collectors.snmp.questions.asking import LATE, NOTHING
from dcim.model import Lane, Layout, Meaning, Point, state_code
from dcim.profile import Quantity, States
from tests.examples import many

VOLTS = Quantity("v", "volts", divisor=10.0, absent=frozenset({-1, 99}), low=0.0, high=1000.0)
WARM = Quantity("t", "celsius", factor=5.0, divisor=9.0, offset=-160 / 9, low=-50.0, high=200.0)
ENERGY = Quantity("e", "joules", factor=3600.0)
MODE = States("m", {1: (state_code("on"), Meaning("on")), 2: (state_code("off"), Meaning("off"))})

numbers = st.integers(-(2**63), 2**64 - 1) | st.integers(-10, 10_000)
cells = st.one_of(
    st.tuples(numbers, st.sampled_from([0x02, 0x41, 0x42, 0x46, 0x43])),
    st.floats(width=32).map(lambda value: (value, 0x44)),
    st.sampled_from(
        [
            (Absence.NO_SUCH_INSTANCE, Tag.NO_SUCH_INSTANCE), (LATE, NOTHING), (None, Tag.NULL),
            (Malformed(0x02, b""), Tag.INTEGER), (b"12", Tag.OCTET_STRING), (Oid(b"\x2b"), 0x06),
        ]
    ),
)  # fmt: skip


def program(asset: str, values: list[Quantity | States]) -> Program:
    slots = tuple(Slot(value, Kind.NUMBER, at) for at, value in enumerate(values))
    points = tuple(Point(asset, f"m{at}") for at in range(len(slots)))
    states = tuple(one.meanings if isinstance(one, States) else None for one in values)
    return Program(Layout(asset, Lane.FAST, points, states, ("1.3",) * len(slots)), slots)


@pytest.mark.long
@settings(max_examples=200, deadline=None)
@given(
    families=st.lists(
        st.tuples(
            st.lists(st.sampled_from([VOLTS, WARM, ENERGY]), min_size=1, max_size=8),
            st.sampled_from([[], [MODE]]),
        ),
        min_size=1,
        max_size=3,
    ),
    data=st.data(),
)
def test_many_together_say_what_each_says_alone(families, data):
    """The same device may answer twice in a turn; what it says is read by one program."""
    devices = [
        (program(f"a{number}", [*numbers, *states]), program(f"a{number}", [*numbers, *states]))
        for number, (numbers, states) in enumerate(families * 3)
    ]
    arrivals, alone = [], []
    for _ in range(data.draw(st.integers(1, 24))):
        one, other = data.draw(st.sampled_from(devices))
        said = data.draw(st.lists(cells, min_size=len(one.slots), max_size=len(one.slots)))
        values, tags = [value for value, _ in said], bytes(tag for _, tag in said)
        arrivals.append(Arrival(one, values, tags))
        alone.append((other, values, tags))
    for batch, (other, values, tags) in zip(decode_all(arrivals, 5.0), alone, strict=True):
        wanted = other.decode(values, tags, 5.0)
        assert batch.values.tobytes() == wanted.values.tobytes()
        assert (batch.gaps, batch.at) == (wanted.gaps, 5.0)


def test_a_bug_of_one_costs_no_other():
    quantities = [*[VOLTS] * WORTH_NUMPY, MODE]
    values, tags = [2301] * (WORTH_NUMPY + 1), bytes([2]) * (WORTH_NUMPY + 1)
    broken = Arrival(program("x", quantities), [2301] * WORTH_NUMPY + [[]], tags)
    first, second = decode_all([broken, Arrival(program("y", quantities), values, tags)], 5.0)
    assert isinstance(first, Exception)
    assert list(second.values[:-1]) == [230.1] * WORTH_NUMPY


@given(
    steps=st.lists(
        st.tuples(st.floats(), st.floats(0.001, 1e9), st.floats(), st.floats(), st.floats()),
        min_size=1,
        max_size=6,
    ),
    data=st.data(),
)
def test_rows_in_one_go_are_the_rows_one_by_one(steps, data):
    family = arithmetic(tuple(steps))
    row = st.lists(st.floats(), min_size=len(steps), max_size=len(steps))
    rows = data.draw(st.lists(row, min_size=1, max_size=5))
    found = family.of_all([array("d", one) for one in rows])
    alone = [family.of(one) for one in rows]
    assert [one.values.tobytes() for one in found] == [array("d", one).tobytes() for one in alone]
    assert [one.whole for one in found] == [not any(map(math.isnan, one)) for one in alone]


@given(
    cells=st.lists(
        st.integers(-(2**63), 2**64 - 1)
        | st.integers(min_value=2**1023)
        | st.floats()
        | st.sampled_from([b"12", None, Malformed(0x02, b"")]),
        min_size=1,
        max_size=8,
    )
)
def test_a_row_is_the_cells_as_an_array_has_them(cells):
    family = arithmetic(((1.0, 1.0, 0.0, 0.0, 1.0),) * len(cells))
    try:
        wanted = array("d", cells)
    except (TypeError, OverflowError):
        with pytest.raises(struct.error):
            family.row(cells)
    else:
        assert family.row(cells) == wanted.tobytes()


@many(60)
@given(data=st.data())
def test_cells_that_are_float64_already_make_the_same_numbers(data):
    """The engine hands them on where it has read many answers at once; types decide as they always do."""
    values = data.draw(st.lists(st.sampled_from([VOLTS, WARM, ENERGY]), min_size=1, max_size=6))
    beside = data.draw(st.sampled_from([[], [MODE]]))
    tags = data.draw(st.lists(st.sampled_from([0x02, 0x41, 0x43, 0x46]), min_size=8, max_size=8))
    size = len(values) + len(beside)
    one = program("a", [*values, *beside])
    arrivals = []
    for row in data.draw(st.lists(st.lists(numbers, min_size=size, max_size=size), min_size=1, max_size=20)):
        bare = Arrival(one, row, bytes(tags[:size]))
        arrivals.append((bare, bare._replace(row=struct.pack(f"{size}d", *row))))
    alone = decode_all([bare for bare, _ in arrivals] * WORTH_NUMPY, 7.0)
    ready = decode_all([made for _, made in arrivals] * WORTH_NUMPY, 7.0)
    for before, after in zip(alone, ready, strict=True):
        assert before.values.tobytes() == after.values.tobytes()
        assert before.gaps == after.gaps
