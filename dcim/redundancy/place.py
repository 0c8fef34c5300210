"""Where there is room for something new with redundancy kept: within limits now and after any loss. Pure.

Everything that may carry a cord, up to the source, must bear its part of the load now and all of it after the
worst loss, within ``warn`` of its rating. That is never less than the truth; what nobody measures is not
promised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import inf
from typing import Final, TypeAlias

from dcim.flow import NOTHING, PHASES, Element, Interval, Network, exactly
from dcim.graph import NodeKind, Topology
from dcim.record import dataclass, replace
from dcim.redundancy.verdict import Headroom

_Loads: TypeAlias = Mapping[str, Interval]
"""VA by phase: least and most, as nobody knows the power factor of what is still to come."""

_EACH: Final = exactly(1.0 / 3.0)
_UNNAMED: Final = ("",)
"""The phases of a strip on one that nobody has named."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Something new: watts, number of cords, ``phase`` (L1, L2, L3; 3 for three-phase; empty: any one)."""

    watts: float
    cords: int = 2
    phase: str = ""
    room: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """A rack and how it would stand: ``fits`` True, False, or None where that is not known.

    ``part`` with ``part_phase`` is the tightest on the way; ``share`` of its rating it would carry after the
    worst loss: at most where it fits, at least where it does not. ``why``: rated, measured (not known because
    it is not), unnamed (nobody has said on which phase a feed is), cords, phase, limit, empty.
    """

    rack: str
    room: str
    phase: str
    fits: bool | None
    part: str = ""
    part_phase: str = ""
    share: float = inf
    why: str = ""


class Placing:
    """Looks for room in a network whose headroom is known."""

    def __init__(self, topology: Topology, network: Network, headroom: Iterable[Headroom]) -> None:
        self._topology = topology
        self._network = network
        self._rows: dict[str, list[Headroom]] = {}
        for one in headroom:
            self._rows.setdefault(one.part, []).append(one)

    def spots(self, wish: Wish) -> list[Spot]:
        """Return every rack in scope: where it fits first, the most left first; then what is not known."""
        found = [self._best(rack, wish) for rack in self._racks(wish.room)]
        order = {True: 0, None: 1, False: 2}
        return sorted(found, key=lambda spot: (order[spot.fits], spot.share, spot.rack))

    def _racks(self, room: str) -> Iterator[Element]:
        for name, element in self._network.elements.items():
            node = self._topology.nodes.get(name)
            if element.kind is NodeKind.RACK and node is not None and (not room or node.room == room):
                yield element

    def _best(self, rack: Element, wish: Wish) -> Spot:
        room = self._topology.nodes[rack.id].room
        sides = {feed.side or feed.source for feed in rack.feeds}
        if len(sides) < wish.cords:
            return Spot(rack.id, room, wish.phase, fits=False, why="cords")
        choices = (wish.phase,) if wish.phase else PHASES
        spots = [self._spot(rack, room, phase, wish) for phase in choices]
        if any(self._network.elements[feed.source].lines == _UNNAMED for feed in rack.feeds):
            return _on_any(spots, wish.phase)
        rank = {True: 0, None: 1, False: 2}
        return min(spots, key=lambda spot: (rank[spot.fits], spot.share))

    def _spot(self, rack: Element, room: str, phase: str, wish: Wish) -> Spot:
        """Return how a rack would stand with it on a phase: by the tightest part above."""
        if any(not _has(self._network.elements[feed.source], phase) for feed in rack.feeds):
            return Spot(rack.id, room, phase, fits=False, why="phase")
        watts = exactly(wish.watts)
        volts = watts.over(rack.power_factor)
        whole = dict.fromkeys(PHASES, volts.times(_EACH)) if phase == "3" else {phase: volts}
        ways = [self._way(feed.source, whole, watts) for feed in rack.feeds]
        if wish.cords < len(ways):  # plugged where it is best
            ways = [min(ways, key=lambda way: (not way[0], way[0][0].share if way[0] else inf))]
        rows = [row for way, _ in ways for row in way]
        open_ = [name for _, unknown in ways for name in unknown]
        if not rows:
            return Spot(rack.id, room, phase, None, open_[0] if open_ else "", why="rated")
        worst = max(rows, key=lambda row: row.least - row.warn)
        if worst.least > worst.warn:
            return Spot(rack.id, room, phase, False, worst.part, worst.phase, worst.least, "limit")
        tight = max(rows, key=lambda row: row.share - row.warn)
        open_ += [tight.part] if tight.share > tight.warn else []
        if open_:
            return Spot(rack.id, room, phase, None, open_[0], why="measured")
        return Spot(rack.id, room, phase, True, tight.part, tight.phase, tight.share)

    def _way(self, source: str, loads: _Loads, watts: Interval) -> tuple[list[_Row], list[str]]:
        """Return what each limit above would carry, the tightest first, and the parts that nobody knows."""
        rows: list[_Row] = []
        unknown: list[str] = []
        waiting: list[tuple[str, _Loads, Interval]] = [(source, loads, watts)]
        seen: set[str] = set()
        for name, taken, power in waiting:  # grows while it is walked
            if name in seen:
                continue
            seen.add(name)
            element = self._network.elements[name]
            rows += self._borne(element, taken, power, unknown)
            up, power_up = _above(element, taken), power.times(element.gain)
            waiting += [(feed.source, up, power_up) for feed in element.feeds]
        return sorted(rows, key=lambda row: row.warn - row.share), unknown

    def _borne(self, element: Element, taken: _Loads, power: Interval, unknown: list[str]) -> Iterator[_Row]:
        for one in self._rows.get(element.id, ()):
            more = _more(one, element, taken, power)
            if one.after.hi == inf or one.now.hi == inf:
                unknown.append(element.id)
                continue
            if more.hi > 0:
                after = one.after.plus(more)
                yield _Row(element.id, one.phase, after.lo, after.hi, one.warn)
            elif one.trip is not None and one.after.hi > one.trip:  # it opens on all phases
                yield _Row(element.id, one.phase, *one.after, one.trip)


def _on_any(spots: Sequence[Spot], asked: str) -> Spot:
    """Return how a rack stands of which nobody knows on which of these phases it is: as on all of them."""
    parts = {spot.part for spot in spots}
    if all(spot.fits is False for spot in spots) and len(parts) == 1:
        return min(spots, key=lambda spot: spot.share)
    if not asked and all(spot.fits for spot in spots):
        return replace(max(spots, key=lambda spot: spot.share), phase="")
    found = next((spot for spot in spots if spot.fits is None), None)
    return (
        replace(found, phase=asked)
        if found
        else Spot(spots[0].rack, spots[0].room, asked, None, why="unnamed")
    )


@dataclass(frozen=True, slots=True)
class _Row:
    part: str
    phase: str
    least: float
    share: float
    warn: float


def _more(one: Headroom, element: Element, taken: _Loads, power: Interval) -> Interval:
    """Return the share of a limit that something takes; on a part with one phase all of it is there."""
    whole = _all(taken)
    if one.unit == "W":
        return power.over(exactly(one.limit))
    here = taken.get(one.phase, NOTHING) if one.phase and len(element.lines) > 1 else whole
    return here.over(exactly(one.limit * element.volts if one.unit == "A" else one.limit))


def _all(taken: _Loads) -> Interval:
    return Interval(sum(load.lo for load in taken.values()), sum(load.hi for load in taken.values()))


def _has(strip: Element, phase: str) -> bool:
    """Whether a strip has a phase (3: all); one of which nobody has named its only phase may have it."""
    lines = strip.lines
    return len(lines) == len(PHASES) if phase == "3" else phase in lines or lines == _UNNAMED


def _above(element: Element, taken: _Loads) -> _Loads:
    """Return what a part takes from above for what it gives: with its losses, evenly if it is a UPS."""
    if element.balances and len(element.lines) > 1:
        return dict.fromkeys(PHASES, _all(taken).times(element.gain).times(_EACH))
    return {phase: load.times(element.gain) for phase, load in taken.items()}


def best(spots: Sequence[Spot]) -> tuple[Spot, ...]:
    """Return the racks where it fits."""
    return tuple(spot for spot in spots if spot.fits)
