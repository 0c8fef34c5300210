"""For how long a reading counts: what a scrape at any moment would have found."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dcim.promql import LOOKBACK, STALE, Samples
from dcim.promql.source import is_stale
from dcim.promql.windows import newest
from dcim.query.carry import EVERY, carried

UNTIL = 3_000_000


@st.composite
def series(draw: st.DrawFn) -> list[tuple[list[tuple[int, float]], int]]:
    found = []
    for _ in range(draw(st.integers(1, 3))):
        times = sorted(draw(st.sets(st.integers(0, 3_000), max_size=12)))
        values = [(at * 1_000, draw(st.sampled_from([1.0, 2.0, STALE]))) for at in times]
        found.append((values, draw(st.sampled_from([15_000, 30_000, 180_000, 900_000]))))
    return found


@given(told=series())
def test_at_any_moment_there_is_what_a_scrape_would_have_found(
    told: list[tuple[list[tuple[int, float]], int]],
) -> None:
    """A point is shown while its newest reading is fresh and no gap, and at no other time. Pains: A11."""
    read = Samples.of([
        ((("n", str(n)),), np.array([at for at, _ in row], dtype=np.int64), np.array([v for _, v in row]))
        for n, (row, _) in enumerate(told)
    ])  # fmt: skip
    lasts = np.array([lasts for _, lasts in told], dtype=np.int64)
    times = np.arange(0, UNTIL + 1, 7_000)
    values, _, there = newest(carried(read, lasts, UNTIL), times, LOOKBACK)
    for n, (row, lasting) in enumerate(told):
        for place, now in enumerate(times.tolist()):
            before = [(at, value) for at, value in row if at <= now]
            at, value = before[-1] if before else (0, STALE)
            shown = now - at <= lasting and not is_stale(np.array([value]))[0]
            assert bool(there[n, place]) == shown, (n, now, row, lasting)
            if shown:
                assert values[n, place] == value


@given(told=series())
def test_what_was_read_stays_and_what_is_said_again_is_never_close_to_it(
    told: list[tuple[list[tuple[int, float]], int]],
) -> None:
    for row, lasts in told:
        at, values = np.array([at for at, _ in row], dtype=np.int64), np.array([v for _, v in row])
        found = carried(Samples.of([((), at, values)]), np.array([lasts]), UNTIL)
        assert set(zip(at, values.view(np.int64), strict=True)) <= set(
            zip(found.at, found.values.view(np.int64), strict=True)
        )
        assert (np.diff(found.at) > 0).all()
        said = found.at[~is_stale(found.values)]
        again = np.setdiff1d(said, at)
        assert all(np.abs(said[said > one] - one).min(initial=EVERY) >= EVERY // 2 for one in again)


def test_where_nobody_knows_how_long_a_reading_counts_nothing_is_done() -> None:
    read = Samples.of([((), np.array([0, 1_000_000]), np.array([1.0, 2.0]))])
    assert carried(read, np.array([0]), UNTIL) is read
