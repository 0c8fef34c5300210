"""The channel ``webhook``: a JSON POST, signed if wished; 2xx is delivered."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Final, TypeAlias

from pydantic import AfterValidator, Field

from dcim.alerts import Language
from dcim.notify.channel import ChannelSettings, Context, Letter, Verdict
from dcim.notify.channels.http import Exchange, HttpSettings, Url, address, judge, open_exchange, paths_of
from dcim.notify.wording.payload import payload
from dcim.secret import SecretRef, Unresolved

__all__ = ["WebhookChannel", "WebhookPlugin", "WebhookSettings", "judge", "plugin", "sign"]

_PRINTABLE: Final = "only printable ASCII can be sent in a header, and no line ends"
_HEADER: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
"""What a header's value may be here: printable ASCII (RFC 9110, 5.5, without obs-text)."""

_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What a header may be called (RFC 9110, 5.1 and 5.6.2)."""

_ACCESS: Final = re.compile(r"auth|cookie|key|token|secret|passw|credential|signature|session", re.IGNORECASE)
"""Names of headers whose value is what lets one in."""


def _header_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        msg = "a header's name is letters, digits and hyphens"
        raise ValueError(msg)
    return name


def _header_value(text: str) -> str:
    if not _HEADER.fullmatch(text):
        raise ValueError(_PRINTABLE)
    return text


def _open_name(name: str) -> str:
    if _ACCESS.search(name):
        msg = "what gives access is no plain text: use secret_headers with a reference, or token"
        raise ValueError(msg)
    return _header_name(name)


HeaderName: TypeAlias = Annotated[str, AfterValidator(_header_name)]
OpenName: TypeAlias = Annotated[str, AfterValidator(_open_name)]
"""The name of a header whose value anybody may read."""

HeaderValue: TypeAlias = Annotated[str, AfterValidator(_header_value)]


class WebhookSettings(HttpSettings):
    """Keys of a ``webhook`` channel. ``token`` is sent as a bearer, ``hmac_key`` signs time and body."""

    url: Url
    headers: dict[OpenName, HeaderValue] = Field(default_factory=dict)
    secret_headers: dict[HeaderName, SecretRef] = Field(default_factory=dict)
    token: SecretRef | None = None
    hmac_key: SecretRef | None = None


class WebhookChannel:
    """Posts to one address. Redirects are not followed: they would carry the headers elsewhere."""

    def __init__(
        self,
        url: str,
        language: Language,
        headers: Mapping[str, str],
        hmac_key: bytes,
        exchange: Exchange,
        now: Callable[[], float],
    ) -> None:
        self._url = url
        self._language = language
        self._headers = dict(headers)
        self._hmac_key = hmac_key
        self._exchange = exchange
        self._now = now

    async def send(self, letter: Letter) -> Verdict:
        """Post one message; busy, down or slow servers are tried again, a plain no is final."""
        body = json.dumps(payload(letter, self._language), ensure_ascii=False).encode()
        headers = {**self._headers, "Content-Type": "application/json", "Idempotency-Key": letter.id}
        if self._hmac_key:
            sent_at = str(round(self._now()))
            headers["X-Dcim-Signature"] = sign(self._hmac_key, body)
            headers["X-Dcim-Timestamp"] = sent_at
            headers["X-Dcim-Signature-V2"] = sign(self._hmac_key, sent_at.encode() + b"." + body)
        return await self._exchange.post(self._url, body, headers)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._exchange.aclose()


def sign(key: bytes, content: bytes) -> str:
    """Return the signature of a content: ``sha256=`` and the HMAC-SHA256 (RFC 2104) in hex."""
    return "sha256=" + hmac.new(key, content, hashlib.sha256).hexdigest()


class WebhookPlugin:
    """What the entry point ``dcim.channels: webhook`` names."""

    name = "webhook"
    settings_type: type[ChannelSettings] = WebhookSettings

    def open(self, settings: WebhookSettings, context: Context) -> WebhookChannel:
        """Return the channel; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
        url = address(settings.url, context)
        headers = _headers(settings, context)
        hmac_key = context.secret(settings.hmac_key) if settings.hmac_key else ""
        secrets = [
            hmac_key,
            *(context.secret(ref) for ref in settings.secret_headers.values()),
            *([context.secret(settings.token)] if settings.token else []),
            *(paths_of(url) if isinstance(settings.url, SecretRef) else []),
        ]
        exchange = open_exchange(settings, context, secrets)
        return WebhookChannel(
            url, context.language(settings), headers, hmac_key.encode(), exchange, context.clock.now
        )


def _headers(mine: WebhookSettings, context: Context) -> dict[str, str]:
    headers = {**mine.headers, **{name: context.secret(ref) for name, ref in mine.secret_headers.items()}}
    if mine.token is not None:
        headers["Authorization"] = f"Bearer {context.secret(mine.token)}"
    for name, text in headers.items():
        if not _HEADER.fullmatch(text):
            msg = f"header {name}: {_PRINTABLE}"
            raise Unresolved(msg)
    return headers


plugin = WebhookPlugin()
