"""An estimate in the shape in which losses are computed quickly: plain lists, every number once. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from dcim.flow.caps import Cap, caps_of
from dcim.flow.cells import Cells, Place
from dcim.flow.estimate import Estimate
from dcim.flow.live import LIVE, Live, is_engine
from dcim.flow.model import Element
from dcim.flow.plan import Cords, cords_of

ENDLESS: Final = 1e10
"""VA: stands for no upper end where numbers are added and taken away again."""


class ArcTo(NamedTuple):
    """A number that one draw puts on a phase of a source, as it is now; ``fixed``: the part is known."""

    number: int
    source: int
    gives: int
    part_low: float
    part_high: float
    low: float
    high: float


class Through(NamedTuple):
    """What comes through one feed of a draw now."""

    low: float
    high: float
    arcs: tuple[ArcTo, ...]


class DrawOf(NamedTuple):
    """What one draw takes now, and how it follows what is given (``line`` -1: the total)."""

    line: int
    k_low: float
    k_high: float
    c_low: float
    c_high: float
    low: float
    high: float
    feeds: tuple[Through, ...]


Row: TypeAlias = tuple[DrawOf, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A place with all that is known of it now. ``gives``: the numbers of its phases."""

    at: int
    element: Element
    gives: tuple[int, ...]
    total: int
    draws: Row
    cords: Cords
    parents: tuple[int, ...]
    children: tuple[int, ...]
    caps: tuple[Cap, ...]
    stores: bool
    ends: bool
    rated_demand: float
    stands: int
    own: Live
    live: Live
    modes: tuple[Live, ...]


class Base:
    """The network as it stands: bounds of every number, sums of what hangs on each phase, every spot."""

    def __init__(self, estimate: Estimate) -> None:
        cells = estimate.cells
        self.estimate = estimate
        self.names = cells.names
        self.index = cells.index
        self.low: list[float] = estimate.low.tolist()
        self.high: list[float] = [min(one, ENDLESS) for one in estimate.high.tolist()]
        self.spots = [self._spot(at, place, cells) for at, place in enumerate(cells.places)]
        self.sums = self._sums(cells)
        self.stores = [spot.at for spot in self.spots if spot.stores]
        self.engines = [spot.at for spot in self.spots if is_engine(spot.element)]

    def _spot(self, at: int, place: Place, cells: Cells) -> Spot:
        element = place.element
        return Spot(
            at=at,
            element=element,
            gives=tuple(place.gives),
            total=place.total,
            draws=self._draws(place, cells),
            cords=cords_of(element),
            parents=tuple(cells.index[feed.source] for feed in element.feeds),
            children=tuple(dict.fromkeys(child for child, _ in place.below)),
            caps=caps_of(element, self.estimate.situation.readings.get(element.id, ())),
            stores=element.battery is not None,
            ends=element.is_load or not place.below,
            rated_demand=min(element.demand.hi, ENDLESS) if element.demand is not None else ENDLESS,
            stands=self.estimate.stands(at),
            own=self.estimate.own[at],
            live=self.estimate.live[at],
            modes=self.estimate.modes[at],
        )

    def _draws(self, place: Place, cells: Cells) -> Row:
        rows = []
        for number, draw in enumerate(place.draws):
            feeds = tuple(
                Through(
                    self.low[intake.number],
                    self.high[intake.number],
                    tuple(
                        ArcTo(
                            arc.number,
                            arc.source,
                            cells.places[arc.source].gives[arc.line],
                            arc.split.lo,
                            arc.split.hi,
                            self.low[arc.number],
                            self.high[arc.number],
                        )
                        for arc in intake.arcs
                    ),
                )
                for intake in draw.intakes
            )
            beyond = self._beyond(place, number)
            rows.append(
                DrawOf(
                    draw.line,
                    draw.gain.lo,
                    draw.gain.hi,
                    draw.idle.lo + beyond[0],
                    draw.idle.hi + beyond[1],
                    self.low[draw.number],
                    self.high[draw.number],
                    feeds,
                )
            )
        return tuple(rows)

    def _beyond(self, place: Place, number: int) -> tuple[float, float]:
        """Return what a draw takes beyond gain and idle; nothing where the battery gives the rest."""
        if number >= len(place.lost) or LIVE not in self.estimate.modes[self.index[place.element.id]]:
            return 0.0, 0.0
        return self.low[place.lost[number]], self.high[place.lost[number]]

    def _sums(self, cells: Cells) -> dict[int, tuple[float, float]]:
        """Return for each phase that is given the sum of what hangs on it and of what it takes itself."""
        found = {}
        for place in cells.places:
            for number, own in zip(place.gives, place.own, strict=True):
                arcs = [*cells.puts(number), own]
                found[number] = (sum(self.low[one] for one in arcs), sum(self.high[one] for one in arcs))
        return found
