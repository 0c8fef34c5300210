"""Waiting for what is to happen, never for seconds: a slow machine makes a test slow, not red. And ports that stay free."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import random
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

PATIENCE = 180.0
"""Seconds that anything is waited for: no measure of how long it should take, but the end of a wait in vain."""

NOT_YET = (httpx.HTTPError, OSError, json.JSONDecodeError)
"""What a far side that is still starting answers with: nothing, an error, words in place of JSON."""

_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


class Wait:
    """One wait, and what it saw until then."""

    def __init__(self, what: str, patience: float) -> None:
        self._what, self._patience = what, patience
        self._end = time.monotonic() + patience
        self._looks = 0
        self._last = "nothing"

    def saw(self, found: object) -> None:
        self._looks += 1
        self._last = repr(found)

    def hold_on(self) -> None:
        """Fail when patience has run out."""
        if time.monotonic() >= self._end:
            last = self._last if len(self._last) < 3000 else f"{self._last[:3000]} ..."
            pytest.fail(
                f"after {self._patience:g} s still not: {self._what}; looked {self._looks} times, saw last: {last}"
            )


def until(holds: Callable[[], Any], what: str, patience: float = PATIENCE, every: float = 0.1) -> Any:
    """Wait until something holds and return it; else say what was seen last."""
    wait = Wait(what, patience)
    while True:
        try:
            found = holds()
        except NOT_YET as why:
            found = None
            wait.saw(why)
        else:
            if found:
                return found
            wait.saw(found)
        wait.hold_on()
        time.sleep(every)


async def until_it(
    holds: Callable[[], Any | Awaitable[Any]], what: str, patience: float = PATIENCE, every: float = 0.02
) -> Any:
    """Wait as ``until`` does while the loop goes on; what holds may be asked for with ``await``."""
    wait = Wait(what, patience)
    while True:
        try:
            found = holds()
            if inspect.isawaitable(found):
                found = await found
        except NOT_YET as why:
            found = None
            wait.saw(why)
        else:
            if found:
                return found
            wait.saw(found)
        wait.hold_on()
        await asyncio.sleep(every)


def _candidates() -> Iterator[int]:
    """Ports that no system gives away by itself, another part of them for each worker of a run."""
    first = int(_EPHEMERAL.read_text().split()[0]) if _EPHEMERAL.exists() else 32768
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    mine = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw") or 0)
    ports = [port for port in range(max(10_000, first - 16_000), first) if port % workers == mine]
    while True:
        random.SystemRandom().shuffle(ports)
        yield from ports


_PORTS = _candidates()


def free_port(kind: int = socket.SOCK_STREAM) -> int:
    """Return a port of loopback that nobody has, and that no connection gets while a program starts to listen on it.

    A port that the system had picked is one that it may pick again, for any connection of any test beside this one.
    """
    for port in _PORTS:
        with closing(socket.socket(socket.AF_INET, kind)) as wire:
            try:
                wire.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("the candidates have no end")
