"""An estimate in the shape in which losses are computed quickly: plain lists, every number once. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from dcim.flow.changed.falls import Fall
from dcim.flow.changed.holding import Holding
from dcim.flow.changed.loose import loose_places
from dcim.flow.changed.spot import ENDLESS, ArcTo, DrawOf, Row, Spot, Through
from dcim.flow.now.cells import ArcIn, Cells, Frame, Place
from dcim.flow.now.estimate import Estimate
from dcim.flow.now.live import LIVE, PERHAPS, is_engine
from dcim.flow.values.model import Rule


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
        self.place_of = {number: spot.at for spot in self.spots for number in spot.gives}
        for spot in self.spots:
            self._margins(spot)
        self.steepest = max((spot.gained for spot in self.spots), default=1.0)
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

    def _spot(self, at: int, place: Place, cells: Cells) -> Spot:
        element, frame = place.element, cells.frames[at]
        return Spot(
            at=at,
            element=element,
            gives=tuple(place.gives),
            total=place.total,
            draws=self._draws(place, frame),
            cords=frame.cords,
            parents=frame.parents,
            children=frame.children,
            caps=self.estimate.caps[at],
            stores=element.battery is not None,
            ends=frame.ends,
            rated_demand=min(element.demand.hi, ENDLESS) if element.demand is not None else ENDLESS,
            stands=self.estimate.stands(at),
            own=self.estimate.own[at],
            live=self.estimate.live[at],
            modes=self.estimate.modes[at],
            simple=frame.simple,
            sure=self.estimate.live[at] == LIVE and PERHAPS not in self.estimate.modes[at],
        )

    def _margins(self, spot: Spot) -> None:
        """See how much more a place and all above it may carry; those above were seen before."""
        for cap in spot.caps:
            high = self.high[spot.gives[cap.line] if cap.line >= 0 else spot.total]
            spot.room = min(spot.room, cap.rated * min(cap.warn, cap.trip) / cap.high - high)
        for parent in spot.parents:
            source = self.spots[parent]
            spot.above.add(parent)
            spot.above |= source.above
            gain = max(1.0, spot.element.gain.hi)
            spot.gained = max(spot.gained, gain * source.gained)
            spot.margin = min(spot.margin, source.room / gain, source.margin / gain)

    def _draws(self, place: Place, frame: Frame) -> Row:
        rows = []
        for number, (draw, comes, passes) in enumerate(frame.takes):
            feeds = tuple([self._through(*one) for one in comes])
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
                    passes and beyond == (0.0, 0.0),
                )
            )
        return tuple(rows)

    def _through(self, number: int, arcs: Sequence[ArcIn], whole: bool) -> Through:
        low, high = self.low, self.high
        found = []
        for arc, source, gives, part_low, part_high in arcs:
            least, most = low[arc], high[arc]
            same = (0.0, 0.0, least, most)
            found.append(ArcTo(arc, source, gives, part_low, part_high, least, most, same))
        return Through(low[number], high[number], tuple(found), whole)

    def _beyond(self, place: Place, number: int) -> tuple[float, float]:
        """Return what a draw takes beyond gain and idle; nothing where the battery gives the rest."""
        if number >= len(place.lost) or self.estimate.fed(self.index[place.element.id]) != LIVE:
            return 0.0, 0.0
        return self.low[place.lost[number]], self.high[place.lost[number]]

    def _sums(self, cells: Cells) -> dict[int, tuple[float, float]]:
        """Return for each phase that is given the sum of what hangs on it and of what it takes itself."""
        low, high = self.low, self.high
        return {
            number: (sum([low[one] for one in arcs]), sum([high[one] for one in arcs]))
            for number, arcs in cells.once(_hanging)
        }


def _hanging(cells: Cells) -> list[tuple[int, list[int]]]:
    """Return for each phase that is given the numbers of what hangs on it and of what it takes itself."""
    return [
        (number, [*cells.puts(number), own])
        for place in cells.places
        for number, own in zip(place.gives, place.own, strict=True)
    ]
