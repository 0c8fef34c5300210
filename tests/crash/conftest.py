"""The whole daemon as a process, scripted devices in another one, and a receiver of messages that has moods."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ..live.conftest import Processes, Site, free_port, processes, site, until  # noqa: TID252

__all__ = ["Flock", "Receiver", "Site", "free_port", "processes", "site", "until"]

COMMUNITY = "crash-test"
RULES = """
format: 1
rules:
  - rule: on_battery
    kinds: [ups]
    metric: ups_output_source_state
    state: battery
    severity: critical
    title: { en: On battery, fr: Sur batterie }
    consequence: { en: The load is lost when it is empty., fr: La charge est perdue une fois vide. }
    action: { en: Look for the mains., fr: Cherchez le réseau. }
"""


@dataclass
class Flock:
    """The scripted UPSs, and what they wrote down."""

    processes: Processes
    process: Any
    ports: list[int]

    def devices(self, **more: Any) -> list[dict[str, Any]]:
        return [
            {
                "id": f"ups-{number}", "kind": "ups", "collector": "snmp", "profile": "rfc1628_ups", "credential": "v2",
                "address": f"127.0.0.1:{port}", "interval": "500ms", "timeout": "400ms", **more,
            }
            for number, port in enumerate(self.ports)
        ]  # fmt: skip

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.processes.log("flock").splitlines()[1:]]


@pytest.fixture
def flock(processes: Processes) -> Callable[[int, float], Flock]:
    def start(agents: int, longest: float) -> Flock:
        script = Path(__file__).with_name("flock.py")
        process = processes.start("flock", sys.executable, script, agents, longest)
        first = until(lambda: processes.log("flock").partition("\n")[0], "the agents say their ports")
        return Flock(processes, process, json.loads(first)["ports"])

    return start


@dataclass
class Receiver:
    """A webhook's far side. In a bad mood it refuses, hangs up after taking a message, or takes its time."""

    url: str = ""
    moody: bool = True
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # what became of it, the message
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, posted: dict[str, Any]) -> str:
        mood = (
            random.choices(("taken", "refused", "lost", "slow"), (80, 8, 6, 6))[0] if self.moody else "taken"
        )
        if mood == "slow":
            time.sleep(0.5)
        with self.lock:
            self.posted.append(("taken" if mood == "slow" else mood, posted))
        return mood

    @property
    def taken(self) -> list[dict[str, Any]]:
        """What the far side has, whether or not it could say so."""
        with self.lock:
            return [message for became, message in self.posted if became != "refused"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    far = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                message = json.loads(body)
            except ValueError:
                return  # the sender was killed half way
            assert message["message_id"] == self.headers["Idempotency-Key"]
            mood = far.take(message)
            if mood == "lost":
                self.close_connection = True
                return
            self.send_response(503 if mood == "refused" else 204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return None

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                return  # the sender was killed

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    far.url = f"http://127.0.0.1:{server.server_address[1]}/alerts"
    yield far
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def watched(site: Site) -> Callable[..., None]:
    """Write a configuration for a flock: one rule of our own, a heartbeat a second."""

    def write(flock: Flock, receiver: Receiver | None = None, **more: Any) -> None:
        (site.folder / "rules.yaml").write_text(RULES)
        (site.folder / "community").write_text(COMMUNITY)
        channels = [{"name": "far", "type": "webhook", "url": receiver.url, "timeout": 5}] if receiver else []
        community = f"file:{site.folder}/community"
        site.write(**{
            "heartbeat": "1s",
            "alerts": {"default_rules": False, "rules": ["rules.yaml"]},
            "credentials": {"v2": {"protocol": "snmp", "version": "2c", "community": community}},
            "notify": {"channels": channels},
            "devices": flock.devices(),
            **more,
        })  # fmt: skip

    return write


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    place = tmp_path / "tiny"
    place.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "dcim-test", str(place)], capture_output=True, text=True
    )
    if done.returncode:
        pytest.skip(f"cannot mount a small file system here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)
