"""A history with a hand-moved clock, and a record of blocks that can lose its power at any step."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from dcim.history import Disk, History, Limits, Seams, closing
from dcim.history.closing import Job as Closing
from dcim.model import Batch, Lane, Layout, Point
from dcim.rollup import Block
from dcim.rollup.cuts import WHOLE, Cuts
from dcim.rollup.keeper import Keeper
from dcim.rollup.making import Job, make
from dcim.rollup.plan import Seen

START = 1_795_600_800  # 2026-11-25 10:00 UTC
POINTS = (
    Point("pdu-1", "pdu_energy_joules_total"),
    Point("pdu-1", "pdu_power_watts"),
)


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = float(START)

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


class PowerCut(BaseException):
    """The machine is off: nothing that stands behind this is done, no handler runs."""


class Books:
    """A record of blocks. ``cut`` loses power before or after a transaction of that number."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.facts: list[tuple[str, int, str]] = []
        self.so_far = Seen()
        self.cut: tuple[int, str] | None = None
        self.transactions = 0

    def seen(self) -> Seen:
        return self.so_far

    def newest(self, hours: Sequence[str]) -> Mapping[str, Block]:
        return {one.hour: one for one in self.blocks if one.hour in hours}

    async def keep(self, blocks: Sequence[Block], seen: Seen) -> None:
        self.transactions += 1
        if self.cut == (self.transactions, "before"):
            raise PowerCut
        self.blocks += blocks
        self.facts += [(one.fact().subject, one.version, one.root) for one in blocks]
        self.so_far = seen
        if self.cut == (self.transactions, "after"):
            raise PowerCut


async def close_here(job: Closing) -> None:
    closing.close(job)


async def make_here(job: Job) -> None:
    make(job)


class Site:
    """One device that is read, a history, and its roll-ups."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = HandClock()
        self.books = Books()
        self.layout = Layout("pdu-1", Lane.FAST, POINTS, (None, None), ("1.1", "1.2"))
        self.history = self.opened()

    def opened(self) -> History:
        seams = Seams(Disk(), close_here, file_rows=200)
        return History.open(self.directory / "history", self.clock, Limits(days=2), seams)

    def keeper(self, cuts: Cuts = WHOLE) -> Keeper:
        (self.directory / "rollup").mkdir(exist_ok=True)
        return Keeper(self.directory / "rollup", self.books, cuts=cuts, run=make_here, file_rows=200)

    def say(self, at: float, watts: float = 6_000.0) -> None:
        joules = 1e9 + 6_000.0 * (at - START)
        self.history.append(Batch(self.layout, at, array("d", (joules, watts))))

    async def watch(self, minutes: int, *, step: int = 60) -> None:
        """Read for so many minutes, and commit what was read."""
        for _ in range(0, minutes * 60, step):
            self.say(self.clock.at + 1)
            self.clock.at += step
            await self.history.commit()

    async def tidy(self, keeper: Keeper | None = None) -> list[Block]:
        """Close what is due, looking after each step, as the daemon does."""
        keeper = keeper or self.keeper()
        found: list[Block] = []

        async def after(_made: object) -> None:
            found.extend(await self.look(keeper))

        await self.history.tidy(after)
        return found + await self.look(keeper)

    async def look(self, keeper: Keeper) -> list[Block]:
        return await keeper.look(self.history.closed, self.history.dictionary, self.clock.at)


@pytest.fixture
async def site(tmp_path):
    it = Site(tmp_path)
    yield it
    await it.history.aclose()


@pytest.fixture(scope="session")
def watched(tmp_path_factory):
    """The building of ``building.py`` after its day; nobody writes into it."""
    from .building import watched_in

    return watched_in(tmp_path_factory.mktemp("site"))
