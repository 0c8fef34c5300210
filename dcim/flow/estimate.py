"""How power flows now: measured where it is measured, put together or bounded where it is not. Pure.

1  what is dead carries nothing; a switch takes from where it stands
2  from below to above: what is measured stands, the rest is a sum; where both are known and differ: a
finding,
   and the difference belongs to that element from now on
3  all ways at once: every number is narrowed by all others until nothing moves
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Final

import numpy as np

from dcim.flow.caps import caps_of
from dcim.flow.cells import Cells, Place, demand_of
from dcim.flow.equations import SLACK, Numbers, open_bounds
from dcim.flow.interval import NOTHING, Interval
from dcim.flow.live import DEAD, LIVE, PERHAPS, Live, fed, is_engine, modes
from dcim.flow.measured import WHOLE, loads
from dcim.flow.model import Element, Rule, Situation
from dcim.flow.outcome import Doubt, Finding
from dcim.flow.plan import cords_of, part_of

FAR: Final = 1e9
"""VA: more than any site has."""


class Estimate:
    """The bounds of every number of ``Cells`` as things stand, with what is live, and the findings."""

    def __init__(self, cells: Cells, situation: Situation) -> None:
        self.cells = cells
        self.situation = situation
        self.own = [_able(place.element, situation) for place in cells.places]
        self.live = _living(cells, self.own)
        self.modes = [self._modes(at) for at in range(len(cells.places))]
        self.findings: list[Finding] = []
        self.low, self.high = open_bounds(cells.equations.size)
        self._held = np.zeros(cells.equations.size, dtype=bool)
        self._said: dict[int, Interval] = {}
        self._put_off = self._shares()
        self._begin()
        self._compare()
        self._narrow()

    def interval(self, number: int) -> Interval:
        """Return what is known of a number."""
        return Interval(float(self.low[number]), float(self.high[number]))

    # 1

    def stands(self, at: int) -> int:
        """Return the feed on which a switch stands, -1 where nobody says."""
        place = self.cells.places[at]
        source = self.situation.positions.get(place.element.id, "")
        names = [feed.source for feed in place.element.feeds]
        return names.index(source) if source in names else -1

    def _modes(self, at: int) -> tuple[Live, ...]:
        element = self.cells.places[at].element
        feeds = [self.live[self.cells.index[feed.source]] for feed in element.feeds]
        return modes(element, feeds, self.stands(at))

    def _begin(self) -> None:
        for at, place in enumerate(self.cells.places):
            for number in place.lost:
                self._set(number, NOTHING)
            self._feeds(at, place)
            if self.live[at] is DEAD:
                taken = (number for draw in place.draws for number in (draw.number, *draw.explained))
                self._nothing([*place.gives, *place.own, place.total, *taken, *place.lost])
                continue
            self._own(place, self.live[at])
            self._readings(place)

    def _set(self, number: int, to: Interval) -> None:
        self.low[number], self.high[number] = to

    def _own(self, place: Place, live: Live) -> None:
        """A load takes what it demands, what feeds nothing something unknown, the rest nothing itself."""
        element = place.element
        ends = element.is_load or not place.below
        if not ends:
            for number in place.own:
                self._set(number, NOTHING)
            return
        demand = demand_of(element)
        for number in (*place.own, *place.gives):
            self.high[number] = demand.hi
        whole = demand if live is LIVE else Interval(0.0, demand.hi)
        self._set(place.total, whole)

    def _feeds(self, at: int, place: Place) -> None:
        stored = self.live[at] is not DEAD and place.element.battery is not None
        if stored and LIVE not in self.modes[at]:
            for number in place.lost:  # what it takes is not what it gives: the rest comes from the battery
                self._set(number, Interval(-FAR, 0.0))
        for draw in place.draws:
            for intake, mode in zip(draw.intakes, self.modes[at], strict=True):
                if mode is DEAD:
                    self._nothing([intake.number, *(arc.number for arc in intake.arcs)])

    def _nothing(self, numbers: Sequence[int]) -> None:
        for one in numbers:
            self._set(one, NOTHING)
            self._held[one] = True

    def _readings(self, place: Place) -> None:
        said = loads(place.element, self.situation.readings.get(place.element.id, ()))
        lines = place.element.lines
        for phase, load in said.items():
            number = place.total if phase == WHOLE else place.gives[lines.index(phase)]
            self._said[number] = load

    # 2

    def _compare(self) -> None:
        """Hold what is measured against what is below it; give the difference to the element itself."""
        low, high = self.low.copy(), self.high.copy()
        held = self._held.copy()
        for number, load in self._said.items():
            low[number], high[number] = load
            held[number] = True
        self.cells.equations.rise(low, high, held, self._put_off)
        self._least: list[float] = low.tolist()
        for place in self.cells.places:
            for number, own in zip(place.gives, place.own, strict=True):
                said = self._said.get(number)
                if said is not None and not place.element.is_load and place.below:
                    explained = Interval(*self._explained(number, low, high))
                    self._judge(place, number, own, said, explained)

    def _explained(self, number: int, low: Numbers, high: Numbers) -> tuple[float, float]:
        arcs = self.cells.puts(number)
        return float(sum(low[one] for one in arcs)), float(sum(high[one] for one in arcs))

    def _judge(self, place: Place, number: int, own: int, load: Interval, explained: Interval) -> None:
        more, less = load.lo - explained.hi, explained.lo - load.hi
        if max(more, less) <= SLACK * (1.0 + load.hi):
            return
        difference = Interval(load.lo - explained.hi, load.hi - explained.lo)
        self._set(own, difference)
        doubt = Doubt.MORE if more > 0 else Doubt.LESS
        amount = difference if more > 0 else Interval(-difference.hi, -difference.lo)
        phase = place.element.lines[place.gives.index(number)]
        self.findings.append(Finding(place.element.id, phase, doubt, amount, load, explained))

    # 3

    def _narrow(self) -> None:
        for number, load in self._said.items():
            self.low[number] = max(self.low[number], load.lo)
            self.high[number] = min(self.high[number], load.hi)
        self._holding()
        self.cells.equations.narrow(self.low, self.high, self._put_off)

    def _holding(self) -> None:
        """What nobody measures carries at most what its breaker holds, unless what hangs on it is more already."""
        for place in self.cells.places:
            readings = self.situation.readings.get(place.element.id, ())
            for cap in caps_of(place.element, readings):
                number = place.gives[cap.line] if cap.line >= 0 else place.total
                most = cap.rated * cap.trip / cap.low if cap.low > 0 else inf
                if number not in self._said and self._least[number] <= most:
                    self.high[number] = min(self.high[number], most)

    def _shares(self) -> list[int]:
        """Divide what is shared among the cords that carry now; return the statements that say nothing now."""
        other: dict[int, Interval] = {}
        none: list[int] = []
        for said, at, feed in self.cells.shared:
            now = self.modes[at]
            if self.cells.places[at].element.rule is not Rule.SHARE or all(mode is LIVE for mode in now):
                continue
            if now[feed] is DEAD:
                none.append(said)
            else:
                other[said] = part_of(cords_of(self.cells.places[at].element), feed, now)
        self.cells.equations.restate(other)
        for at, place in enumerate(self.cells.places):
            if self.live[at] is DEAD:
                none += [draw.said for draw in place.draws if draw.said >= 0]
        return none


def _able(element: Element, situation: Situation) -> Live:
    """Return whether an element would be live if it were fed; what is not known to be down is."""
    if element.id in situation.down or (is_engine(element) and element.id not in situation.running):
        return DEAD
    return PERHAPS if element.id in situation.doubtful else LIVE


def _living(cells: Cells, own: Sequence[Live]) -> list[Live]:
    """Return what is live now."""
    found: list[Live] = []
    for place, able in zip(cells.places, own, strict=True):
        feeds = [found[cells.index[feed.source]] for feed in place.element.feeds]
        found.append(able if place.element.battery is not None else min(able, fed(place.element, feeds)))
    return found
