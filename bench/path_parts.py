"""What a reading costs behind the wire: ``python bench/path_parts.py [POINTS...]``.

Series, history and exposition. CPU is user + system of this process, all threads. Devices of 60 points; 10 %
of the values change between scrapes.
"""

from __future__ import annotations

import asyncio
import random
import resource
import sys
import tempfile
import time
from array import array
from pathlib import Path

from dcim.clock import SystemClock
from dcim.history import History, Limits
from dcim.model import Address, Asset, Batch, Identity, Kind, Lane, Layout, Meaning, Point, state_code
from dcim.outputs.prometheus import Exposition
from dcim.series import Newest

_PER_DEVICE = 60
_WORDS = {state_code(word): Meaning(word) for word in ("on", "off", "unknown")}


def layout(asset: str) -> Layout:
    """A PDU with 19 outlets, three quantities and a state each, and three totals."""
    points, states = [], []
    for outlet in range(1, 20):
        labels = (("outlet", str(outlet)),)
        points += [
            Point(asset, "pdu_outlet_state", labels),
            Point(asset, "pdu_outlet_current_amperes", labels),
            Point(asset, "pdu_outlet_power_watts", labels),
        ]
        states += [_WORDS, None, None]
    points += [
        Point(asset, f"pdu_input_{what}") for what in ("power_watts", "voltage_volts", "current_amperes")
    ]
    states += [None, None, None]
    return Layout(asset, Lane.FAST, tuple(points), tuple(states), ("1.3.6.1",) * len(points))


def cpu() -> float:
    """User and system seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def rss() -> float:
    """Resident megabytes now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def values(rng: random.Random) -> array[float]:
    on = state_code("on")
    return array(
        "d", [on if slot % 3 == 0 and slot < 57 else round(rng.uniform(0, 240), 1) for slot in range(60)]
    )


def changed(old: array[float], rng: random.Random) -> array[float]:
    new = array("d", old)
    for slot in rng.sample(range(_PER_DEVICE), _PER_DEVICE // 10):
        if slot % 3 or slot >= 57:
            new[slot] = round(new[slot] + rng.choice((-0.1, 0.1)), 1)
    return new


async def blocked(exposition: Exposition, now: float) -> tuple[float, float, int]:
    """One scrape: CPU seconds, the longest time in which nothing else on the loop got its turn, bytes."""
    longest, over = 0.0, False

    async def other() -> None:
        nonlocal longest
        last = time.perf_counter()
        while not over:
            await asyncio.sleep(0)
            this = time.perf_counter()
            longest, last = max(longest, this - last), this

    watching = asyncio.create_task(other())
    await asyncio.sleep(0)
    began, size = cpu(), 0
    async for piece in exposition.render(now):
        size += len(piece)
    used, over = cpu() - began, True
    await watching
    return used, longest, size


async def measure(points: int) -> None:
    rng = random.Random(1)
    devices = points // _PER_DEVICE
    newest = Newest()
    exposition = Exposition(newest)
    now = time.time()
    before = rss()
    batches = []
    for number in range(devices):
        asset = Asset(
            f"pdu-{number:05d}", f"PDU {number}", Kind.PDU, "snmp", Address("10.0.0.1", 161),
            site="cas1", room="r1", rack=f"r1-{number % 99:02d}", feed="A",
        )  # fmt: skip
        exposition.describe(asset, Identity("pdu", "APC", "AP8959", f"5A{number:08d}", "v6.5.6"))
        batches.append(Batch(layout(asset.id), now, values(rng)))
    held = rss()
    with tempfile.TemporaryDirectory() as directory:
        history = History.open(Path(directory), SystemClock(), Limits(memory_readings=10**9))
        for batch in batches:
            newest.take(batch)
            history.append(batch)
        began = cpu()
        await history.commit()
        first_commit = cpu() - began
        first, first_block, size = await blocked(exposition, now)
        rounds, take, commit, scrape, block = 3, 0.0, 0.0, [], []
        for turn in range(rounds):
            fresh = [Batch(old.layout, now + turn, changed(old.values, rng)) for old in batches]
            began = cpu()
            for batch in fresh:
                newest.take(batch)
                history.append(batch)
            take += cpu() - began
            began = cpu()
            await history.commit()
            commit += cpu() - began
            used, stop, size = await blocked(exposition, now + turn)
            scrape.append(used)
            block.append(stop)
            batches = fresh
        await history.aclose()
    readings = rounds * devices * _PER_DEVICE
    used = sorted(scrape)[1]
    row = (
        f"{devices * _PER_DEVICE:,}", f"{take / readings * 1e6:.3f}", f"{commit / readings * 1e6:.3f}",
        f"{used * 1e3:.0f}", f"{max(block) * 1e3:.0f}", f"{size / 1e6:.0f}", f"{first_commit * 1e3:.0f}",
        f"{first * 1e3:.0f}", f"{first_block * 1e3:.0f}", f"{held - before:.0f}", f"{rss() - held:.0f}",
    )  # fmt: skip
    print("| " + " | ".join(row) + " |")


_COLUMNS = (
    "points",
    "take + append, us a reading",
    "commit (thread), us a reading",
    "scrape, CPU ms",
    "loop blocked at most, ms",
    "body, MB",
    "first commit (thread), CPU ms",
    "first scrape, CPU ms",
    "first scrape, loop blocked at most, ms",
    "layouts, MB",
    "what is kept of them, MB",
)

if __name__ == "__main__":
    print("| " + " | ".join(_COLUMNS) + " |\n" + "|---" * len(_COLUMNS) + "|")
    for count in [int(word) for word in sys.argv[1:]] or [10_000, 100_000, 300_000]:
        asyncio.run(measure(count))
