"""What a device calls itself is shown as one honest line, whatever bytes it sends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcim.model import legible

HOSTILE = [*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029]
INVISIBLE = [0xAD, 0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
INVISIBLE += [0x034F, 0x3164, 0xFE0F, 0xE0041, 0xE0100, 0xD800]


@pytest.mark.parametrize("code", HOSTILE, ids=hex)
def test_a_control_character_or_a_line_end_is_a_blank(code):
    assert legible(f"a{chr(code)}b") == "a b"
    assert legible(f"{chr(code)}b{chr(code)}") == "b"


@pytest.mark.parametrize("code", INVISIBLE, ids=hex)
def test_what_turns_the_writing_or_has_no_width_is_left_out(code):
    assert legible(f"a{chr(code)}b") == "ab"


@pytest.mark.parametrize("text", ["PM5110", "Onduleur n° 3, 25 kVA ½", "电源", "مولد", "�"])
def test_a_text_that_is_honest_stays_as_it_is(text):
    assert legible(text) == text


@given(st.text())
def test_whatever_comes_is_one_line_and_is_cleaned_once_for_all(text):
    clean = legible(text)
    assert len(clean.splitlines()) <= 1
    assert not any(chr(code) in clean for code in [*HOSTILE, *INVISIBLE])
    assert legible(clean) == clean == clean.strip()
