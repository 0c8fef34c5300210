"""The other side of the wire: agents, servers and exporters on loopback, and what is missing to have them.

The load generators are C programs that stand beside the checkout (``../shared/bench``), and ``agent_v3.c``
here, which puts v3 in front of one of them; they are compiled into a temporary folder. A part that needs
something this machine does not have says so and is skipped.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "bench"
_PATIENCE = 30.0
_SET_PARENT_DEATH_SIGNAL = 1  # linux/prctl.h


class Missing(Exception):
    """This part cannot be measured here; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Place:
    """A temporary folder, and the programs compiled into it."""

    folder: Path

    def built(self, name: str, source: Path | None = None, library: tuple[str, str] | None = None) -> Path:
        """Compile a load generator once. Raise Missing when it, the compiler or a library is not there.

        ``library`` is what it is linked with, and the package that has it.
        """
        source, made = source or SHARED / f"{name}.c", self.folder / name
        if made.exists():
            return made
        if not (source.exists() and SHARED.exists()):
            msg = f"{name}.c is not beside the checkout (../shared/bench)"
            raise Missing(msg)
        command = [program("gcc", "gcc"), "-O2", "-w", f"-I{SHARED}", "-o", str(made), str(source)]
        done = subprocess.run([*command, *([f"-l{library[0]}"] if library else [])], check=False)
        if done.returncode:
            msg = f"{source.name} does not compile" + (f" (apt install {library[1]})" if library else "")
            raise Missing(msg)
        return made


def program(name: str, package: str) -> str:
    """Return the path of an installed program. Raise Missing with the package that has it."""
    path = shutil.which(name)
    if path is None:
        msg = f"{name} is not installed (apt install {package})"
        raise Missing(msg)
    return path


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as wire:
        wire.bind(("127.0.0.1", 0))
        return int(wire.getsockname()[1])


def _end_with_parent() -> None:
    """Be ended when the process that started us ends, however that happens."""
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


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
            preexec_fn=_end_with_parent,  # no thread of ours holds a lock here
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
def agent_v3(place: Place) -> Iterator[int]:
    """Serve v3 authPriv on every address of 127.0.0.0/8, each an engine of its own. Give the port."""
    port = free_port(socket.SOCK_DGRAM)
    made = place.built("agent_v3", ROOT / "bench" / "agent_v3.c", ("crypto", "libssl-dev"))
    with running(place.folder, made, port):
        time.sleep(0.2)
        yield port


def _all_free(ports: range) -> bool:
    """Whether nobody listens on any of these ports."""
    try:
        for port in ports:
            with socket.socket() as wire:
                wire.bind(("127.0.0.1", port))
    except (OSError, OverflowError):  # taken, or above 65535
        return False
    return True


@contextmanager
def mbserver(place: Place) -> Iterator[int]:
    """Serve Modbus TCP on every loopback address. Give the port."""
    source = SHARED / "mbserver.c"
    if not source.exists():
        msg = "mbserver.c is not beside the checkout (../shared/bench)"
        raise Missing(msg)
    ports = 5  # it listens on as many in a row, from 1502 on
    first = next(port for port in iter(free_port, 0) if _all_free(range(port, port + ports)))
    moved = place.folder / "mbserver_here.c"
    moved.write_text(source.read_text().replace("htons(1502+i)", f"htons({first}+i)"))
    with running(place.folder, place.built("mbserver", moved)):

        def serves() -> bool:
            with socket.create_connection(("127.0.0.1", first), 1):
                return True

        until(serves, "the Modbus server listens")
        yield first


@contextmanager
def exporter(place: Place) -> Iterator[tuple[int, int]]:
    """Run prometheus-snmp-exporter on the modules beside the checkout; give its process id and its port."""
    binary, modules = program("prometheus-snmp-exporter", "prometheus-snmp-exporter"), SHARED / "snmp.yml"
    if not modules.exists():
        msg = "snmp.yml is not beside the checkout (../shared/bench)"
        raise Missing(msg)
    port = free_port()
    listen = f"--web.listen-address=127.0.0.1:{port}"
    with running(place.folder, binary, f"--config.file={modules}", listen) as process:

        def serves() -> bool:
            with socket.create_connection(("127.0.0.1", port), 1):
                return True

        until(serves, "the exporter listens")
        yield process.pid, port
