"""How power flows now: measured where it is measured, put together or bounded where it is not. Pure.

1  what is dead carries nothing; a switch takes from where it stands
2  from below to above: what is measured stands, the rest is a sum; where both are known and differ: a
finding,
   and the difference belongs to that element from now on
3  all ways at once: every number is narrowed by all others until nothing moves
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from dcim.flow.drawing.measured import WHOLE, loads
from dcim.flow.now.cells import Cells, Place, demand_of
from dcim.flow.now.compare import Comparison, Measured
from dcim.flow.now.cords import Cords
from dcim.flow.now.demands import Demands
from dcim.flow.now.equations import FAR, open_bounds
from dcim.flow.now.kept import Kept, Stood
from dcim.flow.now.live import DEAD, LIVE, PERHAPS, Live, fed, is_engine, modes
from dcim.flow.now.plan import cords_of, part_of
from dcim.flow.now.rates import Rates
from dcim.flow.values.interval import NOTHING, Interval
from dcim.flow.values.model import Element, Rule, Situation
from dcim.flow.values.outcome import Doubt, Finding
from dcim.late import np

if TYPE_CHECKING:
    from dcim.flow.now.equations import Numbers


class Fixed:
    """Which numbers are nothing until somebody measures otherwise, whoever is live.

    ``lost``: what is drawn beyond gain and idle. ``passing``: what those take themselves that feed others;
    what a load takes is open until it is narrowed.
    """

    def __init__(self, cells: Cells) -> None:
        passing = [place for place in cells.places if place.below and not place.element.is_load]
        self.lost = np.array([one for place in cells.places for one in place.lost], dtype=np.int64)
        self.passing = np.array([one for place in passing for one in place.own], dtype=np.int64)


class Estimate:
    """The bounds of every number of ``Cells`` as things stand, with what is live, and the findings."""

    def __init__(self, cells: Cells, situation: Situation) -> None:
        self.cells = cells
        self.situation = situation
        self._kept = cells.once(Kept)
        self.caps = self._kept.caps(situation.readings)
        stood = self._kept.stood(situation) or self._kept.stand(situation, self._standing())
        self.own, self.live, self.modes, self._odd = stood.own, stood.live, stood.modes, stood.odd
        self.findings: list[Finding] = []
        self.low, self.high = open_bounds(cells.equations.size)
        self._held = np.zeros(cells.equations.size, dtype=bool)
        self._said: dict[int, Interval] = {}
        self._put_off = self._shares()
        self._demands = cells.once(Demands)
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
        if not source:
            return -1
        names = [feed.source for feed in place.element.feeds]
        return names.index(source) if source in names else -1

    def rests(self, at: int) -> bool:
        """Whether a UPS says that it lives on its battery, and could take what it gives from a feed."""
        element = self.cells.places[at].element
        says = element.battery is not None and element.id in self.situation.discharging
        return says and self.live[at] != DEAD and self.fed(at) != DEAD

    def fed(self, at: int) -> Live:
        """Return whether a place gets power from what feeds it, from whichever of these."""
        parents = self.cells.frames[at].parents
        return fed(self.cells.places[at].element, [self.live[one] for one in parents])

    def _standing(self) -> Stood:
        cells = self.cells
        own = [_able(place.element, self.situation) for place in cells.places]
        live = _living(cells, own)
        modes = [self._modes(at, live) for at in range(len(cells.places))]
        odd = [
            at
            for at, place in enumerate(cells.places)
            if live[at] == DEAD
            or DEAD in modes[at]
            or (place.element.battery is not None and LIVE not in modes[at])
        ]
        return Stood(own, live, modes, odd)

    def _modes(self, at: int, live: Sequence[Live]) -> tuple[Live, ...]:
        element = self.cells.places[at].element
        feeds = [live[parent] for parent in self.cells.frames[at].parents]
        carry = modes(element, feeds, self.stands(at))
        if element.battery is None or element.id not in self.situation.discharging:
            return carry
        return tuple([min(mode, PERHAPS) for mode in carry])

    def _begin(self) -> None:
        fixed = self.cells.once(Fixed)
        for numbers in (fixed.lost, fixed.passing):
            self.low[numbers] = self.high[numbers] = 0.0
        places, index, situation = self.cells.places, self.cells.index, self.situation
        for at in self._odd:
            place = places[at]
            self._feeds(at, place)
            if self.live[at] == DEAD:
                taken = (number for draw in place.draws for number in (draw.number, *draw.explained))
                self._nothing([*place.gives, *place.own, place.total, *taken, *place.lost])
        for name in dict.fromkeys((*situation.readings, *situation.inputs)):
            told = index.get(name)
            if told is not None and self.live[told] != DEAD:
                self._readings(told, places[told])
        self._measured = Measured.of(self._said)

    def _set(self, number: int, to: Interval) -> None:
        self.low[number], self.high[number] = to

    def _feeds(self, at: int, place: Place) -> None:
        stored = self.live[at] != DEAD and place.element.battery is not None
        if stored and (self.fed(at) != LIVE or self.rests(at)):
            for number in place.lost:  # what it takes is not what it gives: the rest comes from the battery
                self._set(number, Interval(-FAR, 0.0))
        if DEAD not in self.modes[at]:
            return
        for draw in place.draws:
            for intake, mode in zip(draw.intakes, self.modes[at], strict=True):
                if mode == DEAD:
                    self._nothing([intake.number, *(arc.number for arc in intake.arcs)])

    def _nothing(self, numbers: Sequence[int]) -> None:
        for one in numbers:
            self._set(one, NOTHING)
            self._held[one] = True

    def _readings(self, at: int, place: Place) -> None:
        name, lines = place.element.id, place.element.lines
        if said := self.situation.readings.get(name):
            for phase, load in self._kept.loads(at, place.element, said).items():
                self._said[place.total if phase == WHOLE else place.gives[lines.index(phase)]] = load
        if place.draws and self.fed(at) == LIVE and (whole := self._input(place)):
            self._said.setdefault(place.takes, whole)

    def _input(self, place: Place) -> Interval | None:
        """Return what the input of a place is measured to take in all."""
        inputs = self.situation.inputs.get(place.element.id)
        taken = loads(place.element, inputs) if inputs else {}
        if WHOLE in taken or not all(phase in taken for phase in place.element.lines):
            return taken.get(WHOLE)
        return Interval(sum(one.lo for one in taken.values()), sum(one.hi for one in taken.values()))

    # 2

    def _compare(self) -> None:
        """Hold what is measured against what is below it; a load counts with what it demands at most."""
        low, high = self.low.copy(), self.high.copy()
        self._demands.bound(low, high, self.live)
        comparison = Comparison(self.cells, self._said, self._measured, self._put_off)
        self.findings, self._least = comparison.run(low, high, self._held)
        fixed = self.cells.once(Fixed)
        for numbers in (fixed.lost, fixed.passing):
            self.low[numbers], self.high[numbers] = low[numbers], high[numbers]

    # 3

    def _narrow(self) -> None:
        """Narrow by sums and losses, then by what loads demand and breakers hold, then by how cords share."""
        said, least, most = self._measured
        self.low[said] = np.maximum(self.low[said], least)
        self.high[said] = np.minimum(self.high[said], most)
        narrowing = self.cells.equations.narrowing(self.low, self.high)
        shares = [said for said, _, _ in self.cells.shared]
        narrowing.run([*self._put_off, *shares])
        self._demanding()
        self._holding()
        narrowing.run([*self._put_off, *shares])
        contradicted = narrowing.run(self._put_off) - set(self._put_off)
        self.findings += self._sharing(contradicted)
        self.findings += self._unused()

    def _demanding(self) -> None:
        """Bound what loads take by what they demand, but for those that are measured to take more."""
        more = self._demands.passed(self.low)
        for one in more:
            place = self._demands.places[one]
            taken, demand = self.interval(place.total), demand_of(place.element)
            amount = Interval(taken.lo - demand.hi, taken.hi - demand.hi)
            self.findings.append(Finding(place.element.id, "", Doubt.DEMAND, amount, taken, demand))
        self._demands.bound(self.low, self.high, self.live, more)

    def _sharing(self, contradicted: set[int]) -> Iterator[Finding]:
        """Yield the loads whose cords share otherwise than was declared, once each."""
        told: set[int] = set()
        for said, at, feed in self.cells.shared:
            if said in contradicted and at not in told:
                told.add(at)
                place = self.cells.places[at]
                carried = self.interval(place.through[feed])
                should = self.interval(place.takes).times(place.element.feeds[feed].share)
                amount = Interval(
                    max(0.0, carried.lo - should.hi, should.lo - carried.hi),
                    max(carried.hi - should.lo, should.hi - carried.lo),
                )
                yield Finding(place.element.id, "", Doubt.SHARING, amount, carried, should)

    def _unused(self) -> Iterator[Finding]:
        """Yield the loads that take nothing on a cord that is live, while all others are live too."""
        for at, feed in self.cells.once(Cords).unused(self.low, self.high):
            if all(mode == LIVE for mode in self.modes[at]):
                place = self.cells.places[at]
                carried, taken = self.interval(place.through[feed]), self.interval(place.takes)
                source = place.element.feeds[feed].source
                yield Finding(place.element.id, "", Doubt.UNUSED, taken, carried, taken, source)

    def _holding(self) -> None:
        """What nobody measures carries at most what its breaker holds, unless more hangs on it already."""
        least = np.maximum(self._least, self.low)
        self.cells.once(Rates).hold(self.high, least, self.rated, self._measured.numbers)

    @cached_property
    def rated(self) -> Numbers:
        """Return what is rated by all limits, in the order of ``Rates``."""
        return self.cells.once(Rates).rated(self.caps)

    def _shares(self) -> list[int]:
        """Divide what is shared among the cords that carry; return the statements that say nothing now."""
        other: dict[int, Interval] = {}
        none: list[int] = []
        for said, at, feed in self.cells.shared:
            now = self.modes[at]
            if self.cells.places[at].element.rule is not Rule.SHARE or all(mode == LIVE for mode in now):
                continue
            if now[feed] == DEAD:
                none.append(said)
            else:
                other[said] = part_of(cords_of(self.cells.places[at].element), feed, now)
        other.update(self._resting())
        self.cells.equations.restate(other)
        for at, place in enumerate(self.cells.places):
            if self.live[at] == DEAD:
                none += [draw.said for draw in place.draws if draw.said >= 0]
        return none

    def _resting(self) -> Iterator[tuple[int, Interval]]:
        """Yield of UPS that live on their battery what comes through their feeds: at most what they lose.

        What their input is measured to take goes before: then it is no more than their output needs.
        """
        for at in self._odd:
            place = self.cells.places[at]
            if self.rests(at) and not self._input(place):
                for draw in place.draws:
                    yield draw.said, Interval(0.0, max(0.0, draw.gain.hi - 1.0))


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
