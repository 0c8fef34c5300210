"""Unknown numbers, sums of them and multiples: each is narrowed until nothing moves. Pure.

    y = a + b + c          y from its parts, each part from y and the others
    y = k x + c            k and c are intervals themselves

An interval is only ever made smaller, by what must hold: the truth stays in it whenever one stops. What would
make
it empty is left out and remembered as a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

from dcim.flow.values.interval import NOTHING, UNKNOWN, Interval
from dcim.late import np

if TYPE_CHECKING:
    import numpy.typing as npt

Numbers: TypeAlias = "npt.NDArray[np.float64]"
Mask: TypeAlias = "npt.NDArray[np.bool_]"
_Places: TypeAlias = "npt.NDArray[np.int64]"

SLACK: Final = 1e-6
"""By so many VA two numbers may differ that are the same: what rounding leaves."""
FAR: Final = 1e9
"""VA: more than any site has, where something without end would not do."""
_SWEEPS: Final = 200
_STILL: Final = 1e-9
_POINT: Final = 1e-9
"""An interval of this width (relative) is a point: to go on would only shift it by rounding."""
_DEEP: Final = 400
"""More than the numbers between the lowest and the highest of any site."""


class Equations:
    """Made once for a network; ``narrow`` takes bounds and returns narrower ones."""

    def __init__(self) -> None:
        self.size = 0
        self._sums: list[tuple[int, Sequence[int], bool]] = []
        self._multiples: list[tuple[int, int, Interval, Interval]] = []
        self._ready: _Arrays | None = None

    def unknown(self) -> int:
        """Return a new unknown number."""
        self.size += 1
        return self.size - 1

    def sum(self, of: int, parts: Sequence[int], *, rises: bool = True) -> None:
        """Say that a number is the sum of others; ``rises``: the parts are what explains it."""
        self._sums.append((of, parts, rises))

    def multiple(self, of: int, one: int, k: Interval, c: Interval = NOTHING) -> int:
        """Say that a number is ``k`` times another and ``c``; return the number of the statement."""
        self._multiples.append((of, one, k, c))
        return len(self._multiples) - 1

    def narrow(self, low: Numbers, high: Numbers, left_out: Iterable[int] = ()) -> set[int]:
        """Narrow the bounds in place; return the multiples that contradict, or were left out."""
        arrays = self._arrays()
        on = np.ones(len(arrays.of), dtype=bool)
        on[list(left_out)] = False
        for _ in range(_SWEEPS):
            moved = arrays.sums(low, high)
            moved = max(moved, arrays.multiples(low, high, on))
            if moved < _STILL:
                break
        return {int(number) for number in np.flatnonzero(~on)}

    def rise(self, low: Numbers, high: Numbers, held: Mask, left_out: Iterable[int] = ()) -> None:
        """Put sums and multiples together from what is ``held``, from below to above only."""
        arrays = self._arrays()
        on = np.ones(len(arrays.of), dtype=bool)
        on[list(left_out)] = False
        for _ in range(_DEEP):
            if not arrays.rise(low, high, held, on):
                break

    def restate(self, numbers: Mapping[int, Interval]) -> None:
        """Let these multiples be of other ``k`` from now on, all others of what they were made with."""
        self._arrays().restate(numbers)

    def _arrays(self) -> _Arrays:
        if self._ready is None:
            self._ready = _Arrays(self._sums, self._multiples)
        return self._ready


class _Arrays:
    """The same as arrays: every statement of a kind at once."""

    def __init__(
        self,
        sums: Sequence[tuple[int, Sequence[int], bool]],
        many: Sequence[tuple[int, int, Interval, Interval]],
    ) -> None:
        self.whole = np.array([of for of, _, _ in sums], dtype=np.int64)
        self.rises = np.array([rises for _, _, rises in sums], dtype=bool)
        self.part = np.array([one for _, parts, _ in sums for one in parts], dtype=np.int64)
        self.at = np.repeat(np.arange(len(sums)), [len(parts) for _, parts, _ in sums])
        self.of = np.array([of for of, _, _, _ in many], dtype=np.int64)
        self.one = np.array([one for _, one, _, _ in many], dtype=np.int64)
        self._k = _ends([k for _, _, k, _ in many])
        self.k_low, self.k_high = self._k
        self.c_low, self.c_high = _ends([c for _, _, _, c in many])

    def restate(self, numbers: Mapping[int, Interval]) -> None:
        """Let some multiples be of another ``k``."""
        self.k_low, self.k_high = self._k[0].copy(), self._k[1].copy()
        for number, k in numbers.items():
            self.k_low[number], self.k_high[number] = k

    def sums(self, low: Numbers, high: Numbers) -> float:
        """Narrow by all sums; return how far anything moved (relative)."""
        if not len(self.whole):
            return 0.0
        count = len(self.whole)
        lows, highs = low[self.part], high[self.part]
        endless = np.isinf(highs)
        ends = np.where(endless, 0.0, highs)
        total_low = _added(self.at, lows, count)
        total_high = _added(self.at, ends, count)
        without_end = _added(self.at, endless.astype(np.float64), count)
        moved = _meet(low, high, self.whole, total_low, np.where(without_end > 0, np.inf, total_high))
        other_low = total_low[self.at] - lows
        other_high: Numbers = total_high[self.at] - ends
        other_high[without_end[self.at] - endless > 0] = np.inf
        whole = self.whole[self.at]
        below = low[whole] - other_high
        return max(moved, _meet(low, high, self.part, below, high[whole] - other_low))

    def multiples(self, low: Numbers, high: Numbers, on: Mask) -> float:
        """Narrow by the multiples that are ``on``; those that contradict are put off."""
        if not len(self.of):
            return 0.0
        least, most = self._forward(low, high)
        slack = SLACK * (1.0 + np.abs(least))
        on &= ~((least > high[self.of] + slack) | (most < low[self.of] - slack))
        moved = _meet(low, high, self.of[on], least[on], most[on])
        divides = self.k_low > 0
        low_of, high_of = low[self.of], high[self.of]
        with np.errstate(divide="ignore", invalid="ignore"):
            less = np.where(self.k_high > 0, (low_of - self.c_high) / self.k_high, 0.0)
            more = np.where(divides, (high_of - self.c_low) / self.k_low, np.inf)
        less[~np.isfinite(less)] = 0.0
        return max(moved, _meet(low, high, self.one[on], less[on], more[on]))

    def rise(self, low: Numbers, high: Numbers, held: Mask, on: Mask) -> bool:
        """Put together what is above from what is below; return whether anything changed."""
        before_low, before_high = low.copy(), high.copy()
        free = self.rises & ~held[self.whole]
        count = len(self.whole)
        least = _added(self.at, low[self.part], count)[free]
        np.maximum.at(low, self.whole[free], least)
        np.minimum.at(high, self.whole[free], _added(self.at, high[self.part], count)[free])
        above, under = self._forward(low, high)
        free = ~held[self.of] & on
        np.maximum.at(low, self.of[free], above[free])
        np.minimum.at(high, self.of[free], under[free])
        return not (np.array_equal(before_low, low) and np.array_equal(before_high, high))

    def _forward(self, low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
        top = high[self.one]
        most: Numbers = np.where(self.k_high > 0, self.k_high, 1.0) * top
        return self.k_low * low[self.one] + self.c_low, np.where(self.k_high > 0, most, 0.0) + self.c_high


def _ends(intervals: Sequence[Interval]) -> tuple[Numbers, Numbers]:
    return np.array([one.lo for one in intervals]), np.array([one.hi for one in intervals])


def _meet(low: Numbers, high: Numbers, at: _Places, least: Numbers, most: Numbers) -> float:
    """Narrow the numbers ``at`` these places; what would leave nothing changes nothing. Return the move."""
    new_low, new_high = low.copy(), high.copy()
    np.maximum.at(new_low, at, least)
    np.minimum.at(new_high, at, most)
    slack = SLACK * (1.0 + np.abs(new_low))
    kept = (new_low > new_high + slack) | (high - low <= _POINT * (1.0 + np.abs(low)))
    new_low[kept], new_high[kept] = low[kept], high[kept]
    crossed = new_low > new_high  # by rounding only
    new_low[crossed] = new_high[crossed] = (new_low[crossed] + new_high[crossed]) / 2.0
    with np.errstate(invalid="ignore"):
        scale = 1.0 + np.abs(new_low)
        moved = np.maximum(new_low - low, np.where(np.isinf(high) & np.isinf(new_high), 0.0, high - new_high))
    most_moved = float(np.max(moved / scale, initial=0.0))
    low[:], high[:] = new_low, new_high
    return most_moved


def _added(at: _Places, numbers: Numbers, count: int) -> Numbers:
    return np.bincount(at, numbers, count).astype(np.float64)


def open_bounds(size: int) -> tuple[Numbers, Numbers]:
    """Return bounds of numbers of which nothing is known."""
    return np.full(size, UNKNOWN.lo), np.full(size, UNKNOWN.hi)
