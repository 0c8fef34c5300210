"""The HTTP server inside the daemon's own loop."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from dcim.daemon.ports.connection import Connection
from dcim.daemon.ports.places import Places
from dcim.daemon.ports.turns import Turns

_GRACE: Final = 2.0


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
    """Serves an application on a socket that already listens, with a share of the running loop."""

    def __init__(
        self,
        app: ASGIApp,
        wire: socket.socket,
        connection: type[Connection] = Connection,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        config = uvicorn.Config(
            Places(Turns(app), connection.MOST, connection.MOST_OF_ONE),
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=int(_GRACE),
            http=connection,
        )
        config.load()
        config.ssl = tls
        self._server = _Embedded(config)
        self._wire = wire

    async def serve(self) -> None:
        """Serve until cancelled: then take no more requests, and end open event streams after a moment."""
        serving = asyncio.create_task(self._server.serve(sockets=[self._wire]), name="uvicorn")
        try:
            await asyncio.wait([serving])
        finally:
            self._server.should_exit = True
            self._server.ending.set()
            await serving
