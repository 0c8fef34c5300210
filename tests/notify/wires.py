"""Receivers of syslog, SNMP notifications and mail, as stand-ins; and the service that Apprise posts to."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from types import SimpleNamespace
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.rfc3413 import ntfrcv

from dcim.notify import Channel, Context
from dcim.notify.channels import smtp, syslog, trap
from dcim.transport_mibs import snmp_engine

from .rigs import CALM, Mood, free_port

_RFC5424 = re.compile(
    rb"<(\d{1,3})>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S{1,255} dcim - [a-z]+ "
    rb'\[dcim@\d+(?: [a-z]+="(?:[^"\\\]]|\\["\\\]])*")+\] \xef\xbb\xbf(.*)',
    re.DOTALL,
)


@dataclass
class SyslogRig:
    """Takes what is RFC 5424 and nothing else. There is no refusal and no haste in syslog."""

    transport: str
    tls: SimpleNamespace
    secrets: tuple[str, ...] = ()
    can: frozenset[str] = frozenset({Mood.TAKE})
    asks_for: float | None = None
    for_machines: bool = False
    port: int = field(default_factory=free_port)
    messages: list[bytes] = field(default_factory=list)
    _server: Any = None

    async def up(self) -> None:
        loop = asyncio.get_running_loop()
        if self.transport == "udp":
            self._server, _ = await loop.create_datagram_endpoint(
                lambda: _Datagrams(self.messages), local_addr=("127.0.0.1", self.port)
            )
            return
        trust = self.tls.server if self.transport == "tls" else None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=trust)

    async def down(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = None
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while length := (await reader.readuntil(b" ")).strip():
                self.messages.append(await reader.readexactly(int(length)))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def open(self, context: Context, **more: Any) -> Channel:
        told = {"host": "localhost", "port": self.port, "transport": self.transport, "timeout": CALM}
        if self.transport == "udp":
            told["host"] = "127.0.0.1"
        if self.transport == "tls":
            told["ca_file"] = self.tls.ca_file
        return syslog.plugin.open(syslog.SyslogSettings(**{**told, **more}), context)

    def moods(self, *moods: str) -> None:
        assert set(moods) <= {Mood.TAKE}

    def taken(self) -> list[str]:
        assert all(_RFC5424.fullmatch(one) for one in self.messages), self.messages
        return [one.decode() for one in self.messages]


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, messages: list[bytes]) -> None:
        self._messages = messages

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._messages.append(data)


AUTH_KEY, PRIV_KEY = "authentication pass", "privacy pass phrase"


@dataclass
class TrapRig:
    """A receiver of informs with one community and one v3 user; of others it says nothing."""

    version: str
    secrets: tuple[str, ...]
    can: frozenset[str] = frozenset({Mood.TAKE})
    asks_for: float | None = None
    for_machines: bool = False
    port: int = field(default_factory=free_port)
    notifications: list[dict[str, str]] = field(default_factory=list)
    _engine: Any = None

    async def up(self) -> None:
        engine = self._engine = snmp_engine()
        transport = udp.UdpTransport().open_server_mode(("127.0.0.1", self.port))
        config.add_transport(engine, udp.DOMAIN_NAME, transport)
        config.add_v1_system(engine, "area", self.secrets[0])
        config.add_v3_user(
            engine, "dcim", config.USM_AUTH_HMAC192_SHA256, AUTH_KEY, config.USM_PRIV_CFB128_AES, PRIV_KEY
        )
        ntfrcv.NotificationReceiver(engine, self._take)
        for _ in range(200):
            if getattr(transport, "transport", None) is not None:
                return
            await asyncio.sleep(0.005)

    async def down(self) -> None:
        if self._engine is not None:
            self._engine.close_dispatcher()
        self._engine = None
        await asyncio.sleep(0)

    def _take(self, _engine: Any, _ref: Any, _id: Any, _name: Any, objects: Any, _context: Any) -> None:
        said = {
            str(oid): bytes(value).decode() if hasattr(value, "asOctets") else str(value)
            for oid, value in objects
        }
        self.notifications.append(said)

    def open(self, context: Context, **more: Any) -> Channel:
        told: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "timeout": 2.5,
            "version": self.version,
        }
        if self.version == "2c":
            told["community"] = "env:COMMUNITY"
        else:
            told |= {"user": "dcim", "auth": "sha256", "auth_key": "env:AUTH"}
            told |= {"priv": "aes128", "priv_key": "env:PRIV"}
        return trap.plugin.open(trap.TrapSettings(**{**told, **more}), context)

    def moods(self, *moods: str) -> None:
        assert set(moods) <= {Mood.TAKE}

    def taken(self) -> list[str]:
        return [" | ".join(one.values()) for one in self.notifications]


@dataclass
class MailRig:
    """A mail server that wants STARTTLS and a login."""

    tls: SimpleNamespace
    secrets: tuple[str, ...]
    can: frozenset[str] = frozenset({Mood.TAKE, Mood.REFUSE, Mood.BROKEN, Mood.SILENT})
    asks_for: float | None = None
    for_machines: bool = False
    port: int = field(default_factory=free_port)
    mood: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    _server: Any = None

    async def up(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(
                self, hostname="mail.test", tls_context=self.tls.server, require_starttls=True,
                auth_required=True, authenticator=self._login,
            ),
            "127.0.0.1", self.port,
        )  # fmt: skip

    async def down(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = None

    def _login(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == self.secrets[0].encode()
        return AuthResult(success=good, handled=False)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        mood = self.mood.pop(0) if self.mood else Mood.TAKE
        if mood == Mood.SILENT:
            await asyncio.sleep(30)
        if mood == Mood.REFUSE:
            return f"554 never: {self.secrets[0]}".encode("ascii", "replace").decode()
        if mood == Mood.BROKEN:
            return "451 later"
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        return "250 taken"

    def open(self, context: Context, **more: Any) -> Channel:
        told = {
            "host": "localhost", "port": self.port, "user": "dcim", "password": "env:PASSWORD",
            "from": "dcim@example.org", "to": ("oncall@example.org",), "ca_file": self.tls.ca_file, "timeout": CALM,
        }  # fmt: skip
        return smtp.plugin.open(smtp.SmtpSettings(**{**told, **more}), context)

    def moods(self, *moods: str) -> None:
        self.mood[:] = moods

    def taken(self) -> list[str]:
        read = [message_from_bytes(mail, policy=policy.default) for mail in self.mails]
        return [
            f"{mail['Subject']} {mail['X-Dcim-Key']} {mail.get_body(('plain',)).get_content()}"
            for mail in read
        ]  # type: ignore[union-attr, attr-defined]
