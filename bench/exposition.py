"""``/metrics`` measured: ``python bench/exposition.py [--series N] [--changed SHARE]``.

processor time of one scrape, median and most, with a share of the batches new since the one before
the longest that the loop did not turn for it
"""

# ruff: noqa: E501  a row of a table is a line
from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from array import array
from types import MappingProxyType

import numpy as np

from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Meaning, Point, canonical, state_code
from dcim.outputs.prometheus import Exposition
from dcim.series import Newest

PER_DEVICE = 60
WORDS = MappingProxyType(
    {state_code(word): Meaning(word) for word in ("on", "off", "tripped", "locked", "unknown")}
)
ROUNDS = 25


def layout(asset: str) -> Layout:
    """48 outlets' power, 8 phases' currents and voltages, 4 states of five words: 76 series."""
    points = [Point(asset, "pdu_outlet_power_watts", canonical({"outlet": str(n)})) for n in range(48)]
    points += [
        Point(asset, f"pdu_phase_{what}", canonical({"phase": f"L{n}"}))
        for n in range(4)
        for what in ("current_amperes", "voltage_volts")
    ]
    points += [Point(asset, "pdu_outlet_state", canonical({"outlet": str(n)})) for n in range(4)]
    states = tuple(WORDS if point.metric.endswith("_state") else None for point in points)
    return Layout(asset, Lane.FAST, tuple(points), states, ("1.3.6.1",) * len(points))


class Turns:
    """The longest turn of the loop, in processor time, while something else is done on it."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._over = False

    async def __aenter__(self) -> Turns:
        self._task = asyncio.create_task(self._watch())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over = True
        await self._task

    async def _watch(self) -> None:
        while not self._over:
            before = time.process_time()
            await asyncio.sleep(0)
            self.longest = max(self.longest, time.process_time() - before)


def batch(lay: Layout, at: float, rng: np.random.Generator) -> Batch:
    values = rng.uniform(10, 240, PER_DEVICE).round(1)
    values[-4:] = state_code("on")
    return Batch(lay, at, array("d", values.tolist()))


def device(number: int, name: str) -> Asset:
    room, rack = f"r{number // 200}", f"k{number // 20}"
    return Asset(
        name, name, Kind.PDU, "snmp", Address("h"), site="cas1", room=room, rack=rack, feed="AB"[number % 2]
    )


async def measured(series: int, changed: float, *, openmetrics: bool) -> None:
    newest, rng = Newest(), np.random.default_rng(1)
    exposition = Exposition(newest)
    layouts = [layout(f"pdu-{number:05d}") for number in range(series // 76)]
    for number, lay in enumerate(layouts):
        exposition.describe(device(number, lay.asset))
        newest.take(batch(lay, 1000.0, rng))
    used, longest, size = [], [], 0
    for turn in range(ROUNDS):
        for at in rng.choice(len(layouts), int(len(layouts) * changed), replace=False).tolist():
            newest.take(batch(layouts[at], 1000.0 + turn, rng))
        size = 0
        async with Turns() as turns:
            began = time.process_time()
            async for piece in exposition.render(1000.0, openmetrics=openmetrics):
                size += len(piece)
            used.append((time.process_time() - began) * 1e3)
        longest.append(turns.longest * 1e3)
    kind = "OpenMetrics" if openmetrics else "text"
    print(
        f"| {kind} | {len(layouts) * 76:,} | {size / 1e6:.1f} MB | {statistics.median(used[1:]):.1f} | {max(used[1:]):.1f} | {statistics.median(longest[1:]):.1f} "
        f"| {max(longest[1:]):.1f} | {used[0]:.0f} | {longest[0]:.1f} |"
    )


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--changed", type=float, default=0.1)
    given = parser.parse_args()
    print(
        "| format | series | size | CPU-ms a scrape, median | most | longest turn of the loop, CPU-ms, median | most | the first scrape, CPU-ms | its longest turn |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for openmetrics in (False, True):
        await measured(given.series, given.changed, openmetrics=openmetrics)


if __name__ == "__main__":
    asyncio.run(main())
