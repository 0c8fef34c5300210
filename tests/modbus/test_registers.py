"""Types, word order and byte order, checked against the bytes that manuals print."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.modbus.families.registers import Coding, Order, Type, fold, reader, spread

BIG, LITTLE = Order.BIG, Order.LITTLE


@pytest.mark.parametrize(
    ("words", "bytes_", "sent"),
    [
        (BIG, BIG, "41 48 00 00"),  # ABCD
        (LITTLE, BIG, "00 00 41 48"),  # CDAB
        (BIG, LITTLE, "48 41 00 00"),  # BADC
        (LITTLE, LITTLE, "00 00 48 41"),  # DCBA
    ],
)
def test_four_orders_of_one_float(words, bytes_, sent):
    """12.5 is 0x41480000. Pains: C2."""
    assert reader(Coding(Type.FLOAT32, 2, words, bytes_))(bytes.fromhex(sent), 0) == 12.5


@pytest.mark.parametrize(
    ("kind", "sent", "value"),
    [
        (Type.INT16, "ff 38", -200),
        (Type.UINT16, "ff 38", 65336),
        (Type.INT32, "ff ff ff 6a", -150),
        (Type.UINT32, "00 01 67 60", 92000),
        (Type.INT48, "ff ff ff ff ff fe", -2),
        (Type.UINT48, "00 01 00 00 00 02", 4294967298),
        (Type.INT64, "80 00 00 00 00 00 00 00", -(2**63)),
        (Type.UINT64, "00 00 00 1c be 99 1a 14", 123456789012),
        (Type.FLOAT64, "40 29 00 00 00 00 00 00", 12.5),
    ],
)
def test_types(kind, sent, value):
    """Pains: C4 (values of three and four words)."""
    assert reader(Coding(kind, kind.words))(b"\xaa\xaa" + bytes.fromhex(sent), 2) == value


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**48 - 1), st.sampled_from([BIG, LITTLE]), st.sampled_from([BIG, LITTLE]))
def test_three_words_in_any_order_come_back(value, words, bytes_):
    """Pains: C2, C4."""
    pairs = [value.to_bytes(6, "big")[at : at + 2] for at in (0, 2, 4)]
    pairs = pairs[::-1] if words is LITTLE else pairs
    sent = b"".join(pair[::-1] if bytes_ is LITTLE else pair for pair in pairs)
    assert reader(Coding(Type.UINT48, 3, words, bytes_))(sent, 0) == value


def test_text_ends_at_nul_and_has_no_blanks_around():
    text = reader(Coding(Type.STRING, 4))
    assert text(b"PM5110  ", 0) == "PM5110"
    assert text(b"PM\0junk!", 0) == "PM"
    assert text(b"\xff\xff\xff\xff\0\0\0\0", 0) == "\ufffd" * 4


def test_text_that_would_write_over_the_screen_or_turn_it_round_is_made_legible():
    text = reader(Coding(Type.STRING, 8))
    assert text("A\x1b[2J\u202eB\u200bC".encode().ljust(16, b"\0"), 0) == "A [2JBC"
    assert text("A\x7f\x9bB\u2028C".encode().ljust(16, b"\0"), 0) == "A  B C"


def test_text_with_the_low_byte_first():
    """Pains: C4."""
    assert reader(Coding(Type.STRING, 2, byte_order=LITTLE))(b"XS40", 0) == "SX04"


def test_the_word_order_of_numbers_leaves_text_alone():
    assert reader(Coding(Type.STRING, 2, word_order=LITTLE))(b"ABCD", 0) == "ABCD"


def test_a_mask_takes_its_bits_and_shifts_them_down():
    sent = bytes.fromhex("1234")
    assert reader(Coding(mask=0xF000))(sent, 0) == 1
    assert reader(Coding(mask=0x00F0))(sent, 0) == 3
    assert reader(Coding(mask=0x8000))(sent, 0) == 0


def test_nan_stays_nan():
    assert math.isnan(reader(Coding(Type.FLOAT32, 2))(bytes.fromhex("7fc00000"), 0))


@pytest.mark.parametrize(
    ("raw", "kind", "seen"),
    [
        (0x8000, Type.INT16, -32768),
        (0x7FFF, Type.INT16, 32767),
        (0xFFFF, Type.UINT16, 65535),
        (0x8000000000000000, Type.INT64, -(2**63)),
        ("n/a", Type.INT16, "n/a"),
        (-1, Type.INT16, -1),
    ],
)
def test_absent_as_on_the_wire_is_folded_to_what_the_decoder_sees(raw, kind, seen):
    assert fold(raw, kind) == seen


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=70))
def test_bits_are_spread_lowest_first(bits):
    packed = sum(1 << at for at, bit in enumerate(bits) if bit).to_bytes((len(bits) + 7) // 8, "little")
    assert list(spread(packed, len(bits))) == [int(bit) for bit in bits]
