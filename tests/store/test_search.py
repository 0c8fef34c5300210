"""The first sign of life from a moment on is searched for by time, and never for long."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from math import log2
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dcim.ledger import Head
from dcim.store.period import _LAST_BETWEEN, PeriodReads


class Signs(PeriodReads):
    """A ledger of nothing but signs of life, by sequence and time; counts what it is asked."""

    def __init__(self, signs: Sequence[tuple[int, int]]) -> None:
        self.signs = signs
        self.asked = 0

    def _rows(self, statement: Any) -> Sequence[Any]:
        raise AssertionError(statement)

    def _driver_rows(self, statement: Any, given: Mapping[str, Any]) -> Sequence[Any]:
        self.asked += 1
        between = [one for one in self.signs if given["low"] <= one[0] <= given["high"]]
        return between[-1:] if statement is _LAST_BETWEEN else between[:1]

    def _driver_rows_of(self, statement: Any, given: Iterable[Mapping[str, Any]]) -> Sequence[Sequence[Any]]:
        return [self._driver_rows(statement, each) for each in given]

    def head(self) -> Head | None:
        raise AssertionError


STEPS = st.lists(
    st.tuples(st.integers(1, 40), st.one_of(st.just(0), st.integers(0, 60), st.integers(0, 1 << 50))),
    max_size=80,
)


@given(STEPS, st.data())
def test_the_first_sign_is_that_of_a_walk_and_costs_four_questions_for_each_halving_at_most(
    steps: list[tuple[int, int]], data: st.DataObject
) -> None:
    signs = list(zip(*(accumulate(each) for each in zip(*steps, strict=True)), strict=True)) if steps else []
    times = [at for _, at in signs]
    at = data.draw(st.one_of(st.integers(-1, 1 << 57), st.sampled_from(times or [0])))
    high = signs[-1][0] + 3 if signs else 9
    ledger = Signs(signs)
    place = bisect_left(times, at)
    assert ledger._first_in("heartbeat", at, 1, high) == (signs[place][0] if place < len(signs) else None)
    assert ledger.asked <= 4 * log2(high + 1) + 4


def test_a_steady_beat_is_found_with_a_few_questions() -> None:
    """A year of a site's heartbeats between a million other facts: halving alone takes twenty."""
    ledger = Signs([(number * 400, number * 600_000_000 + number % 7) for number in range(1, 2600)])
    assert ledger._first_in("heartbeat", 1234 * 600_000_000, 1, 1_050_000) == 1234 * 400
    assert ledger.asked <= 5
