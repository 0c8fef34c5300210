"""The heartbeat: what a dead daemon cannot say, and where the ledger ends."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Callable

import pytest

from dcim.notify import Context, Delivered, Letter, RetryAfter, Site
from dcim.notify.channels.heartbeat import HeartbeatChannel, HeartbeatSettings, plugin

from .rigs import HttpFarSide, Mood

HEAD = {"site": "cas1", "chain": "c0ffee", "epoch": 3, "sequence": 1234, "hash": "ab" * 32}


@pytest.fixture
async def far() -> AsyncIterator[HttpFarSide]:
    far = HttpFarSide()
    await far.up()
    yield far
    await far.down()


@pytest.fixture
async def channel(far: HttpFarSide, site: Site, clock: object) -> AsyncIterator[HeartbeatChannel]:
    url = f"http://127.0.0.1:{far.port}/ping/0123456789-secret"
    settings = HeartbeatSettings(url=url, every=30.0, hmac_key="env:KEY", timeout=30.0)
    channel = plugin.open(settings, Context(site, lambda _ref: "k3y-of-beats", clock, lambda: HEAD))  # type: ignore[arg-type]
    yield channel
    await channel.aclose()


async def test_a_beat_says_when_and_where_the_ledger_ends_and_is_signed(
    far: HttpFarSide, channel: HeartbeatChannel
) -> None:
    """Pains: H3."""
    assert (await channel.tick(())).verdict == Delivered()
    (body,), (headers,) = far.bodies, far.headers
    assert (body["site"], body["at"], body["every_seconds"]) == ("cas1", "2025-11-25T12:00:00.000Z", 30.0)
    assert body["ledger"] == HEAD
    assert headers["x-dcim-timestamp"] == "1764072000"
    assert headers["x-dcim-signature-v2"].startswith("sha256=")
    assert len(headers["x-dcim-signature-v2"]) == 7 + len(hmac.new(b"", b"", hashlib.sha256).hexdigest())


async def test_a_message_is_one_more_beat_and_a_failure_shows_no_address(
    far: HttpFarSide, channel: HeartbeatChannel, letter: Callable[..., Letter]
) -> None:
    """Pains: J2."""
    assert await channel.send(letter()) == Delivered()
    assert set(far.bodies[0]) == {"format", "site", "at", "every_seconds", "version", "ledger"}
    far.mood, far.echo = [Mood.BROKEN], "/ping/0123456789-secret k3y-of-beats"
    said = (await channel.tick(())).verdict
    assert isinstance(said, RetryAfter)
    assert "0123456789-secret" not in said.why
    assert "k3y-of-beats" not in said.why
