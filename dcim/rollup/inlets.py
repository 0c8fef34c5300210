"""The inlets of a site and what each lived through: from readings, and from blocks where those are gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from dcim.graph import NodeKind, Topology
from dcim.model import Asset, Kind, Point
from dcim.record import dataclass
from dcim.rollup.block import Row
from dcim.rollup.names import MICRO
from dcim.rollup.recent import Recent, by_point
from dcim.rollup.shelf import Shelf, point_of
from dcim.rollup.summary import CLOSE
from dcim.thermal import Lived, Series, air, lived
from dcim.thermal.climate import Climate
from dcim.thermal.hourly import Bounded, Hour, bounded
from dcim.thermal.inlet import HOUR
from dcim.thermal.terms import ThermalTerms

TEMPERATURE: Final = "sensor_temperature_celsius"
HUMIDITY: Final = "sensor_humidity_ratio"
_SENSING: Final = frozenset({Kind.SENSOR, Kind.PDU})


@dataclass(frozen=True, slots=True)
class Inlet:
    """One probe at an inlet, where it stands, and the humidity that is read beside it."""

    asset: Asset
    probe: str
    temperature: Point
    humidity: Point | None

    @property
    def name(self) -> str:
        """Return what it is called in the configuration: ``env-1/3``."""
        return f"{self.asset.id}/{self.probe}"


def inlets(
    terms: ThermalTerms, assets: Iterable[Asset], topology: Topology, points: Iterable[Point]
) -> Iterator[Inlet]:
    """Yield the inlets of a site among the points that were ever read, by name."""
    rooms = {topology.nodes[rack].room for rack in topology.of_kind(NodeKind.RACK)}
    known = {asset.id: asset for asset in assets}
    probes: dict[str, list[Point]] = {}
    humid: dict[str, list[Point]] = {}
    for point in points:
        if point.asset in known and point.metric in (TEMPERATURE, HUMIDITY):
            (probes if point.metric == TEMPERATURE else humid).setdefault(point.asset, []).append(point)
    for asset_id in sorted(probes):
        asset = known[asset_id]
        for point in sorted(probes[asset_id], key=str):
            probe = dict(point.labels).get("sensor", "")
            if _is_inlet(terms, asset, f"{asset_id}/{probe}", rooms):
                yield Inlet(asset, probe, point, _beside(point, humid.get(asset_id, [])))


def _is_inlet(terms: ThermalTerms, asset: Asset, name: str, rooms: set[str]) -> bool:
    if name in terms.without or asset.id in terms.without:
        return False
    if terms.inlets:
        return name in terms.inlets or asset.id in terms.inlets
    return asset.kind in _SENSING and asset.room in rooms


def _beside(temperature: Point, humid: list[Point]) -> Point | None:
    """Return the humidity of the same probe, or of the device's only one."""
    same = next((point for point in humid if point.labels == temperature.labels), None)
    return same or (humid[0] if len(humid) == 1 else None)


def account_of(
    recent: Recent,
    terms: ThermalTerms,
    found: Iterable[Inlet],
    start: int,
    end: int,
    climate: Climate | None = None,
) -> Iterator[tuple[Inlet, Lived]]:
    """Yield the account of each inlet in [start, end), ms UTC, one at a time. Raise HistoryError.

    ``climate`` takes the air of each besides.
    """
    envelope = terms.envelope
    for inlet in found:
        points = [point for point in (inlet.temperature, inlet.humidity) if point]
        said = by_point(recent.readings(points, start - max(CLOSE, HOUR), end), points)
        temperature = Series(said.get(inlet.temperature, ()))
        humidity = Series(said.get(inlet.humidity, ())) if inlet.humidity else None
        if climate is not None:
            climate.take(air(temperature, humidity, start, end))
        yield inlet, lived(temperature, humidity, envelope, start, end)


def hourly_of(
    shelf: Shelf, terms: ThermalTerms, found: Iterable[Inlet], start: int, end: int
) -> Iterator[tuple[Inlet, Bounded]]:
    """Yield the account of each inlet from hours whole in [start, end), ms UTC. Raise OSError."""
    several, envelope = list(found), terms.envelope
    points = {point for one in several for point in (one.temperature, one.humidity) if point}
    assets = {one.asset.id for one in several}
    kept: dict[Point, dict[int, Row]] = {point: {} for point in points}
    for hour, row in shelf.rows(start, end, assets, {TEMPERATURE, HUMIDITY}) if several else ():
        if start <= hour <= end - HOUR and (point := point_of(row)) in kept and row.min is not None:
            kept[point][hour] = row
    for inlet in several:
        damp = kept[inlet.humidity] if inlet.humidity else {}
        rows = kept[inlet.temperature]
        yield inlet, bounded((_hour(row, damp.get(at)) for at, row in rows.items()), envelope)


def _hour(warm: Row, damp: Row | None) -> Hour:
    return Hour(warm.ms, _span(warm), _span(damp) if damp else None, damp.ms if damp else 0)


def _span(row: Row) -> tuple[float, float]:
    return (row.min or 0) / MICRO, (row.max or 0) / MICRO
