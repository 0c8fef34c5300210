"""Bounds are narrowed where something moved: that says what narrowing all of them all the time says.

Pains: I1.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from math import inf, isfinite, isinf
from typing import TypeAlias

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from dcim.flow import Interval
from dcim.flow.now.equations import FAR, SLACK, Equations
from tests.examples import many

Bounds: TypeAlias = list[list[float]]
"""The least of every number, and the most."""


class AllOfThem:
    """Every statement in every round, one by one."""

    def __init__(
        self,
        sums: Sequence[tuple[int, Sequence[int]]],
        multiples: Sequence[tuple[int, int, Interval, Interval]],
        bounds: Bounds,
    ) -> None:
        self.sums, self.multiples, self.bounds = sums, multiples, bounds

    def run(self, left_out: Collection[int]) -> set[int]:
        off = set(left_out)
        for _ in range(200):
            if max(self._sums(), self._multiples(off)) < 1e-9:
                break
        return off

    def _sums(self) -> float:
        low, high = self.bounds
        lows, highs = list(low), list(high)
        far = self._meet(
            [
                (of, sum(lows[one] for one in parts), sum(highs[one] for one in parts))
                for of, parts in self.sums
            ]
        )
        said = []
        for of, parts in self.sums:
            for number, one in enumerate(parts):
                rest = [other for other in range(len(parts)) if other != number]
                least = low[of] - sum(highs[parts[other]] for other in rest)
                said.append((one, least, high[of] - sum(lows[parts[other]] for other in rest)))
        return max(far, self._meet(said))

    def _multiples(self, off: set[int]) -> float:
        low, high = self.bounds
        said = []
        for number, (of, one, k, c) in enumerate(self.multiples):
            least, most = k.lo * low[one] + c.lo, (k.hi * high[one] if k.hi else 0.0) + c.hi
            slack = SLACK * (1.0 + abs(least))
            if number not in off and (least > high[of] + slack or most < low[of] - slack):
                off.add(number)
            if number not in off:
                said.append((of, least, most))
        far, said = self._meet(said), []
        for number, (of, one, k, c) in enumerate(self.multiples):
            if number not in off:
                least = (low[of] - c.hi) / k.hi if k.hi else 0.0
                said.append(
                    (one, least if isfinite(least) else 0.0, (high[of] - c.lo) / k.lo if k.lo else inf)
                )
        return max(far, self._meet(said))

    def _meet(self, said: Sequence[tuple[int, float, float]]) -> float:
        low, high = self.bounds
        new_low, new_high = list(low), list(high)
        for number, least, most in said:
            new_low[number], new_high[number] = max(new_low[number], least), min(new_high[number], most)
        far = 0.0
        for number, (least, most) in enumerate(zip(new_low, new_high, strict=True)):
            was_low, was_high = low[number], high[number]
            point = was_high - was_low <= 1e-9 * (1.0 + abs(was_low))
            if point or least > most + SLACK * (1.0 + abs(least)):
                least, most = was_low, was_high
            if least > most:
                least = most = (least + most) / 2.0
            fell = 0.0 if isinf(was_high) and isinf(most) else was_high - most
            far = max(far, (least - was_low) / (1.0 + abs(least)), fell / (1.0 + abs(least)))
            low[number], high[number] = least, most
        return far


@many(200)
@given(seed=st.integers(0, 2**32))
def test_what_did_not_move_need_not_be_looked_at_again(seed: int) -> None:
    rolled = random.Random(seed)
    size = rolled.randint(2, 12)
    equations = Equations()
    numbers = [equations.unknown() for _ in range(size)]
    sums = [(above[0], above[1:]) for above in _above(rolled, numbers, 5)]
    multiples = [
        (of, one, _interval(rolled, 1.5), _interval(rolled, 5.0)) for of, one in _above(rolled, numbers, 2)
    ]
    for of, parts in sums:
        equations.sum(of, parts)
    for said in multiples:
        equations.multiple(*said)
    bounds = [list(ends) for ends in zip(*(_begun(rolled) for _ in numbers), strict=True)]
    low, high = np.array(bounds[0]), np.array(bounds[1])
    narrowing, reference = equations.narrowing(low, high), AllOfThem(sums, multiples, bounds)
    for _ in range(3):
        left_out = [number for number in range(len(multiples)) if rolled.random() < 0.3]
        contradicted = reference.run(left_out)
        assume(all(abs(one) < FAR or isinf(one) for one in bounds[0] + bounds[1]))  # some go on without end
        assert narrowing.run(left_out) == contradicted
        np.testing.assert_allclose(low, bounds[0], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(high, bounds[1], rtol=1e-6, atol=1e-6)
        for number in rolled.sample(numbers, rolled.randint(0, 2)):
            low[number], high[number] = bounds[0][number], bounds[1][number] = _begun(rolled)


def _above(rolled: random.Random, numbers: Sequence[int], most: int) -> list[list[int]]:
    """Return some groups of numbers, in the order of supply as those of a network."""
    size = len(numbers)
    return [
        sorted(rolled.sample(numbers, rolled.randint(2, min(most, size))))
        for _ in range(rolled.randint(0, size))
    ]


def _interval(rolled: random.Random, most: float) -> Interval:
    low = rolled.choice((0.0, _some(rolled, most)))
    return Interval(low, rolled.choice((low, low + _some(rolled, most))))


def _begun(rolled: random.Random) -> tuple[float, float]:
    low = rolled.choice((0.0, _some(rolled, 100.0), -_some(rolled, 20.0)))
    return low, rolled.choice((inf, low, low + _some(rolled, 100.0)))


def _some(rolled: random.Random, most: float) -> float:
    return round(rolled.uniform(0.0, most), 2)
