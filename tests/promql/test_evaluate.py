"""The fast evaluator against a slow one that takes one series and one time after the other."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.promql import STALE, Evaluation, Grid, Limits, Samples, Selection, Unanswerable, Vector, parse
from dcim.promql.matching import matching
from dcim.promql.source import is_stale

Row = list[tuple[int, float | None]]
"""Samples of a series: UTC ms and value, None for an end."""

STEP, RANGE = 30_000, 90_000
GRID = Grid(600_000, STEP, 12)
VALUES = st.integers(-5, 5).map(float) | st.none()


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    found = []
    for _ in range(draw(st.integers(1, 4))):
        times = sorted(draw(st.sets(st.integers(0, 1_000), max_size=25)))
        found.append([(at * 1_000, draw(VALUES)) for at in times])
    return found


class Held:
    def __init__(self, told: list[Row]) -> None:
        self.series = [
            (
                (("__name__", "x"), ("group", "ab"[number % 2]), ("number", str(number))),
                np.array([at for at, _ in row], dtype=np.int64),
                np.array([STALE if value is None else value for _, value in row], dtype=np.float64),
            )
            for number, row in enumerate(told)
        ]

    def select(self, wanted: Selection) -> Samples:
        kept = matching(wanted.matchers, [labels for labels, *_ in self.series]).tolist()
        return Samples.of([one for one, keep in zip(self.series, kept, strict=True) if keep])


def fast(told: list[Row], query: str, grid: Grid = GRID) -> dict[str, dict[int, float]]:
    said = Evaluation(Held(told)).answer(parse(query), grid)
    assert isinstance(said, Vector)
    return {
        dict(labels).get("number", ""): {
            int(at): float(value) for at, value in zip(grid.times[there], row[there], strict=True)
        }
        for labels, row, there in zip(said.labels, said.values, said.there, strict=True)
    }


def slow(told: list[Row], at_each: Callable[[Row, int], float | None]) -> dict[str, dict[int, float]]:
    found = {}
    for number, row in enumerate(told):
        said = {int(at): at_each(row, int(at)) for at in GRID.times}
        kept = {at: value for at, value in said.items() if value is not None}
        if kept:
            found[str(number)] = kept
    return found


def newest(row: Row, at: int) -> float | None:
    before = [(when, value) for when, value in row if at - 300_000 <= when <= at]
    return before[-1][1] if before else None


def inside(row: Row, at: int) -> list[tuple[int, float]]:
    return [(when, value) for when, value in row if at - RANGE <= when <= at and value is not None]


def over(how: Callable[[list[float]], float]) -> Callable[[Row, int], float | None]:
    def each(row: Row, at: int) -> float | None:
        values = [value for _, value in inside(row, at)]
        return how(values) if values else None

    return each


def increase(row: Row, at: int) -> float | None:
    """What a counter grew by in a range, extrapolated to its ends: sample by sample."""
    samples = inside(row, at)
    if len(samples) < 2:
        return None
    grown = samples[-1][1] - samples[0][1]
    grown += sum(then for (_, then), (_, now) in pairwise(samples) if now < then)
    sampled = (samples[-1][0] - samples[0][0]) / 1000
    mean = sampled / (len(samples) - 1)
    begin, end = (samples[0][0] - (at - RANGE)) / 1000, (at - samples[-1][0]) / 1000
    if grown > 0 and samples[0][1] >= 0:
        begin = min(begin, sampled * samples[0][1] / grown)
    whole = sampled + (begin if begin < mean * 1.1 else mean / 2) + (end if end < mean * 1.1 else mean / 2)
    return grown * whole / sampled


FEW = max(15, settings().max_examples // 3)

SLOW: dict[str, Callable[[Row, int], float | None]] = {
    "x": newest,
    "max_over_time(x[90s])": over(max),
    "min_over_time(x[90s])": over(min),
    "sum_over_time(x[90s])": over(sum),
    "count_over_time(x[90s])": over(len),
    "last_over_time(x[90s])": over(lambda values: values[-1]),
    "avg_over_time(x[90s])": over(lambda values: sum(values) / len(values)),
    "changes(x[90s])": over(lambda values: sum(a != b for a, b in pairwise(values))),
    "resets(x[90s])": over(lambda values: sum(b < a for a, b in pairwise(values))),
    "increase(x[90s])": increase,
}


@pytest.mark.parametrize("query", SLOW)
@settings(max_examples=FEW)
@given(told=rows())
def test_each_function_says_what_one_series_and_time_after_the_other_says(
    query: str, told: list[Row]
) -> None:
    found, expected = fast(told, query), slow(told, SLOW[query])
    assert found.keys() == expected.keys()
    for number, values in expected.items():
        assert found[number] == pytest.approx(values, rel=1e-9, abs=1e-9)


@given(told=rows(), most=st.integers(0, 3))
def test_topk_keeps_the_largest_of_each_group_with_all_their_labels(told: list[Row], most: int) -> None:
    found, all_of_them = fast(told, f"topk by (group) ({most}, x)"), slow(told, newest)
    for at in map(int, GRID.times):
        for group in (0, 1):
            values = [
                said[at] for number, said in all_of_them.items() if int(number) % 2 == group and at in said
            ]
            kept = [said[at] for number, said in found.items() if int(number) % 2 == group and at in said]
            assert sorted(kept) == sorted(values, reverse=True)[:most][::-1]


@given(told=rows())
def test_a_sum_is_that_of_what_is_there(told: list[Row]) -> None:
    found, each = fast(told, "sum(x)"), slow(told, newest).values()
    times = {at for said in each for at in said}
    expected = {at: sum(said.get(at, 0.0) for said in each) for at in times}
    assert found.get("", {}) == pytest.approx(expected)


@settings(max_examples=8)
@given(told=rows())
def test_one_time_says_what_the_same_time_of_many_says(told: list[Row]) -> None:
    for query in ("sum(x)", "x > 0", "x * on (number) x", "increase(x[90s])"):
        whole = fast(told, query)
        for at in map(int, GRID.times):
            now = {number: said for number, said in fast(told, query, Grid(at, 1, 1)).items() if said}
            assert now == {number: {at: said[at]} for number, said in whole.items() if at in said}


def test_a_huge_series_beside_a_small_one_takes_nothing_from_it() -> None:
    """Sums that ran on from one series into the next would lose the small one's last digits."""
    huge = [(at * 1_000, 1e17 - at * 1e12) for at in range(500, 1_000, 10)]
    small = [(at * 1_000, (at % 100) * 0.001) for at in range(500, 1_000, 10)]
    for query in ("increase(x[90s])", "sum_over_time(x[90s])"):
        assert fast([huge, small], query)["1"] == pytest.approx(fast([[], small], query)["1"], rel=1e-12)


def test_more_than_one_query_may_have_is_refused() -> None:
    told: list[Row] = [[(at * 1_000, 1.0) for at in range(600, 700)]]
    few = Evaluation(Held(told), Limits(samples=50))
    with pytest.raises(Unanswerable, match="50 samples"):
        few.answer(parse("x"), GRID)
    with pytest.raises(Unanswerable, match="10 values"):
        Evaluation(Held(told), Limits(cells=10)).answer(parse("x"), GRID)


def test_the_mark_of_an_end_is_no_number_and_stays_itself() -> None:
    marks = np.array([STALE, math.nan, 0.0])
    assert is_stale(marks).tolist() == [True, False, False]
    assert is_stale(np.where([True, True, False], marks, 1.0)).tolist() == [True, False, False]
