"""An estimate in the shape in which losses are computed quickly: plain lists, every number once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING

from dcim.flow.changed.falls import Fall
from dcim.flow.changed.holding import Holding
from dcim.flow.changed.loose import loose_places
from dcim.flow.changed.spot import ENDLESS, ArcTo, DrawOf, Draws, Row, Spot, Through
from dcim.flow.now.cells import ArcIn, Cells
from dcim.flow.now.estimate import Estimate
from dcim.flow.now.live import LIVE, PERHAPS, Live, is_engine
from dcim.flow.now.rates import Rates
from dcim.flow.values.model import Rule
from dcim.late import np

if TYPE_CHECKING:
    from dcim.flow.now.equations import Numbers


class Above:
    """What stands above each place of a network. Made once for it.

    ``all``: everything that a place hangs on; ``gains``: what 1 VA of each place is at most on what feeds it;
    ``steepest``: what 1 VA is at most anywhere on its way up.
    """

    def __init__(self, cells: Cells) -> None:
        self.all: list[frozenset[int]] = []
        self.gains = [max(1.0, place.element.gain.hi) for place in cells.places]
        gained: list[float] = []
        for frame, gain in zip(cells.frames, self.gains, strict=True):  # those above were seen before
            parents = frame.parents
            self.all.append(frozenset(parents).union(*[self.all[parent] for parent in parents]))
            gained.append(max([1.0, *(gain * gained[parent] for parent in parents)]))
        self.steepest = max(gained, default=1.0)


class Base:
    """The network as it stands: bounds of every number, sums of what hangs on each phase, every spot."""

    def __init__(self, estimate: Estimate) -> None:
        cells = estimate.cells
        above = cells.once(Above)
        high = np.minimum(estimate.high, ENDLESS)
        self.estimate = estimate
        self.names = cells.names
        self.index = cells.index
        self.low: list[float] = estimate.low.tolist()
        self.high: list[float] = high.tolist()
        rooms = _rooms(estimate, high)
        margins = _margins(cells, above, rooms)
        drawn = Drawn(cells, self.low, self.high, estimate.modes)
        self.spots = [
            self._spot(at, drawn, above.all[at], rooms[at], margins[at]) for at in range(len(cells.places))
        ]
        self.sums = cells.once(Hanging).sums(estimate.low, high)
        self.steepest = above.steepest
        self.stores = [spot.at for spot in self.spots if spot.stores]
        self.falls: dict[int, list[Fall]] = {}  # what fell with a place, as it was followed
        self.engines = [spot.at for spot in self.spots if is_engine(spot.element)]
        self.switches = [
            spot.at for spot in self.spots if spot.element.rule is Rule.SELECT and len(spot.parents) > 1
        ]

    @cached_property
    def loose(self) -> frozenset[int]:
        """Return the places of which a cord is known badly although something above it is known better."""
        return loose_places(self.estimate.cells, self.spots, self.low, self.high)

    @cached_property
    def holding(self) -> Holding:
        """Return what sums of flows are at most and at least: needed only if some places are ``loose``."""
        return Holding(self.estimate.cells, self.spots, self.low, self.high)

    def _spot(self, at: int, drawn: Draws, above: frozenset[int], room: float, margin: float) -> Spot:
        estimate = self.estimate
        place, frame = estimate.cells.places[at], estimate.cells.frames[at]
        element = place.element
        return Spot(
            at=at,
            element=element,
            gives=tuple(place.gives),
            total=place.total,
            drawn=drawn,
            cords=frame.cords,
            parents=frame.parents,
            children=frame.children,
            above=above,
            caps=estimate.caps[at],
            stores=element.battery is not None,
            ends=frame.ends,
            rated_demand=min(element.demand.hi, ENDLESS) if element.demand is not None else ENDLESS,
            stands=estimate.stands(at),
            own=estimate.own[at],
            live=estimate.live[at],
            modes=estimate.modes[at],
            simple=frame.simple,
            rests=estimate.rests(at),
            sure=estimate.live[at] == LIVE and PERHAPS not in estimate.modes[at],
            room=room,
            margin=margin,
        )


def _rooms(estimate: Estimate, high: Numbers) -> list[float]:
    """Return how much more each place may carry before one of its limits is passed."""
    rates = estimate.cells.once(Rates)
    most = estimate.rated * np.minimum(rates.warn, rates.trip) / rates.high
    rooms = np.full(len(estimate.cells.places), np.inf)
    np.minimum.at(rooms, rates.place, most - high[rates.number])
    found: list[float] = rooms.tolist()
    return found


def _margins(cells: Cells, above: Above, rooms: Sequence[float]) -> list[float]:
    """Return how much more each place may give before anything above it passes a limit."""
    found: list[float] = []
    for frame, gain in zip(cells.frames, above.gains, strict=True):
        found.append(min([min(rooms[one], found[one]) / gain for one in frame.parents], default=inf))
    return found


class Drawn:
    """Makes the draws of places from bounds of all numbers."""

    def __init__(
        self, cells: Cells, low: Sequence[float], high: Sequence[float], modes: Sequence[tuple[Live, ...]]
    ) -> None:
        self._cells, self._low, self._high, self._modes = cells, low, high, modes

    def of(self, at: int) -> Row:
        """Return those of a place as they are now."""
        rows, low, high = [], self._low, self._high
        for number, (draw, comes, passes) in enumerate(self._cells.frames[at].takes):
            feeds = tuple([self._through(*one) for one in comes])
            beyond = self._beyond(at, number)
            rows.append(
                DrawOf(
                    draw.line,
                    draw.gain.lo,
                    draw.gain.hi,
                    draw.idle.lo + beyond[0],
                    draw.idle.hi + beyond[1],
                    low[draw.number],
                    high[draw.number],
                    feeds,
                    passes and beyond == (0.0, 0.0),
                )
            )
        return tuple(rows)

    def _through(self, number: int, arcs: Sequence[ArcIn], whole: bool) -> Through:
        low, high = self._low, self._high
        found = []
        for arc, source, gives, part_low, part_high in arcs:
            least, most = low[arc], high[arc]
            same = (0.0, 0.0, least, most)
            found.append(ArcTo(arc, source, gives, part_low, part_high, least, most, same))
        return Through(low[number], high[number], tuple(found), whole)

    def _beyond(self, at: int, number: int) -> tuple[float, float]:
        """Return what a draw takes beyond gain and idle; nothing where the battery gives the rest."""
        lost = self._cells.places[at].lost
        if number >= len(lost) or LIVE not in self._modes[at]:
            return 0.0, 0.0
        return self._low[lost[number]], self._high[lost[number]]


class Hanging:
    """What hangs on each phase that is given, and what that takes itself. Made once for a network."""

    def __init__(self, cells: Cells) -> None:
        rows = [
            (number, [*cells.puts(number), own])
            for place in cells.places
            for number, own in zip(place.gives, place.own, strict=True)
        ]
        self._numbers = [number for number, _ in rows]
        self._part = np.array([one for _, parts in rows for one in parts], dtype=np.int64)
        self._row = np.repeat(np.arange(len(rows)), [len(parts) for _, parts in rows])

    def sums(self, low: Numbers, high: Numbers) -> dict[int, tuple[float, float]]:
        """Return what that is together, by the number of the phase."""
        least, most = (
            np.bincount(self._row, ends[self._part], len(self._numbers)).tolist() for ends in (low, high)
        )
        return dict(zip(self._numbers, zip(least, most, strict=True), strict=True))
