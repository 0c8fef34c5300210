"""What is sent to the daemon: bounded, legible, and answered in plain words whatever it holds. Pains: J2."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
import structlog

from dcim.web.app import build
from dcim.web.entrance import guard
from dcim.web.entrance.guard import Hosts

KEY = "a" * 64
PATH = f"/api/v1/alerts/{KEY}/acknowledge"
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (rb'{"who": "\u001b[31mAmina"}', "who"),
        (rb'{"who": "Amina\u202e"}', "who"),
        (rb'{"who": "\ud800"}', "who"),
        (rb'{"who": "Amina", "note": "one\r\ntwo"}', "note"),
        (rb'{"who": "Amina", "ticket": "\u001b]0;x\u0007"}', "ticket"),
        (b'{"who": "Amina", "seconds": NaN}', "seconds"),
        (b'{"who": "Amina", "seconds": 1e400}', "seconds"),
        (b'{"who": "Amina", "seconds": true}', "seconds"),
        (b'{"who": "Amina", "seconds": "60"}', "seconds"),
        (b"[", ""),
        (b"\xff\xfe", ""),
    ],
)
async def test_what_no_line_of_text_is_nor_a_number_is_refused_and_says_where(
    client: httpx.AsyncClient, view: Any, body: bytes, where: str
) -> None:
    said = await client.post(PATH, content=body, headers=JSON)
    assert said.status_code in (400, 422)
    if where:
        assert [one["loc"][-1] for one in said.json()["detail"]] == [where]
    assert view.deeds == []


async def test_a_body_that_is_too_long_is_read_no_further(client: httpx.AsyncClient) -> None:
    read = 0

    async def endless() -> Any:
        nonlocal read
        while True:
            read += 1
            yield b" " * 1024

    said = await client.post(PATH, content=endless(), headers=JSON)
    assert (said.status_code, read <= 66) == (413, True)


async def test_a_body_that_never_ends_is_not_waited_for(view: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_PATIENCE", 0.02)
    sent: list[Any] = []

    async def receive() -> Any:
        return await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"site"), (b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers, "query_string": b""}
    await build(view, Hosts("127.0.0.1", ("site",)))(scope, receive, send)
    assert sent[0]["status"] == 408


async def test_a_bug_is_logged_and_costs_one_request(client: httpx.AsyncClient, view: Any) -> None:
    def broken() -> Any:
        raise RuntimeError("of no use to a stranger")

    view.on_call = broken
    with structlog.testing.capture_logs() as logs:
        said = await client.get("/api/v1/oncall")
    assert said.status_code == 500
    assert "of no use" not in said.text
    assert [(one["event"], one["path"]) for one in logs] == [("a request met a bug", "/api/v1/oncall")]
    assert (await client.get("/api/v1/maintenance")).status_code == 200
