"""The whole path: a real ``dcim run`` on many devices of 60 points, wire to exposition, history on.

agents ◀─▶ dcim run: poll ─▶ decode ─▶ series, history (fsync), rules ─▶ /metrics, scraped every 15 s

Processor time is that of the daemon's process, all threads, over a window that begins when every device
is understood. Lateness is the daemon's own histogram over the same window: how long after its beat a poll
began.
"""

from __future__ import annotations

import json
import math
import re
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.load import Place, free_port, running, until
from bench.measure import cpu_of, memory_of

HERE = Path(__file__).resolve().parent
INTERVAL = 10.0
PER_DEVICE = 60
SCRAPE_EVERY = 15.0
_V2C = {"protocol": "snmp", "version": "2c", "community": "env:BENCH_COMMUNITY"}
_V3 = {
    "protocol": "snmp",
    "version": "3",
    "user": "bench",
    "auth": "sha256",
    "auth_key": "env:BENCH_AUTH",
    "priv": "aes128",
    "priv_key": "env:BENCH_PRIV",
}
SECRETS = {"BENCH_COMMUNITY": "public", "BENCH_AUTH": "authpass123", "BENCH_PRIV": "privpass123"}


@dataclass(frozen=True, slots=True)
class Load:
    """What the daemon is to watch: devices by address, all of them on one port."""

    addresses: Sequence[str]
    port: int
    version: str = "2c"
    live: int | None = None  # how many of the addresses answer; None: all
    interval: float = INTERVAL

    def config(self, state: Path, listen: int) -> dict[str, object]:
        """Return the daemon's configuration."""
        credential = _V3 if self.version == "3" else _V2C
        devices = [
            {
                "id": f"pdu-{number:05d}",
                "kind": "pdu",
                "collector": "snmp",
                "profile": "sim_pdu48",
                "address": f"{address}:{self.port}",
                "rack": f"r{number // 40:03d}",
            }
            for number, address in enumerate(self.addresses)
        ]
        return {
            "format": 1,
            "site": {"id": "bench"},
            "state": str(state),
            "web": {"listen": f"127.0.0.1:{listen}"},
            "profiles": [str(HERE / "profiles")],
            "alerts": {"rules": [str(HERE / "rules.yaml")]},
            "credentials": {"agents": credential},
            "defaults": {
                "credential": "agents",
                "interval": f"{self.interval:.0f}s",
                "timeout": f"{min(2.0, self.interval / 2)}s",
            },
            "devices": devices,
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """What a window showed. Seconds, megabytes; ``late`` is cumulative counts by bound of the histogram."""

    devices: int
    seconds: float
    cpu: float
    memory: float
    polls: float
    readings: float
    late: Mapping[float, float]
    overruns: float
    failures: float
    ready_after: float

    @property
    def core(self) -> float:
        """Return the share of one core."""
        return self.cpu / self.seconds

    @property
    def per_reading(self) -> float:
        """Return microseconds of processor a reading of a device."""
        return self.cpu / self.readings * 1e6 if self.readings else 0.0

    def within(self, bound: float) -> float:
        """Return the share of polls that began within ``bound`` seconds of their beat, of those now over."""
        return self.late[bound] / self.late[math.inf] if self.late[math.inf] else 0.0

    @property
    def late_99(self) -> str:
        """Return the bound within which 99 % of polls began."""
        return late_99(self.late)


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        return str(answer.read().decode())


def numbers(text: str) -> dict[str, float]:
    """Return the daemon's own metrics of an exposition."""
    own = re.findall(r"^(dcim_(?:poll|history|points|alerts|process|polls)\S*) (\S+)$", text, re.MULTILINE)
    return {name: float(value) for name, value in own if "asset=" not in name}


def late_99(late: Mapping[float, float]) -> str:
    """Return the bound within which 99 % of polls began, of counts by bound."""
    for bound, count in sorted(late.items()):
        if count >= 0.99 * late[math.inf]:
            return f"{bound * 1000:.0f} ms"
    return "more"


def late(before: Mapping[str, float], after: Mapping[str, float]) -> dict[float, float]:
    found = {}
    for name, value in after.items():
        if match := re.fullmatch(r'dcim_poll_lateness_seconds_bucket\{le="(.+)"\}', name):
            found[float(match[1])] = value - before.get(name, 0.0)
    return found


def failures(values: Mapping[str, float]) -> float:
    return sum(value for name, value in values.items() if name.startswith("dcim_poll_failures_total"))


@contextmanager
def _scraped(port: int) -> Iterator[None]:
    """Scrape /metrics again and again while the context lasts."""
    over = threading.Event()

    def again() -> None:
        while not over.wait(SCRAPE_EVERY):
            scrape(port)

    thread = threading.Thread(target=again, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def daemon(place: Place, load: Load, program: Sequence[str] = ()) -> Iterator[tuple[int, int]]:
    """Run the daemon on a load; give its process id and its port."""
    folder = place.folder / f"site-{time.monotonic_ns()}"
    folder.mkdir()
    port = free_port()
    (folder / "dcim.yaml").write_text(json.dumps(load.config(folder / "state", port)))
    command = program or (sys.executable, "-m", "dcim.cli")
    with running(folder, *command, "run", "-c", folder / "dcim.yaml", env=SECRETS) as process:

        def serves() -> bool:
            if process.poll() is not None:
                log = next(folder.glob("*.log")).read_text(errors="replace")
                msg = f"the daemon ended:\n{log[-2000:]}"
                raise RuntimeError(msg)
            return bool(scrape(port))

        until(serves, "the daemon serves", 120)
        yield process.pid, port


def measure(place: Place, load: Load, seconds: float, warm: float = 2 * INTERVAL) -> Seen:
    """Run the daemon on a load until every live device is understood, then watch it for a while."""
    live = len(load.addresses) if load.live is None else load.live
    began = time.monotonic()
    with daemon(place, load) as (pid, port):

        def understood() -> bool:
            time.sleep(1)
            return numbers(scrape(port))["dcim_points"] >= live * PER_DEVICE

        until(understood, "every device is understood", 900)
        ready_after = time.monotonic() - began
        with _scraped(port):
            time.sleep(warm)
            first, cpu, at = numbers(scrape(port)), cpu_of(pid), time.monotonic()
            time.sleep(seconds)
            used, lasted, memory = cpu_of(pid) - cpu, time.monotonic() - at, memory_of(pid)
            last = numbers(scrape(port))
    polls = last["dcim_polls_total"] - first["dcim_polls_total"]
    failed = failures(last) - failures(first)
    return Seen(
        devices=len(load.addresses),
        seconds=lasted,
        cpu=used,
        memory=memory,
        polls=polls,
        readings=(polls - failed) * PER_DEVICE,
        late=late(first, last),
        overruns=last["dcim_poll_overruns_total"] - first["dcim_poll_overruns_total"],
        failures=failed,
        ready_after=ready_after,
    )
