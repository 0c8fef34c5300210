"""The same samples to a real Prometheus and to us, the same queries for the same times: the same answers."""

from __future__ import annotations

import math
import random
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from pathlib import Path
from typing import Any

import cramjam
import httpx
import numpy as np
import pytest

from dcim.promql import (
    STALE,
    Evaluation,
    Grid,
    QueryError,
    Samples,
    Selection,
    Vector,
    parse,
)
from dcim.promql.matching import matching

from .conftest import Processes, free_port, until

pytestmark = [pytest.mark.live, pytest.mark.waits, pytest.mark.timeout(900)]

SPAN = 45 * 60
QUERIES = (Path(__file__).parent / "queries.txt").read_text(encoding="utf-8").splitlines()
Series = list[tuple[tuple[tuple[str, str], ...], list[tuple[int, float]]]]


def series(end: int) -> Series:
    """Gauges with holes, ends and NaN; counters that are set back; a histogram; states. Times are ms."""
    chance, found = random.Random(7), []
    start = end - SPAN * 1000

    def add(name: str, labels: dict[str, str], values: Any, every: int, lost: float) -> None:
        samples, at = [], start + chance.randrange(every)
        while at <= end:
            value = next(values)
            if chance.random() >= lost:
                samples.append((at, value))
            at += every + chance.randrange(-200, 200)
        for place in sorted(chance.sample(range(1, len(samples) - 1), 2), reverse=True):
            hole = chance.randrange(1, 60)
            samples[place : place + hole] = [(samples[place][0], STALE)]
        found.append((tuple(sorted({"__name__": name, **labels}.items())), samples))

    def gauge(low: float, high: float, places: int = 0) -> Iterator[float]:
        while True:
            yield round(chance.uniform(low, high), places)

    def nan_now_and_then() -> Iterator[float]:
        while True:
            yield chance.choice((math.nan, math.inf, -3.5, 12.0))

    def counter(step: float) -> Iterator[float]:
        value = chance.choice((0.0, 5.0, 1e9))
        while True:
            value = 0.0 if chance.random() < 0.01 else value + chance.choice((0, step, 3 * step))
            yield value

    for number in range(6):
        place = {"asset": f"pdu-{number}", "room": f"r{number % 2}", "feed": "AB"[number // 3]}
        for phase in ("L1", "L2", "L3"):
            add("power_watts", {**place, "phase": phase}, gauge(-20, 4000, 3), 15_000, 0.03)
        add("energy_joules_total", place, counter(1234.5), 10_000, 0.02)
        add("limit_watts", place, repeat(3000.0 + 100 * number), 60_000, 0.0)
        add(
            "device_info",
            {"asset": f"pdu-{number}", "name": f"PDU {number}", "vendor": "v"},
            repeat(1.0),
            15_000,
            0.0,
        )
        for word in ("on", "off"):
            add("state", {**place, "state": word}, gauge(0, 1), 15_000, 0.1)
    add("odd", {"a": "1"}, nan_now_and_then(), 20_000, 0.3)
    for share, bound in ((1, "0.1"), (2, "0.5"), (4, "2.5"), (4, "+Inf")):
        for asset in ("x", "y"):
            add("late_seconds_bucket", {"le": bound, "asset": asset}, counter(float(share)), 15_000, 0.0)
    return found


def write(url: str, told: Series) -> None:
    """Send samples by remote write; the message is put together here, so that no code of ours checks itself."""

    def varint(number: int) -> bytes:
        made = b""
        while number > 0x7F:
            made, number = made + bytes([number & 0x7F | 0x80]), number >> 7
        return made + bytes([number])

    def field(number: int, data: bytes) -> bytes:
        return bytes([number << 3 | 2]) + varint(len(data)) + data

    body = b""
    for labels, samples in told:
        pairs = b"".join(field(1, field(1, k.encode()) + field(2, v.encode())) for k, v in labels)
        points = b"".join(
            field(2, b"\x09" + struct.pack("<d", value) + b"\x10" + varint(at)) for at, value in samples
        )
        body += field(1, pairs + points)
    answer = httpx.post(
        f"{url}/api/v1/write",
        content=bytes(cramjam.snappy.compress_raw(body)),
        headers={"Content-Encoding": "snappy", "Content-Type": "application/x-protobuf"},
    )
    assert answer.status_code == 204, answer.text


class Held:
    """A source over the same samples."""

    def __init__(self, told: Series) -> None:
        self.told = [
            (labels, np.array([at for at, _ in samples]), np.array([value for _, value in samples]))
            for labels, samples in sorted(told, key=lambda one: one[0])
        ]

    def select(self, wanted: Selection) -> Samples:
        found = []
        for row in np.flatnonzero(matching(wanted.matchers, [labels for labels, *_ in self.told])).tolist():
            labels, at, values = self.told[row]
            inside = (at >= wanted.first) & (at <= wanted.last)
            found.append((labels, at[inside], values[inside]))
        return Samples.of(found)


@contextmanager
def prometheus(folder: Path) -> Iterator[tuple[str, httpx.Client]]:
    """A Prometheus that takes samples: its address, and a client of it."""
    processes = Processes(folder)
    (folder / "prometheus.yml").write_text("{}\n")
    port = free_port()
    processes.start(
        "prometheus", "prometheus", f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-remote-write-receiver",
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
            until(lambda: client.get("/-/ready").status_code == 200, "prometheus is ready")
            yield url, client
    finally:
        for process in processes.started:
            processes.end(process)


def theirs(client: httpx.Client, query: str, grid: Grid) -> dict[Any, Any] | str:
    """What Prometheus answers: values by series and time, or its kind of error."""
    if grid.count == 1:
        answer = client.get("/api/v1/query", params={"query": query, "time": grid.start / 1000})
    else:
        times = {"start": grid.start / 1000, "end": grid.end / 1000, "step": grid.step / 1000}
        answer = client.get("/api/v1/query_range", params={"query": query, **times})
    return read(answer.json())


def read(said: Any) -> dict[Any, Any] | str:
    """An answer of the API, whoever gave it."""
    if said["status"] == "error":
        return str(said["errorType"])
    data = said["data"]
    if data["resultType"] == "scalar":
        return {(): {round(data["result"][0] * 1000): float(data["result"][1])}}
    return {
        tuple(sorted(one["metric"].items())): {
            round(at * 1000): float(value) for at, value in one.get("values", [one.get("value")])
        }
        for one in data["result"]
    }


def ours(source: Held, query: str, grid: Grid) -> dict[Any, Any] | str:
    try:
        said = Evaluation(source).answer(parse(query), grid)
    except QueryError as why:
        return why.kind
    times = grid.times
    if isinstance(said, Vector):
        return {
            labels: {int(at): float(v) for at, v in zip(times[there], row[there], strict=True)}
            for labels, row, there in zip(said.labels, said.values, said.there, strict=True)
        }
    assert not isinstance(said, str)
    return {(): {int(at): float(v) for at, v in zip(times, said, strict=True)}}


def same(one: float, other: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return one == other or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def differences(query: str, found: Any, expected: Any) -> list[str]:
    if isinstance(found, str) or isinstance(expected, str):
        return (
            [] if found == expected else [f"{query}: ours {str(found)[:300]}, theirs {str(expected)[:300]}"]
        )
    wrong = [f"{query}: only one has {key}" for key in found.keys() ^ expected.keys()]
    for key in found.keys() & expected.keys():
        if found[key].keys() != expected[key].keys():
            wrong.append(f"{query}: {key}: times {sorted(found[key].keys() ^ expected[key].keys())[:5]}")
            continue
        for at, value in expected[key].items():
            if not same(found[key][at], value):
                wrong.append(f"{query}: {key} at {at}: ours {found[key][at]}, theirs {value}")
                break
    return wrong


@pytest.mark.long
def test_every_query_answers_as_a_real_prometheus_answers_it(needs: Any, tmp_path: Path) -> None:
    """Pains: E3."""
    needs("prometheus")
    end = int(time.time()) * 1000
    told, wrong = series(end), list[str]()
    source = Held(told)
    with prometheus(tmp_path) as (url, client):
        write(url, told)
        for query in QUERIES:
            for grid in (
                Grid(end - 60_000, 1, 1),
                Grid(end - 40 * 60_000, 17_000, 138),
                Grid(end - 30 * 60_000, 600_000, 4),
            ):
                wrong += differences(query, ours(source, query, grid), theirs(client, query, grid))
    assert not wrong, f"{len(wrong)} differ\n" + "\n".join(wrong[:40])
