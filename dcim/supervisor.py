"""Tell the service manager how we are: the protocol of sd_notify(3), which is one datagram a message."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Final

_HEARD_WITHIN: Final = 2.0
"""Seconds that a beginning and an end wait for a manager whose queue is full; a sign of life never waits."""


class Supervisor:
    """Speaks to systemd when it listens (``NOTIFY_SOCKET``); says nothing otherwise."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog = _watchdog_seconds(environ)

    def ready(self, status: str) -> None:
        """Say that the daemon does its work from now on."""
        self._send(f"READY=1\nSTATUS={status}", _HEARD_WITHIN)

    def alive(self, status: str) -> None:
        """Feed the watchdog. Called from the loop that polls, so that a blocked loop is noticed.

        A manager that reads nothing for a while costs this message, and never the loop.
        """
        self._send(f"WATCHDOG=1\nSTATUS={status}", 0.0)

    def stopping(self) -> None:
        """Say that the daemon is about to end on purpose."""
        self._send("STOPPING=1", _HEARD_WITHIN)

    def _send(self, text: str, patience: float) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire:
            wire.settimeout(patience)
            try:
                wire.sendto(text.encode(), self._address)
            except OSError:  # one that went away, or reads nothing, is no reason to stop watching the site
                return


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """Return how often to feed the watchdog: half of what it allows, or None where there is none."""
    text = environ.get("WATCHDOG_USEC", "")
    if not text.isdecimal() or environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    return int(text) / 2e6
