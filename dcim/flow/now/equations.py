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
    """Made once for a network; ``narrowing`` takes bounds and makes them narrower."""

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

    def narrowing(self, low: Numbers, high: Numbers) -> Narrowing:
        """Return what narrows these bounds in place."""
        return Narrowing(self._arrays(), low, high)

    def rise(self, low: Numbers, high: Numbers, held: Mask, left_out: Iterable[int] = ()) -> None:
        """Put sums and multiples together from what is ``held``, from below to above only."""
        arrays = self._arrays()
        on = np.ones(len(arrays.of), dtype=bool)
        on[list(left_out)] = False
        moved = np.ones(self.size, dtype=bool)
        for _ in range(_DEEP):
            moved = arrays.rise(low, high, held, on, moved)
            if not moved.any():
                break

    def restate(self, numbers: Mapping[int, Interval]) -> None:
        """Let these multiples be of other ``k`` from now on, all others of what they were made with."""
        self._arrays().restate(numbers)

    def _arrays(self) -> _Arrays:
        if self._ready is None:
            self._ready = _Arrays(self._sums, self._multiples)
        return self._ready


class Narrowing:
    """Bounds that are narrowed as often as wished.

    A statement of which no number moved says what it said. Where one did, all that is said of its numbers
    is held together again: of a contradiction both sides count.
    """

    def __init__(self, arrays: _Arrays, low: Numbers, high: Numbers) -> None:
        self._arrays = arrays
        self._bounds = _Bounds(low, high)
        self._seen: tuple[Numbers, Numbers] | None = None
        self._moved = np.ones(len(low), dtype=bool)  # since all that is said of a number was last looked at
        self._held = np.zeros(len(arrays.of), dtype=bool)  # the multiples that held when it was last narrowed

    def run(self, left_out: Iterable[int] = ()) -> set[int]:
        """Narrow the bounds in place; return the multiples that contradict, or were left out."""
        arrays, bounds = self._arrays, self._bounds
        on = np.ones(len(arrays.of), dtype=bool)
        on[list(left_out)] = False
        other = on != self._held
        if self._seen is not None:
            self._moved |= (bounds.low != self._seen[0]) | (bounds.high != self._seen[1])
        for _ in range(_SWEEPS):
            if not (self._moved.any() or other.any()):
                break
            bounds.begin()
            arrays.sums(bounds, self._moved)
            arrays.multiples(bounds, on, self._moved | bounds.moved, other)
            self._moved, other = bounds.moved, np.zeros(len(on), dtype=bool)
            if bounds.far < _STILL:
                break
        self._held = on
        self._seen = bounds.low.copy(), bounds.high.copy()
        return {int(number) for number in np.flatnonzero(~on)}


class _Bounds:
    """Bounds while they are narrowed: which numbers ``moved`` since ``begin``, and how ``far`` (relative)."""

    def __init__(self, low: Numbers, high: Numbers) -> None:
        self.low, self.high = low, high
        self.moved: Mask = np.zeros(len(low), dtype=bool)
        self.far = 0.0
        self._row = np.empty(len(low), dtype=np.int64)

    def begin(self) -> None:
        """Count anew what moves."""
        self.moved, self.far = np.zeros(len(self.low), dtype=bool), 0.0

    def meet(self, which: Mask, at: _Places, least: Numbers, most: Numbers) -> None:
        """Narrow the numbers ``at`` these places, all of ``which``; what would leave nothing changes none."""
        numbers = which.nonzero()[0]
        self._row[numbers] = np.arange(len(numbers))
        rows = self._row[at]
        low, high = self.low[numbers], self.high[numbers]
        new_low, new_high = low.copy(), high.copy()
        np.maximum.at(new_low, rows, least)
        np.minimum.at(new_high, rows, most)
        slack = SLACK * (1.0 + np.abs(new_low))
        kept = (new_low > new_high + slack) | (high - low <= _POINT * (1.0 + np.abs(low)))
        new_low[kept], new_high[kept] = low[kept], high[kept]
        crossed = new_low > new_high  # by rounding only
        new_low[crossed] = new_high[crossed] = (new_low[crossed] + new_high[crossed]) / 2.0
        moved = ((new_low != low) | (new_high != high)).nonzero()[0]
        if not len(moved):
            return
        low, high, new_low, new_high = low[moved], high[moved], new_low[moved], new_high[moved]
        with np.errstate(invalid="ignore"):
            fell = np.where(np.isinf(high) & np.isinf(new_high), 0.0, high - new_high)
            far = np.maximum(new_low - low, fell) / (1.0 + np.abs(new_low))
        self.far = max(self.far, float(far.max()))
        numbers = numbers[moved]
        self.low[numbers], self.high[numbers] = new_low, new_high
        self.moved[numbers] = True


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

    def sums(self, bounds: _Bounds, moved: Mask) -> None:
        """Narrow by the sums of which something ``moved``, and all others of the same numbers."""
        low, high = bounds.low, bounds.high
        active = self._of_parts(moved)
        active |= moved[self.whole]
        if not active.any():
            return
        wholes = _among(len(low), self.whole[active])
        first = wholes[self.whole]
        parts = _among(len(low), self.part[first[self.at]])
        rows = self._of_parts(parts)
        rows |= first
        entries = rows[self.at].nonzero()[0]
        at, part, whole = (rows.cumsum() - 1)[self.at[entries]], self.part[entries], self.whole[rows]
        lows, highs = low[part], high[part]
        endless = np.isinf(highs)
        ends = np.where(endless, 0.0, highs)
        total_low = _added(at, lows, len(whole))
        total_high = _added(at, ends, len(whole))
        without_end = _added(at, endless.astype(np.float64), len(whole))
        of, most = first[rows], np.where(without_end > 0, np.inf, total_high)
        bounds.meet(wholes | moved, whole[of], total_low[of], most[of])
        of = parts[part]
        at, part = at[of], part[of]
        other_low = total_low[at] - lows[of]
        other_high: Numbers = total_high[at] - ends[of]
        other_high[without_end[at] - endless[of] > 0] = np.inf
        bounds.meet(parts, part, low[whole[at]] - other_high, high[whole[at]] - other_low)

    def _of_parts(self, numbers: Mask) -> Mask:
        """Return the sums of which any of these numbers is a part."""
        found = np.zeros(len(self.whole), dtype=bool)
        found[self.at[numbers[self.part]]] = True
        return found

    def multiples(self, bounds: _Bounds, on: Mask, moved: Mask, other: Mask) -> None:
        """Narrow by the multiples that are ``on`` of which something ``moved``; put off what contradicts.

        ``other``: those that were not on when it was last narrowed, or are not now.
        """
        low, high = bounds.low, bounds.high
        active = ((moved[self.of] | moved[self.one]) & on) | other
        if not active.any():
            return
        found = _among(len(low), self.of[active])
        rows = (found[self.of] & on).nonzero()[0]
        of = self.of[rows]
        least, most = self._forward(low, high, rows)
        slack = SLACK * (1.0 + np.abs(least))
        holds = ~((least > high[of] + slack) | (most < low[of] - slack))
        on[rows] = holds
        bounds.meet(found, of[holds], least[holds], most[holds])
        found = _among(len(low), np.concatenate((self.one[rows], self.one[active])))
        rows = (found[self.one] & on).nonzero()[0]
        low_of, high_of, k_low, k_high = (
            low[self.of[rows]],
            high[self.of[rows]],
            self.k_low[rows],
            self.k_high[rows],
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            less = np.where(k_high > 0, (low_of - self.c_high[rows]) / k_high, 0.0)
            more = np.where(k_low > 0, (high_of - self.c_low[rows]) / k_low, np.inf)
        less[~np.isfinite(less)] = 0.0
        bounds.meet(found, self.one[rows], less, more)

    def rise(self, low: Numbers, high: Numbers, held: Mask, on: Mask, moved: Mask) -> Mask:
        """Put together what is above from what is below that ``moved``; return what moved by that."""
        before_low, before_high = low.copy(), high.copy()
        rows = self._of_parts(moved)
        rows &= self.rises & ~held[self.whole]
        entries = rows[self.at].nonzero()[0]
        at, part, whole = (rows.cumsum() - 1)[self.at[entries]], self.part[entries], self.whole[rows]
        np.maximum.at(low, whole, _added(at, low[part], len(whole)))
        np.minimum.at(high, whole, _added(at, before_high[part], len(whole)))
        moved = moved | (low != before_low) | (high != before_high)
        free = np.flatnonzero(moved[self.one] & ~held[self.of] & on)
        above, under = self._forward(low, high, free)
        np.maximum.at(low, self.of[free], above)
        np.minimum.at(high, self.of[free], under)
        risen: Mask = (low != before_low) | (high != before_high)
        return risen

    def _forward(self, low: Numbers, high: Numbers, rows: _Places) -> tuple[Numbers, Numbers]:
        one, k_high = self.one[rows], self.k_high[rows]
        most: Numbers = np.where(k_high > 0, k_high, 1.0) * high[one]
        return (
            self.k_low[rows] * low[one] + self.c_low[rows],
            np.where(k_high > 0, most, 0.0) + self.c_high[rows],
        )


def _ends(intervals: Sequence[Interval]) -> tuple[Numbers, Numbers]:
    return np.array([one.lo for one in intervals]), np.array([one.hi for one in intervals])


def _among(size: int, numbers: _Places) -> Mask:
    """Return which of so many numbers are these."""
    found = np.zeros(size, dtype=bool)
    found[numbers] = True
    return found


def _added(at: _Places, numbers: Numbers, count: int) -> Numbers:
    return np.bincount(at, numbers, count).astype(np.float64)


def open_bounds(size: int) -> tuple[Numbers, Numbers]:
    """Return bounds of numbers of which nothing is known."""
    return np.full(size, UNKNOWN.lo), np.full(size, UNKNOWN.hi)
