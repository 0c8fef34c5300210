"""kill -9 at any moment: no acknowledged reading is lost, nothing half written is shown, the log goes on."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dcim.clock import SystemClock
from dcim.history import History
from dcim.model import Point

WRITER = '''
import asyncio, sys
from array import array
from pathlib import Path
from dcim.history import History, Limits, Seams
from dcim.history.closing import close
from dcim.model import Batch, Lane, Layout, Point

class Clock:
    """An hour passes with every 50 commits, so that closings happen between them."""
    at = 1_800_000_000.0
    def now(self): return self.at
    monotonic = now

async def run_here(job):
    await asyncio.to_thread(close, job)

async def main(directory, first):
    clock = Clock()
    clock.at += first
    history = History.open(Path(directory), clock, Limits(segment_bytes=20_000), Seams(run=run_here, file_rows=500))
    points = tuple(Point(f"pdu-{n // 20}", "pdu_outlet_power_watts", (("outlet", str(n % 20)),)) for n in range(40))
    layouts = [Layout(f"pdu-{n}", Lane.FAST, points[20 * n:20 * n + 20], (None,) * 20, ("x",) * 20) for n in range(2)]
    tidying = None
    for number in range(first, 10**9):
        clock.at += 72
        for layout in layouts:
            history.append(Batch(layout, float(number), array("d", [number + slot / 100 for slot in range(20)])))
        await history.commit()
        print(number, flush=True)
        if tidying is None or tidying.done():
            if tidying: tidying.result()
            tidying = asyncio.create_task(history.tidy())

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
'''


def acknowledged(directory: Path, first: int, seconds: float) -> int:
    """Let a writer run from number ``first`` on, kill it after a while, return the last number it acknowledged."""
    child = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(directory), str(first)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == f"{first}\n"
    killer = subprocess.Popen(["sh", "-c", f"sleep {seconds:.4f}; kill -9 {child.pid}"])
    lines = child.stdout.read().splitlines()
    killer.wait()
    assert child.wait() == -signal.SIGKILL
    child.stdout.close()
    whole = [int(line) for line in lines if line]
    return max(whole, default=first)


async def check(directory: Path, last: int) -> int:
    """Open what is left; every acknowledged number must be there, whole. Return the number to go on from."""
    history = History.open(directory, SystemClock())
    try:
        for asset in range(2):
            for slot in (0, 7, 19):
                point = Point(f"pdu-{asset}", "pdu_outlet_power_watts", (("outlet", str(slot)),))
                rows = history.query([point.id], 0, 1e10)
                numbers = [at // 1000 for at in rows["at"].to_list()]
                assert numbers[: last + 1] == list(range(last + 1))
                assert numbers in (
                    [*range(last + 1)],
                    [*range(last + 2)],
                )  # one may be whole but not acknowledged
                assert rows["value"].to_list() == [number + slot / 100 for number in numbers]
                assert history.describe(point.id).point == point
        return len(numbers)
    finally:
        await history.aclose()


def crash(directory: Path, times: int, longest: float) -> int:
    """Kill a writer so often; return how many readings were found whole."""
    chance, first = random.Random(), 0
    for _ in range(times):
        last = acknowledged(directory, first, chance.uniform(0, longest))
        first = asyncio.run(check(directory, last))
    return first


def test_after_kill_9_every_acknowledged_reading_is_there(tmp_path):
    """Pains: E1."""
    assert crash(tmp_path / "history", 2, 0.5) > 0


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@pytest.mark.skipif("DCIM_CAMPAIGN" not in os.environ, reason="set DCIM_CAMPAIGN=1: takes ten minutes")
def test_after_200_kills_every_acknowledged_reading_is_there(tmp_path):
    """Pains: E1."""
    assert crash(tmp_path / "history", 200, 1.5) > 0
