"""Where what is measured contradicts what hangs on it, by how much, and to whom the difference belongs. Pure.

From below to above: what is measured stands, the rest is put together. An element that carries more than
all that is documented below it takes the rest itself from now on; one that carries less gives it back. One
missing cord is found once, where it is, and not again on every board above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from dcim.flow.now.cells import Cells, Place
from dcim.flow.now.equations import FAR, SLACK, Mask, Numbers
from dcim.flow.values.interval import Interval
from dcim.flow.values.outcome import Doubt, Finding
from dcim.late import np
from dcim.record import replace

if TYPE_CHECKING:
    import numpy.typing as npt

_Places: TypeAlias = "npt.NDArray[np.int64]"

_ROUNDS: Final = 60
"""Contradictions of totals and losses that are looked for; each may change what is above it."""
_ROUNDING: Final = 1e-12
"""Share of all parts by which two ways to add ten thousand of them may differ, and more."""


class Measured(NamedTuple):
    """Numbers that are measured, and how much each is at least and at most."""

    numbers: _Places
    low: Numbers
    high: Numbers

    @classmethod
    def of(cls, said: Mapping[int, Interval]) -> Measured:
        """Return those of a mapping, in columns."""
        ends = np.fromiter(chain.from_iterable(said.values()), np.float64, 2 * len(said)).reshape(-1, 2)
        return cls(np.fromiter(said, np.int64, len(said)), ends[:, 0], ends[:, 1])


class Suspects:
    """Which places may contradict what is below them, looked at at once: rather one too many than too few.

    A row for each number that may be measured, with the parts that it is held against.
    """

    def __init__(self, cells: Cells) -> None:
        rows = [
            (at, number, parts)
            for at, place in enumerate(cells.places)
            for number, parts in (*_phases_of(cells, place), *_wholes_of(cells, place))
        ]
        self._size = cells.equations.size
        self._place = np.array([at for at, _, _ in rows], dtype=np.int64)
        self._number = np.array([number for _, number, _ in rows], dtype=np.int64)
        self._part = np.array([one for _, _, parts in rows for one in parts], dtype=np.int64)
        self._row = np.repeat(np.arange(len(rows)), [len(parts) for _, _, parts in rows])

    def of(self, said: Measured, least: Numbers, most: Numbers) -> Sequence[int]:
        """Return the places in their order."""
        found_low, found_high = np.full(self._size, np.nan), np.full(self._size, np.nan)
        found_low[said.numbers], found_high[said.numbers] = said.low, said.high
        low, high = found_low[self._number], found_high[self._number]
        slack = SLACK * (1.0 + high) / 2.0
        with np.errstate(invalid="ignore"):
            more = low - self._sum(most) > slack - self._sum(np.abs(most)) * _ROUNDING
            less = self._sum(least) - high > slack - self._sum(np.abs(least)) * _ROUNDING
        found: list[int] = np.unique(self._place[more | less]).tolist()
        return found

    def _sum(self, ends: Numbers) -> Numbers:
        return np.bincount(self._row, ends[self._part], len(self._number)).astype(np.float64)


def _phases_of(cells: Cells, place: Place) -> Iterator[tuple[int, Sequence[int]]]:
    """Yield what is given on each phase, with what hangs on it."""
    if place.below and not place.element.is_load:
        yield from ((number, cells.puts(number)) for number in place.gives)


def _wholes_of(cells: Cells, place: Place) -> Iterator[tuple[int, Sequence[int]]]:
    """Yield what is given and taken in all, with what it is made of."""
    if place.below and not place.element.is_load:
        yield place.total, _total_of(cells, place)
    if place.lost:
        yield place.takes, _losses_of(place)


def _total_of(cells: Cells, place: Place) -> list[int]:
    return [cells.places[child].through[feed] for child, feed in place.below] + place.own


def _losses_of(place: Place) -> list[int]:
    return [one for draw in place.draws for one in draw.explained] + place.lost


class Comparison:
    """Holds what was measured (by number) against the rest; changes the bounds of what is taken beside it."""

    def __init__(
        self, cells: Cells, said: Mapping[int, Interval], measured: Measured, put_off: Iterable[int]
    ) -> None:
        self._cells = cells
        self._said = said
        self._measured = measured
        self._put_off = list(put_off)
        self._suspects = cells.once(Suspects)

    def run(self, low: Numbers, high: Numbers, held: Mask) -> tuple[list[Finding], Numbers]:
        """Return the findings, and the least of everything by what is below it. Bounds change in place."""
        found: list[Finding] = []
        for _ in range(_ROUNDS):
            least, most = self._risen(low, high, held)
            new = next(self._wholes(least, most), None)
            if new is None:
                break
            finding, amounts = new
            found.append(finding)
            for number, own in amounts.items():
                low[number], high[number] = own
        else:
            least, most = self._risen(low, high, held)
        for finding, number, own in self._phases(least, most):
            found.append(finding)
            low[number], high[number] = own
        return _paired(found), least

    def _risen(self, low: Numbers, high: Numbers, held: Mask) -> tuple[Numbers, Numbers]:
        least, most, fixed = low.copy(), high.copy(), held.copy()
        said, low, high = self._measured
        least[said], most[said], fixed[said] = low, high, True
        self._cells.equations.rise(least, most, fixed, self._put_off)
        return least, most

    # phases

    def _phases(self, least: Numbers, most: Numbers) -> Iterator[tuple[Finding, int, Interval]]:
        for at in self._suspects.of(self._measured, least, most):
            place = self._cells.places[at]
            if place.element.is_load or not place.below:
                continue
            for line, number in enumerate(place.gives):
                said = self._said.get(number)
                if said is None:
                    continue
                arcs = self._cells.puts(number)
                below = Interval(*(float(sum(ends[one] for one in arcs)) for ends in (least, most)))
                if own := _difference(said, below):
                    phase = place.element.lines[line]
                    yield _finding(place, phase, said, below), place.own[line], own

    # totals and losses

    def _wholes(self, least: Numbers, most: Numbers) -> Iterator[tuple[Finding, dict[int, Interval]]]:
        for at in reversed(self._suspects.of(self._measured, least, most)):
            place = self._cells.places[at]
            yield from self._total(place, least, most)
            yield from self._losses(place, least, most)

    def _total(
        self, place: Place, least: Numbers, most: Numbers
    ) -> Iterator[tuple[Finding, dict[int, Interval]]]:
        said = self._said.get(place.total)
        if said is None or place.element.is_load or not place.below or len(place.gives) == 1:
            return
        numbers = _total_of(self._cells, place)
        below = Interval(*(float(sum(ends[one] for one in numbers)) for ends in (least, most)))
        if any(number in self._said for number in place.gives):
            return
        if difference := _difference(said, below):
            each = _part(difference)
            yield _finding(place, "", said, below), dict.fromkeys(place.own, each)

    def _losses(
        self, place: Place, least: Numbers, most: Numbers
    ) -> Iterator[tuple[Finding, dict[int, Interval]]]:
        said = self._said.get(place.takes)
        if said is None or not place.lost:
            return
        numbers = _losses_of(place)
        below = Interval(*(float(sum(ends[one] for one in numbers)) for ends in (least, most)))
        if difference := _difference(said, below):
            each = difference if len(place.lost) == 1 else _part(difference)
            finding = replace(_finding(place, "", said, below), doubt=Doubt.LOSSES)
            yield finding, dict.fromkeys(place.lost, each)


def _difference(said: Interval, below: Interval) -> Interval | None:
    """Return what is measured less what is below; None where both may be the same."""
    if max(said.lo - below.hi, below.lo - said.hi) <= SLACK * (1.0 + said.hi):
        return None
    return Interval(max(said.lo - below.hi, -FAR), said.hi - below.lo)


def _part(difference: Interval) -> Interval:
    """Return what one of several phases has of a difference."""
    return Interval(0.0, difference.hi) if difference.hi > 0 else Interval(difference.lo, 0.0)


def _finding(place: Place, phase: str, said: Interval, below: Interval) -> Finding:
    more = said.lo > below.hi
    high, low = (said, below) if more else (below, said)
    amount = Interval(high.lo - low.hi, high.hi - low.lo)
    return Finding(place.element.id, phase, Doubt.MORE if more else Doubt.LESS, amount, said, below)


def _paired(found: list[Finding]) -> list[Finding]:
    """Let what is missing at one place and too much at one other name each other."""
    return [replace(one, perhaps=_other(one, found)) for one in found]


def _other(one: Finding, found: list[Finding]) -> str:
    wanted = {Doubt.MORE: Doubt.LESS, Doubt.LESS: Doubt.MORE}.get(one.doubt)
    fit = [
        other.element
        for other in found
        if other.doubt is wanted
        and other.phase == one.phase
        and other.amount.lo <= one.amount.hi
        and one.amount.lo <= other.amount.hi
    ]
    return fit[0] if len(fit) == 1 else ""
