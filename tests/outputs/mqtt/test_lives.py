"""Alive and dead, cut from rows in any blocks."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dcim.outputs.mqtt.lives import ANSWERS, MISSES, Life, spans
from dcim.outputs.rows import Row

POLLS = st.lists(st.tuples(st.integers(0, 3), st.sampled_from([ANSWERS, "silent", "refused"])), max_size=20)


def rows_of(polls):
    """Return rows as the log has them: readings of a poll, then the word on whether it was answered."""
    found = []
    for at, (readings, word) in enumerate(polls):
        found += [Row(place, at, 1.0, None, None) for place in range(1, readings + 1)]
        found.append(Row(0, at, None, word, None))
    return found


@given(POLLS, st.lists(st.integers(0, 80), max_size=6))
def test_everything_an_answered_poll_brought_is_alive_however_the_log_is_cut_into_blocks(polls, cuts):
    """Pains: A11, E1."""
    rows, life, found = rows_of(polls), Life(), []
    ends = sorted({0, len(rows), *(cut for cut in cuts if cut < len(rows))})
    for start, end in pairwise(ends):
        some, life = spans(life, rows[start:end], lambda row: row.place == 0)
        found += [(row, alive) for alive, part in some for row in part]
    assert [row for row, _ in found] + list(life.held) == rows
    missed = 0
    expected = {}
    for at, (_, word) in enumerate(polls):
        missed = 0 if word == ANSWERS else missed + 1
        expected[at] = missed < MISSES
    for row, alive in found:
        if polls[row.at][1] == ANSWERS or row.place == 0:
            assert alive == expected[row.at]
