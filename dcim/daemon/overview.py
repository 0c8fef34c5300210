"""Says every few seconds what dashboards show of the whole: readings of devices, services, the daemon.

look, every 2 s ─┬▶ alerts of a device when they change, and of every device once a minute
                 ├▶ time of services, air at inlets: each once a minute
                 └▶ every 16 s: alerts, devices and power of the site, and how the daemon is
                        └─ before: devices that tell of other points than before, and where power is measured
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Final, TypeAlias

from dcim.daemon.itself import AGAIN, OWN
from dcim.daemon.pulse import Pulse
from dcim.daemon.rooms import Rooms
from dcim.daemon.watching.lateness import Lateness
from dcim.graph import NodeKind, Redundancy, State
from dcim.graph import Standing as Stands
from dcim.model import Asset, Lane, Layout
from dcim.overview import (
    ALERTS,
    Line,
    Now,
    Sheets,
    SitePower,
    Slots,
    Spent,
    Standing,
    Turns,
    by_device,
    incident_lines,
    inlet_lines,
    standing_lines,
)
from dcim.rollup.inlets import Inlet, inlets

LOOK: Final = 2.0
"""Seconds between two looks."""
TURNS: Final = 30
"""Looks in which every device, service and inlet is said once."""
_SITE_TURNS: Final = 8
_MET_AT_ONCE: Final = 100
"""Devices met before the loop turns: 4 ms, when all of them tell of other points than before."""
_PASSED_AT_ONCE: Final = 1000
_AT_ONCE: Final = 500
"""Batches counted before the loop turns, and those said at a look that were never said."""


_TIME: Final = "time"
_AIR: Final = "air"
_Told: TypeAlias = tuple[Sequence[Standing], Sequence[Line]]
_NOTHING: Final[_Told] = ((), ())


class Overview:
    """Makes the readings of the whole, a share at each look."""

    def __init__(self, rooms: Rooms, lateness: Lateness) -> None:
        self._rooms = rooms
        self._pulse = Pulse(rooms, lateness)
        self._sheets = Sheets()
        settings, building = rooms.plan.settings, rooms.core.building
        self._intervals = {asset.id: asset.interval for asset in (*settings.assets, *building.assets)}
        self._told: dict[str, _Told] = {}
        self._function = {asset.id: Spent(map(str, State)) for asset in building.assets}
        self._redundancy = {asset.id: Spent(map(str, Redundancy)) for asset in building.assets}
        self._looked_at = rooms.clock.monotonic()
        self._ahead = rooms.clock.now() - rooms.clock.monotonic()
        self._turn = 0
        self._room = 0
        self._turns = {
            ALERTS: Turns(TURNS, self._intervals),
            _TIME: Turns(TURNS, self._function),
            _AIR: Turns(TURNS),
        }
        fresh = rooms.newest, rooms.freshness, self._intervals, rooms.clock.now, AGAIN
        self._now, self._added = Now(*fresh), Now(*fresh, silent=self._is_silent)
        self._version = -1
        self._layouts: dict[str, list[Layout]] = {}
        self._inlets: dict[str, tuple[Sequence[Inlet], Slots]] = {}
        kinds = {asset.id: NodeKind(str(asset.kind)) for asset in settings.assets if _is_node(asset)}
        self._power = SitePower(building.topology, kinds, settings.energy)

    async def run(self) -> None:
        """Look until cancelled; nothing is said before every device was asked once."""
        await self._rooms.core.ready.wait()
        self._looked_at = self._rooms.clock.monotonic()
        while True:
            await self.turn()
            await asyncio.sleep(LOOK)

    async def turn(self) -> None:
        """Do what is due at one look, and before and after it what takes slices of the loop."""
        if self._turn % _SITE_TURNS == 0:
            await self.meet()
        self.look()
        if self._turn % TURNS == 1:
            await self._count()

    def look(self) -> None:
        """Say what changed, and those whose turn it is."""
        self._room = _AT_ONCE
        self._notice_jump()
        self._alerts()
        self._services()
        self._air()
        if self._turn % _SITE_TURNS == 0:
            self._say(OWN, "pulse", self._pulse.lines(self._power, self._added.values))
        self._turn += 1

    def _notice_jump(self) -> None:
        """Say everything again when the wall clock was put elsewhere: what was said is of another time."""
        clock = self._rooms.clock
        ahead = clock.now() - clock.monotonic()
        if abs(ahead - self._ahead) > LOOK:
            for turns in self._turns.values():
                turns.begin_again()
        self._ahead = ahead

    def _say(self, asset: str, maker: str, lines: Sequence[Line]) -> None:
        rooms, now = self._rooms, self._rooms.clock.now()
        over = self._sheets.over(asset, maker, lines, now)
        if over is not None:
            rooms.core.end(over)
        rooms.core.keep(self._sheets.batch(asset, maker, lines, now))

    def _due(self, maker: str) -> list[str]:
        """Return whose turn it is, and those that were never said as far as there is room at this look."""
        turns = self._turns[maker]
        share, unsaid = turns.due(self._turn), list(turns.unsaid(self._room))
        self._room -= len(unsaid)
        return share + unsaid

    def _alerts(self) -> None:
        """Say the alerts of every device at which they changed, or whose turn it is."""
        standing = by_device(self._rooms.watch.listed)
        caused = incident_lines(self._rooms.core.causes.incidents.open)
        now = {asset: (standing.get(asset, ()), caused.get(asset, ())) for asset in (*standing, *caused)}
        others = [asset for asset in {**now, **self._told} if now.get(asset) != self._told.get(asset)]
        for asset in dict.fromkeys((*self._due(ALERTS), *(one for one in others if one in self._intervals))):
            stands, roots = now.get(asset, _NOTHING)
            self._say(asset, ALERTS, [*standing_lines(stands), *roots])
        self._told = now

    def _services(self) -> None:
        """Count the time of services and contracts, and say it of those whose turn it is."""
        now = self._rooms.clock.monotonic()
        gone, self._looked_at = now - self._looked_at, now
        for asset, spent in self._function.items():
            if (stands := self._stands(asset)) is not None:
                spent.add(str(stands.function), gone)
                self._redundancy[asset].add(str(stands.redundancy), gone)
        for asset in self._due(_TIME):
            if self._stands(asset) is not None:
                self._say(asset, _TIME, self._time_lines(asset))
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

    def _is_silent(self, asset: str) -> bool:
        """Whether a device did not answer when it was asked last."""
        return self._rooms.core.causes.answers(asset) is State.DOWN

    def _stands(self, service: str) -> Stands | None:
        found = self._rooms.core.building.stands(service)
        return None if found is None else found.standing

    def _air(self) -> None:
        envelope = self._rooms.plan.settings.thermal.envelope
        for asset in self._due(_AIR):
            found, slots = self._inlets[asset]
            self._say(asset, _AIR, inlet_lines(found, envelope, self._now.known(slots).get)[asset])

    async def meet(self) -> None:
        """Notice the devices that tell of other points than before, and where the site is measured now.

        In slices, and what goes through the whole building beside the loop. What is understood meanwhile
        is met before the next lines of the site: these say for 16 s what was measured at their time.
        """
        version = self._rooms.newest.version
        if version == self._version:
            return
        others: list[Asset] = []
        for number, asset in enumerate(self._rooms.plan.settings.assets, 1):
            layouts = [batch.layout for batch in self._rooms.newest.batches(asset.id) if not batch.layout.own]
            if layouts != self._layouts.get(asset.id, []):
                self._layouts[asset.id] = layouts
                others.append(asset)
            if len(others) >= _MET_AT_ONCE or number % _PASSED_AT_ONCE == 0:
                self._met(others)
                others = []
                await asyncio.sleep(0)
        self._met(others)
        await asyncio.to_thread(self._power.settle)
        self._version = version

    def _met(self, assets: Sequence[Asset]) -> None:
        """Take the points that devices tell of now in place of those before."""
        points = {
            asset.id: [point for layout in self._layouts[asset.id] for point in layout.points]
            for asset in assets
        }
        for asset_id, of_device in points.items():
            self._power.replace(asset_id, of_device)
        settings, topology = self._rooms.plan.settings, self._rooms.core.building.topology
        breathing: dict[str, list[Inlet]] = {}
        for inlet in inlets(settings.thermal, assets, topology, chain.from_iterable(points.values())):
            breathing.setdefault(inlet.asset.id, []).append(inlet)
        for asset in assets:
            self._breathes(asset.id, breathing.get(asset.id, ()))

    def _breathes(self, asset: str, found: Sequence[Inlet]) -> None:
        """Have the air at the inlets of a device said, if it has some."""
        if not found:
            self._turns[_AIR].remove(asset)
            self._inlets.pop(asset, None)
            return
        points = [point for one in found for point in (one.temperature, one.humidity) if point is not None]
        self._inlets[asset] = found, Slots(asset, points)
        self._turns[_AIR].add(asset)

    async def _count(self) -> None:
        """Count gaps and what is too old, a share at a time."""
        rooms, reasons, stale = self._rooms, Counter[str](), 0
        lasts: dict[tuple[Lane, float], float] = {}
        for number, batch in enumerate(tuple(rooms.newest)):
            pace = batch.layout.lane, self._intervals.get(batch.layout.asset, AGAIN)
            if pace not in lasts:
                lasts[pace] = rooms.freshness.lasts(*pace)
            if abs(rooms.clock.now() - batch.at) > lasts[pace]:
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
