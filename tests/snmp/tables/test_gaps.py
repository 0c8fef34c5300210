"""What is known of a tree is not walked again, and nothing else is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp.answers.cells import Cell, Cells
from collectors.snmp.engine import oid
from collectors.snmp.engine.value import Tag
from collectors.snmp.tables.gaps import gaps
from tests.examples import many

TREE = (1, 3, 6, 1, 4, 1, 99)
names = st.lists(st.integers(0, 200), min_size=1, max_size=4).map(lambda rest: (*TREE, *rest))


def cells(parts):
    return Cells({oid.encode_parts(one): Cell(Tag.INTEGER, 1) for one in parts})


@many(300)
@given(st.sets(names, max_size=30), st.sets(names, max_size=6), st.data())
def test_every_cell_is_known_or_lies_in_a_gap(every, columns, data):
    rows = {one for one in every for column in columns if one[: len(column)] == column and one != column}
    known = rows | data.draw(st.sets(st.sampled_from(sorted(every)))) if every else set()
    found = list(gaps([oid.encode_parts(TREE)], map(oid.encode_parts, columns), cells(known)))
    spans = [(oid.parts(at), oid.parts(end) if end else (2,)) for _, at, end in found]
    for one in every - known:
        assert any(at < one < end for at, end in spans), one
    assert not [one for one in rows for at, end in spans if at < one < end], "a row is walked again"


def test_between_columns_of_which_all_is_known_nothing_is_walked_but_what_may_lie_between():
    table = "1.3.6.1.4.1.99.2.1"
    known = [oid.parts(oid.encode(f"{table}.{column}.{row}")) for column in (2, 3) for row in (1, 2, 3)]
    columns = [oid.encode(f"{table}.{column}") for column in (2, 3)]
    found = [
        (oid.text(at), oid.text(end) if end else "")
        for _, at, end in gaps([oid.encode_parts(TREE)], columns, cells(known))
    ]
    assert found == [
        ("1.3.6.1.4.1.99", f"{table}.2.1"),
        (f"{table}.2.3", f"{table}.3.1"),
        (f"{table}.3.3", ""),
    ]
