"""How long a start takes: from the process to the first question that may be sent, and to the first page.

The daemon says READY to its service manager (sd_notify) right after the polls were begun; here we are that
manager. Bytecode is there, as after an installation: a start that nobody counts goes before.
"""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.load import Place, free_port
from bench.measure import Spread, cpu_of
from bench.report import Size, Table

_PATIENCE = 60.0
_ASKED = "127.29.{}.{}:{}"
"""Addresses at which nobody answers: a start waits for no answer."""
_DEVICE = (
    "  - {{ id: {kind}-{number}, kind: {kind}, collector: {collector}, address: {address}, "
    "{options} interval: 10s }}\n"
)
_FIRST = "first start"


@dataclass(frozen=True, slots=True)
class Start:
    """Processor seconds and seconds until READY, and until a page was answered."""

    cpu: float
    wall: float
    page_cpu: float
    page_wall: float


def measure(place: Place, size: Size) -> Iterator[Table]:
    """Yield the table of starts, with and without devices, on an empty and on a used state directory."""
    folder = place.folder / "start"
    folder.mkdir()
    cases = [
        (f"{count} devices, {state}", _config(folder, count), state)
        for count in size.start_sites
        for state in size.start_states
    ]
    found: dict[str, list[Start]] = {what: [] for what, _, _ in cases}
    for _, site, state in cases:  # so that all has been compiled, and every state directory was used
        _start(folder, site, _directory(site, state))
    for _ in range(size.starts):
        for what, site, state in cases:
            directory = _directory(site, state)
            if state == _FIRST:
                shutil.rmtree(folder / directory)
            found[what].append(_start(folder, site, directory))
    rows = tuple(
        (
            what,
            *(
                str(Spread(tuple(getattr(one, name) for one in starts)))
                for name in ("cpu", "wall", "page_cpu", "page_wall")
            ),
        )
        for what, starts in found.items()
    )
    columns = ("site", "first question: CPU, s", "wall, s", "first page: CPU, s", "wall, s")
    notes = (
        "From the start of the process, with the whole shipped library. The port is open before the first "
        "question; who asks for a page before it can be made waits.",
        "A device whose family is not named is recognised after its first answer: the library is "
        "read for it then, in a thread (ADR 0005).",
    )
    yield Table("Start", columns, rows, notes)


def _directory(site: Path, state: str) -> str:
    return f"{site.stem}-{state}".replace(" ", "-")


def _config(folder: Path, devices: int) -> Path:
    """Write a configuration of so many devices, two thirds over SNMP, one third over Modbus."""
    text = "format: 1\nsite: { id: start, name: Start, time_zone: UTC, language: en }\n"
    if devices:
        text += (
            "credentials:\n  public: { protocol: snmp, version: 2c, community: env:COMMUNITY }\ndevices:\n"
        )
    else:
        text += "devices: []\n"
    for number in range(devices):
        snmp = number % 3 != 0
        address = _ASKED.format(number // 250, number % 250 + 1, 161 if snmp else 502)
        text += _DEVICE.format(
            number=number,
            kind="ups" if snmp else "meter",
            collector="snmp" if snmp else "modbus",
            address=address,
            options="credential: public," if snmp else "",
        )
    file = folder / f"site-{devices}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def _start(folder: Path, site: Path, state: str) -> Start:
    """Start the daemon, wait for READY and for a page, and stop it."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    notify = folder / "notify"
    notify.unlink(missing_ok=True)
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "dcim.cli",
        "run",
        "-c",
        site,
        "--state",
        folder / state,
    ]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(notify))
        manager.settimeout(_PATIENCE)
        begin = time.monotonic()
        process = subprocess.Popen(
            [*command, "--listen", f"127.0.0.1:{port}"],
            env={**env, "NOTIFY_SOCKET": str(notify), "COMMUNITY": "public"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            while b"READY=1" not in manager.recv(4096):
                pass
            cpu, wall = cpu_of(process.pid), time.monotonic() - begin
            _page(port)
            return Start(cpu, wall, cpu_of(process.pid), time.monotonic() - begin)
        except TimeoutError:
            msg = f"the daemon did not start; see what this says: {' '.join(map(str, command))}"
            raise RuntimeError(msg) from None
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def _page(port: int) -> None:
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    web.request("GET", "/")
    answer = web.getresponse()
    answer.read()
    web.close()
    if answer.status != http.client.OK:
        msg = f"the page was answered {answer.status}"
        raise RuntimeError(msg)
