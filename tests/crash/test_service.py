"""The daemon under a service manager: ready, alive, stopping, secrets handed over; stopped at any moment, cleanly.

Pains: G1, J2, K4.
"""

from __future__ import annotations

import json
import random
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dcim.store import reading, verify
from tests.waiting import PATIENCE

from .conftest import COMMUNITY, Receiver, Site, until

pytestmark = pytest.mark.waits


class Manager:
    """The listening side of sd_notify(3), which takes whatever comes at once, as a service manager does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.said: list[str] = []
        self._wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._wire.bind(str(path))
        self._listening = threading.Thread(target=self._listen)
        self._listening.start()

    def _listen(self) -> None:
        while text := self._wire.recv(4096).decode():
            self.said.append(text)

    def heard(self, word: str) -> int:
        """Return how often a message began with this."""
        return sum(text.startswith(word) for text in self.said)

    def close(self) -> None:
        """End with an empty message, behind all that were sent."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as end:
            end.sendto(b"", str(self.path))
        self._listening.join()
        self._wire.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    made = Manager(tmp_path / "notify")
    yield made
    made.close()


def born(site: Site, **env: str) -> Any:
    site.process = site.processes.start(
        "dcim", sys.executable, "-m", "dcim.cli", "run", "-c", site.folder / "dcim.yaml", env=env
    )
    return site.process


def newest_kind(state: Path) -> str:
    with reading(state) as books:
        fact = books.newest_fact()
    return fact.kind if fact else ""


@pytest.mark.long
def test_the_service_manager_is_told_and_its_credentials_are_used(
    site: Site, flock: Any, watched: Any, manager: Manager
) -> None:
    credentials = site.folder / "credentials"
    credentials.mkdir()
    (credentials / "snmp").write_text(f"{COMMUNITY}\n")
    watched(
        flock(1, 60.0),
        credentials={"v2": {"protocol": "snmp", "version": "2c", "community": "credential:snmp"}},
    )
    process = born(
        site, NOTIFY_SOCKET=str(manager.path), WATCHDOG_USEC="1000000", CREDENTIALS_DIRECTORY=str(credentials)
    )
    until(lambda: manager.heard("READY=1"), "the daemon says that it is ready")
    until(
        lambda: site.get("/status")["devices_by_reach"] == {"answering": 1}, "the device takes the community"
    )
    alive = manager.heard("WATCHDOG=1")
    until(lambda: manager.heard("WATCHDOG=1") >= alive + 4, "the watchdog is fed, again and again")
    assert "1 devices" in manager.said[-1]
    assert manager.heard("STOPPING=1") == 0
    assert site.processes.end(process) == 0
    until(lambda: manager.heard("STOPPING=1"), "it said that it stops")
    assert manager.heard("STOPPING=1") == 1
    assert manager.heard("READY=1") == 1
    assert newest_kind(site.folder / "state") == "daemon_stopped"
    events = [json.loads(line) for line in site.processes.log("dcim").splitlines()]  # one object a line
    assert "watching" in {event["event"] for event in events}


@pytest.fixture
def deaf() -> Iterator[Callable[[int], int]]:
    """Sockets that take everything and answer nothing; return their port."""
    wires = []

    def bind(kind: int) -> int:
        wire = socket.socket(socket.AF_INET, kind)
        wire.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            wire.listen(8)
        wires.append(wire)
        return int(wire.getsockname()[1])

    yield bind
    for wire in wires:
        wire.close()


@pytest.mark.long
def test_it_stops_cleanly_with_devices_that_hang_a_dead_webhook_and_a_reader_and_leaves_nobody_else_in(
    site: Site, flock: Any, watched: Any, deaf: Callable[[int], int]
) -> None:
    """Also: a second daemon is told of the first, and a config file that is gone is nobody's loss until the next start."""
    birds = flock(2, 1.5)
    hanging = [
        {"id": "hung-snmp", "kind": "ups", "collector": "snmp", "credential": "v2", "profile": "rfc1628_ups",
         "address": f"127.0.0.1:{deaf(socket.SOCK_DGRAM)}", "interval": "10m", "timeout": "9m"},
        {"id": "hung-modbus", "kind": "meter", "collector": "modbus", "profile": "schneider_pm5000",
         "address": f"127.0.0.1:{deaf(socket.SOCK_STREAM)}", "interval": "10m", "timeout": "9m"},
    ]  # fmt: skip
    dead = f"http://127.0.0.1:{deaf(socket.SOCK_STREAM)}/"
    watched(
        birds, Receiver(url=dead),
        notify={"channels": [{"name": "far", "type": "webhook", "url": dead, "timeout": 60}]},
        devices=[*birds.devices(), *hanging],
    )  # fmt: skip
    site.start()
    until(lambda: site.get("/status")["devices_by_reach"].get("answering") == 2, "two devices answer")
    state = site.folder / "state"

    def some_message() -> bool:
        with reading(state) as books:
            return bool(books.outbox(limit=1))

    until(some_message, "a message waits for the dead webhook")
    second = site.processes.start(
        "second", sys.executable, "-m", "dcim.cli", "run", "-c", site.folder / "dcim.yaml", "--listen", "127.0.0.1:0"
    )  # fmt: skip
    assert site.process is not None
    assert second.wait(PATIENCE) == 1
    assert (
        f"state directory {state} is in use by another dcim (pid {site.process.pid})"
        in site.processes.log("second")
    )
    (site.folder / "dcim.yaml").unlink()
    polls = site.get("/status")["polls"]
    until(lambda: site.get("/status")["polls"] > polls + 4, "polls go on without the config file")
    with socket.create_connection(("127.0.0.1", site.port)) as reader:
        reader.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert reader.recv(100).startswith(b"HTTP/1.1 200")
        began = time.monotonic()  # what is asked hangs for longer: a device 9 minutes, the webhook 60 s
        site.process.send_signal(signal.SIGTERM)
        assert site.process.wait(50) == 0, site.processes.log("dcim")[-2000:]
        print(f"stopped after {time.monotonic() - began:.2f} s")
    assert "Traceback" not in site.processes.log("dcim")
    assert newest_kind(state) == "daemon_stopped"
    assert verify(state).holds
    with reading(state) as books:
        assert books.outbox(limit=1)[0].state.value == "pending"


@pytest.mark.long
def test_a_stop_while_it_starts_is_clean_or_before_anything_was_opened(
    site: Site, flock: Any, watched: Any
) -> None:
    bird = flock(1, 60.0)
    moments: dict[str, Callable[[Path], bool]] = {
        "soon": lambda _: random.random() < 0.1,
        "store": Path.exists,
        "history": lambda state: (state / "history").exists(),
    }
    begun = 0
    for name, comes in moments.items():
        watched(bird, state=name)
        state = site.folder / name
        process = born(site)
        until(lambda comes=comes, state=state: comes(state), f"the moment {name} comes")
        time.sleep(random.uniform(0.0, 0.1))
        process.send_signal(signal.SIGTERM)
        code = process.wait(PATIENCE)
        assert "Traceback" not in site.processes.log("dcim")
        if code == 0:
            begun += 1
            assert verify(state).holds
            assert newest_kind(state) == "daemon_stopped"
        else:
            assert code == -signal.SIGTERM
            assert not state.exists()
    assert begun >= 2
