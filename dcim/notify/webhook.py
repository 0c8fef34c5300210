"""The channel ``webhook``: a JSON POST, signed if wished; 2xx is delivered."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import ssl
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias, cast

import httpx
from pydantic import AfterValidator, BeforeValidator, Field

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
from dcim.notify.payload import payload
from dcim.secret import SecretRef, Unresolved

_AGAIN: Final = frozenset({401, 403, 407, 408, 425, 429})
"""Statuses below 500 that say nothing about the message: access, time and haste (RFC 9110, 6585, 8470)."""

_SHOWN: Final = 200
"""Characters of an answer that are kept."""

_PATIENCE: Final = 2
"""Times the timeout of one read that a whole exchange may take: a server that drips is a slow one."""

_LONGEST: Final = 60.0
_MOST_PORT: Final = 65535
_PRINTABLE: Final = "only printable ASCII can be sent in a header, and no line ends"
_HEADER: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
"""What a header's value may be here: printable ASCII (RFC 9110, 5.5, without obs-text)."""


_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""What a header may be called (RFC 9110, 5.1 and 5.6.2)."""

_ACCESS: Final = re.compile(r"auth|cookie|key|token|secret|passw|credential|signature|session", re.IGNORECASE)
"""Names of headers whose value is what lets one in."""

_NO_ADDRESS: Final = "expected http://..., https://... or a reference to one such as file:/path"


def unusable(text: str) -> str:
    """Say why a text is no address to post to, without the text: it may be a secret. Nothing if it is one."""
    try:
        parsed = httpx.URL(text)
    except httpx.InvalidURL:
        return _NO_ADDRESS
    if parsed.scheme not in ("http", "https") or not parsed.host or re.search(r"[\s\x00-\x1f\x7f]", text):
        return _NO_ADDRESS
    if parsed.userinfo:
        return "no user or password in the address: use token, or secret_headers with Authorization"
    if parsed.port is not None and not 1 <= parsed.port <= _MOST_PORT:
        return f"the port must be 1 to {_MOST_PORT}"
    return ""


def _url(written: Any) -> Any:
    if not isinstance(written, str) or not (why := unusable(written)):
        return written
    if why is not _NO_ADDRESS:
        raise ValueError(why)
    try:
        return SecretRef.parse(written)
    except ValueError as wrong:
        raise ValueError(_NO_ADDRESS) from wrong


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

Url: TypeAlias = Annotated[str | SecretRef, BeforeValidator(_url)]
"""An address, or where it stands if it is a secret itself."""


class WebhookSettings(ChannelSettings):
    """Keys of a ``webhook`` channel. ``token`` is sent as a bearer, ``hmac_key`` signs the body."""

    url: Url
    headers: dict[OpenName, HeaderValue] = Field(default_factory=dict)
    secret_headers: dict[HeaderName, SecretRef] = Field(default_factory=dict)
    token: SecretRef | None = None
    hmac_key: SecretRef | None = None
    ca_file: Path | None = None
    timeout: float = Field(default=10.0, gt=0, le=_LONGEST)


class WebhookChannel:
    """Posts to one address. Redirects are not followed: they would carry the headers elsewhere."""

    def __init__(
        self,
        url: str,
        language: Language,
        headers: Mapping[str, str],
        hmac_key: bytes,
        client: httpx.AsyncClient,
    ) -> None:
        self._url = url
        self._language = language
        self._headers = dict(headers)
        self._hmac_key = hmac_key
        self._client = client
        self._deadline = _PATIENCE * (client.timeout.read or _LONGEST)

    async def send(self, letter: Letter) -> Verdict:
        """Post one message; busy, down or slow servers are tried again, a plain no is final."""
        body = json.dumps(payload(letter, self._language), ensure_ascii=False).encode()
        headers = {**self._headers, "Content-Type": "application/json", "Idempotency-Key": letter.id}
        if self._hmac_key:
            headers["X-Dcim-Signature"] = sign(self._hmac_key, body)
        try:
            async with asyncio.timeout(self._deadline):
                return await self._post(body, headers)
        except (httpx.TimeoutException, TimeoutError):
            return RetryAfter("no answer in time")
        except httpx.HTTPError as wrong:
            return RetryAfter(f"{type(wrong).__name__}: {wrong}")

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> Verdict:
        """Post, and read no more of the answer than a person would."""
        async with self._client.stream("POST", self._url, content=body, headers=headers) as answer:
            said = b""
            async for chunk in answer.aiter_raw():
                said += chunk
                if len(said) >= _SHOWN:
                    break
        return judge(answer.status_code, answer.headers, said[:_SHOWN].decode("utf-8", "replace"))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def sign(key: bytes, body: bytes) -> str:
    """Return the signature of a body: ``sha256=`` and the HMAC-SHA256 (RFC 2104) in hex."""
    return "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()


def judge(status: int, headers: Mapping[str, str], text: str) -> Verdict:
    """Say what an HTTP status means for the message. 401 and 403 speak of our access, which people mend."""
    if 200 <= status < 300:
        return Delivered()
    why = f"HTTP {status}: {text}".rstrip(": \r\n")
    if status >= 500 or status in _AGAIN:
        return RetryAfter(why, _asked(headers))
    return RefusedForGood(why)


def _asked(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3) in seconds; a date counts from the server's own ``Date``."""
    written = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", written):
        return float(written)
    try:
        wait = parsedate_to_datetime(written) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())


class WebhookPlugin:
    """What the entry point ``dcim.channels: webhook`` names."""

    name = "webhook"
    settings_type: type[ChannelSettings] = WebhookSettings

    def open(self, settings: ChannelSettings, context: Context) -> WebhookChannel:
        """Return the channel; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
        mine = cast("WebhookSettings", settings)
        secret = context.secret
        trust = ssl.create_default_context(cafile=str(mine.ca_file) if mine.ca_file else None)
        return WebhookChannel(
            _address(mine.url, context),
            context.language(settings),
            _headers(mine, context),
            secret(mine.hmac_key).encode() if mine.hmac_key else b"",
            httpx.AsyncClient(trust_env=False, verify=trust, timeout=mine.timeout, follow_redirects=False),
        )


def _address(url: str | SecretRef, context: Context) -> str:
    """Return the address; raise Unresolved where a reference leads to none, and show nothing of it."""
    written = context.secret(url) if isinstance(url, SecretRef) else url
    if why := unusable(written):
        what = "not an http or https address" if why is _NO_ADDRESS else why
        msg = f"{url if isinstance(url, SecretRef) else 'url'}: {what}"
        raise Unresolved(msg)
    return written


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
