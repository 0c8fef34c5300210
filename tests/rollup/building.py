"""A small building that was watched for a day, whose true powers are known to the tests alone."""

from __future__ import annotations

import asyncio
from array import array
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from dcim.energy.figures import Declared, Quantity
from dcim.energy.places import Sources
from dcim.energy.terms import EnergyTerms
from dcim.graph import Node, NodeKind, Rating, Topology, Wiring
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Point
from dcim.rollup.account import Days
from dcim.rollup.cuts import WHOLE, Cuts
from dcim.rollup.energies import Energies
from dcim.rollup.recent import Recent
from dcim.rollup.shelf import Shelf

from .conftest import Site as Watched

N = NodeKind
UTC_ZONE = ZoneInfo("UTC")
BEGIN = round(datetime(2026, 11, 25, tzinfo=UTC).timestamp())
HOUR = 3_600_000
WATTS = {"meter-a": 150_000.0, "ups-a": 100_000.0, "pdu-1": 60_000.0, "pdu-2": 38_000.0}
COUNTERS = {
    "meter-a": Point("meter-a", "meter_energy_joules_total", (("direction", "import"),)),
    "ups-a": Point("ups-a", "ups_output_energy_joules_total"),
    "pdu-1": Point("pdu-1", "pdu_energy_joules_total"),
    "pdu-2": Point("pdu-2", "pdu_energy_joules_total"),
}
CRAC = Point("crac-1", "crac_electrical_power_watts")
HEAT = Point("crac-1", "crac_cooling_power_watts")
WARM = Point("env-1", "sensor_temperature_celsius", (("sensor", "1"),))
DAMP = Point("env-1", "sensor_humidity_ratio", (("sensor", "1"),))
KINDS = {"meter-a": N.METER, "ups-a": N.UPS, "pdu-1": N.PDU, "pdu-2": N.PDU, "crac-1": N.CRAC}
BUILDING = Topology(
    Wiring(
        (
            Node("utility", N.UTILITY),
            Node("tgbt", N.SWITCHBOARD, fed_by=("utility",)),
            Node("meter-a", N.METER, measures="tgbt"),
            Node("ups-a", N.UPS, fed_by=("tgbt",), rating=Rating(watts=200_000.0)),
            Node("pdu-1", N.PDU, fed_by=("ups-a",), tenant="atlas", feed="A"),
            Node("pdu-2", N.PDU, fed_by=("ups-a",), tenant="rif", feed="A", rating=Rating(amperes=63.0)),
            Node("rack/r1", N.RACK, fed_by=("pdu-1",), room="hall"),
            Node("rack/r2", N.RACK, fed_by=("pdu-2",), room="hall"),
            Node("crac-1", N.CRAC, fed_by=("tgbt",)),
        )
    )
)
ENV = Asset("env-1", "env", Kind.SENSOR, "snmp", Address("x"), room="hall")
LAYOUTS = {
    point.asset: Layout(point.asset, Lane.FAST, (point,), (None,), ("x",)) for point in COUNTERS.values()
} | {
    "crac-1": Layout("crac-1", Lane.FAST, (CRAC, HEAT), (None, None), ("x", "y")),
    "env-1": Layout("env-1", Lane.FAST, (WARM, DAMP), (None, None), ("x", "y")),
}
TERMS = EnergyTerms(
    declared=(
        Declared(Quantity.WATER, Fraction(24, 10), date(2026, 11, 25), date(2026, 11, 25), "compteur d'eau"),
        Declared(Quantity.EMISSIONS, Fraction(6, 10), date(2026, 11, 25), date(2026, 11, 25), "exemple"),
    ),
    operator=MappingProxyType({"SDC": Fraction(400)}),
)
DAY = Days(date(2026, 11, 25), date(2026, 11, 26), UTC_ZONE)


def watched_in(directory: Path) -> Watched:
    """A day and three hours of that building, read every four minutes; nobody watched from 6 to 8."""

    async def watch() -> Watched:
        it = Watched(directory)
        it.clock.at = float(BEGIN - 3600)
        while it.clock.at < BEGIN + 27 * 3600:
            _read(it, it.clock.at + 1.0)
            it.clock.at += 240
            if it.clock.at % 3600 < 240:
                await it.history.commit()
                await it.tidy()
        await it.history.aclose()
        return it

    return asyncio.run(watch())


def _read(it: Watched, at: float) -> None:
    if 6 <= (at - BEGIN) / 3600 < 8:
        return
    for asset, watts in WATTS.items():
        it.history.append(Batch(LAYOUTS[asset], at, array("d", (5e11 + watts * (at - BEGIN),))))
    it.history.append(Batch(LAYOUTS["crac-1"], at, array("d", (20_000.0, 70_000.0))))
    hot = 29.0 if 10 <= (at - BEGIN) / 3600 < 11 else 24.0
    it.history.append(Batch(LAYOUTS["env-1"], at, array("d", (hot, 0.4))))


def energies_of(it: Watched, *, later: bool = False, cuts: int = 1) -> tuple[Energies, Recent]:
    supplies = dict.fromkeys(("pdu-1", "crac-1"), cuts)
    recent = Recent(it.directory / "history", Cuts(1, supplies) if cuts > 1 else WHOLE)
    shelf = Shelf(it.directory / "rollup", it.books.blocks, later=recent if later else None)
    return Energies(shelf, BUILDING, Sources(BUILDING, KINDS, recent.points())), recent
