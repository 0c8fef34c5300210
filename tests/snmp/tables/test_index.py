"""Indexes of rows: numbers, text with its length, text to the end, and whatever stands last."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp.dialect.profile import Place
from collectors.snmp.engine import oid
from collectors.snmp.tables.index import at, read, shown

COLUMN = oid.encode("1.3.6.1.4.1.5.1")


def place(**forms):
    return Place(COLUMN, tuple(forms), tuple(forms.values()))


def said(index):
    return index and {name: step.said for name, step in index.items()}


@pytest.mark.parametrize(
    ("where", "numbers", "found"),
    [
        (place(pdu="text", outlet=1), (2, 65, 66, 7), {"pdu": "AB", "outlet": 7}),
        (place(pdu="text", outlet=1), (0, 7), {"pdu": "", "outlet": 7}),
        (place(pdu="text", outlet=1), (3, 65, 66), None),
        (place(pdu="text", outlet=1), (2, 65, 66), None),
        (place(pdu="text", outlet=1), (2, 65, 66, 7, 8), None),
        (place(pdu="text", outlet=1), (1, 300, 7), None),
        (place(outlet=1, name="implied"), (7, 65, 66), {"outlet": 7, "name": "AB"}),
        (place(outlet=1, rest="any"), (7, 65, 66), {"outlet": 7, "rest": "65.66"}),
        (place(outlet=1, rest="any"), (7,), {"outlet": 7, "rest": ""}),
        (place(outlet=1, rest="any"), (), None),
        (place(mac=3, port=1), (1, 2, 3, 4), {"mac": "1.2.3", "port": 4}),
        (place(mac=3, port=1), (1, 2), None),
    ],
)
def test_an_index_is_read_in_its_forms(where, numbers, found):
    assert said(read(where, numbers)) == found


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20), st.integers(0, 2**32 - 1))
def test_a_joined_cell_stands_under_the_very_numbers_of_the_row(text, number):
    numbers = (len(text), *text.encode(), number)
    index = read(place(pdu="text", outlet=1), numbers)
    other = Place(oid.encode("1.3.6.1.4.1.5.2"), ("outlet", "pdu"))
    assert oid.parts(at(other, index)) == (1, 3, 6, 1, 4, 1, 5, 2, number, len(text), *text.encode())


def test_an_instance_is_the_same_for_every_row():
    assert at(Place(COLUMN), {}) == COLUMN
    assert at(None, {}) is None
    assert shown({}) == ""
    assert shown(read(place(pdu="text"), (1, 65))) == " at pdu A"
