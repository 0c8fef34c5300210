"""Runs that are held as one give the same energy as each by itself."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.energy.counter import CLOSE, HOUR, Known, Run, between
from dcim.rollup.shelf import Counted

START = 1_795_600_800_000 // HOUR * HOUR
LIMIT = 100_000

hours = st.lists(
    st.tuples(
        st.sampled_from(("on", "on", "on", "on", "late", "silent", "reset", "jump", "lone")),
        st.integers(0, CLOSE),
        st.integers(0, 50_000),
    ),
    min_size=1,
    max_size=30,
)


def runs_of(story: list[tuple[str, int, int]]) -> list[Run]:
    found, value = [], 10**12
    for number, (what, lag, watts) in enumerate(story):
        begin = START + number * HOUR + (lag if what == "late" else 10_000)
        value = 0 if what == "reset" else value + (10**11 if what == "jump" else 10_000)
        end = begin if what == "lone" else START + (number + 1) * HOUR - 20_000
        if what != "silent":
            found.append(Run(begin, value, end, value + watts * (end - begin) // 1000))
        value += watts * (end - begin) // 1000
    return found


@settings(max_examples=50)
@given(
    hours,
    st.lists(st.integers(0, 31 * 60), min_size=2, max_size=5, unique=True),
    st.lists(st.integers(0, 31 * 60), max_size=2),
)
def test_runs_held_as_one_change_no_amount(story, minutes, swaps):
    runs = runs_of(story)
    edges = sorted(START + minute * 60_000 for minute in minutes)
    exchanges = tuple(START + minute * 60_000 for minute in swaps)
    counted = Counted(LIMIT, edges, exchanges)
    for run in runs:
        counted.add(run)
    known = Known(LIMIT, 80_000, exchanges)
    assert between(counted.runs, edges, known) == between(runs, edges, known)


def test_a_month_of_hours_is_a_handful_of_runs():
    runs = runs_of([("on", 0, 5_000)] * 720)
    counted = Counted(LIMIT, (START + HOUR, START + 700 * HOUR))
    for run in runs:
        counted.add(run)
    assert len(counted.runs) == 3
    apart = Counted(LIMIT)
    for run in runs:
        apart.add(run)
    assert len(apart.runs) == 720
