"""Which frame is the answer. Pure."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.modbus.transport.contract import Read, Space
from collectors.modbus.transport.frames import MEI, Fit, Question, fit, read_objects, rtu_length

ASKED = Question.of(5, Read(Space.HOLDING, 0, 2))


@pytest.mark.parametrize(
    ("unit", "pdu", "verdict"),
    [
        (5, b"\x03\x04abcd", Fit.ANSWER),
        (5, b"\x83\x02", Fit.EXCEPTION),
        (6, b"\x03\x04abcd", Fit.OTHER),
        (5, b"\x04\x04abcd", Fit.OTHER),
        (5, b"\x84\x02", Fit.OTHER),
        (5, b"\x03\x02ab", Fit.OTHER),
        (5, b"\x03\x04abc", Fit.NONSENSE),
        (5, b"\x83\x02\x00", Fit.NONSENSE),
        (5, b"\x03", Fit.NONSENSE),
        (5, b"", Fit.NONSENSE),
    ],
)
def test_unit_function_and_length_must_all_be_those_of_the_question(unit, pdu, verdict):
    """Pains: A9."""
    assert fit(ASKED, unit, pdu) is verdict


@pytest.mark.parametrize(
    ("pdu", "verdict"),
    [
        (bytes([MEI, 0x0E, 2, 0x83, 0, 0, 0]), Fit.ANSWER),
        (bytes([MEI, 0x0D, 2, 0x83, 0, 0, 0]), Fit.NONSENSE),
        (bytes([MEI, 0x0E, 2]), Fit.NONSENSE),
        (bytes([MEI | 0x80, 1]), Fit.EXCEPTION),
    ],
)
def test_identification_is_checked_too(pdu, verdict):
    assert fit(Question(5, MEI, None), 5, pdu) is verdict


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 255), st.binary(max_size=260))
def test_any_frame_has_a_verdict(unit, pdu):
    assert fit(ASKED, unit, pdu) in Fit
    assert fit(Question(5, MEI, None), unit, pdu) in Fit


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_the_length_of_an_rtu_frame_is_told_or_not_there(frame):
    length = rtu_length(frame)
    assert length is None or length == 0 or length >= 5


@pytest.mark.parametrize(
    ("frame", "length"),
    [
        (b"\x05\x03", 0),
        (b"\x05\x03\x04", 9),
        (b"\x05\x83\x02", 5),
        (b"\x05\x10\x00", None),
        (b"\x05\x2b\x0e\x02\x83\x00\x00", 0),
        (b"\x05\x2b\x0e\x02\x83\x00\x00\x01", 0),
        (b"\x05\x2b\x0e\x02\x83\x00\x00\x01\x00\x03", 15),
        (b"\x05\x2b\x0d\x02", None),
    ],
)
def test_how_long_an_rtu_frame_is(frame, length):
    assert rtu_length(frame) == length


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=7, max_size=260))
def test_objects_never_reach_beyond_their_answer(pdu):
    found = read_objects(pdu)
    assert found is None or sum(len(text) for text in found.texts.values()) <= len(pdu)


def test_objects():
    found = read_objects(bytes([MEI, 0x0E, 1, 1, 0xFF, 2, 2, 0, 3]) + b"ABB" + bytes([1, 2]) + b"B\0")
    assert found is not None
    assert dict(found.texts) == {0: "ABB", 1: "B"}
    assert found.following == 2


def test_objects_that_would_forge_a_line_or_turn_the_writing_are_made_legible():
    evil = "A\nobject 1: B\x1b[31m\u202eC\u200b\u2029D\x85".encode()
    found = read_objects(bytes([MEI, 0x0E, 1, 1, 0, 0, 1, 0, len(evil)]) + evil)
    assert found is not None
    assert found.texts == {0: "A object 1: B [31mC D"}
