"""The channel ``heartbeat``: says again and again that we watch and where the ledger ends. It tells no alert.

Whoever listens (a service for heartbeats, another site's daemon) tells people when it falls silent: the one
alert that a dead daemon cannot send. Every beat anchors the ledger elsewhere: facts before its head cannot be
changed unseen any more. A message is one more beat: it goes the whole way that alerts go.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import Field

from dcim import __version__
from dcim.clock import Clock
from dcim.notify.channel import Context, Letter, Ticked, Verdict
from dcim.notify.channels.http import MOVED, Exchange, HttpSettings, Url, address, open_exchange, paths_of
from dcim.notify.channels.webhook import sign
from dcim.secret import SecretRef
from dcim.settings.values.written import Seconds

FORMAT: Final = 1


class HeartbeatSettings(HttpSettings):
    """Keys of a ``heartbeat`` channel. ``hmac_key`` signs time and body, as of a webhook."""

    url: Url
    every: Annotated[Seconds, Field(ge=5, le=3600)] = 60.0
    token: SecretRef | None = None
    hmac_key: SecretRef | None = None


class HeartbeatChannel:
    """Posts to one address, every ``every`` seconds and never while a beat is under way."""

    tells = False

    def __init__(self, settings: HeartbeatSettings, context: Context) -> None:
        self.every = settings.every
        self._clock: Clock = context.clock
        self._head: Callable[[], dict[str, Any]] = context.head
        self._site = context.site.id
        self._url = address(settings.url, context)
        key = context.secret(settings.hmac_key) if settings.hmac_key else ""
        token = context.secret(settings.token) if settings.token else ""
        self._key = key.encode()
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._exchange: Exchange = open_exchange(settings, context, [key, token, *paths_of(self._url)])

    async def send(self, letter: Letter) -> Verdict:
        """Say that we watch: what the message tells is not said here."""
        del letter
        return await self._beat()

    async def tick(self, standing: Sequence[Letter]) -> Ticked:
        """Say that we watch."""
        del standing
        return Ticked(await self._beat())

    async def aclose(self) -> None:
        """Close the connections."""
        await self._exchange.aclose()

    async def _beat(self) -> Verdict:
        now = self._clock.now()
        body = json.dumps(beat(self._site, now, self.every, self._head())).encode()
        headers = {**self._headers, "Content-Type": "application/json"}
        if self._key:
            sent = str(round(now))
            headers["X-Dcim-Timestamp"] = sent
            headers["X-Dcim-Signature-V2"] = sign(self._key, sent.encode() + b"." + body)
        return await self._exchange.post(self._url, body, headers, MOVED)


def beat(site: str, now: float, every: float, head: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a beat at ``now`` (UTC seconds). Pure."""
    at = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "format": FORMAT,
        "site": site,
        "at": at,
        "every_seconds": every,
        "version": __version__,
        "ledger": head,
    }


class HeartbeatPlugin:
    """What the entry point ``dcim.channels: heartbeat`` names."""

    name = "heartbeat"
    settings_type = HeartbeatSettings

    def open(self, settings: HeartbeatSettings, context: Context) -> HeartbeatChannel:
        """Return the channel; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
        return HeartbeatChannel(settings, context)


plugin = HeartbeatPlugin()
