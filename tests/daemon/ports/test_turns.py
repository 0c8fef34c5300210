"""Who asks for thousands of pages waits for themselves: polls go on between two of them."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from dcim.daemon.ports.connection import Connection
from dcim.daemon.ports.server import WebServer
from dcim.daemon.ports.turns import STREAMS, Limits, Turns
from tests.waiting import PATIENCE

FLOOD, READER = "127.0.0.2", "127.0.0.1"
COSTS = 0.01
HALF = Limits(share=0.5, burst=0.005, waiting=20, waiting_of_one=5)
FEW = Limits(share=0.1, burst=0.005, waiting=20, waiting_of_one=10, streams=5, streams_of_one=3)


class Pages:
    """An application whose pages keep the loop, beside a poll that wants every turn of it."""

    def __init__(self) -> None:
        self.polls = 0
        self.made: list[tuple[str, int]] = []
        self.made_before_poll: Counter[int] = Counter()
        self.leave = asyncio.Event()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        self.made.append(scope["client"])
        self.made_before_poll[self.polls] += 1
        if scope["path"] in STREAMS:
            await self.leave.wait()
        else:
            _keep_the_loop()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def poll(self) -> None:
        while True:
            await asyncio.sleep(0)
            self.polls += 1


def _keep_the_loop() -> None:
    begun = time.monotonic()
    while time.monotonic() - begun < COSTS:
        pass


@asynccontextmanager
async def polled(pages: Pages, limits: Limits = FEW) -> AsyncIterator[Turns]:
    poll = asyncio.create_task(pages.poll())
    try:
        async with asyncio.timeout(PATIENCE):
            yield Turns(pages, limits)
    finally:
        poll.cancel()
        await asyncio.gather(poll, return_exceptions=True)


async def asked(turns: Turns, address: str, port: int, path: str = "/") -> int:
    """Return the status of the answer; what refuses says when to ask again, and ends the connection.

    Of the API it is JSON as Prometheus has it, which Grafana reads; elsewhere a line of text.
    """
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    await turns({"type": "http", "path": path, "client": (address, port), "headers": []}, receive, send)
    if said[0]["status"] == 503:
        headers = dict(said[0]["headers"])
        assert (headers[b"retry-after"], headers[b"connection"]) == (b"2", b"close")
        why = said[1]["body"]
        if path.startswith("/api/"):
            told = json.loads(why)
            assert (told["status"], told["errorType"], headers[b"content-type"]) == (
                "error", "unavailable", b"application/json",
            )  # fmt: skip
            why = told["error"].encode()
        assert why.strip().endswith(b": ask again later")
    return int(said[0]["status"])


async def test_a_flood_of_pages_is_made_one_at_a_time_between_polls_and_most_of_it_is_refused() -> None:
    pages = Pages()
    async with polled(pages) as turns:
        answers = Counter(await asyncio.gather(*(asked(turns, FLOOD, port) for port in range(100))))
    assert answers.total() == 100
    assert answers[200] == len(pages.made) <= 12
    assert max(pages.made_before_poll.values()) <= 2


async def test_who_asks_for_the_first_time_goes_before_who_had_much_even_where_all_places_are_taken() -> None:
    pages = Pages()

    async def without_end(turns: Turns, port: int) -> None:
        while await asked(turns, READER, port) == 200:
            await asyncio.sleep(0)

    async with polled(pages, HALF) as turns:
        flood = [asyncio.create_task(without_end(turns, port)) for port in range(HALF.waiting_of_one)]
        while min((had := Counter(pages.made)).values(), default=0) < 6 or len(had) < len(flood):
            await asyncio.sleep(0)
        before = len(pages.made)
        assert await asked(turns, READER, 999) == 200
        assert (READER, 999) in pages.made[before : before + 2]
        for task in flood:
            task.cancel()
        await asyncio.gather(*flood, return_exceptions=True)


@pytest.mark.parametrize("flood", [FLOOD, READER])
async def test_who_keeps_a_connection_is_kept_out_by_nobody_who_opens_one_for_each_request(
    flood: str,
) -> None:
    """It had something in quiet hours and has more now, and each new connection had nothing yet."""
    pages, ports = Pages(), itertools.count(1000)

    async def anew(turns: Turns) -> None:
        while True:
            await asked(turns, flood, next(ports))
            await asyncio.sleep(0.001)

    async with polled(pages, HALF) as turns:
        for _ in range(3):
            assert await asked(turns, READER, 1) == 200
        crowd = [asyncio.create_task(anew(turns)) for _ in range(2 * HALF.waiting_of_one)]
        for _ in range(4):
            before = len(pages.made)
            while len(pages.made) < before + 2:
                await asyncio.sleep(0)
            before = len(pages.made)
            assert await asked(turns, READER, 1) == 200
            assert (READER, 1) in pages.made[
                before : before + 6
            ]  # one may have taken much longer than others
        for task in crowd:
            task.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)


async def test_who_asks_always_has_its_share_beside_all_that_ask_for_the_first_time() -> None:
    """Also without a pause between two requests."""
    pages, ports = Pages(), itertools.count(1000)

    async def without_end(turns: Turns, ports: Iterator[int]) -> None:
        for port in ports:
            await asked(turns, READER, port)
            await asyncio.sleep(0)

    async with polled(pages, HALF) as turns:
        assert await asked(turns, READER, 1) == 200
        asking = [asyncio.create_task(without_end(turns, itertools.repeat(1)))]
        asking += [asyncio.create_task(without_end(turns, ports)) for _ in range(2 * HALF.waiting_of_one)]
        while len(pages.made) < 25:
            await asyncio.sleep(0.001)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    assert 5 <= Counter(pages.made)[READER, 1] <= 20


async def test_how_the_daemon_is_goes_first_even_in_the_moment_in_which_a_flood_begins() -> None:
    pages = Pages()
    async with polled(pages) as turns:
        flood = [asyncio.create_task(asked(turns, READER, port)) for port in range(100)]
        asking = asyncio.create_task(asked(turns, READER, 999, "/api/v1/status"))
        assert await asking == 200
        assert (READER, 999) in pages.made[:3]
        await asyncio.gather(*flood)


async def test_a_query_that_is_refused_is_told_so_in_prometheus_shape() -> None:
    pages = Pages()
    async with polled(pages) as turns:
        flood = [asked(turns, READER, port, "/api/v1/query_range") for port in range(60)]
        assert Counter(await asyncio.gather(*flood)).keys() == {200, 503}


async def test_streams_of_events_are_so_many_of_one_address_and_in_all_and_a_place_comes_back() -> None:
    pages = Pages()
    async with polled(pages) as turns:
        kept = [asyncio.create_task(asked(turns, FLOOD, port, "/live")) for port in range(3)]
        kept += [asyncio.create_task(asked(turns, READER, port, "/live")) for port in range(2)]
        while len(pages.made) < 5:
            await asyncio.sleep(0)
        assert await asked(turns, FLOOD, 9, "/api/v1/events") == 503
        assert await asked(turns, READER, 9, "/live") == 503
        assert await asked(turns, FLOOD, 9) == 200
        pages.leave.set()
        assert await asyncio.gather(*kept) == [200] * 5
        assert await asked(turns, FLOOD, 9, "/live") == 200


async def test_a_reader_that_leaves_while_it_waits_keeps_no_place() -> None:
    pages = Pages()
    async with polled(pages) as turns:
        waiting = [asyncio.create_task(asked(turns, FLOOD, port)) for port in range(8)]
        while not pages.made:
            await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert await asked(turns, READER, 1) == 200
    assert len(pages.made) <= 3


async def test_the_next_request_of_a_connection_begins_once_the_answer_before_is_read() -> None:
    begun, body = [], b"x" * 20_000_000

    async def large(_scope: Scope, _receive: Receive, send: Send) -> None:
        begun.append(1)
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": body})

    wire = socket.create_server(("127.0.0.1", 0))
    task = asyncio.create_task(WebServer(large, wire, Connection).serve())
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(*wire.getsockname())
            writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
            for answers in (1, 2):
                await reader.readuntil(b"\r\n\r\n")
                for _ in range(20):
                    await asyncio.sleep(0.005)
                assert len(begun) == answers
                await reader.readexactly(len(body))
            writer.close()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
