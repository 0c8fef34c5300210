"""Who is answered, and with which headers. The daemon has no login: what a browser may read matters."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from dcim.web.app import build
from dcim.web.entrance.guard import Hosts


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8480", "127.0.0.1", "localhost:8480", "LOCALHOST.", "[::1]:8480", "site"]
)
async def test_this_server_is_answered_under_its_own_names(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/api/v1/status", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/devices", "/api/v1/events", "/live", "/metrics", "/-/ready", "/openapi.json"]
)
async def test_a_name_that_somebody_else_let_point_here_is_told_nothing(
    client: httpx.AsyncClient, path: str
) -> None:
    """DNS rebinding."""
    answer = await client.get(path, headers={"host": "rebound.example.com:8480"})
    assert answer.status_code == 421
    assert answer.text == (
        "this is no host of this server: 'rebound.example.com:8480'. Hosts are named in the configuration: web.hosts\n"
    )


@pytest.mark.parametrize(
    "host",
    [
        "localhost.example.com",
        "127.0.0.1.example.com",
        "site.example.com",
        "10.0.0.9",
        "[::1",
        "a b",
        "<script>",
        "user@site",
    ],
)
async def test_what_only_looks_like_one_of_its_names_is_none(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/", headers={"host": host})).status_code == 421


async def test_a_request_for_no_host_or_for_two_is_refused(view: Any) -> None:
    for hosts in ([], [(b"host", b"site"), (b"host", b"rebound.example.com")]):
        sent: list[dict[str, Any]] = []

        async def send(message: Any, sent: list[dict[str, Any]] = sent) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/", "headers": hosts}
        await build(view, Hosts("127.0.0.1", ("site",)))(scope, None, send)  # type: ignore[arg-type]
        assert sent[0]["status"] == 400


def test_a_server_on_every_address_is_answered_under_any_number_but_under_no_other_name() -> None:
    for everywhere in ("0.0.0.0", "::"):
        hosts = Hosts(everywhere)
        assert hosts.knows("10.0.0.9:8480")
        assert hosts.knows("[2001:db8::9]:8480")
        assert not hosts.knows("rebound.example.com")
    assert Hosts("2001:db8::9").knows("[2001:DB8::9]:8480")
    assert not Hosts("10.0.0.9").knows("10.0.0.10")


@pytest.mark.parametrize(
    "path", ["/", "/static/dcim.css", "/devices/none", "/api/v1/status", "/api/v1/devices/none", "/metrics"]
)
async def test_every_answer_keeps_browsers_honest(client: httpx.AsyncClient, path: str) -> None:
    for host in ("site", "rebound.example.com"):
        headers = (await client.get(path, headers={"host": host})).headers
        policy = headers["content-security-policy"]
        assert all(
            part in policy for part in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
        )
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"


async def test_an_answer_of_a_bug_has_the_headers_too(view: Any) -> None:
    def bug() -> Any:
        raise ZeroDivisionError

    view.alerts = bug
    transport = httpx.ASGITransport(app=build(view, Hosts("127.0.0.1")), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/")
    assert answer.status_code == 500
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
