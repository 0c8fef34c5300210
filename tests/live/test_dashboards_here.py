"""Every query of every dashboard: the daemon's own answer from its history, and a real Prometheus' from the same."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import re
import time
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dcim.catalogue import METRICS, Metric, Shape
from dcim.history import History, Limits
from dcim.model import Address, Asset, Batch, Gap, GapReason, Kind, Lane, Layout, Meaning, Point, state_code
from dcim.outputs.exposition import device_values
from dcim.promql import Grid, Match, Matcher, Selection
from dcim.query.answer import Asked, answer
from dcim.query.ring import Ring, series_labels
from dcim.query.source import World

from .test_promql import differences, prometheus, read, theirs, write

pytestmark = [pytest.mark.live, pytest.mark.waits, pytest.mark.timeout(900)]

DASHBOARDS = Path(__file__).parents[2] / "dashboards" / "prometheus" / "en"
SPAN, EVERY = 30 * 60, 30
FILLED = {"__rate_interval": "5m", "__interval": "1m", "__range": "20m"}
ALL = (Matcher("__name__", Match.REGEX, ".+"),)


def expressions(found: Any) -> Iterator[str]:
    """Go through the queries of a dashboard, with its variables filled in."""
    if isinstance(found, dict):
        if isinstance(found.get("expr"), str):
            yield re.sub(r"\$\{?(\w+)(?::\w+)?\}?", lambda name: FILLED.get(name[1], ".*"), found["expr"])
        for value in found.values():
            yield from expressions(value)
    elif isinstance(found, list):
        for value in found:
            yield from expressions(value)


QUERIES = sorted({
    query for path in DASHBOARDS.glob("*.json") for query in expressions(json.loads(path.read_text()))
})  # fmt: skip


class Clock:
    """Stands where it is put."""

    def __init__(self, at: float) -> None:
        self.at = at

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


def points_of(asset: str, metric: Metric) -> list[Point]:
    labels = {name: "L1" if name == "phase" else "a" for name in metric.labels}
    other = {name: "L2" if name == "phase" else "b" for name in metric.labels}
    return [
        Point(asset, metric.name, tuple(sorted(one.items()))) for one in ([labels, other] if labels else [{}])
    ]


def said(chance: random.Random, metric: Metric, before: float) -> float | None:
    if chance.random() < 0.05:
        return None
    if metric.words:
        return state_code(chance.choice(metric.words))
    return before + chance.randrange(9) if metric.shape is Shape.COUNTER else float(chance.randrange(100))


def lived(folder: Path, end: int) -> tuple[World, list[str]]:
    """A history of three devices that say everything that dashboards ask for, and the daemon's own metrics."""
    chance, clock = random.Random(11), Clock(end - SPAN)
    names = {name for query in QUERIES for name in re.findall(r"\bdcim_\w+", query)}
    metrics = [
        METRICS[name.removeprefix("dcim_")] for name in sorted(names) if name.removeprefix("dcim_") in METRICS
    ]
    devices = [
        Asset(f"dev-{n}", f"Device {n}", Kind.UPS, "snmp", Address("127.0.0.1", 161), site="cas1",
              room=f"r{n % 2}", rack="k1", feed="AB"[n % 2], tenant="t", interval=float(EVERY))
        for n in range(3)
    ]  # fmt: skip
    layouts = [layout(device.id, metrics) for device in devices]
    history, ring = History.open(folder / "history", clock, Limits()), Ring()
    before: dict[int, float] = {}
    for at in range(end - SPAN, end, EVERY):
        clock.at = at
        for layout_ in layouts:
            if chance.random() < 0.9:
                history.append(batch(chance, layout_, at + chance.random(), before))
        ring.take(at + 1, own(chance, sorted(names - {f"dcim_{one.name}" for one in metrics})))
    asyncio.run(history.aclose())
    world = World(folder / "history")
    lasting = [[3.0 * EVERY, base64.b64encode(one.ids.tobytes()).decode()] for one in layouts]
    world.tell({"devices": {one.id: device_values(one) for one in devices}, "lasting": lasting})
    for line in ring.since(0):
        world.tell(json.loads(line))
    return world, [one.name for one in metrics]


def layout(asset: str, metrics: list[Metric]) -> Layout:
    pairs = [(point, metric) for metric in metrics for point in points_of(asset, metric)]
    words = [
        {state_code(word): Meaning(word) for word in one.words} if one.words else None for _, one in pairs
    ]
    return Layout(asset, Lane.FAST, tuple(point for point, _ in pairs), tuple(words), ("",) * len(pairs))


def batch(chance: random.Random, of: Layout, at: float, before: dict[int, float]) -> Batch:
    values, gaps = array("d"), {}
    for slot, point in enumerate(of.points):
        value = said(chance, METRICS[point.metric], before.get(point.id, 0.0))
        if value is None:
            gaps[slot] = Gap(GapReason.ABSENT)
        else:
            before[point.id] = value
        values.append(float("nan") if value is None else value)
    return Batch(of, at, values, gaps)


def own(chance: random.Random, names: list[str]) -> Iterator[Any]:
    for name in names:
        for number, bound in enumerate(("0.1", "1", "+Inf")):
            labels = (
                {"le": bound} if name.endswith("_bucket") else {"asset": f"dev-{number}", "severity": "x"}
            )
            yield series_labels(name, labels), float(number + chance.randrange(2))


@pytest.mark.long
def test_every_query_of_every_dashboard_says_the_same_here_and_in_a_real_prometheus(
    needs: Any, tmp_path: Path
) -> None:
    """Pains: E3."""
    needs("prometheus")
    end = int(time.time()) // 60 * 60
    world, metrics = lived(tmp_path, end)
    assert len(metrics) > 50
    held = world.select(Selection(ALL, 0, end * 1000))
    wrong, empty = [], 0
    with prometheus(tmp_path) as (url, client):
        write(url, [
            (labels, list(zip(held.at[a:b].tolist(), held.values[a:b].tolist(), strict=True)))
            for labels, a, b in zip(held.labels, held.starts.tolist(), held.starts[1:].tolist(), strict=False)
            if b > a
        ])  # fmt: skip
        for query in QUERIES:
            for grid in (Grid(end * 1000, 1, 1), Grid((end - 1500) * 1000, 60_000, 26)):
                kind = "query" if grid.count == 1 else "query_range"
                asked = Asked(kind, query, start=grid.start, end=grid.end, step=grid.step)
                found = read(json.loads(b"".join(answer(world, asked))))
                wrong += differences(query, found, theirs(client, query, grid))
                empty += not found
    assert not wrong, f"{len(wrong)} differ\n" + "\n".join(wrong[:40])
    assert empty < len(QUERIES), f"{empty} of {2 * len(QUERIES)} answers say nothing"
