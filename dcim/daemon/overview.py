"""Says every few seconds what dashboards show of the whole: readings of devices, services, the daemon.

look, every 2 s ─┬▶ alerts of a device when they change, and of every device once a minute
                 ├▶ time of services, air at inlets: each once a minute
                 └▶ every 16 s: alerts, devices and power of the site, and how the daemon is
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from dcim.daemon.channels import AGAIN, OWN
from dcim.daemon.lateness import Lateness
from dcim.daemon.pulse import Pulse
from dcim.daemon.rooms import Rooms
from dcim.graph import NodeKind, Redundancy, State
from dcim.graph import Standing as Stands
from dcim.model import Asset, Point
from dcim.overview import (
    ALERTS,
    Line,
    Sheets,
    SitePower,
    Spent,
    Standing,
    by_device,
    incident_lines,
    inlet_lines,
    standing_lines,
)
from dcim.rollup.inlets import Inlet, inlets
from dcim.series import Quality

LOOK: Final = 2.0
"""Seconds between two looks."""
TURNS: Final = 30
"""Looks in which every device, service and inlet is said once."""
_SITE_TURNS: Final = 8
_EARLY: Final = (5, 15)
"""Looks of the first minute at which it is found anew where air and power are read."""
_AT_ONCE: Final = 500
"""Batches counted before the loop turns, and those said at a look that were never said."""


class Overview:
    """Makes the readings of the whole, a share at each look."""

    def __init__(self, rooms: Rooms, lateness: Lateness) -> None:
        self._rooms = rooms
        self._pulse = Pulse(rooms, lateness)
        self._sheets = Sheets()
        settings, building = rooms.plan.settings, rooms.core.building
        self._intervals = {asset.id: asset.interval for asset in (*settings.assets, *building.assets)}
        self._told: dict[str, tuple[Sequence[Standing], Sequence[Line]]] = {}
        self._function = {asset.id: Spent(map(str, State)) for asset in building.assets}
        self._redundancy = {asset.id: Spent(map(str, Redundancy)) for asset in building.assets}
        self._looked_at = rooms.clock.monotonic()
        self._ahead = rooms.clock.now() - rooms.clock.monotonic()
        self._turn = 0
        self._room = 0
        self._begun: set[tuple[str, str]] = set()
        self._version = -1
        self._inlets: dict[str, list[Inlet]] = {}
        self._power = SitePower(building.topology, {}, settings.energy, ())

    async def run(self) -> None:
        """Look until cancelled; nothing is said before every device was asked once."""
        await self._rooms.core.ready.wait()
        self._looked_at = self._rooms.clock.monotonic()
        while True:
            self.look()
            if self._turn % TURNS == 1:
                await self._count()
            await asyncio.sleep(LOOK)

    def look(self) -> None:
        """Say what changed, and those whose turn it is."""
        self._room = _AT_ONCE
        self._notice_jump()
        if self._turn % TURNS == 0 or self._turn in _EARLY:
            self._find()
        self._alerts()
        self._services()
        self._air()
        if self._turn % _SITE_TURNS == 0:
            self._say(OWN, "pulse", self._pulse.lines(self._power, self._read))
        self._turn += 1

    def _notice_jump(self) -> None:
        """Say everything again when the wall clock was put elsewhere: what was said is of another time."""
        clock = self._rooms.clock
        ahead = clock.now() - clock.monotonic()
        if abs(ahead - self._ahead) > LOOK:
            self._begun.clear()
        self._ahead = ahead

    def _say(self, asset: str, maker: str, lines: Sequence[Line]) -> None:
        rooms = self._rooms
        rooms.core.keep(self._sheets.batch(asset, maker, lines, rooms.clock.now()))

    def _due(self, number: int, asset: str, maker: str) -> bool:
        """Whether it is the turn of this one, or it was never said and there is room for it."""
        if (asset, maker) not in self._begun and self._room > 0:
            self._room -= 1
            self._begun.add((asset, maker))
            return True
        return number % TURNS == self._turn % TURNS

    def _alerts(self) -> None:
        """Say the alerts of every device at which they changed, or whose turn it is."""
        standing = by_device(self._rooms.watch.listed)
        caused = incident_lines(self._rooms.core.causes.incidents.open)
        for number, asset in enumerate(self._intervals):
            now = standing.get(asset, ()), caused.get(asset, ())
            if self._due(number, asset, ALERTS) or now != self._told.get(asset, ((), ())):
                self._told[asset] = now
                self._say(asset, ALERTS, [*standing_lines(now[0]), *now[1]])

    def _services(self) -> None:
        """Count the time of services and contracts, and say it of those whose turn it is."""
        now = self._rooms.clock.monotonic()
        gone, self._looked_at = now - self._looked_at, now
        for number, (asset, spent) in enumerate(self._function.items()):
            if (stands := self._stands(asset)) is None:
                continue
            spent.add(str(stands.function), gone)
            self._redundancy[asset].add(str(stands.redundancy), gone)
            if self._due(number, asset, "time"):
                self._say(asset, "time", self._time_lines(asset))
        self._pulse.spend(gone, self._stands)

    def _time_lines(self, asset: str) -> list[Line]:
        function = self._function[asset].seconds.items()
        redundancy = self._redundancy[asset].seconds.items()
        return [
            *(Line("service_time_seconds_total", value, (("function", word),)) for word, value in function),
            *(
                Line("service_redundancy_time_seconds_total", value, (("redundancy", word),))
                for word, value in redundancy
            ),
        ]

    def _stands(self, service: str) -> Stands | None:
        found = self._rooms.core.building.stands(service)
        return None if found is None else found.standing

    def _air(self) -> None:
        envelope = self._rooms.plan.settings.thermal.envelope
        for number, (asset, found) in enumerate(self._inlets.items()):
            if self._due(number, asset, "air"):
                self._say(asset, "air", inlet_lines(found, envelope, self._read)[asset])

    def _find(self) -> None:
        """Find anew where air and power are read, when devices told of other points than before."""
        newest, settings = self._rooms.newest, self._rooms.plan.settings
        if newest.version == self._version:
            return
        self._version = newest.version
        points = [point for batch in newest for point in batch.layout.points if not batch.layout.own]
        topology = self._rooms.core.building.topology
        self._inlets = {}
        for inlet in inlets(settings.thermal, settings.assets, topology, points):
            self._inlets.setdefault(inlet.asset.id, []).append(inlet)
        kinds = {asset.id: NodeKind(str(asset.kind)) for asset in settings.assets if _is_node(asset)}
        self._power = SitePower(topology, kinds, settings.energy, points)

    def _read(self, point: Point) -> float | None:
        """Return the value of a point that counts now."""
        rooms, wanted = self._rooms, point.id
        batch = next((one for one in rooms.newest.batches(point.asset) if wanted in one.layout.ids), None)
        if batch is None or rooms.newest.frozen(batch.layout):
            return None
        value = batch.values[batch.layout.ids.index(wanted)]
        interval = self._intervals.get(point.asset, AGAIN)
        fresh = rooms.freshness.quality(batch, interval, rooms.clock.now()) is Quality.FRESH
        return value if fresh and value == value else None

    async def _count(self) -> None:
        """Count gaps and what is too old, a share at a time."""
        rooms, reasons, stale = self._rooms, Counter[str](), 0
        for number, batch in enumerate(tuple(rooms.newest)):
            interval = self._intervals.get(batch.layout.asset, AGAIN)
            if rooms.freshness.quality(batch, interval, rooms.clock.now()) is not Quality.FRESH:
                stale += len(batch.values)
            elif batch.gaps:
                reasons.update(str(gap.reason) for gap in batch.gaps.values())
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        self._pulse.gaps, self._pulse.stale = self._kept(reasons), stale

    def _kept(self, reasons: Mapping[str, int]) -> Mapping[str, int]:
        """Return the reasons with those that were there before: what is gone is 0, not missing."""
        return {**dict.fromkeys(self._pulse.gaps, 0), **reasons}


def _is_node(asset: Asset) -> bool:
    return str(asset.kind) in tuple(NodeKind)
