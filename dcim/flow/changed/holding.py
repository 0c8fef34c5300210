"""What sums of flows can be at most and at least, by everything that is known above them. Pure.

Of racks that nobody measures each may take all that their floor PDU gives, but not all of them at once: what
several
of them take together is at most what the floor PDU gives less what its others take at least, and at least
what
it gives less what its others take at most. The same holds at every place further up, in all and by phase; the
narrowest counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from heapq import heappop, heappush
from typing import Final, NamedTuple, TypeAlias

from dcim.flow.changed.spot import ENDLESS, Spot
from dcim.flow.changed.tree import Node, Tree
from dcim.flow.now.cells import Cells

Form: TypeAlias = dict[int, tuple[float, float]]
"""A sum of numbers as they were before, each times something between two bounds; ``REST`` stands for 1."""

REST: Final = -1
_KEPT: Final = 20_000
"""So many bounds are remembered: most losses of a sweep move the same flows."""


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


class Holding:
    """What sums of flows are at most and at least, in a network as it stands."""

    def __init__(
        self, cells: Cells, spots: Sequence[Spot], low: Sequence[float], high: Sequence[float]
    ) -> None:
        tree = Tree(cells, spots, low, high)
        self._low, self._high = low, high
        self._nodes, self._cords, self._cord, self._arc = tree.nodes, tree.cords, tree.cord, tree.arc
        self._known: dict[object, tuple[float, float]] = {}

    def bounds(self, form: Mapping[int, tuple[float, float]]) -> tuple[float, float]:
        """Return what a sum is at least and at most."""
        key = tuple(form.items())
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[key] = self._bounds(form)
        return found

    def _bounds(self, form: Mapping[int, tuple[float, float]]) -> tuple[float, float]:
        rest = form.get(REST, (0.0, 0.0))
        flows = [(number, low, high) for number, (low, high) in form.items() if number != REST]
        least = self._least([(number, low) for number, low, _ in flows if low > 0.0])
        less = self._most([(number, -low) for number, low, _ in flows if low < 0.0])
        most = self._most([(number, high) for number, _, high in flows if high > 0.0])
        reduced = self._least([(number, -high) for number, _, high in flows if high < 0.0])
        return least - less + rest[0], most - reduced + rest[1]

    def _most(self, flows: Sequence[tuple[int, float]]) -> float:
        if len(flows) < 2:  # of one alone as much is known as of all that it is part of
            return sum([weight * self._high[number] for number, weight in flows])
        return min(self._climb_most(*self._by_cord(flows)), self._climb_most(*self._by_phase(flows)))

    def _of_cords(
        self, flows: Iterable[tuple[int, float]], bound: Sequence[float]
    ) -> tuple[dict[int, list[tuple[int, float, float]]], float]:
        """Return the flows of each cord, as kind, weight and bound, and the sum of those of none."""
        cords: dict[int, list[tuple[int, float, float]]] = {}
        beside = 0.0
        for number, weight in flows:
            if (cord := self._cord.get(number)) is None:
                beside += weight * bound[number]
            else:
                cords.setdefault(cord[0], []).append((cord[1], weight, bound[number]))
        return cords, beside

    def _by_cord(self, flows: Iterable[tuple[int, float]]) -> tuple[dict[int, dict[int, _Most]], float]:
        """Sort flows by the place from which they come, those of one cord together."""
        cords, beside = self._of_cords(flows, self._high)
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
            plain = weighted = weight = present = 0.0
            for number, one in parts.items():
                plain += one.plain
                weighted += one.weighted
                weight = max(weight, one.weight)
                present += self._low[number]
            plain = min(plain, self._high[node.number] - (node.low - present))
            weighted = min(weighted, weight * plain)
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
        if len(flows) < 2:
            return sum([weight * self._low[number] for number, weight in flows])
        return max(
            self._climb_least(*self._all_of_cord(flows)), self._climb_least(*self._all_of_phase(flows))
        )

    def _all_of_cord(self, flows: Iterable[tuple[int, float]]) -> tuple[dict[int, dict[int, _Least]], float]:
        cords, beside = self._of_cords(flows, self._low)
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

    def _together(self, node: Node, parts: Mapping[int, _Least]) -> _Least:
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
