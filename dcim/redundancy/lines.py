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
from dcim.redundancy.limits import Rated
from dcim.redundancy.rows import Rows
from dcim.redundancy.situation import ABSOLUTE, Look, most_exact
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
        caps = [(place, cap) for place in flow.cells.places for cap in caps_of(place.element, ())]
        self.holds = (
            self._steady.holds
            and all(one.factor.lo > 0.0 and one.factor.hi > 0.0 for one in said)
            and not any(name in places and places[name].draws for name in ways.input)
        )
        self._rated = np.array([cap.amount for _, cap in caps], dtype=np.float64)
        self._rated_volts = np.array(
            [self._of_line(place.element, cap.line, read) if cap.unit == "A" else 0 for place, cap in caps],
            dtype=np.int64,
        )
        self._fill(said)
        self._rates, rated = flow.cells.once(Rates), flow.cells.once(Rated)
        self._row, self._limits = rated.row, rated.limits
        self._lost = rated.nobody

    def _fill(self, said: Sequence[_Said]) -> None:
        self._number = np.array([one.number for one in said], dtype=np.int64)
        self._place = np.array([one.place for one in said], dtype=np.int64)
        self._said_volts = np.array([one.volts for one in said], dtype=np.int64)
        self._absolute = np.array([ABSOLUTE[one.quantity] for one in said], dtype=np.float64)
        self._least = np.array([one.factor.hi for one in said], dtype=np.float64)
        self._most = np.array([one.factor.lo for one in said], dtype=np.float64)

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

    # every look

    def headroom(self, values: Numbers) -> Rows | None:
        """Return what each part keeps by these values, where no loss takes anything of it; None: in doubt."""
        volts = self._volts.of(values)
        said = np.abs(values[self._place])
        with np.errstate(divide="ignore", over="ignore"):
            rounded = np.where(said != 0.0, self._absolute / said, 0.0)
        off = np.minimum(1.0, self._tolerance + rounded)
        said = said * volts[self._said_volts]
        least, most = said * (1.0 - off) / self._least, said * (1.0 + off) / self._most
        rated = self._rated * volts[self._rated_volts]
        found = self._steady.narrowed(self._number, least, most, rated)
        if found is None:
            return None
        now = self._rates.shares(*found, rated)[self._row]
        return Rows(self._limits, now, now, self._lost)


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

    def headroom(self, flow: Flow) -> Rows | None:
        """Return what each part of a flow keeps that is read from the look that was noted; None: in doubt."""
        ways, told, lines = self._ways, self._told, self._lines
        if ways is None or told is None or not self._again:
            return None
        if not flow.network.elements.keys().isdisjoint(self._absent):
            return None
        if lines is None or lines.network is not flow.network or not np.array_equal(lines.told, told):
            lines = self._lines = Lines(flow, ways, told, self._tolerance)
        return lines.headroom(self._values) if lines.holds else None
