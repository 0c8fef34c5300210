"""How a claim spells what it hashes: the verifier writes the same lines in its own way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dcim.availability.claim import lines

INTEGERS = st.integers(-(2**63), 2**63 - 1)


@given(
    st.integers(1, 12).flatmap(
        lambda wide: st.lists(st.lists(INTEGERS, min_size=wide, max_size=wide), min_size=1)
    )
)
def test_rows_of_integers_are_written_a_line_each_with_spaces_between(rows: list[list[int]]) -> None:
    assert lines(rows) == "".join(" ".join(map(str, row)) + "\n" for row in rows).encode()
