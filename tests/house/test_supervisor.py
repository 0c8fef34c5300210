from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path

from dcim.supervisor import Supervisor
from tests.waiting import PATIENCE


def test_the_service_manager_hears_ready_alive_and_stopping(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        supervisor = Supervisor({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "30000000"})
        supervisor.ready("40 devices")
        supervisor.alive("fine")
        supervisor.stopping()
        heard = [listener.recv(4096).decode() for _ in range(3)]
    assert heard == ["READY=1\nSTATUS=40 devices", "WATCHDOG=1\nSTATUS=fine", "STOPPING=1"]
    assert supervisor.watchdog == 15.0


def test_a_manager_that_reads_nothing_holds_up_nobody_and_hears_what_comes_when_it_reads_again(
    tmp_path: Path,
) -> None:
    """Its queue takes a few messages; whoever waited for room in it would watch no site meanwhile."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(path)
        supervisor = Supervisor({"NOTIFY_SOCKET": path})
        said = threading.Event()

        def say() -> None:
            for number in range(2000):
                supervisor.alive(str(number))
            said.set()

        threading.Thread(target=say, daemon=True).start()
        assert said.wait(PATIENCE)
        listener.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                assert listener.recv(4096).startswith(b"WATCHDOG=1")
        supervisor.alive("again")
        assert listener.recv(4096) == b"WATCHDOG=1\nSTATUS=again"


def test_a_watchdog_for_another_process_is_not_ours() -> None:
    assert Supervisor({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}).watchdog is None
    mine = Supervisor({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())})
    assert mine.watchdog == 15.0


def test_without_a_manager_nothing_is_said_and_a_vanished_one_does_no_harm(tmp_path: Path) -> None:
    quiet = Supervisor({})
    quiet.ready("x")
    gone = Supervisor({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    gone.alive("x")
    assert quiet.watchdog is None
    assert not (tmp_path / "gone").exists()
