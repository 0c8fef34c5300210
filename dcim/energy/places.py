"""Which points say how much energy goes through a part of the building. Pure.

A meter that ``measures`` a part comes before what the part says itself; a counter comes before power.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from dcim.catalogue import METRICS, Shape
from dcim.energy.amount import Method
from dcim.graph import NodeKind, Topology
from dcim.model import Point
from dcim.record import dataclass


class Side(StrEnum):
    """Where at a part its energy is read: what goes in holds its own losses, what comes out does not."""

    IN = "in"
    OUT = "out"
    HEAT = "heat"  # no electricity: the heat that a cooling unit takes out of the room


@dataclass(frozen=True, slots=True)
class Place:
    """One line of ``places.tsv``: a metric that says the energy or power of a kind of device."""

    kind: NodeKind
    side: Side
    method: Method
    metric: str
    only: tuple[tuple[str, str], ...]

    def fits(self, point: Point) -> bool:
        """Whether a point is one of this place."""
        return point.metric == self.metric and set(self.only) <= set(point.labels)


@dataclass(frozen=True, slots=True)
class Source:
    """Where the energy of a part is read: the points of one device that add up to it."""

    node: str
    asset: str
    side: Side
    method: Method
    points: tuple[Point, ...]


_METHODS: Final = {"counter": Method.COUNTER, "power": Method.INTEGRATED}
_SHAPES: Final = {Method.COUNTER: Shape.COUNTER, Method.INTEGRATED: Shape.GAUGE}

_LIKE: Final[Mapping[NodeKind, NodeKind]] = {
    NodeKind.FLOOR_PDU: NodeKind.PDU,
    NodeKind.STS: NodeKind.ATS,
    NodeKind.SWITCHBOARD: NodeKind.METER,
    NodeKind.TRANSFORMER: NodeKind.METER,
    NodeKind.CHILLER: NodeKind.CRAC,
}
"""Kinds of devices that say their energy as another kind does."""


def parse_places(text: str) -> tuple[Place, ...]:
    """Read lines of kind, side, method, metric, only and what, parted by tabs. Raise ValueError if wrong."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        kind, side, method, metric, only, _ = line.split("\t")
        pairs = tuple((name, value) for name, _, value in (each.partition("=") for each in only.split()))
        place = Place(NodeKind(kind), Side(side), _METHODS[method], metric, pairs)
        known = METRICS.get(metric)
        if known is None or known.shape is not _SHAPES[place.method]:
            msg = f"line {number}: {metric!r} is no {method} of the catalogue"
            raise ValueError(msg)
        found.append(place)
    return tuple(found)


PLACES: Final = parse_places((Path(__file__).parent / "places.tsv").read_text(encoding="utf-8"))
_BY_WHAT: Final = {
    what: tuple(place for place in PLACES if (place.kind, place.method, place.side) == what)
    for what in {(place.kind, place.method, place.side) for place in PLACES}
}
METRICS_OF_ENERGY: Final = frozenset(place.metric for place in PLACES)
"""Every metric that a source can be made of."""


def first_of(points: Iterable[Point]) -> frozenset[Point]:
    """Return of the points of a device those that come first: as counters and as power, of every side.

    Whatever kind of device it is: ``Sources`` finds its points among these.
    """
    read = tuple(points)
    return frozenset(point for places in _BY_WHAT.values() for point in _first(places, read))


def _first(places: Iterable[Place], points: Collection[Point]) -> tuple[Point, ...]:
    """Return the points that fit the first of some places that any fits, sorted; nothing where none does."""
    for place in places:
        if here := tuple(sorted(filter(place.fits, points), key=str)):
            return here
    return ()


class Sources:
    """Finds where the energy of parts is read, among the points that there are."""

    def __init__(self, topology: Topology, kinds: Mapping[str, NodeKind], points: Iterable[Point]) -> None:
        """Take the kinds of devices by asset id, and every point that was ever read."""
        self._topology = topology
        self._kinds = kinds
        self._points: dict[str, list[Point]] = {}
        for point in points:
            if point.metric in METRICS_OF_ENERGY:
                self._points.setdefault(point.asset, []).append(point)

    def replace(self, asset: str, points: Iterable[Point]) -> Iterator[str]:
        """Take these as the points of a device; yield the parts whose energy may be read elsewhere now."""
        self._points[asset] = [point for point in points if point.metric in METRICS_OF_ENERGY]
        yield asset
        node = self._topology.nodes.get(asset)
        if node is not None and node.measures:
            yield node.measures

    def of(self, node: str, sides: Collection[Side] = (Side.OUT, Side.IN)) -> Source | None:
        """Return where a part's energy is read, on the first of these sides; None: nowhere."""
        for method in (Method.COUNTER, Method.INTEGRATED):
            for side in sides:
                for asset in (*self._topology.meters(node), node):
                    if found := self._at(node, asset, side, method):
                        return found
        return None

    def _at(self, node: str, asset: str, side: Side, method: Method) -> Source | None:
        points = self._points.get(asset)
        kind = self._kinds.get(asset)
        if not points or kind is None:
            return None
        if asset != node and side is not Side.OUT:
            return None  # what stands elsewhere reads what comes out of the part
        here = _first(_BY_WHAT.get((_LIKE.get(kind, kind), method, side), ()), points)
        return Source(node, asset, side, method, here) if here else None
