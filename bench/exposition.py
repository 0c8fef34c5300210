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


async def measured(series: int, changed: float, *, openmetrics: bool) -> None:
    newest, rng = Newest(), np.random.default_rng(1)
    exposition = Exposition(newest)
    layouts = [layout(f"pdu-{number:05d}") for number in range(series // 76)]

    def batch(lay: Layout, at: float) -> Batch:
        values = rng.uniform(10, 240, PER_DEVICE).round(1)
        values[-4:] = state_code("on")
        return Batch(lay, at, array("d", values.tolist()))

    for number, lay in enumerate(layouts):
        exposition.describe(
            Asset(
                lay.asset,
                lay.asset,
                Kind.PDU,
                "snmp",
                Address("h"),
                site="cas1",
                room=f"r{number // 200}",
                rack=f"k{number // 20}",
                feed="AB"[number % 2],
            )
        )
        newest.take(batch(lay, 1000.0))
    used, longest, size = [], [], 0
    for turn in range(ROUNDS):
        now = 1000.0 + turn
        for lay in rng.choice(len(layouts), int(len(layouts) * changed), replace=False).tolist():
            newest.take(batch(layouts[lay], now))
        began, last, most, size = time.process_time(), time.process_time(), 0.0, 0
        async for piece in exposition.render(1000.0, **({"openmetrics": True} if openmetrics else {})):
            size += len(piece)
            most, last = max(most, time.process_time() - last), time.process_time()
        used.append(time.process_time() - began)
        longest.append(most)
    kind = "OpenMetrics" if openmetrics else "text"
    print(
        f"| {kind} | {len(layouts) * 76:,} | {size / 1e6:.1f} MB | {statistics.median(used[1:]) * 1e3:.1f} | {max(used[1:]) * 1e3:.1f} | {used[0] * 1e3:.0f} "
        f"| {statistics.median(longest[1:]) * 1e3:.1f} | {max(longest[1:]) * 1e3:.1f} |"
    )


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--series", type=int, default=100_000)
    parser.add_argument("--changed", type=float, default=0.1)
    given = parser.parse_args()
    print(
        "| format | series | size | CPU-ms a scrape, median | most | the first | longest piece, CPU-ms, median | most |"
    )
    print("|---|---|---|---|---|---|---|---|")
    await measured(given.series, given.changed, openmetrics=False)


if __name__ == "__main__":
    asyncio.run(main())
