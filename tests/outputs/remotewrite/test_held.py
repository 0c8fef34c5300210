"""No marker of ours shuts out a reading of ours. Pains: A11, E1."""

from math import isnan, nan

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dcim.outputs.block import Lines
from dcim.outputs.remotewrite.held import HOLD, Held


def lines(*rows):
    ordered = sorted(rows, key=lambda row: row[1])
    series, at, value = zip(*ordered, strict=True) if ordered else ((), (), ())
    return Lines(np.array(series, dtype=np.int64), np.array(at, dtype=np.int64), np.array(value, dtype=float))


def told(held, *rows):
    out = held.released(lines(*rows))
    return [
        (series, at, "stale" if isnan(value) else value)
        for series, at, value in zip(out.series.tolist(), out.at.tolist(), out.value.tolist(), strict=True)
    ]


def test_a_reading_that_comes_after_the_marker_of_its_moment_takes_its_place():
    held = Held()
    assert told(held, (0, 10, 0.5), (0, 20, nan)) == [(0, 10, 0.5)]
    assert told(held, (0, 20, 0.6)) == [(0, 20, 0.6)]
    assert told(held, (1, 21 + HOLD, 1.0)) == [(1, 21 + HOLD, 1.0)]


def test_a_marker_waits_behind_an_older_reading_that_comes_late_and_goes_before_a_newer_one():
    held = Held()
    told(held, (0, 10, 0.5), (0, 30, nan))
    assert told(held, (0, 20, 0.6)) == [(0, 20, 0.6)]
    assert told(held, (0, 40, 0.7)) == [(0, 30, "stale"), (0, 40, 0.7)]


def test_a_marker_goes_out_under_its_own_time_once_the_log_is_past_it():
    held = Held()
    told(held, (0, 10, 0.5), (0, 20, nan))
    assert told(held, (1, 19 + HOLD, 1.0)) == [(1, 19 + HOLD, 1.0)]
    assert told(held, (1, 20 + HOLD, 1.0)) == [(0, 20, "stale"), (1, 20 + HOLD, 1.0)]
    assert told(held, (1, 99 + HOLD, 1.0)) == [(1, 99 + HOLD, 1.0)]


def test_each_end_of_a_series_in_one_block_has_its_marker():
    held = Held()
    assert told(held, (0, 1, 0.1), (0, 2, nan), (0, 3, 0.3), (0, 4, nan)) == [
        (0, 1, 0.1),
        (0, 2, "stale"),
        (0, 3, 0.3),
    ]
    assert told(held, (0, 5, 0.5)) == [(0, 4, "stale"), (0, 5, 0.5)]


def test_a_marker_of_a_moment_that_is_past_is_not_sent():
    held = Held()
    told(held, (0, 10, 0.5))
    assert told(held, (0, 9, nan), (1, 30 + HOLD, 1.0)) == [(1, 30 + HOLD, 1.0)]


_ROWS = st.tuples(st.integers(0, 2), st.integers(0, 90_000), st.sampled_from([1.0, nan]))
_BLOCKS = st.lists(
    st.lists(_ROWS, max_size=8, unique_by=lambda row: row[:2]),
    max_size=6,
)


@given(_BLOCKS)
def test_every_reading_goes_out_in_its_block_and_every_marker_is_newer_than_what_went_before(blocks):
    held, newest = Held(), {}
    for rows in blocks:
        out = told(held, *rows)
        values = [(series, at) for series, at, value in out if value != "stale"]
        assert sorted(values) == sorted((series, at) for series, at, value in rows if not isnan(value))
        assert [at for _, at, _ in out] == sorted(at for _, at, _ in out)
        for series, at, value in out:
            if value == "stale":
                assert at > newest.get(series, -1)
            newest[series] = max(at, newest.get(series, -1))
