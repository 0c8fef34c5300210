"""What we are trusted with, and what we trust: secrets on disk, and the certificates of those we speak to.

    every minute    each file that a secret came from ─▶ secret_state: in_use, changed, unreadable
    every 6 hours   each TLS server of a channel or output, and the address of the page
                    ─▶ certificate_state, certificate_left_seconds

What does not answer is unknown: that it does not is told by its channel.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from array import array
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from math import nan
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from dcim.clock import Clock
from dcim.daemon.itself import OWN
from dcim.late import late
from dcim.model import Batch, Gap, GapReason, Health, Lane, Layout, Meaning, Point, state_code
from dcim.record import dataclass
from dcim.secret import SecretRef, Source, Unresolved, resolve
from dcim.settings import Secrets, Settings

if TYPE_CHECKING:
    import smtplib
else:
    smtplib = late("smtplib")

SECRET: Final = "secret_state"  # noqa: S105  the name of a metric
CERTIFICATE: Final = "certificate_state"
LEFT: Final = "certificate_left_seconds"

MINUTE: Final = 60.0
TURN: Final = 6 * 3600.0
"""Seconds between two looks at the certificates: they change by the month."""

_PATIENCE: Final = 10.0
_PORTS: Final = {"tls": 465, "starttls": 587}
_SECRETS: Final = {"in_use": Health.OK, "changed": Health.WARNING, "unreadable": Health.WARNING}
_TRUSTED: Final = {"trusted": Health.OK, "untrusted": Health.CRITICAL, "unknown": Health.UNKNOWN}
_ALL: Final = {**_SECRETS, **_TRUSTED}
_CODES: Final = {word: state_code(word) for word in _ALL}
_GAP: Final = Gap(GapReason.NO_ANSWER)


@dataclass(frozen=True, slots=True)
class Server:
    """A TLS server: where, whether TLS begins after a greeting, and whom we trust instead of the system's."""

    host: str
    port: int
    starttls: bool = False
    ca_file: str = ""

    @property
    def name(self) -> str:
        """Return what people call it."""
        return f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a certificate: a word, and the seconds that are left of it, nan: not known."""

    state: str
    left: float = nan


def servers(settings: Settings, secrets: Mapping[SecretRef, str]) -> tuple[Server, ...]:
    """Return the TLS servers that messages and readings go to, and that of our page; none behind a proxy."""
    found: dict[str, Server] = {}
    for part in (*settings.channels, *settings.outputs):
        fields: Any = part.fields
        ca_file = str(getattr(fields, "ca_file", None) or "")
        url = getattr(fields, "url", "")
        url = secrets.get(url, "") if isinstance(url, SecretRef) else str(url or "")
        server = None
        if (security := str(getattr(fields, "security", ""))) in _PORTS:
            port = fields.port or _PORTS[security]
            server = Server(fields.host, port, security == "starttls", ca_file)
        elif not getattr(fields, "proxy", None):
            server = _of_url(url, ca_file)
        if server is not None:
            found.setdefault(server.name, server)
    if (page := _of_url(settings.url)) is not None:
        found.setdefault(page.name, page)
    return tuple(found.values())


def _of_url(url: str, ca_file: str = "") -> Server | None:
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme == "https" and parts.hostname:
            return Server(parts.hostname, parts.port or 443, ca_file=ca_file)
    return None


def look_at(server: Server, now: float) -> Seen:
    """Return what a server's certificate is worth at ``now`` (UTC seconds). Waits: call it in a thread."""
    try:
        context = ssl.create_default_context(cafile=server.ca_file or None)
        ends = _ends(server, context)
    except ssl.SSLCertVerificationError:
        return Seen("untrusted", 0.0)
    except (OSError, ValueError, smtplib.SMTPException):
        return Seen("unknown")
    return Seen("trusted", ends - now)


def _ends(server: Server, context: ssl.SSLContext) -> float:
    """Return when the certificate ends (UTC seconds); raise SSLCertVerificationError for a bad one."""
    if server.starttls:
        with smtplib.SMTP(server.host, server.port, timeout=_PATIENCE) as client:
            client.starttls(context=context)
            wire: Any = client.sock
            return _end_of(wire)
    with (
        socket.create_connection((server.host, server.port), _PATIENCE) as plain,
        context.wrap_socket(plain, server_hostname=server.host) as wire,
    ):
        return _end_of(wire)


def _end_of(wire: ssl.SSLSocket) -> float:
    return float(ssl.cert_time_to_seconds(str((wire.getpeercert() or {})["notAfter"])))


class Trust:
    """Looks after secrets and certificates. ``said`` takes what was found as if a device had told it."""

    def __init__(
        self,
        settings: Settings,
        secrets: Secrets,
        clock: Clock,
        environ: Mapping[str, str],
        look: Callable[[Server, float], Seen] = look_at,
    ) -> None:
        self.said: Callable[[Batch], None] = lambda _batch: None
        self._clock = clock
        self._environ = dict(environ)
        self._values = {ref: one for ref, one in secrets.values.items() if ref.source is not Source.ENV}
        self._servers = servers(settings, secrets.values)
        self._look = look
        self._due = clock.monotonic()
        self._secrets = _layout(SECRET, "secret", [str(ref) for ref in self._values], _SECRETS)
        names = [server.name for server in self._servers]
        self._certificates = _layout(CERTIFICATE, "server", names, _TRUSTED)
        self._left = _layout(LEFT, "server", names, None)
        self._seen: tuple[Seen, ...] = ()
        self._since = self._due

    async def run(self) -> None:
        """Look, until cancelled; first when the start is over."""
        while True:
            await asyncio.sleep(MINUTE)
            await self.turn()

    async def turn(self) -> None:
        """Look once at the secrets, and at the certificates when that is due; say both."""
        if self._values:
            words = await asyncio.to_thread(self._read)
            self.said(self._batch(self._secrets, [_CODES[word] for word in words]))
        if not self._servers:
            return
        now = self._clock.monotonic()
        if now >= self._due:
            self._due = now + TURN
            looked = (asyncio.to_thread(self._look, one, self._clock.now()) for one in self._servers)
            self._seen = tuple(await asyncio.gather(*looked))
            self._since = now
        left = [seen.left - (now - self._since) for seen in self._seen]
        self.said(self._batch(self._certificates, [_CODES[seen.state] for seen in self._seen]))
        self.said(self._batch(self._left, left))

    def _read(self) -> list[str]:
        """Return of each secret whether the daemon still uses what stands on disk."""
        found = []
        for ref, value in self._values.items():
            try:
                found.append("in_use" if resolve(ref, self._environ) == value else "changed")
            except Unresolved:
                found.append("unreadable")
        return found

    def _batch(self, layout: Layout, values: Sequence[float]) -> Batch:
        gaps = {slot: _GAP for slot, value in enumerate(values) if value != value}
        return Batch(layout, self._clock.now(), array("d", values), gaps)


def _layout(metric: str, label: str, names: Sequence[str], states: Mapping[str, Health] | None) -> Layout:
    points = tuple(Point(OWN, metric, ((label, name),)) for name in names)
    words = {_CODES[word]: Meaning(word, health) for word, health in states.items()} if states else None
    size = len(points)
    return Layout(OWN, Lane.SLOW, points, (words,) * size, ("daemon",) * size, own=True)
