"""The HTTP server inside the daemon's own loop; its port is taken before anything else starts."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from dcim.model import Address, DcimError

_BACKLOG: Final = 256
_GRACE: Final = 2.0
_MOST_READERS: Final = 200
"""Connections served at once; more are answered 503, so that readers cannot starve the polls of files."""


class PortTaken(DcimError):
    """The address to listen on cannot be had."""


def listen(address: Address) -> socket.socket:
    """Take the address. Raise ``PortTaken`` with what to do about it."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    wire = socket.socket(family, socket.SOCK_STREAM)
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        wire.bind((address.host, address.port))
        wire.listen(_BACKLOG)
    except OSError as why:
        wire.close()
        msg = (
            f"cannot listen on {address}: {why.strerror or why}. Another program may have it: "
            "give another address with --listen or web.listen in the configuration"
        )
        raise PortTaken(msg) from why
    wire.setblocking(False)
    return wire


class _Embedded(uvicorn.Server):
    """A server that leaves signals to the daemon, and turns once a second instead of ten times."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ending = asyncio.Event()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # at 0 it also renews the date in its headers
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ending.wait(), 1.0)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves an application on a socket that is already listening, as a task of the running loop."""

    def __init__(self, app: ASGIApp, wire: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=int(_GRACE),
            limit_concurrency=_MOST_READERS,
        )
        self._server = _Embedded(config)
        self._wire = wire
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to serve; returns once requests are answered."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._wire]), name="web")
        while not self._server.started and not self._task.done():  # noqa: ASYNC110  uvicorn has no event
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Stop taking requests; open event streams are ended after a moment."""
        self._server.should_exit = True
        self._server.ending.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        self._wire.close()
