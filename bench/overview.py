"""What the readings of the whole cost: ``python bench/overview.py [DEVICES...]``.

Rack PDUs that say their power, 40 a rack; no rule, no history, no wire. Processor time of this process: a
first meeting of all devices, and minutes of looks in which everybody answers every 10 s.
"""

from __future__ import annotations

import asyncio
import sys
import time
from array import array
from types import SimpleNamespace
from typing import Any

from dcim.daemon.overview import LOOK, TURNS, Overview
from dcim.daemon.services.building import Building
from dcim.daemon.watching.lateness import Lateness
from dcim.energy.terms import EnergyTerms
from dcim.graph import Node, NodeKind, Service, ServiceKind, State, Wiring
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Point
from dcim.poll import Presence
from dcim.series import Freshness, Newest
from dcim.thermal.terms import ThermalTerms

_PER_RACK = 40
_EVERY = 10.0
_PRESENT = Presence()


class _Clock:
    at = 1000.0

    def now(self) -> float:
        return 1.8e9 + self.at

    def monotonic(self) -> float:
        return self.at


def _layout(asset: str) -> Layout:
    points = (
        Point(asset, "pdu_power_watts"),
        *(Point(asset, "pdu_outlet_state", (("outlet", str(number)),)) for number in range(1, 60)),
    )
    return Layout(asset, Lane.FAST, points, (None,) * len(points), ("1.3.6.1",) * len(points))


class _Site:
    """The rooms of the daemon that the overview asks, and no others."""

    def __init__(self, devices: int) -> None:
        self.clock, self.newest = _Clock(), Newest()
        assets = [
            Asset(f"pdu-{number:05d}", "", Kind.PDU, "snmp", Address("127.0.0.1"), interval=_EVERY)
            for number in range(devices)
        ]
        pdus = [Node(asset.id, NodeKind.PDU) for asset in assets]
        racks = [
            Node(f"rack/{at}", NodeKind.RACK, fed_by=tuple(one.id for one in pdus[at : at + _PER_RACK]))
            for at in range(0, devices, _PER_RACK)
        ]
        services = [Service(f"power/{rack.id}", ServiceKind.POWER, 1, (rack.id,)) for rack in racks]
        wiring = Wiring((*pdus, *racks), tuple(services))
        building = Building(wiring, assets, self.newest, Freshness(), lambda _facts: None)
        self.layouts = [_layout(asset.id) for asset in assets]
        rooms: Any = SimpleNamespace(
            plan=SimpleNamespace(
                settings=SimpleNamespace(
                    assets=assets, energy=EnergyTerms(), thermal=ThermalTerms(), contracts=()
                )
            ),
            clock=self.clock,
            newest=self.newest,
            freshness=Freshness(),
            core=SimpleNamespace(
                building=building,
                keep=self.newest.take,
                causes=SimpleNamespace(incidents=SimpleNamespace(open=()), answers=lambda _device: State.UP),
            ),
            watch=SimpleNamespace(listed=()),
            poller=SimpleNamespace(
                presence=lambda _asset: _PRESENT, counts=SimpleNamespace(polls=0, failures={})
            ),
            books=SimpleNamespace(waiting=0, dropped=0),
            history=None,
            postman=SimpleNamespace(counts={}),
        )
        self.overview = Overview(rooms, Lateness())

    def poll(self) -> None:
        """Everybody answers."""
        now = self.clock.now()
        for layout in self.layouts:
            self.newest.take(Batch(layout, now, array("d", [1.0] * len(layout))))

    async def minute(self) -> tuple[float, float]:
        """Look for a minute; return the processor seconds of all looks and of the dearest one."""
        spent, dearest = 0.0, 0.0
        for turn in range(TURNS):
            self.clock.at += LOOK
            if turn * LOOK % _EVERY == 0:
                self.poll()
            began = time.process_time()
            await self.overview.turn()
            used = time.process_time() - began
            spent, dearest = spent + used, max(dearest, used)
        return spent, dearest


async def measure(devices: int) -> None:
    """Print the row of so many devices."""
    site = _Site(devices)
    site.poll()
    began = time.process_time()
    await site.overview.meet()
    met = time.process_time() - began
    first, _ = await site.minute()
    rounds = sorted([await site.minute() for _ in range(3)])
    row = (f"{devices:,}", f"{met * 1e3:.0f}", f"{first * 1e3:.0f}", f"{rounds[1][0] * 1e3:.0f}",
           f"{rounds[1][1] * 1e3:.1f}", f"{rounds[1][0] / 60:.2%}")  # fmt: skip
    print("| " + " | ".join(row) + " |")


_COLUMNS = (
    "devices",
    "all met for the first time, ms",
    "first minute, ms",
    "a minute, ms",
    "dearest look, ms",
    "of a core",
)

if __name__ == "__main__":
    print("| " + " | ".join(_COLUMNS) + " |\n" + "|---" * len(_COLUMNS) + "|")
    for count in [int(word) for word in sys.argv[1:]] or [1000, 5000]:
        asyncio.run(measure(count))
