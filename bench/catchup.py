"""An outage made up for while readings go on: ``python -m bench.catchup [SECONDS...]``.

A log of so many seconds of 5,000 readings each is drained by an output in its thread, as in the daemon, into a
counting server on loopback, while 5,000 more come in every second. Of each length a process of its own, so that
what one of them took in memory is seen.

readings per processor second of the output's thread, and how long a day of outage takes at that rate
how many readings came in meanwhile, of those that were due, and the longest that one commit of them took of the loop's thread
memory before, and the most of it
"""

# ruff: noqa: E501  a row of a table is a line
from __future__ import annotations

import asyncio
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from array import array
from pathlib import Path

import numpy as np

from bench.outputs import BEAT, PER_DEVICE, SINK, Clock, assets, free_port, layouts, started, write
from dcim import plugins
from dcim.history import History, Limits
from dcim.model import Batch
from dcim.outputs.book import Book
from dcim.outputs.contract import Context
from dcim.outputs.runner import Runner
from dcim.outputs.worker import Worker

DEVICES = 833
A_SECOND = DEVICES // BEAT * PER_DEVICE
DAY = 86_400


def resident() -> float:
    """Return the resident memory in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def opened(history: History, folder: Path, port: int) -> Runner:
    """Return the thread that drains the log."""
    plugin = plugins.outputs()["influxdb"]
    shape = plugin.settings_type(
        start="oldest", url=f"http://127.0.0.1:{port}", bucket="b", token="env:TOKEN"
    )
    context = Context("x", "cas1", lambda _ref: "a-token", folder / "x", Clock())
    book = Book(assets(DEVICES), history.describe_all)
    queue = history.cursor(context.name, from_start=True)
    return Runner(Worker(queue, plugin.open(shape, context), book, shape, context))


async def meanwhile(history: History, runner: Runner, total: int) -> tuple[int, int, float, float]:
    """Go on as a site does until all is drained; return what came in, what was due, the longest, the most."""
    lays, rng = layouts(DEVICES, states=False), np.random.default_rng(2)
    came, longest, most, began = 0, 0.0, resident(), time.monotonic()
    while runner.tally().readings < total:
        second = int(time.monotonic() - began) + 1
        while came < second * A_SECOND:
            at = Clock.at + came / A_SECOND
            for lay in lays[came // A_SECOND % BEAT :: BEAT][: DEVICES // BEAT]:
                history.append(Batch(lay, at, array("d", rng.uniform(10, 240, PER_DEVICE).round(1).tolist())))
                came += PER_DEVICE
            mine = time.thread_time()
            await history.commit()
            longest = max(longest, time.thread_time() - mine)
        most = max(most, resident())
        await asyncio.sleep(0.2)
    return came, int(time.monotonic() - began) * A_SECOND, longest, most


async def measure(seconds: int) -> None:
    """Print the row of an outage of so many seconds."""
    folder, port = Path(tempfile.mkdtemp(prefix="catchup-")), free_port()
    sink = started(folder, "sink", sys.executable, "-c", SINK, port)
    try:
        history = History.open(folder / "history", Clock(), Limits())
        total = await write(history, DEVICES, seconds, states=False)
        runner = opened(history, folder, port)
        before = resident()
        runner.start()
        came, due, longest, most = await meanwhile(history, runner, total)
        runner.ask_to_stop()
        runner.join()
        tally = runner.tally()
        await history.aclose()
        rate = tally.readings / tally.spent
        print(
            f"| {total:,} | {rate:,.0f} | {DAY * 5_000 / (rate - 5_000) / 60:.1f} | {came / max(1, due):.2f} "
            f"| {longest * 1e3:.1f} | {before:.0f} | {most - before:.0f} |",
            flush=True,
        )
    finally:
        sink.terminate()
        shutil.rmtree(folder, ignore_errors=True)


_COLUMNS = (
    "readings that wait",
    "readings per CPU-second",
    "a day at 5,000 a second, minutes of one core",
    "came in of those due",
    "longest commit, CPU-ms of the loop",
    "MB before",
    "MB more at most",
)

if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--one":
        asyncio.run(measure(int(sys.argv[2])))
    else:
        print("| " + " | ".join(_COLUMNS) + " |\n" + "|---" * len(_COLUMNS) + "|", flush=True)
        for length in sys.argv[1:] or ["300", "3600"]:
            subprocess.run([sys.executable, "-m", "bench.catchup", "--one", length], check=True)
