"""The history measured: ``python bench/history.py [--series N] [--days N] [--directory DIR]``.

    written      readings per CPU-second of append + commit, with fsync; bytes a reading in the log
    closed       readings per CPU-second of the child process; bytes a reading afterwards; its memory
    the loop     the longest time in which the event loop did not turn while an hour was closed
    asked        one series over all days among the series of a whole site

A site of 300,000 series keeps 2,048 files a day, and a point's readings are in one of them. For the
question, each day is built with the full number of files but only the one that holds the asked points
is real (the others would never be opened): so its size, rows and statistics are those of a whole site.
CPU is user + system, all threads.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import resource
import shutil
import statistics
import tempfile
import time
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from dcim.history import History, Limits
from dcim.history.closed import FACE, ClosedFile, ClosedSet, face, file_name, set_name
from dcim.history.closing import FILE_ROWS, ROW_GROUP, bits_for
from dcim.history.durable import Disk
from dcim.history.points import Points
from dcim.model import Batch, Lane, Layout, Point

BEAT = 10.0
PER_DEVICE = 60
START = 1_795_564_800.0  # 2026-11-25T00:00Z


class HandClock:
    at = START

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


def cpu(who: int = resource.RUSAGE_SELF) -> float:
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def layouts(devices: int) -> list[Layout]:
    found = []
    for number in range(devices):
        asset = f"pdu-{number:05d}"
        points = tuple(
            Point(asset, "pdu_outlet_power_watts", (("outlet", str(n)),)) for n in range(PER_DEVICE)
        )
        found.append(Layout(asset, Lane.FAST, points, (None,) * PER_DEVICE, ("1.3.6.1",) * PER_DEVICE))
    return found


class Plant:
    """Values as meters give them: quantised to 0.1, most of them still, some wandering, some noisy."""

    def __init__(self, rows: int) -> None:
        self._rng = np.random.default_rng(1)
        shape = (rows, PER_DEVICE)
        self._values = self._rng.uniform(10, 240, shape).round(1)
        self._chance = self._rng.choice([0.0, 0.05, 0.3, 0.9], PER_DEVICE, p=[0.4, 0.2, 0.2, 0.2])

    def beat(self) -> np.ndarray:
        moves = self._rng.random(self._values.shape) < self._chance
        self._values = (self._values + moves * self._rng.choice([-0.1, 0.1], self._values.shape)).round(1)
        return self._values


def polls(found: list[Layout], clock: HandClock, seconds: int) -> Iterator[list[Batch]]:
    """For each second the batches of a tenth of the devices, each at its own millisecond."""
    plant, jitter = Plant(len(found)), np.random.default_rng(2)
    values = plant.beat()
    for second in range(seconds):
        if second % int(BEAT) == 0:
            values = plant.beat()
        turn = second % int(BEAT)
        made = []
        for number in range(turn, len(found), int(BEAT)):
            at = clock.at + number % 997 / 997 + jitter.uniform(0, 0.02)
            made.append(Batch(found[number], at, array("d", values[number].tolist())))
        clock.at += 1.0
        yield made


async def written(directory: Path, devices: int, seconds: int) -> None:
    """Write for some seconds as the daemon does, a commit a second; print what that costs."""
    clock, found = HandClock(), layouts(devices)
    history = await opened(directory, clock, found)
    appended = committed = 0.0
    readings = 0
    slowest = []
    for batches in polls(found, clock, seconds):
        began = cpu()
        for batch in batches:
            history.append(batch)
        middle = cpu()
        wall = time.perf_counter()
        readings += await history.commit()
        slowest.append(time.perf_counter() - wall)
        committed += cpu() - middle
        appended += middle - began
    log = history.counts().segment_bytes
    per_second = readings / (appended + committed)
    row("readings written", f"{readings:,}", f"{devices:,} devices x {PER_DEVICE}, {seconds:,} commits")
    row("append + commit, readings per CPU-second", f"{per_second:,.0f}", "wanted: 1,000,000")
    row("append, us a reading", f"{appended / readings * 1e6:.4f}", "on the loop")
    row("commit, us a reading", f"{committed / readings * 1e6:.3f}", "in its thread, fdatasync included")
    took = f"{statistics.median(slowest) * 1e3:.1f}, {max(slowest) * 1e3:.1f}"
    row("commit, median and slowest, ms", took, "wall")
    row("log, bytes a reading", f"{log / readings:.2f}", "until it is closed")
    ask(
        history,
        [layout.ids[7] for layout in found[:15]],
        f"one series in a log of {seconds} s, not closed, ms",
        None,
    )
    await history.aclose()


async def opened(directory: Path, clock: HandClock, found: list[Layout]) -> History:
    """Open a history that knows its points: they are written once in their life, not with each reading."""
    history = History.open(directory, clock, Limits(segment_bytes=1 << 40))
    for layout in found:
        history.append(Batch(layout, clock.at, array("d", [0.0] * PER_DEVICE)))
    await history.commit()
    return history


async def hour_closed(directory: Path, devices: int) -> None:
    """Write a whole hour and close it."""
    clock, found = HandClock(), layouts(devices)
    history = await opened(directory, clock, found)
    readings = 0
    for second, batches in enumerate(polls(found, clock, 3600)):
        for batch in batches:
            history.append(batch)
        if second % 10 == 9:  # frames as large as a site ten times this size writes each second
            readings += await history.commit()
    clock.at += 3600
    history.append(Batch(found[0], clock.at, array("d", [0.0] * PER_DEVICE)))
    await history.commit()
    row("an hour closed, readings", f"{readings:,}", f"{devices:,} devices x {PER_DEVICE}, {BEAT:.0f} s beat")
    blocked = await closing(history, readings)
    closed = history.counts().closed_bytes
    row("closed, bytes a reading", f"{closed / readings:.2f}", "wanted: 6 at most")
    row("loop did not turn while closing, at most, ms", f"{blocked * 1e3:.1f}", "a poll is due every beat")
    await history.aclose()


async def closing(history: History, readings: int) -> float:
    """Close what is due; return the longest time between two turns of a 1 ms tick."""
    longest, over = 0.0, False

    async def tick() -> None:
        nonlocal longest
        last = time.perf_counter()
        while not over:
            await asyncio.sleep(0.001)
            this = time.perf_counter()
            longest, last = max(longest, this - last - 0.001), this

    watching = asyncio.create_task(tick())
    began, wall = cpu(resource.RUSAGE_CHILDREN), time.perf_counter()
    await history.tidy()
    took = time.perf_counter() - wall
    over = True
    await watching
    used = cpu(resource.RUSAGE_CHILDREN) - began
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    row(
        "closing, readings per CPU-second",
        f"{readings / used:,.0f}",
        f"child process, {took:.1f} s, {memory:.0f} MB",
    )
    return longest


def build_days(directory: Path, series: int, days: int) -> list[int]:
    """Build the day sets of a site, of each day the one file with the asked points; return their ids."""
    rows = int(series * 86_400 / BEAT)
    bits = bits_for(rows, FILE_ROWS)
    in_file = series // 2**bits
    asset = "pdu-00000"
    points = [Point(asset, "pdu_outlet_power_watts", (("outlet", str(n)),)) for n in range(in_file * 2**bits)]
    first_bits = points[0].id >> (64 - bits) if bits else 0
    mine = [point for point in points if (point.id >> (64 - bits) if bits else 0) == first_bits]
    register(directory, mine)
    per_day = int(86_400 / BEAT)
    rng = np.random.default_rng(3)
    for day in range(days):
        at = START + day * 86_400
        label = time.strftime("%Y-%m-%d", time.gmtime(at))
        target = directory / "closed" / set_name(label, day + 1, day + 1)
        target.mkdir(parents=True)
        table = one_day(sorted(point.id for point in mine), at, per_day, rng)
        path = target / file_name(first_bits, bits)
        table.write_parquet(
            path, compression="zstd", compression_level=3, statistics=True, row_group_size=ROW_GROUP
        )
        size = path.stat().st_size
        files = [
            ClosedFile(file_name(n, bits), table.height, size, hashlib.sha256().hexdigest())
            for n in range(2**bits)
        ]
        made = ClosedSet(
            label,
            day + 1,
            day + 1,
            int(at * 1000),
            int((at + 86_400) * 1000),
            rows,
            size * 2**bits,
            bits,
            target,
        )
        (target / FACE).write_text(face(made, files))
    row(
        "one site, series",
        f"{series:,}",
        f"{2**bits:,} files a day, {table.height:,} readings and {size / 1e6:.1f} MB each",
    )
    return [point.id for point in mine]


def register(directory: Path, points: list[Point]) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    known = Points(directory / "points.jsonl", Disk())
    known.register(
        [Layout(points[0].asset, Lane.FAST, tuple(points), (None,) * len(points), ("",) * len(points))]
    )
    known.close()


def one_day(ids: list[int], start: float, per_day: int, rng: np.random.Generator) -> pl.DataFrame:
    at = start * 1000 + np.arange(per_day) * BEAT * 1000 + rng.integers(0, 30, (len(ids), per_day))
    chance = rng.choice([0.0, 0.05, 0.3, 0.9], (len(ids), 1), p=[0.4, 0.2, 0.2, 0.2])
    moves = (rng.random((len(ids), per_day)) < chance) * rng.choice([-0.1, 0.1], (len(ids), per_day))
    values = (rng.uniform(10, 240, (len(ids), 1)) + moves.cumsum(axis=1)).round(1)
    return pl.DataFrame(
        {
            "point": np.repeat(np.array(ids, dtype=np.uint64), per_day),
            "at": at.astype(np.int64).ravel(),
            "value": values.ravel(),
            "gap": np.zeros(values.size, dtype=np.uint8),
        }
    )


async def asked(directory: Path, series: int, days: int) -> None:
    points = build_days(directory, series, days)
    clock = HandClock()
    clock.at = START + days * 86_400
    history = History.open(directory, clock)
    some = np.random.default_rng(4).choice(points, 15, replace=False).tolist()
    ask(history, some, f"one series, {days} days, every reading, ms; wanted: under 50", None)
    ask(history, some, f"one series, {days} days, hourly mean, min, max, ms; wanted: under 50", 3600.0)
    await history.aclose()


def ask(history: History, points: list[int], what: str, resolution: float | None) -> None:
    """Ask for one point after the other, everything there is; print the median."""
    walls, cpus, table = [], [], pl.DataFrame()
    for point in points:
        wall, used = time.perf_counter(), cpu()
        table = history.query([point], 0.0, 1e10, resolution)
        walls.append(time.perf_counter() - wall)
        cpus.append(cpu() - used)
    how = f"median of {len(points)}, slowest {max(walls) * 1e3:.1f}, CPU {statistics.median(cpus) * 1e3:.1f}"
    row(what, f"{statistics.median(walls) * 1e3:.1f}", f"{how}, {table.height:,} rows")


def row(what: str, value: str, note: str) -> None:
    print(f"| {what} | {value} | {note} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="The history measured.")
    parser.add_argument("--devices", type=int, default=5000)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--series", type=int, default=300_000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--directory", type=Path)
    asks = parser.parse_args()
    directory = Path(tempfile.mkdtemp(dir=asks.directory))
    print("| what | measured | how |\n|---|---|---|")
    try:
        asyncio.run(written(directory / "written", asks.devices, asks.seconds))
        asyncio.run(hour_closed(directory / "closed", asks.devices // 10))
        asyncio.run(asked(directory / "asked", asks.series, asks.days))
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()
