"""The other side of the wire: agents, servers and exporters on loopback, and what is missing to have them.

The load generators are C programs that stand beside the checkout (``../shared/bench``); they are compiled
into a temporary folder. A part that needs something this machine does not have says so and is skipped.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "bench"
_PATIENCE = 30.0


class Missing(Exception):
    """This part cannot be measured here; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Place:
    """A temporary folder, and the programs compiled into it."""

    folder: Path

    def built(self, name: str) -> Path:
        """Compile a load generator once. Raise Missing when it or the compiler is not there."""
        source, program = SHARED / f"{name}.c", self.folder / name
        if program.exists():
            return program
        if not source.exists():
            msg = f"{name}.c is not beside the checkout (../shared/bench)"
            raise Missing(msg)
        if shutil.which("gcc") is None:
            msg = "no C compiler (apt install gcc)"
            raise Missing(msg)
        subprocess.run(["gcc", "-O2", "-w", "-o", program, source], check=True)
        return program


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as wire:
        wire.bind(("127.0.0.1", 0))
        return int(wire.getsockname()[1])


@contextmanager
def running(
    folder: Path, *command: object, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program while the context lasts; its output goes to a file in the folder."""
    words = [str(word) for word in command]
    with (folder / f"{Path(words[0]).name}.log").open("ab") as log:
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(holds: Callable[[], object], what: str, patience: float = _PATIENCE) -> None:
    """Wait until something holds. RuntimeError when it never does."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            if holds():
                return
        except OSError:
            pass
        time.sleep(0.1)
    msg = f"after {patience:.0f} s still not: {what}"
    raise RuntimeError(msg)


@contextmanager
def agent(place: Place, delay_ms: int = 0) -> Iterator[int]:
    """Serve v1 and v2c on every address of 127.0.0.0/8; the second octet says how. Give the port."""
    port = free_port(socket.SOCK_DGRAM)
    with running(place.folder, place.built("agent"), port, "-d", delay_ms):
        time.sleep(0.2)
        yield port


def addresses(count: int, network: int = 10) -> list[str]:
    """Return loopback addresses whose second octet is ``network``."""
    return [f"127.{network}.{number // 250}.{number % 250 + 1}" for number in range(count)]


@contextmanager
def snmpd(place: Place, oids: Sequence[str]) -> Iterator[int]:
    """Run net-snmp's agent, with a v3 user and a number for each of these OIDs, on every loopback address."""
    program = shutil.which("snmpd") or shutil.which("snmpd", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        msg = "snmpd is not installed (apt install snmpd)"
        raise Missing(msg)
    folder = place.folder / "snmpd"
    folder.mkdir(exist_ok=True)
    port = free_port(socket.SOCK_DGRAM)
    lines = [
        f"agentAddress udp:0.0.0.0:{port}",
        "sysObjectID 1.3.6.1.4.1.99999.1",
        "createUser bench SHA-256 authpass123 AES privpass123",
        "rouser bench priv",
        "rocommunity public",
        *(f"override {one} uinteger {200 + turn}" for turn, one in enumerate(oids)),
    ]
    (folder / "snmpd.conf").write_text("\n".join(lines) + "\n")
    env = {"SNMP_PERSISTENT_DIR": str(folder / "state"), "MIBS": ""}
    with running(folder, program, "-f", "-Lf", "log", "-C", "-c", "snmpd.conf", "-I", "-smux", env=env):
        time.sleep(1)
        yield port


@contextmanager
def exporter(place: Place) -> Iterator[tuple[int, int]]:
    """Run prometheus-snmp-exporter on the modules beside the checkout; give its process id and its port."""
    program, modules = shutil.which("prometheus-snmp-exporter"), SHARED / "snmp.yml"
    if program is None:
        msg = "prometheus-snmp-exporter is not installed (apt install prometheus-snmp-exporter)"
        raise Missing(msg)
    if not modules.exists():
        msg = "snmp.yml is not beside the checkout (../shared/bench)"
        raise Missing(msg)
    port = free_port()
    listen = f"--web.listen-address=127.0.0.1:{port}"
    with running(place.folder, program, f"--config.file={modules}", listen) as process:

        def serves() -> bool:
            with socket.create_connection(("127.0.0.1", port), 1):
                return True

        until(serves, "the exporter listens")
        yield process.pid, port
