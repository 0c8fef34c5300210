"""Readers that say half a request keep out nobody, on real sockets of loopback."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from dcim.daemon.ports.connection import Connection
from dcim.daemon.ports.server import WebServer
from tests.waiting import PATIENCE, until_it

HALF = b"GET / HTTP/1.1\r\nHost: "
WHOLE = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
AGAIN = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LARGE = 8_000_000  # more than the kernel keeps for both ends
CHUNK = 100_000  # of it, where it is streamed: more than is written before the far end has taken some
STRANGER, READER = "127.0.0.2", "127.0.0.1"


class Few(Connection):
    """A server of few places, with little patience."""

    MOST = 20
    MOST_OF_ONE = 15
    HEAD = 0.3


class Calm(Few):
    """The same, with patience for what a busy machine sends in pieces."""

    HEAD = 1.5


class Patient(Few):
    """The same, with more patience than the test takes."""

    HEAD = 60.0


async def hello(scope: Scope, _receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


async def large(scope: Scope, _receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    headers = [(b"content-length", str(LARGE).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": bytes(LARGE)})


async def streamed(scope: Scope, _receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for left in range(LARGE // CHUNK - 1, -1, -1):
        await send({"type": "http.response.body", "body": bytes(CHUNK), "more_body": left > 0})


@asynccontextmanager
async def served(connection: type[Connection], app: ASGIApp = hello) -> AsyncIterator[int]:
    wire = socket.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(WebServer(app, wire, connection).serve())
    yield wire.getsockname()[1]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def opened(port: int, number: int, source: str, begun: bytes) -> AsyncIterator[list[socket.socket]]:
    loop, wires = asyncio.get_running_loop(), []
    async with asyncio.timeout(PATIENCE):
        for _ in range(number):
            wire = socket.socket()
            wires.append(wire)
            wire.setblocking(False)
            wire.bind((source, 0))
            await loop.sock_connect(wire, ("127.0.0.1", port))
            await loop.sock_sendall(wire, begun)
    yield wires
    for wire in wires:
        wire.close()


async def asked(port: int, source: str = READER) -> bytes:
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))
        writer.write(WHOLE)
        answer = await reader.read()
        writer.close()
        return answer.partition(b"\r\n")[0]


async def ended(wire: socket.socket) -> bool:
    async with asyncio.timeout(PATIENCE):
        try:
            return await asyncio.get_running_loop().sock_recv(wire, 1) == b""
        except ConnectionResetError:
            return True


async def test_a_hundred_half_requests_keep_out_neither_others_nor_their_own_address() -> None:
    async with served(Patient) as port, opened(port, 70, STRANGER, HALF), opened(port, 70, STRANGER, b""):
        for source in (READER, STRANGER) * 3:
            assert await asked(port, source) == b"HTTP/1.1 200 OK"


async def test_a_request_that_does_not_come_whole_in_time_is_let_go() -> None:
    async with served(Few) as port, opened(port, 3, STRANGER, HALF) as wires:
        assert [await ended(wire) for wire in wires] == [True] * 3
        assert await asked(port) == b"HTTP/1.1 200 OK"


async def test_an_answered_reader_may_ask_again_and_half_a_second_request_is_let_go_too() -> None:
    async with served(Calm) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        async with asyncio.timeout(PATIENCE):
            for _ in range(2):
                writer.write(AGAIN)
                await reader.readuntil(b"0\r\n\r\n")
            writer.write(HALF)
            assert await reader.read() == b""
        writer.close()


@pytest.mark.long
@pytest.mark.parametrize("app", [large, streamed])
@pytest.mark.parametrize("asking", [WHOLE, AGAIN])
async def test_a_large_answer_over_a_slow_line_comes_whole_however_long_it_takes(
    asking: bytes, app: ASGIApp
) -> None:
    """It was cut by the patience for the head of the next request, wherever the reader was then."""
    loop, told = asyncio.get_running_loop(), 0
    async with served(Calm, app) as port, opened(port, 1, READER, asking) as (wire,):
        begun = loop.time()
        while told < LARGE and (part := await loop.sock_recv(wire, 400_000)):
            told += len(part)
            if loop.time() - begun < 4 * Calm.HEAD:
                await asyncio.sleep(Calm.HEAD / 4)
    assert told > LARGE  # and the head


@pytest.mark.parametrize("app", [large, streamed])
@pytest.mark.parametrize("asking", [WHOLE, AGAIN])
async def test_an_answer_of_which_nothing_is_taken_ends(asking: bytes, app: ASGIApp) -> None:
    """Also one that is streamed: what makes it waits in the middle until some of it is taken.

    Whoever reads on after that finds what was on the way already, and then no more.
    """
    gone, told = asyncio.Event(), 0

    class Noted(Few):
        def go(self) -> None:
            super().go()
            gone.set()

    async with served(Noted, app) as port, opened(port, 1, READER, asking) as (wire,):
        async with asyncio.timeout(PATIENCE):
            await gone.wait()
            with suppress(ConnectionError):
                while part := await asyncio.get_running_loop().sock_recv(wire, 400_000):
                    told += len(part)
    assert told < LARGE


async def test_one_address_holds_no_more_than_its_share_of_what_is_answered() -> None:
    begun, go_on = [], asyncio.Event()

    async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
        begun.append(1)
        await go_on.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    wire = socket.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(WebServer(slow, wire, Patient).serve())
    port = wire.getsockname()[1]
    async with opened(port, 18, STRANGER, WHOLE):
        await until_it(lambda: len(begun) >= Patient.MOST_OF_ONE, "all places of one address are taken")
        mine = asyncio.create_task(asked(port))
        await until_it(lambda: len(begun) > Patient.MOST_OF_ONE, "a reader of another address is answered")
        go_on.set()
        assert await mine == b"HTTP/1.1 200 OK"
        assert len(begun) == Patient.MOST_OF_ONE + 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
