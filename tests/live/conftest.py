"""Real servers on loopback, each in a private folder, and the daemon as a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.waiting import PATIENCE, free_port, until

__all__ = ["PATIENCE", "Processes", "Site", "free_port", "snmpsim", "until"]


@dataclass
class Processes:
    """Processes that this test started; only these are ended."""

    folder: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(
        self, name: str, *command: object, env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("ab")
        process = subprocess.Popen(
            [str(word) for word in command],
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
        log.close()
        self.started.append(process)
        return process

    def end(self, process: subprocess.Popen[bytes], how: int = signal.SIGTERM) -> int:
        process.send_signal(how)
        try:
            return process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait(PATIENCE)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    made = Processes(tmp_path)
    yield made
    for process in reversed(made.started):
        if process.poll() is None:
            made.end(process)
    for log in sorted(tmp_path.glob("*.log")):  # shown where the test failed
        print(f"--- the end of {log.name}\n{log.read_text(errors='replace')[-3000:]}")


def snmpsim(processes: Processes, images: dict[str, Path]) -> int:
    """Start snmpsim with one device for each community, told by files of answers; return its port."""
    data = processes.folder / "snmpsim"
    data.mkdir()
    for community, file in images.items():
        lines = {}
        for line in file.read_text(errors="replace").splitlines():
            oid = line.partition("|")[0]
            if oid.replace(".", "").isdigit():
                lines[tuple(map(int, oid.split(".")))] = line
        (data / f"{community}.snmprec").write_text("\n".join(lines[key] for key in sorted(lines)) + "\n")
    port = free_port(socket.SOCK_DGRAM)
    processes.start(
        "snmpsim", Path(sys.executable).with_name("snmpsim-command-responder"), f"--data-dir={data}",
        f"--cache-dir={processes.folder / 'snmpsim-cache'}", f"--agent-udpv4-endpoint=127.0.0.1:{port}",
        "--logging-method=null", *(("--process-user=root", "--process-group=root") if os.getuid() == 0 else ()),
    )  # fmt: skip
    return port


@dataclass
class Site:
    """The daemon as a process: ``dcim run`` on a configuration."""

    processes: Processes
    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def write(self, **config: Any) -> None:
        whole = {
            "format": 1,
            "site": {
                "id": "cas1",
                "name": "Casablanca 1",
                "time_zone": "Africa/Casablanca",
                "language": "en",
            },
            "state": "state",
            "web": {"listen": f"127.0.0.1:{self.port}"},
            **config,
        }
        (self.folder / "dcim.yaml").write_text(json.dumps(whole, indent=1))

    def start(self) -> None:
        self.process = self.processes.start(
            "dcim", sys.executable, "-m", "dcim.cli", "run", "-c", self.folder / "dcim.yaml"
        )
        until(self.answers, "the daemon serves")

    def answers(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            pytest.fail(
                f"the daemon ended with {self.process.returncode}:\n{self.processes.log('dcim')[-3000:]}"
            )
        return httpx.get(f"{self.url}/-/healthy", timeout=30).status_code == 200

    def get(self, path: str) -> Any:
        return httpx.get(f"{self.url}/api/v1{path}", timeout=30).json()

    def values(self, device: str) -> dict[tuple[str, str], Any]:
        """The newest values of a device: number, state or gap by metric and labels."""
        found = {}
        for value in self.get(f"/devices/{device}")["values"]:
            labels = ",".join(f"{name}={text}" for name, text in value["labels"].items())
            said = value["state"] or (value["value"] if value["gap"] is None else f"[{value['gap']}]")
            found[value["metric"], labels] = said
        return found

    def ready(self) -> bool:
        return httpx.get(f"{self.url}/-/ready", timeout=30).status_code == 200


@pytest.fixture
def site(processes: Processes, tmp_path: Path) -> Site:
    return Site(processes, tmp_path)


@pytest.fixture
def needs(live: Callable[[bool, str], None]) -> Callable[..., None]:
    """Need programs of this machine."""

    def need(*programs: str) -> None:
        for program in programs:
            live(shutil.which(program) is not None, f"{program} is not installed")

    return need


@pytest.fixture
def recordings(live: Callable[[bool, str], None]) -> Path:
    folder = Path(__file__).parents[3] / "shared" / "recordings" / "raw"
    if not folder.is_dir():
        pytest.skip("no recordings of real devices beside this checkout")
    return folder


@pytest.fixture
def port() -> Callable[[], int]:
    return free_port


@pytest.fixture
def until_it() -> Callable[[Callable[[], Any]], Any]:
    """Wait until something holds, with patience."""
    return lambda holds: until(holds, "it is so")
