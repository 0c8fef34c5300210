"""From cells to readings: types, absent, ranges, bits, what stands beside."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp.decoding.program import Program, RaisedSlot, Slot, code_of, raw_of
from collectors.snmp.decoding.slots import Partly, names_in
from collectors.snmp.dialect.forms import Kind
from collectors.snmp.dialect.profile import Allowed
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Absence, IpAddress, Malformed, Oid, Opaque, Tag
from dcim.model import Gap, GapReason, Health, Lane, Layout, Meaning, Point, state_code
from dcim.profile import Alarm, Alarms, Condition, Quantity, States

VOLTS = Quantity("v", "volts", divisor=10.0, absent=frozenset({-1, 4294967295}), low=0.0, high=1000.0)
CHARGE = Quantity("c", "ratio", divisor=100.0, absent=frozenset({99}), low=0.0, high=1.0)
MODE = States(
    "m",
    {
        1: (state_code("on"), Meaning("on", Health.OK)),
        2: (state_code("off"), Meaning("off", Health.WARNING)),
        9: (state_code("x"), Meaning("x")),
    },
    frozenset({9}),
)


def program(*slots):
    points = tuple(Point("a", f"m{at}") for at in range(len(slots)))
    states = tuple(
        slot.value.meanings if isinstance(getattr(slot, "value", None), States) else None for slot in slots
    )
    return Program(Layout("a", Lane.FAST, points, states, tuple("1.3" for _ in slots)), slots)


def slots(*values, kind=Kind.NUMBER):
    return [Slot(value, kind, at) for at, value in enumerate(values)]


def test_numbers_and_states_are_read_in_one_pass():
    batch = program(*slots(VOLTS, CHARGE, MODE)).decode([2301, 50, 2], b"\x02\x42\x02", 5.0)
    assert list(batch.values) == [230.1, 0.5, state_code("off")]
    assert batch.gaps == {}
    assert batch.at == 5.0
    assert batch.reading(2).state == "off"


def test_absent_is_a_gap_whether_the_range_would_catch_it_or_not():
    """Pains: A4."""
    batch = program(*slots(VOLTS, CHARGE, MODE)).decode([-1, 99, 9], b"\x02\x02\x02", 0.0)
    assert all(math.isnan(value) for value in batch.values)
    assert {slot: gap.reason for slot, gap in batch.gaps.items()} == dict.fromkeys(range(3), GapReason.ABSENT)


def test_out_of_range_and_unknown_codes_keep_what_stood_there():
    """Pains: A2: 9999 tenths of a volt too many, a code that the manual does not know."""
    batch = program(*slots(VOLTS, MODE)).decode([99999, 7], b"\x02\x02", 0.0)
    assert batch.gaps == {0: Gap(GapReason.OUT_OF_RANGE, "99999"), 1: Gap(GapReason.UNKNOWN_CODE, "7")}


@pytest.mark.parametrize(
    ("value", "tag", "reason"),
    [
        (12345, Tag.TIME_TICKS, GapReason.MALFORMED),
        (b"Wed 31 Feb", Tag.OCTET_STRING, GapReason.MALFORMED),
        (b"", Tag.OCTET_STRING, GapReason.ABSENT),
        (b"\xff\x00", Tag.OCTET_STRING, GapReason.MALFORMED),
        (Oid(b"+"), Tag.OBJECT_IDENTIFIER, GapReason.MALFORMED),
        (IpAddress(b"1234"), Tag.IP_ADDRESS, GapReason.MALFORMED),
        (Opaque(b"1"), Tag.OPAQUE, GapReason.MALFORMED),
        (Malformed(2, b""), Tag.INTEGER, GapReason.MALFORMED),
        (None, Tag.NULL, GapReason.ABSENT),
        (Absence.NO_SUCH_OBJECT, Tag.NO_SUCH_OBJECT, GapReason.ABSENT),
        (Gap(GapReason.DEADLINE), 0, GapReason.DEADLINE),
        (Gap(GapReason.REFUSED, "genErr"), 0, GapReason.REFUSED),
        (math.nan, Tag.OPAQUE, GapReason.ABSENT),
        (math.inf, Tag.OPAQUE, GapReason.OUT_OF_RANGE),
    ],
)
def test_a_value_of_another_type_is_a_gap_and_costs_no_other(value, tag, reason):
    """Pains: A3, B6."""
    one = program(*slots(VOLTS, VOLTS, MODE))
    batch = one.decode([2300, value, 1], bytes([2, tag, 2]), 0.0)
    assert batch.gaps[1].reason is reason
    assert (batch.values[0], batch.values[2]) == (230.0, state_code("on"))
    again = one.decode([2300, 2300, 1], b"\x02\x02\x02", 0.0)
    assert again.gaps == {}


def test_text_that_is_nothing_but_a_number_is_one():
    batch = program(*slots(VOLTS, MODE)).decode([b" 2301 ", b"2"], b"\x04\x04", 0.0)
    assert list(batch.values) == [230.1, state_code("off")]
    assert program(*slots(VOLTS)).decode([b"2301 V"], b"\x04", 0.0).gaps[0].reason is GapReason.MALFORMED


def test_a_float_inside_an_opaque_is_a_number():
    assert program(*slots(VOLTS)).decode([2301.5], b"\x44", 0.0).values[0] == pytest.approx(230.15)


def test_time_ticks_are_read_where_the_profile_says_so_and_nowhere_else():
    """Pains: A3: 540,600 hundredths of a second are 90 minutes."""
    ticks = Quantity("t", "seconds", divisor=100.0, low=0.0, high=1e9)
    one = program(*slots(ticks, kind=Kind.TIMETICKS))
    assert one.decode([540_600], b"\x43", 0.0).values[0] == 5406.0
    assert one.decode([540_600], b"\x02", 0.0).gaps[0].reason is GapReason.MALFORMED
    assert one.decode([b"540600"], b"\x04", 0.0).gaps[0].reason is GapReason.MALFORMED


def test_a_signed_number_sent_without_its_sign_gets_it_back():
    below = Quantity("t", "celsius", divisor=10.0, low=-300.0, high=100.0)
    one = program(*slots(below, kind=Kind.SIGNED))
    assert one.decode([4294967241], b"\x42", 0.0).values[0] == -5.5
    assert one.decode([55], b"\x42", 0.0).values[0] == 5.5


def test_the_device_says_how_many_decimals():
    """Pains: A1."""
    amperes = Quantity("a", "amperes", low=0.0, high=100.0)
    one = program(Slot(amperes, Kind.NUMBER, 0, decimals=3))
    assert one.decode([680], b"\x42", 0.0).values[0] == 0.68


def test_the_cell_beside_says_the_unit_and_a_change_shows_at_once():
    """Pains: A5."""
    celsius = Quantity("t", "celsius", low=-40.0, high=100.0)
    fahrenheit = Quantity("t", "celsius", factor=5.0, divisor=9.0, offset=-160 / 9, low=-40.0, high=100.0)
    one = program(Slot(celsius, Kind.NUMBER, 0, variants=(1, {1: celsius, 2: fahrenheit})))
    assert one.decode([23, 1], b"\x02\x02", 0.0).values[0] == 23
    assert one.decode([75, 2], b"\x02\x02", 0.0).values[0] == pytest.approx(23.888888)
    assert one.decode([75, 3], b"\x02\x02", 0.0).gaps[0] == Gap(GapReason.UNKNOWN_CODE, "unit 3")
    assert one.decode([75, b"x"], b"\x02\x04", 0.0).gaps[0].reason is GapReason.UNKNOWN_CODE


def test_the_cell_beside_says_that_there_is_no_value():
    """Pains: A4: the number beside 'not available' means nothing."""
    one = program(Slot(VOLTS, Kind.NUMBER, 0, valid=(1, frozenset({1}))))
    assert one.decode([2300, 1], b"\x02\x02", 0.0).values[0] == 230
    assert one.decode([2300, 2], b"\x02\x02", 0.0).gaps[0] == Gap(GapReason.ABSENT, "2")
    assert one.decode([2300, b"1"], b"\x02\x04", 0.0).values[0] == 230


def test_each_bit_is_a_point_and_nameless_ones_are_told():
    """Pains: C12."""
    word = Alarms("w", (Alarm(0, "abnormal"), Alarm(2, "low")))
    made = [Slot(word, Kind.FLAGS, 0, bit=0), Slot(word, Kind.FLAGS, 0, bit=2), Slot(word, Kind.FLAGS, 0)]
    one = program(*made)
    assert list(one.decode([b"0010"], b"\x04", 0.0).values) == [0.0, 1.0, 0.0]
    strange = one.decode([b"1100"], b"\x04", 0.0)
    assert strange.values[0] == 1.0
    assert strange.gaps == {2: Gap(GapReason.UNKNOWN_CODE, "0x2")}
    assert one.decode([b"UNKNOWN"], b"\x04", 0.0).gaps[0].reason is GapReason.ABSENT
    assert one.decode([5], b"\x02", 0.0).gaps[0].reason is GapReason.MALFORMED


def test_bits_of_octets_count_from_the_highest_of_the_first():
    word = Alarms("w", (Alarm(0, "first"), Alarm(9, "tenth")))
    one = program(Slot(word, Kind.OCTETS, 0, bit=0), Slot(word, Kind.OCTETS, 0, bit=9))
    assert list(one.decode([b"\x80\x40"], b"\x04", 0.0).values) == [1.0, 1.0]


def test_an_absent_word_of_bits_is_a_gap_for_each_of_them():
    word = Alarms("w", (Alarm(0, "first"),), frozenset({255}))
    batch = program(Slot(word, Kind.NUMBER, 0, bit=0)).decode([255], b"\x02", 0.0)
    assert batch.gaps[0].reason is GapReason.ABSENT


def test_a_condition_and_text_codes_are_read_by_their_codes():
    alarm = Condition("c", frozenset({2}), frozenset({1}))
    words = States("s", {"On Line": (1.0, Meaning("on")), "2": (2.0, Meaning("two"))})
    one = program(Slot(alarm, Kind.NUMBER, 0), Slot(words, Kind.TEXT, 1))
    assert list(one.decode([2, b"On Line"], b"\x02\x04", 0.0).values) == [1.0, 1.0]
    assert list(one.decode([1, b"2"], b"\x02\x04", 0.0).values) == [0.0, 2.0]
    assert one.decode([1, 2], b"\x02\x02", 0.0).gaps[1].reason is GapReason.MALFORMED


def test_raised_alarms_that_nobody_knows_are_told():
    known = frozenset({oid.encode("1.3.6.1"), 7})
    made = [RaisedSlot(0, 7, known), RaisedSlot(0, oid.encode("1.3.6.1"), known), RaisedSlot(0, None, known)]
    one = program(*made)
    assert list(one.decode([frozenset({7})], b"\x00", 0.0).values) == [1.0, 0.0, 0.0]
    strange = one.decode([frozenset({8, Oid(oid.encode("1.3.9"))})], b"\x00", 0.0)
    assert strange.gaps == {2: Gap(GapReason.UNKNOWN_CODE, "1.3.9 8")}
    assert one.decode([Gap(GapReason.DEADLINE)], b"\x00", 0.0).gaps[0].reason is GapReason.DEADLINE
    assert one.decode([5], b"\x02", 0.0).gaps[0].reason is GapReason.MALFORMED


@pytest.mark.parametrize(
    ("count", "raw"),
    [(3, "1 rows of 3"), (-1, "1 rows of -1"), (b"", "1 rows of "), (b"many", "1 rows of many")],
)
def test_alarms_without_a_row_are_unknown_while_rows_are_missing(count, raw):
    """A table that is cut, or a count that is none, is no proof that an alarm is over. Pains: A2."""
    made = [
        RaisedSlot(0, 7, frozenset({7, 8})),
        RaisedSlot(0, 8, frozenset({7, 8})),
        RaisedSlot(0, None, frozenset({7, 8})),
    ]
    batch = program(*made).decode([names_in([7], count)], b"\x00", 0.0)
    assert batch.values[0] == 1.0
    assert batch.gaps == dict.fromkeys((1, 2), Gap(GapReason.MALFORMED, raw))
    late = program(*made).decode([names_in([], Gap(GapReason.DEADLINE))], b"\x00", 0.0)
    assert late.gaps == dict.fromkeys((0, 1, 2), Gap(GapReason.DEADLINE))


def test_as_many_rows_as_the_count_says_are_the_whole_truth():
    assert names_in([7, 7, Oid(b"\x00")], 2) == names_in([7], b"1") == names_in([7]) == frozenset({7})


def test_rows_that_name_no_alarm_do_not_stand_for_one_that_the_count_says_is_there():
    """A card with 24 rows of zeros for whatever may come, and two alarms: which two, nobody says. Pains: A2."""
    empty = [Oid(b"\x00" * 11)] * 24
    assert names_in(empty, 0) == names_in(empty) == frozenset()
    assert names_in(empty, 2) == Partly(frozenset(), Gap(GapReason.MALFORMED, "0 rows of 2"))
    assert names_in([7, *empty], 1) == frozenset({7})
    assert names_in([7, Oid(b"\x00")], 2) == Partly(frozenset({7}), Gap(GapReason.MALFORMED, "1 rows of 2"))


def test_a_cell_beside_that_was_not_heard_is_told_as_it_is():
    """Not as if the device had said something odd there, and never as a value that it may not have meant."""
    late = Gap(GapReason.DEADLINE)
    beside = ({1}, Allowed(excluded=frozenset({2})))
    made = [Slot(VOLTS, Kind.NUMBER, at, valid=(2, codes)) for at, codes in enumerate(beside)]
    assert program(*made).decode([2300, 2300, late], b"\x02\x02\x00", 0.0).gaps == {0: late, 1: late}
    unit = Slot(VOLTS, Kind.NUMBER, 0, variants=(1, {1: VOLTS}))
    assert program(unit).decode([2300, late], b"\x02\x00", 0.0).gaps == {0: late}


def test_codes_are_numbers_where_they_can_be():
    assert code_of(7) == 7
    assert code_of(b"12") == 12
    assert code_of(b"two") == "two"
    assert code_of(b"9" * 40) == "9" * 40


def test_a_slot_moves_with_everything_beside_it():
    slot = Slot(VOLTS, Kind.NUMBER, 0, variants=(1, {}), valid=(2, frozenset()))
    moved = slot.moved([7, 8, 9])
    assert (moved.position, moved.variants, moved.valid) == (7, (8, {}), (9, frozenset()))


ANY = st.one_of(
    st.integers(-(2**63), 2**64), st.floats(), st.binary(max_size=20), st.none(), st.sampled_from(list(Absence)),
    st.binary(max_size=8).map(Oid), st.binary(min_size=4, max_size=4).map(IpAddress), st.binary(max_size=8).map(Opaque),
    st.builds(Malformed, st.integers(0, 255), st.binary(max_size=4)), st.builds(Gap, st.sampled_from(list(GapReason))),
)  # fmt: skip


@given(st.lists(st.tuples(ANY, st.integers(0, 255)), min_size=5, max_size=5), st.sampled_from(list(Kind)))
def test_whatever_comes_there_is_a_value_or_a_gap_and_nothing_else(cells, kind):
    """Pains: B6: even where the type that a cell claims is not the type it has."""
    word = Alarms("w", (Alarm(1, "x"),))
    made = [
        Slot(VOLTS, kind, 0),
        Slot(MODE, kind, 1),
        Slot(VOLTS, kind, 2, valid=(1, frozenset({1}))),
        Slot(word, kind, 3, bit=1),
        Slot(word, kind, 4),
    ]
    batch = program(*made).decode([value for value, _ in cells], bytes(tag for _, tag in cells), 0.0)
    assert {slot for slot, value in enumerate(batch.values) if math.isnan(value)} == set(batch.gaps)


@given(st.sampled_from(list(Kind)), st.integers(0, 255), ANY)
def test_a_raw_value_is_a_number_or_text_or_a_gap(kind, tag, value):
    assert isinstance(raw_of(kind, tag, value), int | float | str | Gap)


def test_kept_gaps_are_bounded():
    one = program(*slots(VOLTS))
    for raw in range(20_000, 21_100):
        assert one.decode([raw], b"\x02", 0.0).gaps[0] == Gap(GapReason.OUT_OF_RANGE, str(raw))
    assert one.decode([20_000], b"\x02", 0.0).gaps[0].raw == "20000"


def test_words_follow_their_cells_and_gaps_come_back_as_they_were():
    alarm = Condition("c", frozenset({2}), frozenset({1}))
    one = program(Slot(alarm, Kind.NUMBER, 0), Slot(VOLTS, Kind.NUMBER, 1, variants=(1, {1: VOLTS})))
    for raw, expected in ((1, 0.0), (2, 1.0), (2, 1.0), (1, 0.0)):
        assert one.decode([raw, 1], b"\x02\x02", 0.0).values[0] == expected
    for _ in range(2):
        assert one.decode([7, 1], b"\x02\x02", 0.0).gaps[0] == Gap(GapReason.UNKNOWN_CODE, "7")
    assert one.decode([7, 1], b"\x43\x02", 0.0).gaps[0].reason is GapReason.MALFORMED


@pytest.mark.parametrize("value", [b"A" * 60_000, Malformed(2, b"A" * 60_000)])
def test_a_long_text_is_not_kept_beside_its_gap(value):
    made = program(*slots(VOLTS))
    for _ in range(2):
        batch = made.decode([value], b"\x04", 0.0)
        assert batch.gaps[0].reason is GapReason.MALFORMED
    assert made._known == {}
    made.decode([b"short"], b"\x04", 0.0)
    assert len(made._known) == 1
