import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import encoder
from pyasn1.type import univ

from collectors.snmp.engine import oid

arc = st.integers(0, 0xFFFFFFFF)
names = st.one_of(
    st.tuples(st.integers(0, 1), st.integers(0, 39)), st.tuples(st.just(2), st.integers(0, 0xFFFFFFFF - 80))
).flatmap(lambda head: st.lists(arc, max_size=126).map(lambda rest: (*head, *rest)))


@given(names)
def test_an_oid_is_encoded_as_pyasn1_encodes_it_and_read_back(parts):
    content = oid.encode_parts(parts)
    whole = encoder.encode(univ.ObjectIdentifier(parts))
    assert whole.endswith(content)
    assert len(whole) - len(content) in (2, 3, 4)
    assert oid.parts(content) == parts
    assert oid.text(content) == ".".join(map(str, parts))


def test_a_leading_dot_is_allowed():
    assert oid.encode(".1.3.6.1") == oid.encode("1.3.6.1") == b"\x2b\x06\x01"


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.3.x", "3.1", "1.40", "1.3.-1", "1.3.4294967296", "1..3", "1" + ".3" * 128, "2.4294967295"],
)
def test_what_is_no_oid_is_a_value_error(text):
    with pytest.raises(ValueError, match="is no object identifier"):
        oid.encode(text)


@given(names, st.lists(arc, max_size=5))
def test_a_cell_lies_below_its_column_exactly_when_its_bytes_begin_so(column, index):
    cell = oid.encode_parts(column) + oid.encode_index(index)
    assert oid.index_parts(cell[len(oid.encode_parts(column)) :]) == tuple(index)


@given(names, names)
def test_bytes_begin_alike_exactly_when_numbers_do(one, other):
    assert oid.encode_parts(one).startswith(oid.encode_parts(other)) == (one[: len(other)] == other)


@given(st.binary(max_size=40))
def test_any_bytes_can_be_printed(content):
    printed = oid.text(content)
    assert printed == "?" + content.hex() or oid.encode(printed)


@pytest.mark.parametrize("content", [b"", b"\x81", b"\x2b\x90\x80\x80\x80\x00"])
def test_bytes_that_are_no_oid_are_a_value_error(content):
    with pytest.raises(ValueError, match=r"no content|cut off|larger"):
        oid.parts(content)
