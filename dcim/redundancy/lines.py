"""Looks that tell of the same places as the look before, read in columns: values to shares at once. Pure.

values ─▶ volts, loads with their tolerance ─▶ Steady: bounds of all ─▶ shares of limits ─▶ Headroom

It says what ``situation``, ``Flow`` and ``shares`` say one by one, for networks in which everything has one
way; where in doubt it says nothing. Which value is read for what is found for one pattern of places that tell
something, and holds until another place does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from dcim.flow import Element, Flow, Interval, Rates, Steady
from dcim.flow.drawing.caps import caps_of
from dcim.flow.now.cells import Place
from dcim.late import np
from dcim.redundancy.situation import ABSOLUTE, Look, most_exact
from dcim.redundancy.verdict import Headroom
from dcim.redundancy.ways import Way, Ways

if TYPE_CHECKING:
    from numpy.typing import NDArray

Numbers: TypeAlias = "NDArray[np.float64]"
_NOWHERE: Final = -1
_WHOLE: Final = ""


class _Told(NamedTuple):
    """What is read of a phase: the place of its value, which quantity that is, the place of its voltage."""

    phase: str
    quantity: str
    place: int
    volts: int


class _Said(NamedTuple):
    """A number that is measured, and how: ``volts``: number among those of ``_Volts``."""

    number: int
    place: int
    quantity: str
    volts: int
    factor: Interval


class _Row(NamedTuple):
    """A share of a limit: what is carried is ``number`` times ``factor``, by ``limit`` times these volts."""

    said: tuple[str, str, str, float, float, float | None]
    number: int
    factor: Interval
    volts: int


class _Volts:
    """Voltages: measured at a place, else nominal. The first of them is that of what has none: 1."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, float], int] = {(_NOWHERE, 1.0): 0}
        self._place: NDArray[np.int64] | None = None
        self._nominal: Numbers | None = None

    def add(self, place: int, nominal: float) -> int:
        """Return the number of one."""
        return self._known.setdefault((place, nominal), len(self._known))

    def of(self, values: Numbers) -> Numbers:
        """Return them all; a place that tells none, or nothing at all, counts as nominal."""
        if self._place is None or self._nominal is None:
            self._place = np.array([place for place, _ in self._known], dtype=np.int64)
            self._nominal = np.array([nominal for _, nominal in self._known], dtype=np.float64)
        said = np.append(values, 0.0)[self._place]  # what has no place reads the last: nothing
        return np.where(said != 0.0, said, self._nominal)


class Lines:
    """What is read of which place, while these places tell something and others do not."""

    def __init__(self, flow: Flow, ways: Ways, told: NDArray[np.bool_], tolerance: float) -> None:
        self.told = told
        self.network = flow.network
        self._steady = flow.cells.once(Steady)
        self._tolerance = tolerance
        self._volts = _Volts()
        places = {place.element.id: place for place in flow.cells.places}
        read = {
            name: _read(said, told, places[name].element)
            for name, said in ways.output.items()
            if name in places
        }
        said = [one for name, told_of in read.items() for one in self._said(places[name], told_of)]
        caps = [(place, cap) for place in places.values() for cap in caps_of(place.element, ())]
        self.holds = (
            self._steady.holds
            and all(one.factor.lo > 0.0 and one.factor.hi > 0.0 for one in said)
            and not any(name in places and places[name].draws for name in ways.input)
        )
        numbers = [_number(place, cap.line) for place, cap in caps]
        self._rates = Rates.of(
            [(number, cap) for number, (_, cap) in zip(numbers, caps, strict=True)],
            {one.number for one in said},
        )
        self._rated = np.array([cap.amount for _, cap in caps], dtype=np.float64)
        self._rated_volts = np.array(
            [self._of_line(place.element, cap.line, read) if cap.unit == "A" else 0 for place, cap in caps],
            dtype=np.int64,
        )
        self._fill(said)
        rows = [row for name in flow.network.elements for row in self._rows_of(places[name], read)]
        self._fill_rows(rows)

    def _fill(self, said: Sequence[_Said]) -> None:
        self._number = np.array([one.number for one in said], dtype=np.int64)
        self._place = np.array([one.place for one in said], dtype=np.int64)
        self._said_volts = np.array([one.volts for one in said], dtype=np.int64)
        self._absolute = np.array([ABSOLUTE[one.quantity] for one in said], dtype=np.float64)
        self._least = np.array([one.factor.hi for one in said], dtype=np.float64)
        self._most = np.array([one.factor.lo for one in said], dtype=np.float64)

    def _fill_rows(self, rows: Sequence[_Row]) -> None:
        self._of = [row.said for row in rows]
        self._row = np.array([row.number for row in rows], dtype=np.int64)
        self._low = np.array([row.factor.lo for row in rows], dtype=np.float64)
        self._high = np.array([row.factor.hi for row in rows], dtype=np.float64)
        self._limit = np.array([row.said[3] for row in rows], dtype=np.float64)
        self._row_volts = np.array([row.volts for row in rows], dtype=np.int64)
        self._before = np.full((2, len(rows)), np.nan)
        self._headroom: list[Headroom] = [None] * len(rows)  # type: ignore[list-item]

    # once

    def _said(self, place: Place, read: Sequence[_Told]) -> Iterator[_Said]:
        """Yield what is measured of an element, as ``loads`` has it: of two the last counts."""
        element, lines = place.element, place.element.lines
        found: dict[str, _Told] = {}
        for one in read:
            if one.quantity != "amperes" or one.phase or len(lines) == 1:
                alone = lines[0] if len(lines) == 1 else _WHOLE
                found[one.phase if one.phase in lines else alone] = one
        for phase, one in found.items():
            number = place.total if phase == _WHOLE else place.gives[lines.index(phase)]
            amperes, watts = one.quantity == "amperes", one.quantity == "watts"
            volts = self._volts.add(one.volts, element.volts) if amperes else 0
            factor = element.power_factor if watts else Interval(1.0, 1.0)
            yield _Said(number, one.place, one.quantity, volts, factor)

    def _of_line(self, element: Element, line: int, read: Mapping[str, Sequence[_Told]]) -> int:
        """Return the voltage of a phase of an element."""
        phase = element.lines[line]
        there = next((one.volts for one in read.get(element.id, ()) if one.phase == phase), _NOWHERE)
        return self._volts.add(there, element.volts)

    def _rows_of(self, place: Place, read: Mapping[str, Sequence[_Told]]) -> Iterator[_Row]:
        """Yield the limits of an element in the order in which ``shares`` has them."""
        element, limit = place.element, place.element.limit
        whole = Interval(1.0, 1.0)
        if limit.amperes is not None:
            for line, phase in enumerate(element.lines):
                said = element.id, phase, "A", limit.amperes, limit.warn, limit.trip
                yield _Row(said, place.gives[line], whole, self._of_line(element, line, read))
        if limit.voltamperes is not None:
            said = element.id, "", "VA", limit.voltamperes, limit.warn, limit.trip
            yield _Row(said, place.total, whole, 0)
            several = len(element.lines) > 1
            for line, phase in enumerate(element.lines) if several else ():
                each = limit.voltamperes / len(element.lines)
                said = element.id, phase, "VA", each, limit.warn, limit.trip
                yield _Row(said, place.gives[line], whole, 0)
        if limit.watts is not None:
            said = element.id, "", "W", limit.watts, limit.warn, limit.trip
            yield _Row(said, place.total, element.power_factor, 0)

    # every look

    def headroom(self, values: Numbers) -> tuple[Headroom, ...] | None:
        """Return what each part keeps by these values, where no loss takes anything of it; None: in doubt."""
        volts = self._volts.of(values)
        said = np.abs(values[self._place])
        with np.errstate(divide="ignore", over="ignore"):
            rounded = np.where(said != 0.0, self._absolute / said, 0.0)
        off = np.minimum(1.0, self._tolerance + rounded)
        said = said * volts[self._said_volts]
        least, most = said * (1.0 - off) / self._least, said * (1.0 + off) / self._most
        found = self._steady.narrowed(
            self._number, least, most, self._rates, self._rated * volts[self._rated_volts]
        )
        if found is None:
            return None
        low, high = found
        by = self._limit * volts[self._row_volts]
        return self._told_of(low[self._row] * self._low / by, high[self._row] * self._high / by)

    def _told_of(self, low: Numbers, high: Numbers) -> tuple[Headroom, ...]:
        """Return the rows of these shares: those of the look before where a share is the same."""
        rows, of = self._headroom, self._of
        moved = np.flatnonzero((low != self._before[0]) | (high != self._before[1]))
        for at, least, most in zip(moved.tolist(), low[moved].tolist(), high[moved].tolist(), strict=True):
            now = Interval(least, most)
            rows[at] = Headroom(*of[at], now, now, "")
        self._before = np.array((low, high))
        return tuple(rows)


def _number(place: Place, line: int) -> int:
    return place.gives[line] if line >= 0 else place.total


def _read(said: Sequence[Way], told: NDArray[np.bool_], element: Element) -> list[_Told]:
    """Return what is read of an element, as ``situation`` does: of two values of one quantity the first."""
    mine: dict[str, dict[str, int]] = {}
    for place, phase, quantity in said:
        if told[place]:
            mine.setdefault(phase, {}).setdefault(quantity, place)
    read = [
        _Told(phase, most, what[most], what.get("volts", _NOWHERE))
        for phase, what in mine.items()
        if (most := most_exact(phase, what))
    ]
    lines = element.lines
    if len(lines) == 1 and any(one.phase == lines[0] for one in read):
        return [one for one in read if one.phase == lines[0]]
    return read


class Reader:
    """Reads looks in columns, once two of them in turn have told of the same places."""

    def __init__(self) -> None:
        self._ways: Ways | None = None
        self._tolerance = 0.0
        self._values: Numbers = np.empty(0)
        self._told: NDArray[np.bool_] | None = None
        self._again = False
        self._absent: frozenset[str] = frozenset()
        self._lines: Lines | None = None

    def note(self, look: Look, ways: Ways, tolerance: float) -> None:
        """Note what the next flow is read from."""
        if ways is not self._ways:
            self._ways, self._told, self._lines = ways, None, None
        self._tolerance, self._absent = tolerance, look.down | look.doubtful
        self._values = np.array(look.values, dtype=np.float64)
        told = ~np.isnan(self._values)
        self._again = self._told is not None and np.array_equal(told, self._told)
        self._told = told

    def headroom(self, flow: Flow) -> tuple[Headroom, ...] | None:
        """Return what each part of a flow keeps that is read from the look that was noted; None: in doubt."""
        ways, told, lines = self._ways, self._told, self._lines
        if ways is None or told is None or not self._again:
            return None
        if not flow.network.elements.keys().isdisjoint(self._absent):
            return None
        if lines is None or lines.network is not flow.network or not np.array_equal(lines.told, told):
            lines = self._lines = Lines(flow, ways, told, self._tolerance)
        return lines.headroom(self._values) if lines.holds else None
