"""Which sums flows are part of: a tree of numbers and their parts, in all and by phase, made once. Pure.

racks  ->  strips  ->  floor PDU (measured)  ->  UPS (measured)        as far as nothing is lost on the way
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from dcim.flow.cells import Cells, Place
from dcim.flow.live import LIVE
from dcim.flow.spot import ENDLESS, DrawOf, Spot

_LOOSE: Final = 0.9
"""What a cord carries is known badly where its least is below this part of its most."""
_SHARP: Final = 0.95
"""A place knows more than its children where it gives less than this part of their sum."""


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
        self.sharp = self._sharp()
        """Places that know more than the sum of what hangs on them."""
        self.loose = self._loose()
        """Places of which a cord is known badly although something above it is known better."""

    def _add(self, spot: Spot, place: Place) -> None:
        """Make the nodes of a place; those above it are there already."""
        below = [self._cells.places[child].through[feed] for child, feed in place.below]
        self._total[spot.at] = self._node(spot, place.total, below, place.own, self._up(spot, place, -1))
        for line, (number, own) in enumerate(zip(place.gives, place.own, strict=True)):
            arcs = self._cells.puts(number)
            self._line[number] = self._node(spot, number, arcs, [own], self._up(spot, place, line))

    def _node(
        self,
        spot: Spot,
        number: int,
        flows: Sequence[int],
        own: Sequence[int],
        up: tuple[tuple[int, int] | None, bool],
    ) -> int:
        parts = [*flows, *own]
        endless = [one for one in parts if self._high[one] >= ENDLESS]
        node = Node(
            rank=-spot.at,
            number=number,
            low=sum(self._low[one] for one in parts),
            high=sum(self._high[one] for one in parts if self._high[one] < ENDLESS),
            endless=len(endless),
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

    def _sharp(self) -> frozenset[int]:
        nodes = (*self._total.items(), *((-self.nodes[node].rank, node) for node in self._line.values()))
        return frozenset(at for at, node in nodes if self.nodes[node].flows > 1 and self._knows(node))

    def _knows(self, at: int) -> bool:
        node = self.nodes[at]
        high, low = self._high[node.number], self._low[node.number]
        return (high < ENDLESS and (node.endless > 0 or high < _SHARP * node.high)) or node.low < _SHARP * low

    def _loose(self) -> frozenset[int]:
        return frozenset(
            at
            for at, place in enumerate(self._cells.places)
            if any(self._low[one] < _LOOSE * self._high[one] for one in place.through)
            and not ({*self._spots[at].parents, *self._spots[at].above}).isdisjoint(self.sharp)
        )


def _takes_as_much(draw: DrawOf) -> bool:
    """Whether a draw takes at least what is given for it."""
    return draw.exact or (draw.k_low >= 1.0 and draw.c_low >= 0.0)
