"""Which sums flows are part of: a tree of numbers and their parts, in all and by phase, made once. Pure.

racks  ->  strips  ->  floor PDU (measured)  ->  UPS (measured)        as far as nothing is lost on the way
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dcim.flow.changed.loose import flows_of, summed
from dcim.flow.changed.spot import DrawOf, Spot
from dcim.flow.now.cells import Cells, Place
from dcim.flow.now.live import LIVE
from dcim.record import dataclass


class Node(NamedTuple):
    """A number and its parts. ``up``: the number that it is part of, and that node; ``whole_up``: just that.

    ``low`` and ``high`` are the sums of its parts, ``high`` without the ``endless`` ones. ``bare``: it has no
    part beside its ``flows``.
    """

    rank: int
    number: int
    low: float
    high: float
    endless: int
    flows: int
    bare: bool
    up: tuple[int, int] | None
    whole_up: bool


@dataclass(slots=True)
class Cord:
    """One way into a place: what comes through it, and the flows of which that is made, by kind."""

    through: int
    node: int
    draws: int


class Tree:
    """The sums above every flow of a network as it stands.

    ``cord``: by number to which cord it belongs, and of which kind it is (0 all that comes through it, 1 that
    of one draw, 2 a part of that); ``arc``: the node of the phase on which it is.
    """

    def __init__(
        self, cells: Cells, spots: Sequence[Spot], low: Sequence[float], high: Sequence[float]
    ) -> None:
        self._low, self._high = low, high
        self._spots = spots
        self._cells = cells
        self.nodes: list[Node] = []
        self.cords: list[Cord] = []
        self.cord: dict[int, tuple[int, int]] = {}
        self.arc: dict[int, int] = {}
        self._total: dict[int, int] = {}
        self._line: dict[int, int] = {}  # by the number that a phase gives
        for spot, place in zip(spots, cells.places, strict=True):
            self._add(spot, place)
        for at, place in enumerate(cells.places):
            self._map(at, place)

    def _add(self, spot: Spot, place: Place) -> None:
        """Make the nodes of a place; those above it are there already."""
        total, *lines = flows_of(self._cells, place)
        self._total[spot.at] = self._node(spot, *total, self._up(spot, place, -1))
        for line, given in enumerate(lines):
            self._line[given[0]] = self._node(spot, *given, self._up(spot, place, line))

    def _node(
        self,
        spot: Spot,
        number: int,
        flows: Sequence[int],
        own: Sequence[int],
        up: tuple[tuple[int, int] | None, bool],
    ) -> int:
        parts = summed((*flows, *own), self._low, self._high)
        node = Node(
            rank=-spot.at,
            number=number,
            low=parts.low,
            high=parts.high,
            endless=parts.endless,
            flows=len(flows),
            bare=all(self._low[one] == 0.0 == self._high[one] for one in own),
            up=up[0],
            whole_up=up[1],
        )
        self.nodes.append(node)
        return len(self.nodes) - 1

    def _up(self, spot: Spot, place: Place, line: int) -> tuple[tuple[int, int] | None, bool]:
        """Return what a number of a place is part of above it, and whether nothing is added on the way."""
        if len(spot.parents) != 1 or spot.modes[0] != LIVE:
            return None, False
        draws = [draw for draw in spot.draws if line < 0 or draw.line == line]
        if not draws or not all(_takes_as_much(draw) for draw in draws):
            return None, False
        exact = all(draw.exact for draw in draws)
        if line < 0:
            return (place.through[0], self._total[spot.parents[0]]), exact
        arcs = draws[0].feeds[0].arcs
        if len(arcs) != 1:
            return None, False
        return (arcs[0].number, self._line[arcs[0].gives]), exact

    def _map(self, at: int, place: Place) -> None:
        """Note of every flow to which cord it belongs, and on which phase of the source it is."""
        for feed, through in enumerate(place.through):
            source = self._spots[at].parents[feed]
            self.cords.append(Cord(through, self._total[source], len(place.draws)))
            self.cord[through] = len(self.cords) - 1, 0
            for draw in place.draws:
                intake = draw.intakes[feed]
                self.cord.setdefault(intake.number, (len(self.cords) - 1, 1))
                for arc in intake.arcs:
                    gives = self._cells.places[arc.source].gives[arc.line]
                    self.arc[arc.number] = self._line[gives]
                    self.cord.setdefault(arc.number, (len(self.cords) - 1, 2))


def _takes_as_much(draw: DrawOf) -> bool:
    """Whether a draw takes at least what is given for it."""
    return draw.exact or (draw.k_low >= 1.0 and draw.c_low >= 0.0)
