"""What would be left of a pair of feeds: the load of both, as a share of what the weaker one may carry.

    PDU A: currents by phase ─┐
                              ├─▶ (A + B) / least rating ─▶ a point of the rack's service, by phase
    PDU B: currents by phase ─┘

Each side below 40 % is the balanced case of 80 % together. What no rating or no fresh reading tells is a gap:
it neither raises nor clears. The phase of a strip of one phase is that of its board, as it is drawn and as
what a loss would do is told; the strip itself may call it L1.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from heapq import heapify, heapreplace
from math import nan
from typing import Final

from dcim.graph import Node, Topology
from dcim.graph.pairs import Pair, pairs
from dcim.model import Asset, Batch, Gap, GapReason, Lane, Layout, Point
from dcim.series import Freshness, Newest, Quality

LOAD: Final = "service_survivor_load_ratio"
EVERY: Final = 30.0
"""Seconds between two looks at a pair."""

_CURRENT: Final = "pdu_phase_current_amperes"
_OF_PHASE: Final = "pdu_phase_rating_current_amperes"
_OF_ALL: Final = "pdu_rating_current_amperes"
_GAP: Final = Gap(GapReason.NO_ANSWER)


class Pairs:
    """Looks at every pair in turn. ``newest`` are the newest readings of the devices."""

    def __init__(
        self, topology: Topology, assets: Iterable[Asset], newest: Newest, freshness: Freshness
    ) -> None:
        self._newest = newest
        self._freshness = freshness
        self._intervals = {asset.id: asset.interval for asset in assets}
        found = list(pairs(topology))
        self._turns = [(EVERY * number / len(found), number, pair) for number, pair in enumerate(found)]
        self._begun = False
        self._layouts: dict[str, Layout] = {}

    def tick(self, at: float) -> list[Batch]:
        """Return how the pairs stand whose turn it is at ``at`` (UTC seconds)."""
        if not self._begun:
            self._begun = True
            self._turns = [(at + first, number, pair) for first, number, pair in self._turns]
            heapify(self._turns)
        found = []
        while self._turns and self._turns[0][0] <= at:
            _, number, pair = self._turns[0]
            heapreplace(self._turns, (at + EVERY, number, pair))
            if (batch := self._look(pair, at)) is not None:
                found.append(batch)
        return found

    def _look(self, pair: Pair, at: float) -> Batch | None:
        """Return the shares of a pair by phase; None while neither side has told any current."""
        sides = [self._side(side, at) for side in pair.sides]
        phases = tuple(dict.fromkeys(phase for currents, _ in sides for phase in currents))
        before = self._layouts.get(pair.service)
        if not phases and before is None:
            return None
        if before is None or (phases and _phases(before) != phases):
            before = self._layouts[pair.service] = _layout(pair.service, phases)
        values = [_share(sides, phase) for phase in _phases(before)]
        gaps = {slot: _GAP for slot, value in enumerate(values) if value != value}
        return Batch(before, at, array("d", values), gaps)

    def _side(self, side: Sequence[Node], at: float) -> tuple[Mapping[str, float], Mapping[str, float]]:
        """Return what a side carries and may carry by phase: sums of its PDUs, empty where one is silent."""
        currents: dict[str, float] = {}
        limits: dict[str, float] = {}
        for node in side:
            said = self._said(node.id, at)
            told = {phase: amperes for (metric, phase), amperes in said.items() if metric == _CURRENT}
            if not told:
                return {}, {}
            for phase, amperes in told.items():
                drawn = node.phases[0] if len(told) == len(node.phases) == 1 else phase
                currents[drawn] = currents.get(drawn, 0.0) + amperes
                limits[drawn] = limits.get(drawn, 0.0) + _limit(node, phase, said)
        return currents, limits

    def _said(self, device: str, at: float) -> dict[tuple[str, str], float]:
        """Return the currents and ratings that a device told and that count now, by metric and phase."""
        found: dict[tuple[str, str], float] = {}
        interval = self._intervals.get(device, EVERY)
        for batch in self._newest.batches(device):
            if self._freshness.quality(batch, interval, at) is not Quality.FRESH:
                continue
            for slot, point in enumerate(batch.layout.points):
                labels = dict(point.labels)
                if point.metric in (_CURRENT, _OF_PHASE, _OF_ALL) and labels.keys() <= {"phase"}:
                    found[point.metric, labels.get("phase", "")] = batch.values[slot]
        return found


def _share(sides: Sequence[tuple[Mapping[str, float], Mapping[str, float]]], phase: str) -> float:
    """Return what both carry of a phase as a share of what the weaker may; a single phase stands for any."""
    total, least = 0.0, float("inf")
    for currents, limits in sides:
        mine = phase if phase in currents or len(currents) != 1 else next(iter(currents))
        total += currents.get(mine, nan)
        limit = limits.get(mine, nan)
        if limit != limit:
            return nan
        least = min(least, limit)
    return total / least


def _limit(node: Node, phase: str, said: Mapping[tuple[str, str], float]) -> float:
    """Return what a PDU may carry of a phase: the least of what the configuration and the device say."""
    told = said.get((_OF_PHASE, phase), said.get((_OF_ALL, ""), nan))
    limits = [one for one in (node.rating.amperes or nan, told) if one == one and one > 0]
    return min(limits, default=nan)


def _layout(service: str, phases: Sequence[str]) -> Layout:
    points = tuple(Point(service, LOAD, (("phase", phase),)) for phase in phases)
    return Layout(service, Lane.SLOW, points, (None,) * len(points), ("feeds",) * len(points), own=True)


def _phases(layout: Layout) -> tuple[str, ...]:
    return tuple(dict(point.labels)["phase"] for point in layout.points)
