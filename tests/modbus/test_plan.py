"""Everything wanted is read exactly once, inside the limits, and no hole is touched."""

from __future__ import annotations

from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.modbus.families.plan import Holes, Limits, covers, halves, merge
from collectors.modbus.transport.contract import Framing, Link, Read, Space
from tests.examples import many

H = Space.HOLDING
NONE = Holes()


@st.composite
def wanted_reads(draw):
    space = draw(st.sampled_from(list(Space)))
    count = draw(st.integers(1, 8 if space.has_words else 1))
    start = draw(st.one_of(st.integers(0, 300), st.integers(65400, 65536 - count)))
    return Read(space, start, count)


reads = st.lists(wanted_reads(), max_size=20)
limits = st.builds(Limits, st.integers(8, 125), st.integers(8, 2000), st.integers(0, 40))


@st.composite
def hole_sets(draw):
    spaces = draw(
        st.dictionaries(st.sampled_from(list(Space)), st.frozensets(st.integers(0, 300), max_size=20))
    )
    return Holes(MappingProxyType(spaces))


@many(60)
@given(reads, limits, hole_sets())
def test_each_wanted_read_lies_in_exactly_one_planned_read(wanted, bounds, holes):
    """Pains: C3, C4 (values of several words are never split; up to address 65535)."""
    plan = merge(wanted, bounds, holes)
    for read in set(wanted):
        inside = [planned for planned in plan if covers(planned, read)]
        assert len(inside) == (0 if holes.touched_by(read) else 1)


@many(60)
@given(reads, limits, hole_sets())
def test_no_read_is_too_wide_none_touches_a_hole_and_none_is_beyond_the_end(wanted, bounds, holes):
    """Pains: C3, C4."""
    for planned in merge(wanted, bounds, holes):
        assert 1 <= planned.count <= bounds.widest(planned.space)
        assert not holes.touched_by(planned)
        assert planned.stop <= 65536


@many(60)
@given(reads, limits, hole_sets())
def test_a_plan_is_sorted_and_does_not_depend_on_the_order_of_wishes(wanted, bounds, holes):
    plan = merge(wanted, bounds, holes)
    assert list(plan) == sorted(plan)
    assert plan == merge(reversed(wanted), bounds, holes)


@settings(max_examples=60, deadline=None)
@given(reads, limits)
def test_a_plan_never_asks_more_often_than_one_question_a_wish(wanted, bounds):
    assert len(merge(wanted, bounds, NONE)) <= len(set(wanted))


@settings(max_examples=60, deadline=None)
@given(reads, limits, hole_sets())
def test_planning_a_plan_changes_nothing(wanted, bounds, holes):
    """What could be joined is joined already, even where unused registers between cost nothing to read."""
    plan = merge(wanted, bounds, holes)
    assert merge(plan, bounds, holes) == plan


def test_neighbours_across_a_small_gap_are_one_question():
    """Pains: C3."""
    wanted = [Read(H, 0), Read(H, 9, 2), Read(H, 30)]
    assert merge(wanted, Limits(125, 2000, 8), NONE) == (Read(H, 0, 11), Read(H, 30))


def test_a_hole_parts_what_would_have_been_one_question():
    wanted = [Read(H, 0, 2), Read(H, 4, 2)]
    holes = NONE.with_read(Read(H, 3))
    assert merge(wanted, Limits(), holes) == (Read(H, 0, 2), Read(H, 4, 2))


def test_the_last_address_is_read():
    """Pains: C4."""
    wanted = [Read(H, 65531, 2), Read(H, 65535)]
    assert merge(wanted, Limits(), NONE) == (Read(H, 65531, 5),)


def test_bits_are_merged_across_wider_gaps_than_words():
    wanted = [Read(Space.COIL, 0), Read(Space.COIL, 100)]
    assert merge(wanted, Limits(gap=8), NONE) == (Read(Space.COIL, 0, 101),)


def test_overlapping_wishes_are_one_read():
    assert merge([Read(H, 5, 4), Read(H, 6, 1)], Limits(), NONE) == (Read(H, 5, 4),)


@settings(max_examples=60, deadline=None)
@given(st.lists(wanted_reads(), min_size=2, max_size=12, unique=True))
def test_halves_part_everything_inside_and_nothing_else(wanted):
    space = wanted[0].space
    whole = Read(space, 0, 65536)
    left, right = halves(whole, wanted)
    assert sorted([*left, *right]) == sorted(read for read in wanted if read.space is space)
    assert len(right) - len(left) in (0, 1)


def test_how_reads_and_links_are_shown():
    assert str(Read(H, 7)) == "holding 7"
    assert str(Read(Space.COIL, 7, 3)) == "coil 7..9"
    assert str(Link("fe80::1", 502)) == "[fe80::1]:502"
    assert str(Link("/dev/ttyS0", 0, Framing.SERIAL)) == "/dev/ttyS0"


def test_a_serial_line_is_quiet_for_three_and_a_half_characters():
    """Pains: C7."""
    assert Link("/dev/ttyS0", 0, Framing.SERIAL, 9600).silence == 38.5 / 9600
    assert Link("/dev/ttyS0", 0, Framing.SERIAL, 115200).silence == 0.00175
    assert Link("10.0.0.9", 502).silence == 0
