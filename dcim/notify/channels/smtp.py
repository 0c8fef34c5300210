"""The channel ``smtp``: one mail a message, in a thread of its own; a duplicate has the same Message-ID."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from enum import StrEnum
from typing import Annotated, Final, TypeAlias, cast

from pydantic import AfterValidator, Field, model_validator

from dcim.alerts import Language
from dcim.notify.channel import (
    ChannelSettings,
    Context,
    Delivered,
    Letter,
    RefusedForGood,
    RetryAfter,
    Verdict,
)
from dcim.notify.notices.notice import Notice
from dcim.notify.wording.mail import AttachedAltered, compose, is_answerable
from dcim.secret import SecretRef
from dcim.settings.values.trusted import CaFile
from dcim.settings.values.written import fits

_AUTHENTICATED: Final = 235

Mail: TypeAlias = tuple[EmailMessage, Sequence[str]]
"""A mail, and to whom it goes."""


class Security(StrEnum):
    """How the connection is protected. What is asked for is had, or nothing is sent."""

    NONE = "none"
    STARTTLS = "starttls"  # RFC 3207
    TLS = "tls"  # RFC 8314


_PORTS: Final = {Security.NONE: 25, Security.STARTTLS: 587, Security.TLS: 465}

Mailbox = Annotated[str, fits(r"[^@\s<>,;]+@[^@\s<>,;]+", "a bare mail address such as noc@example.org")]
"""A bare mail address."""


def _some(recipients: tuple[str, ...]) -> tuple[str, ...]:
    if not recipients:
        msg = "expected at least one recipient"
        raise ValueError(msg)
    return recipients


class SmtpSettings(ChannelSettings):
    """Keys of an ``smtp`` channel. ``user`` and ``password`` come together; ``timeout`` is seconds."""

    host: str = Field(min_length=1)
    port: int | None = Field(default=None, ge=1, le=65535)
    security: Security = Security.STARTTLS
    user: str | None = Field(default=None, min_length=1)
    password: SecretRef | None = None
    sender: Mailbox = Field(alias="from")
    to: Annotated[tuple[Mailbox, ...], AfterValidator(_some)]
    ca_file: CaFile | None = None
    timeout: float = Field(default=20.0, gt=0, le=120)

    @model_validator(mode="after")
    def check_login(self) -> SmtpSettings:
        """Refuse half a login, and a password that anybody on the way could read."""
        if (self.user is None) != (self.password is None):
            msg = "user and password come together"
            raise ValueError(msg)
        if self.password is not None and self.security is Security.NONE:
            msg = "a password needs security: starttls or tls"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over, and as whom. The password never prints."""

    host: str
    port: int
    security: Security
    trust: ssl.SSLContext | None
    user: str
    password: str
    timeout: float

    def __repr__(self) -> str:
        """Read as ``host:port``."""
        return f"{self.host}:{self.port}"


class SmtpChannel:
    """Sends to one server. Its threads are its own: a server that hangs holds up no other channel."""

    def __init__(
        self,
        server: Server,
        sender: str,
        to: Sequence[str],
        language: Language,
        link: Callable[[Notice, str], str] = lambda _notice, _who: "",
    ) -> None:
        self._link = link
        self._server = server
        self._sender = sender
        self._to = tuple(to)
        self._language = language
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="smtp")

    async def send(self, letter: Letter) -> Verdict:
        """Hand one mail over; 4xx and a broken connection are tried again, a 5xx to the mail is final."""
        loop = asyncio.get_running_loop()
        try:
            mails = self._mails(letter)
        except AttachedAltered as why:
            return RefusedForGood(str(why))
        return await loop.run_in_executor(self._threads, _hand_over, self._server, mails)

    def _mails(self, letter: Letter) -> list[Mail]:
        """Return what is sent: one mail to all; where it holds a link one to each, who alone reads it."""
        links = {to: self._link(letter.notice, to) for to in self._to} if is_answerable(letter) else {}
        if not any(links.values()):
            return [(compose(letter, self._sender, self._to, self._language), self._to)]
        return [
            (compose(letter, self._sender, self._to, self._language, link), (to,))
            for to, link in links.items()
        ]

    async def aclose(self) -> None:
        """Wait for no thread; one under way ends by its timeout."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _hand_over(server: Server, mails: Sequence[Mail]) -> Verdict:
    """Connect, log in, send; runs in a thread."""
    try:
        client = _connect(server)
    except smtplib.SMTPResponseException as wrong:
        return RetryAfter(f"login: {_said(wrong.smtp_code, wrong.smtp_error)}")
    except (OSError, smtplib.SMTPException) as wrong:
        return RetryAfter(f"connection: {_text(wrong)}")
    try:
        return _send(client, mails)
    except smtplib.SMTPResponseException as wrong:
        return judge(wrong.smtp_code, _said(wrong.smtp_code, wrong.smtp_error))
    except (OSError, smtplib.SMTPException) as wrong:
        return RetryAfter(_text(wrong))
    finally:
        with suppress(OSError, smtplib.SMTPException):
            client.quit()


def _send(client: smtplib.SMTP, mails: Sequence[Mail]) -> Verdict:
    """Send mails one after the other; a recipient who is refused keeps no other from theirs."""
    refused: dict[str, tuple[int, bytes]] = {}
    accepted = False
    for mail, to in mails:
        try:
            refused |= client.send_message(mail, to_addrs=to)
            accepted = True
        except smtplib.SMTPRecipientsRefused as wrong:
            refused |= wrong.recipients
    return _judge_recipients(refused, final=not accepted)


def _connect(server: Server) -> smtplib.SMTP:
    """Return a connection that is as safe as was asked for, logged in. Raise what smtplib raises."""
    if server.security is Security.TLS:
        client: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=server.timeout, context=server.trust
        )
    else:
        client = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    try:
        if server.security is Security.STARTTLS:
            client.starttls(context=server.trust)
        if server.user:
            _login(client, server.user, server.password)
    except BaseException:
        client.close()
        raise
    return client


def _login(client: smtplib.SMTP, user: str, password: str) -> None:
    """Log in by the best way the server offers; beyond ASCII, which smtplib cannot, by PLAIN (RFC 4616)."""
    if (user + password).isascii():
        client.login(user, password)
        return
    client.ehlo_or_helo_if_needed()
    proof = b64encode(f"\0{user}\0{password}".encode()).decode()
    code, said = client.docmd("AUTH", f"PLAIN {proof}")
    if code != _AUTHENTICATED:
        raise smtplib.SMTPAuthenticationError(code, said)


def judge(code: int, why: str) -> Verdict:
    """Say what an SMTP reply means for the mail: 4yz is not now, 5yz is never (RFC 5321, 4.2.1)."""
    return RefusedForGood(why) if 500 <= code < 600 else RetryAfter(why)


def _judge_recipients(refused: dict[str, tuple[int, bytes]], *, final: bool) -> Verdict:
    """Judge by the recipients that were refused; ``final``: nobody was accepted.

    If one of them may be accepted later, all are tried again: the others get the same Message-ID twice.
    """
    why = "; ".join(f"{to}: {_said(code, text)}" for to, (code, text) in sorted(refused.items()))
    if any(not 500 <= code < 600 for code, _ in refused.values()):
        return RetryAfter(why)
    return RefusedForGood(why) if final else Delivered(why)


def _said(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"SMTP {code} {said}".strip()


def _text(wrong: Exception) -> str:
    return f"{type(wrong).__name__}: {wrong}"


class SmtpPlugin:
    """What the entry point ``dcim.channels: smtp`` names."""

    name = "smtp"
    settings_type: type[ChannelSettings] = SmtpSettings

    def open(self, settings: ChannelSettings, context: Context) -> SmtpChannel:
        """Return the channel; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
        mine = cast("SmtpSettings", settings)
        trust = None
        if mine.security is not Security.NONE:
            trust = ssl.create_default_context(cafile=str(mine.ca_file) if mine.ca_file else None)
        server = Server(
            host=mine.host,
            port=mine.port or _PORTS[mine.security],
            security=mine.security,
            trust=trust,
            user=mine.user or "",
            password=context.secret(mine.password) if mine.password else "",
            timeout=mine.timeout,
        )
        return SmtpChannel(server, mine.sender, mine.to, context.language(settings), context.link)


plugin = SmtpPlugin()
