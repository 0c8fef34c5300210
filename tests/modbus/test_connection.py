"""Connections that die while they are made, or when nobody expects it: the next dial always starts anew."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from collectors.modbus.asking.bus import Bus, Manner, Tally
from collectors.modbus.transport.connection import Connection
from collectors.modbus.transport.contract import Framing, Link, Lost, Read, Space
from collectors.modbus.transport.framers import Waiting
from collectors.modbus.transport.pymodbus import PymodbusTransport
from dcim.model import NoAnswer, PollError
from tests.waiting import PATIENCE

ONE = Read(Space.HOLDING, 10)
VALUE = b"\0\x0a"


def soon(seconds: float = 30.0) -> float:
    return asyncio.get_running_loop().time() + seconds


class Peer:
    """A server of its own thread, as a device is: it acts while our loop is busy. Honest when not ``bad``."""

    def __init__(self, kit) -> None:
        self.bad: Callable[[socket.socket], None] | None = None
        self.accepted = 0
        self._kit = kit
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.link = Link("127.0.0.1", self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        with self._listener:
            while True:
                try:
                    connection, _ = self._listener.accept()
                except OSError:
                    return
                self.accepted += 1
                with connection, contextlib.suppress(OSError):
                    connection.settimeout(5)
                    self._behave(connection)

    def _behave(self, connection: socket.socket) -> None:
        if self.bad is not None:
            self.bad(connection)
            return
        while request := connection.recv(4096):
            if self.bad is not None:
                return
            connection.sendall(self._kit.tcp_frame(request, self._kit.words(10)))

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()


@pytest.fixture
def peer(kit) -> Iterator[Peer]:
    started = Peer(kit)
    yield started
    started.stop()


def close_at_once(connection: socket.socket) -> None:
    return


def reset_at_once(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def close_when_asked(connection: socket.socket) -> None:
    connection.recv(4096)


def half_a_frame(connection: socket.socket) -> None:
    connection.sendall(connection.recv(4096)[:2] + b"\0\0\0\x05\1")


def no_length(connection: socket.socket) -> None:
    connection.sendall(connection.recv(4096)[:2] + b"\0\0\0\0")


def flood(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"\xff" * 50_000)


BAD = [close_at_once, reset_at_once, close_when_asked, half_a_frame, no_length, flood]


async def busy() -> None:
    """Hold the loop again and again, so that what a peer does comes in one heap."""
    while True:
        time.sleep(0.02)
        await asyncio.sleep(0)


@pytest.fixture
async def busy_loop():
    task = asyncio.create_task(busy())
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def ask(bus: Bus, each: float = 0.2) -> bytes | PollError:
    try:
        return await bus.read(1, ONE, Manner(each), soon(), Tally())
    except PollError as exc:
        return exc


async def until_it_reads(bus: Bus, peer: Peer) -> None:
    """Ask until there is an answer."""
    end = soon(PATIENCE)
    while not isinstance(heard := await ask(bus, 1.0), bytes):
        assert soon(0) < end, f"still {heard!r} after {peer.accepted} connections"
        await asyncio.sleep(0.02)
    assert heard == VALUE


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.__name__)
async def test_a_peer_that_misbehaves_for_a_while_is_read_again_as_soon_as_it_is_honest(peer, bad):
    """Only answers and the errors of a poll come out, before and after. Pains: C8, C9, C10."""
    bus = Bus(peer.link, PymodbusTransport(peer.link))
    peer.bad = bad
    for _ in range(4):
        assert isinstance(await ask(bus), PollError)
        await asyncio.sleep(0.02)
    peer.bad = None
    await until_it_reads(bus, peer)
    assert await ask(bus, 20.0) == VALUE
    bus.close()


@pytest.mark.long
@pytest.mark.parametrize("bad", [close_at_once, reset_at_once], ids=lambda bad: bad.__name__)
async def test_a_peer_that_closes_while_the_loop_is_busy_is_dialled_again(peer, bad, busy_loop):
    """The connection is lost before whoever dialled hears that it was made. Pains: C8, C9."""
    for _ in range(3):
        bus = Bus(peer.link, PymodbusTransport(peer.link))
        peer.bad = bad
        for _ in range(2):
            assert isinstance(await ask(bus), PollError)
        peer.bad = None
        await until_it_reads(bus, peer)
        bus.close()


async def test_a_deadline_that_falls_into_the_dial_leaves_nothing_behind(servers, kit):
    """At every moment of the dial. Pains: C9."""
    connections = 0

    async def honest(request, writer):
        nonlocal connections
        connections += 1
        writer.write(kit.tcp_frame(request, kit.words(10)))

    link = await servers.raw(honest)
    for step in range(200):
        transport = PymodbusTransport(link)
        with contextlib.suppress(NoAnswer):
            await transport.connect(soon(step * 1e-5))
        if not transport.connected:
            with pytest.raises(Lost):
                await transport.read(1, ONE, soon())
            await transport.connect(soon())
        assert await transport.read(1, ONE, soon()) == VALUE
        transport.close()


async def test_a_dial_that_is_cancelled_at_any_moment_leaves_nothing_behind(kit):
    """No dead connection on our side, no forgotten one on the peer's. Pains: C8, C9."""
    standing: set[asyncio.StreamWriter] = set()
    all_gone = asyncio.Event()

    async def honest(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        standing.add(writer)
        all_gone.clear()
        with contextlib.suppress(ConnectionError):
            while request := await reader.read(4096):
                writer.write(kit.tcp_frame(request, kit.words(10)))
        writer.close()
        standing.discard(writer)
        if not standing:
            all_gone.set()

    server = await asyncio.start_server(honest, "127.0.0.1", 0)
    link = Link("127.0.0.1", server.sockets[0].getsockname()[1])
    for turns in range(60):
        transport = PymodbusTransport(link)
        dial = asyncio.create_task(transport.connect(soon()))
        for _ in range(turns % 12):
            await asyncio.sleep(0)
        dial.cancel()
        await asyncio.gather(dial, return_exceptions=True)
        if not transport.connected:
            await transport.connect(soon())
        assert await transport.read(1, ONE, soon()) == VALUE
        transport.close()
    async with asyncio.timeout(PATIENCE):
        await all_gone.wait()
    server.close()
    await server.wait_closed()


async def test_closing_during_a_dial_ends_it(servers, kit):
    async def honest(request, writer):
        writer.write(kit.tcp_frame(request, kit.words(10)))

    link = await servers.raw(honest)
    for turns in range(1, 15):
        transport = PymodbusTransport(link)
        dial = asyncio.create_task(transport.connect(soon()))
        for _ in range(turns):
            await asyncio.sleep(0)
        transport.close()
        (end,) = await asyncio.gather(dial, return_exceptions=True)
        assert end is None or isinstance(end, NoAnswer)
        assert not transport.connected


async def test_a_transport_that_is_closing_is_not_open(servers, kit):
    """uvloop raises when such a one is written to; nothing but ``Lost`` may come out."""

    async def honest(request, writer):
        writer.write(kit.tcp_frame(request, kit.words(10)))

    link = await servers.raw(honest)
    connection = Connection(link, Waiting())
    await connection.dial(soon())
    assert connection.open
    connection._wire.transport.abort()
    assert not connection.open
    connection.close()


@pytest.mark.parametrize(
    "failure",
    [
        RuntimeError("the handler is closed"),
        OSError(5, "input/output error"),
        ConnectionResetError(),
        TimeoutError(110, "timed out"),
        asyncio.InvalidStateError(),
        AttributeError("no such port any more"),
    ],
    ids=repr,
)
async def test_whatever_the_library_raises_while_it_sends_is_a_lost_connection(servers, kit, failure):
    """The next question goes over a new one. Pains: C9."""

    async def honest(request, writer):
        writer.write(kit.tcp_frame(request, kit.words(10)))

    transport = PymodbusTransport(await servers.raw(honest))
    await transport.connect(soon())

    def fail(*_: object, **__: object) -> None:
        raise failure

    first = transport._connection
    first._wire.ask = fail
    with pytest.raises(Lost):
        await transport.read(1, ONE, soon())
    assert not transport.connected
    assert first._wire.transport is None
    await transport.connect(soon())
    assert transport._connection is not first
    assert await transport.read(1, ONE, soon()) == VALUE
    transport.close()


@pytest.mark.parametrize(
    "failure", [RuntimeError("unset waiter"), ValueError("no host"), OSError()], ids=repr
)
async def test_whatever_the_library_raises_while_it_dials_is_no_answer(failure):
    connection = Connection(Link("127.0.0.1", 1), Waiting())

    async def fail() -> None:
        raise failure

    connection._wire.call_create = fail
    with pytest.raises(NoAnswer):
        await connection.dial(soon())
    assert not connection.open


async def test_a_connection_that_is_made_after_its_end_is_closed_again(servers, kit):
    async def honest(request, writer):
        writer.write(kit.tcp_frame(request, kit.words(10)))

    connection = Connection(await servers.raw(honest), Waiting())
    connection.close()
    with pytest.raises(NoAnswer, match="closed as soon as it was open"):
        await connection.dial(soon())
    assert not connection.open


async def test_a_line_whose_name_the_library_cannot_take_is_no_answer():
    transport = PymodbusTransport(Link("\0", 0, Framing.SERIAL))
    with pytest.raises(NoAnswer):
        await transport.connect(soon())
    assert not transport.connected
