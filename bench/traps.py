"""A flood of traps from one device, beside the polls of a thousand: what it costs, and whom it disturbs.

flood ─▶ dcim run, which asks its devices ◀─▶ agents        another device sends one trap a second
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import path
from bench.load import ROOT, Missing, Place, addresses, agent, free_port, until
from bench.measure import cpu_of, memory_of
from bench.report import Size, Table

_COLUMNS = (
    "for 10 s",
    "share of a core",
    "RSS, MB",
    "99 % of polls begin within",
    "polls",
    "failures",
    "sent by the flood",
    "of it read",
    "thrown away unread by the gate / by the kernel",
    "traps of the other device, sent / heard",
)


@dataclass(frozen=True, slots=True)
class Hearing(path.Load):
    """A load whose devices are heard as well."""

    traps: int = 0

    def config(self, state: Path, listen: int) -> dict[str, Any]:
        """Return the daemon's configuration with a port for traps."""
        said = path.Load.config(self, state, listen)
        return {**said, "traps": {"listen": f"127.0.0.1:{self.traps}"}}


@dataclass(frozen=True, slots=True)
class _Window:
    seconds: float
    cpu: float
    memory: float
    first: Mapping[str, float]
    last: Mapping[str, float]
    heard: Mapping[str, float]
    sent: int
    others: int


def measure(place: Place, size: Size) -> Iterator[Table]:
    """Yield the table: the same seconds without a flood and with one."""
    try:
        with agent(place) as port:
            yield _table(place, size, port)
    except Missing as why:
        yield Table("Traps", (), (), skipped=str(why))


def _table(place: Place, size: Size, agents: int) -> Table:
    traps = free_port(socket.SOCK_DGRAM)
    load = Hearing(addresses(size.flood_devices), agents, traps=traps)
    with path.daemon(place, load) as (pid, port):

        def understood() -> bool:
            time.sleep(1)
            return path.numbers(path.scrape(port))["dcim_points"] >= size.flood_devices * path.PER_DEVICE

        until(understood, "every device is understood", 300)
        time.sleep(size.path_warm)
        quiet = _window(pid, port, traps, load, 0.0, size.flood_seconds)
        flooded = _window(pid, port, traps, load, size.flood_rate, size.flood_seconds)
    rows = (_line("no flood", quiet), _line(f"{size.flood_rate:,.0f} traps a second", flooded))
    note = (
        f"{size.flood_devices:,} devices of {path.PER_DEVICE} points every {path.INTERVAL:.0f} s, asked over "
        "v2c. The flood is plain v2c traps from the address of one device. The kernel throws away what finds "
        "no room in the receive buffer (`net.core.rmem_max`), and tells with the next datagram."
    )
    return Table("A flood of traps from one device", _COLUMNS, rows, (note,))


def _window(pid: int, port: int, traps: int, load: Hearing, rate: float, seconds: float) -> _Window:
    """Watch the daemon for a while, with a flood and with a device that sends once a second."""
    first, before = path.numbers(path.scrape(port)), _outcomes(port)
    cpu, at = cpu_of(pid), time.monotonic()
    program = [sys.executable, "-m", "bench.flood"]
    told = [load.addresses[1], str(traps), "1", str(seconds)]
    senders = [subprocess.Popen([*program, *told], stdout=subprocess.PIPE, cwd=ROOT)]
    if rate:
        told = [load.addresses[0], str(traps), str(rate), str(seconds)]
        senders.append(subprocess.Popen([*program, *told], stdout=subprocess.PIPE, cwd=ROOT))
    numbers = [int(sender.communicate(timeout=120)[0]) for sender in senders]
    time.sleep(1.0)
    used, lasted = cpu_of(pid) - cpu, time.monotonic() - at
    heard = {name: number - before.get(name, 0.0) for name, number in _outcomes(port).items()}
    sent = numbers[1] if rate else 0
    return _Window(
        lasted, used, memory_of(pid), first, path.numbers(path.scrape(port)), heard, sent, numbers[0]
    )


def _outcomes(port: int) -> dict[str, float]:
    """Return the counts of traps by outcome, and of the two senders."""
    text = path.scrape(port)
    found = re.findall(r'^dcim_(?:device_)?traps_total\{\w+="([^"]+)"\} (\S+)$', text, re.MULTILINE)
    return {name: float(number) for name, number in found}


def _line(name: str, seen: _Window) -> tuple[str, ...]:
    late = path.late(seen.first, seen.last)
    polls = seen.last["dcim_polls_total"] - seen.first["dcim_polls_total"]
    failed = path.failures(seen.last) - path.failures(seen.first)
    gate = sum(seen.heard.get(outcome, 0.0) for outcome in ("limited", "crowded"))
    return (
        name,
        f"{seen.cpu / seen.seconds:.3f}",
        f"{seen.memory:.0f}",
        path.late_99(late),
        f"{polls:.0f}",
        f"{failed:.0f}",
        f"{seen.sent:,}",
        f"{seen.heard.get('pdu-00000', 0.0):.0f}",
        f"{gate:,.0f} / {seen.heard.get('kernel', 0.0):,.0f}",
        f"{seen.others} / {seen.heard.get('pdu-00001', 0.0):.0f}",
    )
