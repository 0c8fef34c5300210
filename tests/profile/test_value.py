"""Raw values become readings in base units, or gaps that say why not. Pains: A2, A4."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.model import Gap, GapReason, Health, Meaning, state_code
from dcim.profile import Alarm, Alarms, Condition, Quantity, Raw, States, Value, alarm_meanings

VOLTS = Quantity("ups_input_voltage_volts", "volts", 1, 10, 0, frozenset({65535, -1, "N/A"}), 0, 300)
MODE = States(
    "crac_mode_state",
    {
        1: (state_code("cooling"), Meaning("cooling", Health.OK)),
        "Off": (state_code("off"), Meaning("off")),
    },
    frozenset({99}),
)
WORD = Alarms("ups_alarm", (Alarm(0, "on_battery", Health.WARNING), Alarm(4, "low")), frozenset({0xFFFF}))
CONTACT = Condition("ups_alarm", frozenset({2, 3}), frozenset({1, "clear"}), absent=frozenset({15}))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (2301, 230.1),
        (2301.0, 230.1),
        ("2301", 230.1),
        (" +23.5 ", 2.35),
        ("1e3", 100.0),
        (0, 0.0),
        (3000, 300.0),
        (3001, Gap(GapReason.OUT_OF_RANGE, "3001")),
        (-2, Gap(GapReason.OUT_OF_RANGE, "-2")),
        (65535, Gap(GapReason.ABSENT, "65535")),
        (-1, Gap(GapReason.ABSENT, "-1")),
        ("65535", Gap(GapReason.ABSENT, "65535")),
        (" -1.0 ", Gap(GapReason.ABSENT, " -1.0 ")),
        ("N/A", Gap(GapReason.ABSENT, "N/A")),
        (math.nan, Gap(GapReason.ABSENT, "nan")),
        (math.inf, Gap(GapReason.OUT_OF_RANGE, "inf")),
        (1e-40, Gap(GapReason.OUT_OF_RANGE, "1e-40")),  # two whole numbers read as a float of 32 bits
        (-5e-324, Gap(GapReason.OUT_OF_RANGE, "-5e-324")),
        (10**400, Gap(GapReason.OUT_OF_RANGE, "1" + "0" * 63)),
        ("12 V", Gap(GapReason.MALFORMED, "12 V")),
        ("", Gap(GapReason.MALFORMED, "")),
        ("nan", Gap(GapReason.MALFORMED, "nan")),
        ("0x10", Gap(GapReason.MALFORMED, "0x10")),
        ("1_0", Gap(GapReason.MALFORMED, "1_0")),
    ],
)
def test_a_number_is_a_value_or_a_gap_with_its_reason(raw: Raw, expected: float | Gap) -> None:
    assert VOLTS.decode(raw) == expected


def test_the_device_may_say_its_own_decimals() -> None:
    amperes = Quantity("pdu_outlet_current_amperes", "amperes")
    assert amperes.decode(680, 3) == 0.68
    assert amperes.decode(7, -2) == 700.0
    assert amperes.decode(7, -400) == Gap(GapReason.OUT_OF_RANGE, "7")
    assert amperes.decode(7, 400) == Gap(GapReason.OUT_OF_RANGE, "7")


def test_a_float_without_a_range_may_be_anything_but_infinite() -> None:
    plain = Quantity("sensor_value", "")
    assert plain.decode(1e300) == 1e300
    assert plain.decode(-math.inf) == Gap(GapReason.OUT_OF_RANGE, "-inf")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (1, state_code("cooling")),
        (1.0, state_code("cooling")),
        ("Off", state_code("off")),
        ("off", Gap(GapReason.UNKNOWN_CODE, "off")),
        (2, Gap(GapReason.UNKNOWN_CODE, "2")),
        (99, Gap(GapReason.ABSENT, "99")),
    ],
)
def test_a_code_is_the_number_of_its_word_or_a_gap(raw: Raw, expected: float | Gap) -> None:
    assert MODE.decode(raw) == expected


def test_a_layout_learns_what_the_numbers_of_states_mean() -> None:
    assert MODE.meanings == {
        state_code("cooling"): Meaning("cooling", Health.OK),
        state_code("off"): Meaning("off"),
    }


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (2, 1.0),
        (3, 1.0),
        (1, 0.0),
        ("clear", 0.0),
        (7, Gap(GapReason.UNKNOWN_CODE, "7")),
        (15, Gap(GapReason.ABSENT, "15")),
    ],
)
def test_a_condition_is_one_or_zero_or_a_gap(raw: Raw, expected: float | Gap) -> None:
    assert CONTACT.decode(raw) == expected


def test_a_bit_without_a_name_is_a_gap_that_shows_it() -> None:
    assert WORD.decode(0b10001) == 0.0
    assert WORD.decode(0) == 0.0
    assert WORD.decode(0b10111) == Gap(GapReason.UNKNOWN_CODE, "0x6")
    assert WORD.decode(0xFFFF) == Gap(GapReason.ABSENT, "65535")
    assert WORD.decode("x") == Gap(GapReason.MALFORMED, "x")
    assert WORD.decode(1.0) == Gap(GapReason.MALFORMED, "1.0")


def test_each_named_bit_is_one_or_zero() -> None:
    assert WORD.bits(0b10000) == (0.0, 1.0)
    assert WORD.bits(0b00001) == (1.0, 0.0)


def test_an_alarm_means_clear_or_its_own_word() -> None:
    assert alarm_meanings("low", Health.CRITICAL) == {
        0.0: Meaning("clear", Health.OK),
        1.0: Meaning("low", Health.CRITICAL),
    }


_RAW = st.integers() | st.floats() | st.text(max_size=40)


@settings(deadline=None)
@given(_RAW, st.integers(-1000, 1000), st.sampled_from([VOLTS, MODE, WORD, CONTACT]))
def test_no_raw_value_can_raise_and_what_comes_is_finite(raw: Raw, decimals: int, value: Value) -> None:
    decoded = value.decode(raw, decimals)
    if isinstance(decoded, Gap):
        assert len(decoded.raw) <= 64
    else:
        assert math.isfinite(decoded)


@settings(deadline=None)
@given(st.integers(0, 2**16 - 1))
def test_named_and_nameless_bits_make_the_whole_word(raw: int) -> None:
    named = sum(1 << alarm.bit for alarm, on in zip(WORD.alarms, WORD.bits(raw), strict=True) if on)
    left = WORD.decode(raw)
    nameless = int(left.raw, 16) if isinstance(left, Gap) and left.reason is GapReason.UNKNOWN_CODE else 0
    assert raw == 0xFFFF or named | nameless == raw
