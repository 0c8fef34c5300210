"""Outputs measured: ``python bench/outputs.py [--devices N] [--seconds N] [--states] [--directory DIR]``.

A log as ``--seconds`` of a site with ``--devices`` of 60 points write it (one beat of 10 s each), committed every
second, is drained into each far side in turn:

    nobody          a counting server on loopback: what the daemon itself can do
    files           NDJSON and CSV on this disk
    real servers    InfluxDB 1 behind its own API, VictoriaMetrics, Prometheus: those that are installed

Readings per second by the clock, of the output's thread per CPU-second, and what the far side used. A state is
one reading and as many lines as it has words. CPU is user + system.
"""

# ruff: noqa: E501  a row of a table is a line
from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from dcim import plugins
from dcim.history import History, Limits
from dcim.model import Address, Asset, Batch, Kind, Lane, Layout, Meaning, Point, canonical, state_code
from dcim.outputs.book import Book
from dcim.outputs.contract import Context
from dcim.outputs.worker import IDLE, Worker

PER_DEVICE = 60
BEAT = 10
START = 1_795_564_800.0
WORDS = MappingProxyType(
    {state_code(word): Meaning(word) for word in ("on", "off", "tripped", "locked", "unknown")}
)

SINK = """
import http.server
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        left = int(self.headers["Content-Length"])
        while left:
            left -= len(self.rfile.read(min(left, 1 << 20)))
        self.send_response(204); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(__import__("sys").argv[1])), H).serve_forever()
"""


class Clock:
    at = time.time()

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass
class Far:
    """A far side: the type of the output, its settings, and the process to measure if there is one."""

    name: str
    type: str
    fields: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None


def layouts(devices: int, *, states: bool) -> list[Layout]:
    found = []
    for number in range(devices):
        asset = f"pdu-{number:05d}"
        points = []
        for outlet in range(PER_DEVICE):
            metric = "pdu_outlet_state" if states and outlet % 3 == 0 else "pdu_outlet_power_watts"
            points.append(Point(asset, metric, canonical({"outlet": str(outlet)})))
        words = tuple(WORDS if point.metric.endswith("_state") else None for point in points)
        found.append(Layout(asset, Lane.FAST, tuple(points), words, ("1.3.6.1",) * PER_DEVICE))
    return found


def assets(devices: int) -> dict[str, Asset]:
    return {
        f"pdu-{number:05d}": Asset(
            f"pdu-{number:05d}", f"PDU {number}", Kind.PDU, "snmp", Address("h"), site="cas1",
            room=f"room-{number // 200}", rack=f"r{number // 20:03d}", feed="AB"[number % 2],
        )
        for number in range(devices)
    }  # fmt: skip


async def write(history: History, devices: int, seconds: int, *, states: bool) -> int:
    """Write a log as a site does; return the number of readings."""
    rng, codes = np.random.default_rng(1), np.array(list(WORDS))
    lays, count = layouts(devices, states=states), 0
    start = Clock.at - seconds
    words = np.array([point.metric.endswith("_state") for point in lays[0].points])
    for second in range(seconds):
        for lay in lays[second % BEAT :: BEAT]:
            values = rng.uniform(10, 240, PER_DEVICE).round(1)
            values[words] = codes[rng.integers(0, 2, int(words.sum()))]
            history.append(Batch(lay, start + second + rng.random() * 0.9, array("d", values.tolist())))
            count += PER_DEVICE
        await history.commit()
    return count


def free_port() -> int:
    with socket.socket() as wire:
        wire.bind(("127.0.0.1", 0))
        return int(wire.getsockname()[1])


def cpu_of(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def until_up(url: str) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(url, timeout=2).close()
            return
        time.sleep(0.1)
    raise RuntimeError(url)


def started(folder: Path, name: str, *command: object) -> subprocess.Popen[bytes]:
    log = (folder / f"{name}.log").open("ab")
    return subprocess.Popen(
        [str(word) for word in command], stdout=log, stderr=log, start_new_session=True, cwd=folder
    )


def far_sides(folder: Path) -> Iterator[Far]:
    """Yield each far side, running; it is ended when the next is asked for."""
    for make in (_sink, _files, _influxdb, _victoria, _prometheus):
        for far in make(folder):
            yield far
            if far.process is not None:
                far.process.send_signal(signal.SIGTERM)
                far.process.wait(20)


def _sink(folder: Path) -> Iterator[Far]:
    for kind, fields in (
        ("influxdb", {"bucket": "b", "token": "env:TOKEN"}),
        ("influxdb", {"bucket": "b", "token": "env:TOKEN", "gzip": True}),
        ("influxdb1", {}),
        ("remote_write", {"stale": False}),
        ("remote_write", {}),
    ):
        port = free_port()
        process = started(folder, "sink", sys.executable, "-c", SINK, port)
        time.sleep(0.5)
        path = "/api/v1/write" if kind == "remote_write" else ""
        more = ", ".join(f"{key} {value}" for key, value in fields.items() if key in ("gzip", "stale"))
        yield Far(
            f"counting server{', ' * bool(more)}{more}",
            kind,
            {"url": f"http://127.0.0.1:{port}{path}", **fields},
            process,
        )


def _files(folder: Path) -> Iterator[Far]:
    for kind in ("ndjson", "csv"):
        if kind in plugins.outputs():
            yield Far("files", kind, {"directory": str(folder / kind)})


def _influxdb(folder: Path) -> Iterator[Far]:
    if shutil.which("influxd") is None:
        return
    http, rpc, place = free_port(), free_port(), folder / "influx"
    place.mkdir()
    (place / "i.conf").write_text(
        f'bind-address = "127.0.0.1:{rpc}"\\nreporting-disabled = true\\n[meta]\\n  dir = "{place}/meta"\\n[data]\\n  dir = "{place}/data"\\n'
        f'  wal-dir = "{place}/wal"\\n[http]\\n  bind-address = "127.0.0.1:{http}"\\n  log-enabled = false\\n[monitor]\\n  store-enabled = false\\n'.replace(
            "\\n", "\n"
        )
    )
    process = started(folder, "influxd", "influxd", "-config", place / "i.conf")
    until_up(f"http://127.0.0.1:{http}/ping")
    urllib.request.urlopen(f"http://127.0.0.1:{http}/query", data=b"q=CREATE+DATABASE+power").close()
    yield Far("InfluxDB 1.6", "influxdb1", {"url": f"http://127.0.0.1:{http}", "database": "power"}, process)


def _victoria(folder: Path) -> Iterator[Far]:
    if shutil.which("victoria-metrics") is None:
        return
    for kind, path in (("influxdb", ""), ("remote_write", "/api/v1/write")):
        port = free_port()
        process = started(
            folder, "vm", "victoria-metrics", f"-storageDataPath={folder / 'vm'}-{kind}", f"-httpListenAddr=127.0.0.1:{port}",
            "-retentionPeriod=1", "-loggerLevel=WARN",
        )  # fmt: skip
        until_up(f"http://127.0.0.1:{port}/health")
        more = {"bucket": "b", "token": "env:TOKEN"} if kind == "influxdb" else {}
        yield Far("VictoriaMetrics 1.79", kind, {"url": f"http://127.0.0.1:{port}{path}", **more}, process)


def _prometheus(folder: Path) -> Iterator[Far]:
    if shutil.which("prometheus") is None:
        return
    port = free_port()
    (folder / "p.yml").write_text("global: {}\n")
    process = started(
        folder, "prometheus", "prometheus", f"--config.file={folder / 'p.yml'}", f"--storage.tsdb.path={folder / 'prom'}",
        f"--web.listen-address=127.0.0.1:{port}", "--web.enable-remote-write-receiver",
    )  # fmt: skip
    until_up(f"http://127.0.0.1:{port}/-/ready")
    yield Far("Prometheus 2.42", "remote_write", {"url": f"http://127.0.0.1:{port}/api/v1/write"}, process)


def drained(worker: Worker) -> None:
    while (wait := worker.turn()) != IDLE:
        if worker.tally.why:
            raise RuntimeError(worker.tally.why)
        time.sleep(wait)


def measure(history: History, describe: Callable[..., Any], devices: int, folder: Path, batch: int) -> None:
    print(
        "| far side | type | readings | lines | readings/s | of a core | readings per CPU-second | far side, CPU-s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    book = Book(assets(devices), describe)
    for turn, far in enumerate(far_sides(folder)):
        plugin = plugins.outputs()[far.type]
        shape = plugin.settings_type(start="oldest", batch=batch, **far.fields)
        context = Context(f"x{turn}", "cas1", lambda _ref: "a-token", folder / f"x{turn}", Clock())
        queue = history.cursor(context.name, from_start=True)
        worker = Worker(queue, plugin.open(shape, context), book, shape, context)
        worker.turn()  # what is imported, and what each series is called
        first = worker.tally
        there = cpu_of(far.process.pid) if far.process else 0.0
        began, cpu = time.monotonic(), sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        drained(worker)
        spent, used = time.monotonic() - began, sum(resource.getrusage(resource.RUSAGE_SELF)[:2]) - cpu
        there = cpu_of(far.process.pid) - there if far.process else 0.0
        count, lines = worker.tally.readings - first.readings, worker.tally.lines - first.lines
        worker.close()
        print(
            f"| {far.name} | `{far.type}` | {count:,} | {lines:,} | {count / spent:,.0f} | {used / spent:.2f} | {count / used:,.0f} | {there:.1f} |",
            flush=True,
        )


async def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--devices", type=int, default=833)
    parser.add_argument("--seconds", type=int, default=200)
    parser.add_argument("--batch", type=int, default=20_000)
    parser.add_argument("--states", action="store_true", help="every third reading is a state of five words")
    parser.add_argument("--directory", type=Path, default=None)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="outputs-", dir=given.directory))
    history = History.open(folder / "history", Clock(), Limits())
    count = await write(history, given.devices, given.seconds, states=given.states)
    size = history.counts().segment_bytes
    print(
        f"{count:,} readings of {given.devices * PER_DEVICE:,} points in the log, {size / count:.1f} bytes each\n"
    )
    measure(history, history.describe_all, given.devices, folder, given.batch)
    await history.aclose()
    shutil.rmtree(folder)


if __name__ == "__main__":
    asyncio.run(main())
