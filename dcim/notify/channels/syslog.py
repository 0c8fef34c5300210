"""The channel ``syslog``: RFC 5424 over UDP (RFC 5426), TCP with octet counting (RFC 6587) or TLS (RFC 5425).

Syslog has no receipt. Over TCP we close our side and wait for the receiver to close its own: it has read all.
Over UDP, delivered means sent, and not refused by the receiver's machine within a moment.
"""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from dcim.alerts import Language, Severity
from dcim.notify.channel import (
    ChannelSettings,
    Context,
    Delivered,
    Letter,
    RetryAfter,
    Stage,
    Verdict,
)
from dcim.notify.wording import text
from dcim.settings.values.trusted import CaFile
from dcim.settings.values.written import fits

_NAMES: Final = (
    "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock "
    "local0 local1 local2 local3 local4 local5 local6 local7"
)
FACILITIES: Final = {name: number for number, name in enumerate(_NAMES.split())}
"""Facilities by name (RFC 5424, 6.2.1)."""

_LEVELS: Final = {Severity.CRITICAL: 2, Severity.MAJOR: 3, Severity.MINOR: 4, Severity.WARNING: 5}
_NOTICE, _INFORMATION = 5, 6
_BOM: Final = b"\xef\xbb\xbf"
_ENTERPRISE: Final = 32473
"""A private enterprise number for examples (RFC 5612): whoever has one of their own says so."""

_MOST_UDP: Final = 2048
_MOST: Final = 8192
"""Octets that every receiver should take (RFC 5426, 3.2), and that TCP's take."""

_MOMENT: Final = 0.1
_LAST_WORD: Final = 2.0
_VALUE: Final = 500
_NOT_PRINTED: Final = re.compile(r"[^\x21-\x7e]+")


class Transport(StrEnum):
    """How a message travels."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


_PORTS: Final = {Transport.UDP: 514, Transport.TCP: 601, Transport.TLS: 6514}


def _facility(name: str) -> str:
    if name not in FACILITIES:
        msg = f"expected one of {', '.join(FACILITIES)}"
        raise ValueError(msg)
    return name


class SyslogSettings(ChannelSettings):
    """Keys of a ``syslog`` channel. ``hostname``: the name in the messages, this machine's by default."""

    host: str = Field(min_length=1)
    port: int | None = Field(default=None, ge=1, le=65535)
    transport: Transport = Transport.UDP
    facility: Annotated[str, AfterValidator(_facility)] = "local0"
    hostname: Annotated[
        str,
        Field(max_length=255),
        fits(r"[\x21-\x7e]*", "letters, digits and signs of ASCII without a space"),
    ] = ""
    enterprise: int = Field(default=_ENTERPRISE, ge=1, le=2**32 - 1)
    ca_file: CaFile | None = None
    timeout: float = Field(default=10.0, gt=0, le=60)


class SyslogChannel:
    """Sends each message on its own: a connection that broke unseen swallows none."""

    def __init__(self, settings: SyslogSettings, context: Context) -> None:
        self._settings = settings
        self._port = settings.port or _PORTS[settings.transport]
        self._language = context.language(settings)
        self._trust = None
        if settings.transport is Transport.TLS:
            ca_file = str(settings.ca_file) if settings.ca_file else None
            self._trust = ssl.create_default_context(cafile=ca_file)

    async def send(self, letter: Letter) -> Verdict:
        """Send one message; whatever keeps it from going is tried again."""
        udp = self._settings.transport is Transport.UDP
        said = message_of(letter, self._language, self._settings, _MOST_UDP if udp else _MOST)
        try:
            async with asyncio.timeout(self._settings.timeout):
                return await (self._datagram(said) if udp else self._stream(said))
        except TimeoutError:
            return RetryAfter("no connection in time")
        except OSError as wrong:
            return RetryAfter(f"{type(wrong).__name__}: {wrong.strerror or wrong}")

    async def aclose(self) -> None:
        """Nothing is held open."""

    async def _datagram(self, said: bytes) -> Verdict:
        refusal = _Refusal()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: refusal, remote_addr=(self._settings.host, self._port)
        )
        try:
            transport.sendto(said)
            with suppress(TimeoutError):
                async with asyncio.timeout(_MOMENT):
                    await refusal.came.wait()
        finally:
            transport.close()
        return RetryAfter(refusal.why) if refusal.why else Delivered()

    async def _stream(self, said: bytes) -> Verdict:
        reader, writer = await asyncio.open_connection(self._settings.host, self._port, ssl=self._trust)
        try:
            writer.write(b"%d %b" % (len(said), said))
            await writer.drain()
            if self._trust is None:
                writer.write_eof()
                return await _until_closed(reader)
        finally:
            writer.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORD):
                await writer.wait_closed()
        return Delivered()


class _Refusal(asyncio.DatagramProtocol):
    """Waits for the receiver's machine to say that nobody listens."""

    def __init__(self) -> None:
        self.why = ""
        self.came = asyncio.Event()

    def error_received(self, exc: Exception) -> None:
        self.why = f"{type(exc).__name__}: {getattr(exc, 'strerror', '') or exc}"
        self.came.set()


async def _until_closed(reader: asyncio.StreamReader) -> Verdict:
    """Wait for the receiver to close: then it has read everything. Raise OSError when it broke off."""
    try:
        async with asyncio.timeout(_LAST_WORD):
            while await reader.read(4096):
                continue
    except TimeoutError:
        return Delivered("sent; the receiver did not close, so nothing says that it was read")
    return Delivered()


def message_of(letter: Letter, language: Language, settings: SyslogSettings, most: int) -> bytes:
    """Return the message in at most ``most`` octets. Pure but for this machine's name."""
    notice = letter.notice
    at = datetime.fromtimestamp(notice.at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    host = settings.hostname or _NOT_PRINTED.sub("-", socket.gethostname()) or "-"
    priority = FACILITIES[settings.facility] * 8 + _level(letter)
    head = f"<{priority}>1 {at} {host[:255]} dcim - {letter.stage} {_data(letter, settings.enterprise)} "
    said = text.subject(letter, language, _MOST).encode() + b"".join(
        f"; {one}".encode() for one in text.sentences(letter, language)
    )
    room = max(0, most - len(head.encode()) - len(_BOM))
    return head.encode() + _BOM + said[:room].decode("utf-8", "ignore").encode()


def _level(letter: Letter) -> int:
    if letter.is_test or letter.stage is Stage.INFORM:
        return _INFORMATION
    return _NOTICE if letter.stage is Stage.RESOLVE else _LEVELS[letter.notice.severity]


def _data(letter: Letter, enterprise: int) -> str:
    """Return the structured data: what machines sort by."""
    notice = letter.notice
    values = {
        "key": letter.dedup_key,
        "id": letter.id,
        "rule": notice.rule,
        "severity": str(notice.severity),
        "site": notice.site.id,
        "device": notice.asset,
        "metric": notice.metric,
        "room": notice.room,
        "rack": notice.rack,
        "feed": notice.feed,
    }
    said = (f'{name}="{_escaped(value)}"' for name, value in values.items() if value)
    return f"[dcim@{enterprise} {' '.join(said)}]"


def _escaped(value: str) -> str:
    """Return a value in which nothing ends it (RFC 5424, 6.3.3)."""
    return re.sub(r'(["\\\]])', r"\\\1", text.clipped(text.line(value), _VALUE))


class SyslogPlugin:
    """What the entry point ``dcim.channels: syslog`` names."""

    name = "syslog"
    settings_type = SyslogSettings

    def open(self, settings: SyslogSettings, context: Context) -> SyslogChannel:
        """Return the channel; raise OSError for an unreadable CA file."""
        return SyslogChannel(settings, context)


plugin = SyslogPlugin()
