"""Text of a device as it becomes labels and identity."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp.answers.cells import text_of


@pytest.mark.parametrize(
    "unseen",
    [
        *map(chr, range(1, 0x20)),
        *map(chr, range(0x7F, 0xA0)),
        *map(chr, range(0x200B, 0x2010)),
        *map(chr, range(0x2028, 0x202F)),
        *map(chr, range(0x2066, 0x206A)),
        chr(0xFEFF),
    ],
    ids=lambda char: f"U+{ord(char):04X}",
)
def test_what_nobody_sees_is_no_part_of_a_text(unseen):
    assert text_of(f"{unseen}Rack{unseen} 1{unseen}".encode()) == "Rack 1"


@pytest.mark.parametrize(
    "text", ["Onduleur n° 3", "机房 A-01", "غرفة ١", "é ñ ø ß", "a\u00a0b", "℃ µΩ", "🔌"]
)
def test_what_people_write_stays(text):
    assert text_of(text.encode()) == text


def test_zeros_are_trimmed_and_latin_1_is_read_unless_it_holds_control_characters():
    assert text_of(b"APC\0\0") == "APC"
    assert text_of("Zone été".encode("latin-1")) == "Zone été"
    assert text_of(b"\xe9\x85") == "e985"


@given(st.binary(max_size=64))
def test_no_text_can_end_a_line_or_turn_it_around(raw):
    found = text_of(raw)
    assert len(found.splitlines()) <= 1
    assert not any(unicodedata.bidirectional(char) in {"LRE", "RLE", "LRO", "RLO", "PDF"} for char in found)
    assert not any(unicodedata.category(char) == "Cc" for char in found)
    assert found == found.strip()
