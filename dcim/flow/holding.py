"""What sums of flows can be at most and at least, by everything that is known above them. Pure.

Of racks that nobody measures each may take all that their floor PDU gives, but not all of them at once: what
several
of them take together is at most what the floor PDU gives less what its others take at least, and at least
what
it gives less what its others take at most. The same holds at every place further up, in all and by phase; the
narrowest counts.

    up    racks  ->  strips  ->  floor PDU (measured)  ->  UPS (measured)        as far as nothing is lost on
    the way
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Final, NamedTuple, TypeAlias

from dcim.flow.cells import Cells, Place
from dcim.flow.live import LIVE
from dcim.flow.spot import ENDLESS, DrawOf, Spot

Form: TypeAlias = dict[int, tuple[float, float]]
"""A sum of numbers as they were before, each times something between two bounds; ``REST`` stands for 1."""

REST: Final = -1
_LOOSE: Final = 0.9
"""What a cord carries is known badly where its least is below this part of its most."""
_SHARP: Final = 0.95
"""A place knows more than its children where it gives less than this part of their sum."""


class _Node(NamedTuple):
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


class _Most(NamedTuple):
    """Of some flows: the most of their weighted sum and of their sum, and the largest weight."""

    weighted: float
    plain: float
    weight: float

    def beside(self, other: _Most) -> _Most:
        """Return both together, of the same flow."""
        return _Most(self.weighted + other.weighted, max(self.plain, other.plain), self.weight + other.weight)


class _Least(NamedTuple):
    """Of some flows: the least of their weighted sum and of their sum, the least weight; ``full``: all."""

    weighted: float
    plain: float
    weight: float
    full: bool

    def beside(self, other: _Least) -> _Least:
        """Return both together, of the same flow: what is full counts once as that."""
        first = self if self.full else other
        return first._replace(weighted=self.weighted + other.weighted)


@dataclass(slots=True)
class _Cord:
    """One way into a place: what comes through it, and the flows of which that is made, by kind."""

    through: int
    node: int
    draws: int


class Holding:
    """The sums of a network as it stands, made once."""

    def __init__(
        self, cells: Cells, spots: Sequence[Spot], low: Sequence[float], high: Sequence[float]
    ) -> None:
        self._low, self._high = low, high
        self._spots = spots
        self._cells = cells
        self._nodes: list[_Node] = []
        self._total: dict[int, int] = {}
        self._line: dict[int, int] = {}  # by the number that a phase gives
        self._cords: list[_Cord] = []
        self._cord: dict[int, tuple[int, int]] = {}  # number -> cord, kind
        self._arc: dict[int, int] = {}  # number that is an arc -> node of the phase
        for spot, place in zip(spots, cells.places, strict=True):
            self._add(spot, place)
        for at, place in enumerate(cells.places):
            self._map(at, place)
        self.sharp = self._sharp()
        """Places that know more than the sum of what hangs on them."""
        self.loose = self._loose()
        """Places of which a cord is known badly although something above it is known better."""

    # how it is made

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
        node = _Node(
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
        self._nodes.append(node)
        return len(self._nodes) - 1

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
            self._cords.append(_Cord(through, self._total[source], len(place.draws)))
            self._cord[through] = len(self._cords) - 1, 0
            for draw in place.draws:
                intake = draw.intakes[feed]
                self._cord.setdefault(intake.number, (len(self._cords) - 1, 1))
                for arc in intake.arcs:
                    gives = self._cells.places[arc.source].gives[arc.line]
                    self._arc[arc.number] = self._line[gives]
                    self._cord.setdefault(arc.number, (len(self._cords) - 1, 2))

    def _sharp(self) -> frozenset[int]:
        nodes = (*self._total.items(), *((-self._nodes[node].rank, node) for node in self._line.values()))
        return frozenset(at for at, node in nodes if self._nodes[node].flows > 1 and self._knows(node))

    def _knows(self, at: int) -> bool:
        node = self._nodes[at]
        high, low = self._high[node.number], self._low[node.number]
        return (high < ENDLESS and (node.endless > 0 or high < _SHARP * node.high)) or node.low < _SHARP * low

    def _loose(self) -> frozenset[int]:
        return frozenset(
            at
            for at, place in enumerate(self._cells.places)
            if any(self._low[one] < _LOOSE * self._high[one] for one in place.through)
            and not ({*self._spots[at].parents, *self._spots[at].above}).isdisjoint(self.sharp)
        )

    # bounds

    def bounds(self, form: Mapping[int, tuple[float, float]]) -> tuple[float, float]:
        """Return what a sum is at least and at most."""
        rest = form.get(REST, (0.0, 0.0))
        flows = [(number, low, high) for number, (low, high) in form.items() if number != REST]
        least = self._least([(number, low) for number, low, _ in flows if low > 0.0])
        less = self._most([(number, -low) for number, low, _ in flows if low < 0.0])
        most = self._most([(number, high) for number, _, high in flows if high > 0.0])
        reduced = self._least([(number, -high) for number, _, high in flows if high < 0.0])
        return least - less + rest[0], most - reduced + rest[1]

    def _most(self, flows: Sequence[tuple[int, float]]) -> float:
        if not flows:
            return 0.0
        return min(self._climb_most(*self._by_cord(flows)), self._climb_most(*self._by_phase(flows)))

    def _by_cord(self, flows: Iterable[tuple[int, float]]) -> tuple[dict[int, dict[int, _Most]], float]:
        """Sort flows by the place from which they come, those of one cord together."""
        cords: dict[int, list[tuple[int, float, float]]] = {}
        beside = 0.0
        for number, weight in flows:
            if (cord := self._cord.get(number)) is None:
                beside += weight * self._high[number]
            else:
                cords.setdefault(cord[0], []).append((cord[1], weight, self._high[number]))
        found: dict[int, dict[int, _Most]] = {}
        for at, parts in cords.items():
            cord_of = self._cords[at]
            weights = {kind: max(weight for this, weight, _ in parts if this == kind) for kind, _, _ in parts}
            plain = self._high[cord_of.through]
            if len(weights) == 1:
                plain = min(plain, sum(high for _, _, high in parts))
            weighted = sum(weight * high for _, weight, high in parts)
            most = _Most(weighted, plain, sum(weights.values()))
            found.setdefault(cord_of.node, {})[cord_of.through] = most
        return found, beside

    def _by_phase(self, flows: Iterable[tuple[int, float]]) -> tuple[dict[int, dict[int, _Most]], float]:
        """Sort flows by the phase of the place from which they come."""
        found: dict[int, dict[int, _Most]] = {}
        beside = 0.0
        for number, weight in flows:
            high = self._high[number]
            if (node := self._arc.get(number)) is None:
                beside += weight * high
            else:
                found.setdefault(node, {})[number] = _Most(weight * high, high, weight)
        return found, beside

    def _climb_most(self, found: dict[int, dict[int, _Most]], beside: float) -> float:
        total = beside
        waiting = [(self._nodes[at].rank, at) for at in found]
        waiting.sort()
        while waiting:
            at = heappop(waiting)[1]
            node, parts = self._nodes[at], found.pop(at)
            present = sum(self._low[number] for number in parts)
            plain = min(
                sum(one.plain for one in parts.values()), self._high[node.number] - (node.low - present)
            )
            weight = max(one.weight for one in parts.values())
            weighted = min(sum(one.weighted for one in parts.values()), weight * plain)
            if node.up is None:
                total += weighted
                continue
            part, parent = node.up
            if parent not in found:
                found[parent] = {}
                heappush(waiting, (self._nodes[parent].rank, parent))
            one = _Most(weighted, plain, weight)
            other = found[parent].get(part)  # a flow, and others of which it is made
            found[parent][part] = one if other is None else one.beside(other)
        return total

    def _least(self, flows: Sequence[tuple[int, float]]) -> float:
        if not flows:
            return 0.0
        return max(
            self._climb_least(*self._all_of_cord(flows)), self._climb_least(*self._all_of_phase(flows))
        )

    def _all_of_cord(self, flows: Iterable[tuple[int, float]]) -> tuple[dict[int, dict[int, _Least]], float]:
        cords: dict[int, list[tuple[int, float, float]]] = {}
        beside = 0.0
        for number, weight in flows:
            if (cord := self._cord.get(number)) is None:
                beside += weight * self._low[number]
            else:
                cords.setdefault(cord[0], []).append((cord[1], weight, self._low[number]))
        found: dict[int, dict[int, _Least]] = {}
        for at, parts in cords.items():
            cord_of = self._cords[at]
            first = min(kind for kind, _, _ in parts)  # flows of other kinds are the same once more
            same = [(weight, low) for kind, weight, low in parts if kind == first]
            full = first == 0 or (first == 1 and len(same) == cord_of.draws)
            plain = sum(low for _, low in same)
            if full:
                plain = max(plain, self._low[cord_of.through])
            least = min(weight for weight, _ in same)
            weighted = max(sum(weight * low for _, weight, low in parts), least * plain)
            found.setdefault(cord_of.node, {})[cord_of.through] = _Least(weighted, plain, least, full)
        return found, beside

    def _all_of_phase(self, flows: Iterable[tuple[int, float]]) -> tuple[dict[int, dict[int, _Least]], float]:
        found: dict[int, dict[int, _Least]] = {}
        beside = 0.0
        for number, weight in flows:
            low = self._low[number]
            if (node := self._arc.get(number)) is None:
                beside += weight * low
            else:
                found.setdefault(node, {})[number] = _Least(weight * low, low, weight, full=True)
        return found, beside

    def _climb_least(self, found: dict[int, dict[int, _Least]], beside: float) -> float:
        total = beside
        waiting = [(self._nodes[at].rank, at) for at in found]
        waiting.sort()
        while waiting:
            at = heappop(waiting)[1]
            node, parts = self._nodes[at], found.pop(at)
            one = self._together(node, parts)
            if node.up is None:
                total += one.weighted
                continue
            part, parent = node.up
            if parent not in found:
                found[parent] = {}
                heappush(waiting, (self._nodes[parent].rank, parent))
            other = found[parent].get(part)
            found[parent][part] = one if other is None else one.beside(other)
        return total

    def _together(self, node: _Node, parts: Mapping[int, _Least]) -> _Least:
        """Return what the flows below a place are together, by what it gives and the rest takes at most."""
        full = [(number, one) for number, one in parts.items() if one.full]
        known = sum(one.plain for _, one in full)
        endless = node.endless - sum(self._high[number] >= ENDLESS for number, _ in full)
        if not endless:
            there = sum(self._high[number] for number, _ in full if self._high[number] < ENDLESS)
            known = max(known, self._low[node.number] - (node.high - there))
        plain = known + sum(one.plain for one in parts.values() if not one.full)
        weight = min(one.weight for one in parts.values())
        weighted = max(sum(one.weighted for one in parts.values()), weight * plain)
        whole = len(full) == node.flows and node.bare and node.whole_up
        return _Least(weighted, plain, weight, whole)


def _takes_as_much(draw: DrawOf) -> bool:
    """Whether a draw takes at least what is given for it."""
    return draw.exact or (draw.k_low >= 1.0 and draw.c_low >= 0.0)
