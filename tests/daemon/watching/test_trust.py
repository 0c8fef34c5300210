"""Secrets on disk and certificates of servers: trouble is told before it bites. Pains: E3, J2."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dcim.daemon.watching.trust import TURN, Seen, Server, Trust, look_at, servers
from dcim.model import Batch
from dcim.secret import SecretRef

NOW = datetime.now(UTC)


class HandClock:
    at = 1000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


def certificate(folder: Path, days: float, name: str = "127.0.0.1") -> tuple[ssl.SSLContext, str]:
    """A server's side, and the file of the authority that vouches for it: itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "dcim test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=400))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    crt, pem = folder / "ca.pem", folder / "key.pem"
    crt.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    pem.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(crt, pem)
    return context, str(crt)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[..., Any]]:
    opened: list[asyncio.Server] = []

    async def start(context: ssl.SSLContext) -> int:
        server = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0, ssl=context)
        opened.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    yield start
    for server in opened:
        server.close()


@pytest.mark.parametrize(
    ("days", "name", "known", "state"),
    [
        (30.0, "127.0.0.1", True, "trusted"),
        (-1.0, "127.0.0.1", True, "untrusted"),
        (30.0, "192.0.2.1", True, "untrusted"),
        (30.0, "127.0.0.1", False, "untrusted"),
    ],
    ids=["good", "ended", "of another name", "of nobody that we know"],
)
async def test_a_certificate_is_judged_as_a_channel_would(
    serve: Callable[..., Any], tmp_path: Path, days: float, name: str, known: bool, state: str
) -> None:
    context, ca_file = certificate(tmp_path, days, name)
    server = Server("127.0.0.1", await serve(context), ca_file=ca_file if known else "")
    seen = await asyncio.to_thread(look_at, server, NOW.timestamp())
    assert seen.state == state
    if state == "trusted":
        assert seen.left == pytest.approx(days * 86400, abs=2)
    else:
        assert seen.left == 0.0


async def test_a_server_that_does_not_answer_tells_nothing() -> None:
    seen = await asyncio.to_thread(look_at, Server("127.0.0.1", 1), 0.0)
    assert (seen.state, seen.left != seen.left) == ("unknown", True)


CHANNELS = [
    {"name": "a", "type": "smtp", "host": "mail.test", "from": "a@b.c", "to": ["a@b.c"]},
    {"name": "b", "type": "smtp", "host": "mail.test", "security": "tls", "from": "a@b.c", "to": ["a@b.c"]},
    {"name": "c", "type": "smtp", "host": "plain.test", "security": "none", "from": "a@b.c", "to": ["a@b.c"]},
    {"name": "d", "type": "webhook", "url": "https://hook.test/in"},
    {"name": "e", "type": "webhook", "url": "http://plain.test/in"},
    {"name": "f", "type": "webhook", "url": "https://far.test/in", "proxy": "http://proxy.test:3128"},
    {"name": "g", "type": "log"},
]


def test_the_servers_of_all_channels_and_of_the_page_are_looked_at(plan_of: Callable[..., Any]) -> None:
    plan = plan_of(
        "ups-a", notify={"channels": CHANNELS}, web={"listen": "127.0.0.1:0", "url": "https://noc.test/dcim"}
    )
    found = servers(plan.settings, plan.secrets.values)
    assert [(one.name, one.starttls) for one in found] == [
        ("mail.test:587", True), ("mail.test:465", False), ("hook.test:443", False), ("noc.test:443", False),
    ]  # fmt: skip


async def test_a_secret_that_changes_or_goes_away_is_said_and_never_shown(
    plan_of: Callable[..., Any], tmp_path: Path
) -> None:
    secret = tmp_path / "token"
    secret.write_text("first-secret")
    plan = plan_of("ups-a", notify={"channels": []})
    object.__setattr__(plan.secrets, "values", {SecretRef.parse(f"file:{secret}"): "first-secret"})
    said: list[Batch] = []
    trust = Trust(plan.settings, plan.secrets, HandClock(), {})
    trust.said = said.append

    async def word() -> str:
        await trust.turn()
        reading = said[-1].reading(0)
        assert dict(reading.point.labels) == {"secret": f"file:{secret}"}
        assert "secret" not in str(reading.state)
        return str(reading.state)

    assert await word() == "in_use"
    secret.write_text("second-secret")
    assert await word() == "changed"
    secret.unlink()
    assert await word() == "unreadable"
    secret.write_text("first-secret\n")
    assert await word() == "in_use"


async def test_certificates_are_looked_at_now_and_then_and_said_every_time(
    plan_of: Callable[..., Any],
) -> None:
    plan = plan_of("ups-a", notify={"channels": [CHANNELS[3]]})
    clock, looked = HandClock(), []

    def look(server: Server, now: float) -> Seen:
        looked.append(server.name)
        return Seen("trusted", 1_000_000.0)

    said: list[Batch] = []
    trust = Trust(plan.settings, plan.secrets, clock, {}, look)
    trust.said = said.append
    await trust.turn()
    clock.at += 60.0
    await trust.turn()
    assert looked == ["hook.test:443"]
    assert [batch.reading(0).value for batch in said[1::2]] == [1_000_000.0, 999_940.0]
    assert {batch.reading(0).state for batch in said[::2]} == {"trusted"}
    clock.at += TURN
    await trust.turn()
    assert len(looked) == 2
