"""A hand-moved clock, layouts, batches and a disk that can fill up."""

import asyncio
import errno
from array import array
from collections.abc import Callable
from types import MappingProxyType

import pytest
from hypothesis import settings

from dcim.history import Disk, History, Limits, Seams, closing
from dcim.history.closing import Job
from dcim.history.keeper import run_child
from dcim.model import Batch, Gap, GapReason, Health, Lane, Layout, Meaning, Point, state_code

settings.register_profile("dcim", deadline=None)  # no test asserts a duration
settings.load_profile("dcim")

WORDS = MappingProxyType(
    {
        state_code("online"): Meaning("online", Health.OK),
        state_code("battery"): Meaning("battery", Health.WARNING),
    }
)


class HandClock:
    """A clock that stands until it is moved. It begins on 2026-11-25 at 10:00 UTC."""

    def __init__(self) -> None:
        self.at = 1_795_600_800.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


class SmallDisk(Disk):
    """A disk with so many bytes of room; ``broken`` makes syncs fail, ``stuck`` cuts, ``bug`` writes."""

    def __init__(self) -> None:
        self.room = 1 << 40
        self.broken = self.stuck = self.bug = False

    def write(self, file: int, data: bytes, offset: int) -> None:
        if self.bug:
            raise ZeroDivisionError
        fits = data[: self.room]
        super().write(file, fits, offset)
        self.room -= len(fits)
        if len(fits) < len(data):
            raise OSError(errno.ENOSPC, "No space left on device")

    def sync(self, file: int) -> None:
        if self.broken:
            raise OSError(errno.EIO, "Input/output error")
        super().sync(file)

    def cut(self, file: int, size: int) -> None:
        if self.stuck:
            raise OSError(errno.EIO, "Input/output error")
        super().cut(file, size)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def disk() -> SmallDisk:
    return SmallDisk()


@pytest.fixture
def layout() -> Callable[..., Layout]:
    def make(asset: str = "ups-a", size: int = 3, lane: Lane = Lane.FAST, state: bool = False) -> Layout:
        points = [Point(asset, "ups_input_voltage_volts", (("phase", f"L{n}"),)) for n in range(size)]
        states = [None] * size
        if state:
            points.append(Point(asset, "ups_mode_state"))
            states.append(WORDS)
        return Layout(
            asset, lane, tuple(points), tuple(states), tuple(f"1.3.{n}" for n in range(len(points)))
        )

    return make


@pytest.fixture
def batch() -> Callable[..., Batch]:
    def make(layout: Layout, at: float, *values: float | GapReason) -> Batch:
        gaps = {slot: Gap(value) for slot, value in enumerate(values) if isinstance(value, GapReason)}
        numbers = [float("nan") if isinstance(value, GapReason) else value for value in values]
        return Batch(layout, at, array("d", numbers), gaps)

    return make


@pytest.fixture
async def opened(tmp_path, clock, disk):
    """Open histories in one directory; what is still open at the end is closed."""
    open_now: list[History] = []

    async def run_here(job: Job) -> None:
        await asyncio.to_thread(closing.close, job)

    def make(child: bool = False, **limits) -> History:
        run = run_child if child else run_here  # a child takes a second to start
        seams = Seams(disk, run, file_rows=1000)
        history = History.open(tmp_path / "history", clock, Limits(**limits), seams)
        open_now.append(history)
        close = history.aclose

        async def aclose() -> None:
            open_now.remove(history)
            await close()

        history.aclose = aclose
        return history

    yield make
    disk.__init__()
    await asyncio.gather(*(history.aclose() for history in list(open_now)))
