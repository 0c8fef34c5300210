"""Every place taken by readers who are being answered: others are told so in words, and machines go on watching."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from starlette.types import Receive, Scope, Send

from dcim.daemon.ports.connection import Connection
from dcim.daemon.ports.server import WebServer
from tests.waiting import PATIENCE

READER, STRANGER, THIRD = "127.0.0.1", "127.0.0.2", "127.0.0.3"


class Few(Connection):
    """A server of few places."""

    MOST = 20
    MOST_OF_ONE = 15
    SPARE = 4
    HEAD = 60.0


class Crowd:
    """An application that keeps whoever asks for ``/slow``, and counts them; all else is answered at once."""

    def __init__(self) -> None:
        self.begun = 0
        self.ending = asyncio.Event()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["path"] == "/slow":
            self.begun += 1
            await self.ending.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"told"})


def _head(path: str, headers: Iterable[str] = ()) -> bytes:
    lines = "".join(f"{line}\r\n" for line in ("Host: a", "Connection: close", *headers))
    return f"GET {path} HTTP/1.1\r\n{lines}\r\n".encode()


async def _asked(port: int, path: str, source: str, *headers: str) -> str:
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        writer.write(_head(path, headers))
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer.decode()


@asynccontextmanager
async def _full(of: dict[str, int]) -> AsyncIterator[int]:
    """Give the port of a server whose places are held by these numbers of readers at these addresses."""
    wire, crowd, loop = socket.create_server(("127.0.0.1", 0)), Crowd(), asyncio.get_running_loop()
    task = asyncio.create_task(WebServer(crowd, wire, Few).serve())
    port, held = wire.getsockname()[1], []
    try:
        async with asyncio.timeout(PATIENCE):
            for source in (source for source, number in of.items() for _ in range(number)):
                held.append(reader := socket.socket())
                reader.setblocking(False)
                reader.bind((source, 0))
                await loop.sock_connect(reader, ("127.0.0.1", port))
                await loop.sock_sendall(reader, _head("/slow"))
            while crowd.begun < len(held):
                await asyncio.sleep(0.01)
            yield port
    finally:
        for reader in held:
            reader.close()
        crowd.ending.set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


FULL = pytest.mark.parametrize(
    ("of", "source"), [({STRANGER: 15, THIRD: 5}, READER), ({READER: 15}, READER)], ids=["all", "of one"]
)


@FULL
async def test_who_finds_no_place_is_told_so_in_their_language(of: dict[str, int], source: str) -> None:
    async with _full(of) as port:
        page = await _asked(port, "/", source, "Accept: text/html", "Accept-Language: fr")
        assert page.startswith("HTTP/1.1 503")
        assert "toutes les places de lecture sont prises" in page
        assert '<html lang="fr">' in page
        english = await _asked(port, "/", source, "Accept: text/html", "Accept-Language: en")
        assert "every place for readers is taken: ask again later" in english
        assert '"errorType": "unavailable"' in await _asked(port, "/api/v1/status", source)
        assert (await _asked(port, "/", source)).endswith(
            "every place for readers is taken: ask again later\n"
        )


@FULL
@pytest.mark.parametrize("path", ["/metrics", "/-/healthy", "/-/ready"])
async def test_machines_that_watch_the_daemon_are_answered_all_the_same(
    of: dict[str, int], source: str, path: str
) -> None:
    async with _full(of) as port:
        for _ in range(Few.SPARE + 2):  # one after the other: what was answered gives way
            answer = await _asked(port, path, source)
            assert answer.startswith("HTTP/1.1 200"), answer
            assert "told" in answer
