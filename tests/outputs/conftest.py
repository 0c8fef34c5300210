"""Devices, layouts and batches for the tests of outputs."""

from array import array
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import pytest
from hypothesis import settings

from dcim.history import Described, History, Limits
from dcim.model import (
    Address,
    Asset,
    Batch,
    Gap,
    GapReason,
    Kind,
    Lane,
    Layout,
    Meaning,
    Point,
    canonical,
    state_code,
)
from dcim.outputs.block import Block
from dcim.outputs.book import Book
from dcim.outputs.contract import Context, Durable, Output, OutputSettings, Verdict
from dcim.outputs.exposition import device_values, point_values
from dcim.outputs.worker import IDLE, Worker

settings.register_profile("dcim", deadline=None)  # no test asserts a duration
settings.load_profile("dcim")

SOURCE = MappingProxyType({state_code(word): Meaning(word) for word in ("normal", "battery", "bypass")})


@pytest.fixture
def asset() -> Callable[..., Asset]:
    def make(name: str = "ups-a", **fields) -> Asset:
        fields = {"site": "cas1", "room": "r1", "rack": "r1-01", "feed": "A", "interval": 10.0} | fields
        return Asset(name, fields.pop("name", "UPS A"), Kind.UPS, "snmp", Address("10.0.0.5", 161), **fields)

    return make


@pytest.fixture
def layout() -> Callable[..., Layout]:
    def make(
        *points: str | tuple[str, dict[str, str]],
        asset: str = "ups-a",
        lane: Lane = Lane.FAST,
        own: bool = False,
    ) -> Layout:
        pairs = [(point, {}) if isinstance(point, str) else point for point in points]
        made = tuple(Point(asset, metric, canonical(labels)) for metric, labels in pairs)
        states = tuple(SOURCE if metric.endswith("_state") else None for metric, _ in pairs)
        return Layout(asset, lane, made, states, ("",) * len(made), own=own)

    return make


@pytest.fixture
def batch() -> Callable[..., Batch]:
    def make(layout: Layout, *values: float | str | None, at: float = 1000.0) -> Batch:
        numbers = array(
            "d",
            [
                float("nan") if each is None else state_code(each) if isinstance(each, str) else each
                for each in values
            ],
        )
        gaps = {slot: Gap(GapReason.ABSENT) for slot, each in enumerate(values) if each is None}
        return Batch(layout, at, numbers, gaps)

    return make


Named: TypeAlias = tuple[str, tuple[tuple[str, str], ...]]


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 1_795_600_800.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


class Plant:
    """Devices whose readings go into a real history; outputs read them from there."""

    def __init__(self, folder: Path, clock: HandClock, assets: Mapping[str, Asset]) -> None:
        self.folder = folder
        self.clock = clock
        self.assets = assets
        self.limits = Limits()
        self.history = History.open(folder / "history", clock, self.limits)
        self.book = Book(assets, self._describe)
        self.told: list[Batch] = []

    def _describe(self, points: Sequence[int]) -> Sequence[Described | None]:
        return self.history.describe_all(points)

    def say(self, batch: Batch) -> None:
        self.told.append(batch)
        self.history.append(batch)

    async def commit(self) -> None:
        await self.history.commit()

    async def reopen(self) -> None:
        """What a restart of the daemon leaves: everything is read again from the disk."""
        await self.history.aclose()
        self.history = History.open(self.folder / "history", self.clock, self.limits)
        self.book = Book(self.assets, self._describe)

    def worker(self, output: Output, name: str = "x", **settings: Any) -> Worker:
        context = Context(name, "cas1", lambda _ref: "", self.folder / "outputs" / name, self.clock)
        fields = OutputSettings(**{"start": "oldest", **settings})
        cursor = self.history.cursor(f"output-{name}", from_start=fields.start == "oldest")
        return Worker(cursor, output, self.book, fields, context)

    def expected(self) -> dict[tuple[Named, int], float]:
        """What must be there in the end: every series that ``/metrics`` would show, by name, labels and time."""
        found: dict[tuple[Named, int], float] = {}
        for batch in self.told:
            at = round(batch.at * 1000)
            for slot, point in enumerate(batch.layout.points):
                labels = {**device_values(self.assets[point.asset]), **point_values(point.labels)}
                value, states = batch.values[slot], batch.layout.states[slot]
                if states is None:
                    if value == value:
                        found[named(f"dcim_{point.metric}", labels), at] = value
                elif value in states:
                    for code, state in states.items():
                        key = named(f"dcim_{point.metric}", {**labels, "state": state.word})
                        found[key, at] = float(code == value)
        return found


def named(name: str, labels: Mapping[str, str]) -> Named:
    """Name a series so that two can be compared, whatever the order of the labels."""
    return name, tuple(sorted((key, value) for key, value in labels.items() if value))


@pytest.fixture
async def plant(tmp_path: Path, clock: HandClock, asset: Callable[..., Asset]) -> AsyncIterator[Plant]:
    made = Plant(tmp_path, clock, {name: asset(name) for name in ("ups-a", "ups-b", "pdu 1,2=3")})
    yield made
    await made.history.aclose()


class Shelf:
    """An output that keeps what it gets, and says what it was told to say first."""

    def __init__(self, *verdicts: Verdict | Exception) -> None:
        self.verdicts = deque(verdicts)
        self.blocks: list[Block] = []
        self.seen: list[tuple[Named, int, float]] = []
        self.closed = False

    def send(self, block: Block) -> Verdict:
        if self.verdicts:
            verdict = self.verdicts.popleft()
            if isinstance(verdict, Exception):
                raise verdict
            return verdict
        self.blocks.append(block)
        lines = block.lines.said()
        for series, at, value in zip(
            lines.series.tolist(), lines.at.tolist(), lines.value.tolist(), strict=True
        ):
            known = block.book.series(series)
            self.seen.append((named(known.name, known.labels), at, value))
        return Durable(len(lines))

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def shelf() -> type[Shelf]:
    return Shelf


@pytest.fixture
def drain() -> Callable[[Worker], None]:
    """Turn a worker until nothing is left to do, moving its clock over the waits."""

    def turn(worker: Worker, most: int = 10_000) -> None:
        clock = worker._clock
        for _ in range(most):
            wait = worker.turn()
            if wait == IDLE:
                return
            clock.at += wait
        pytest.fail("there is no end to it")

    return turn


@pytest.fixture
def name_of() -> Callable[[str, Mapping[str, str]], Named]:
    return named
