"""HTTP for channels: addresses as they may be written, one bounded exchange, and what a status means.

A server may be slow, endless, broken or hostile: an exchange has a deadline, reads no more of the answer than
it needs, follows no redirect, and no text that comes out of it holds a secret that went in.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeAlias

from pydantic import BeforeValidator, Field

from dcim.late import httpx
from dcim.notify.channel import ChannelSettings, Context, Delivered, RefusedForGood, RetryAfter, Verdict
from dcim.secret import Hidden, SecretRef, Unresolved
from dcim.settings.values.trusted import CaFile

AGAIN: Final = frozenset({401, 403, 407, 408, 425, 429})
"""Statuses below 500 that say nothing about the message: access, time and haste (RFC 9110, 6585, 8470)."""

MOVED: Final = frozenset({301, 302, 303, 307, 308, 404, 405, 410, 421})
"""Statuses that speak of the address: of an address of the configuration, people can mend it."""

_SHOWN: Final = 200
"""Characters of an answer that are kept."""

_PATIENCE: Final = 2
"""Times the timeout of one read that a whole exchange may take: a server that drips is a slow one."""

_LONGEST: Final = 60.0
_MOST_PORT: Final = 65535
_NO_ADDRESS: Final = "expected http://..., https://... or a reference to one such as file:/path"

_LEAST_PART: Final = 8
"""Characters below which a part of an address is no secret: most of them are words such as ``notify``."""

_PAGE: Final = re.compile(r"<(!doctype\s+)?html\b", re.IGNORECASE)


def unusable(text: str) -> str:
    """Say why a text is no address to post to, without the text: it may be a secret. Nothing if it is one."""
    try:
        parsed = httpx.URL(text)
    except httpx.InvalidURL:
        return _NO_ADDRESS
    if parsed.scheme not in ("http", "https") or not parsed.host or re.search(r"[\s\x00-\x1f\x7f]", text):
        return _NO_ADDRESS
    if parsed.userinfo:
        return "no user or password in the address: the keys for access, such as token, refer to a secret"
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


Url: TypeAlias = Annotated[str | SecretRef, BeforeValidator(_url)]
"""An address, or where it stands if it is a secret itself."""


class HttpSettings(ChannelSettings):
    """What channels over HTTP share. ``timeout`` is seconds for one read, ``proxy`` the way out, if any.

    No proxy of the environment is used: whoever starts the daemon in another shell changes nothing.
    """

    ca_file: CaFile | None = None
    proxy: Url | None = None
    timeout: float = Field(default=10.0, gt=0, le=_LONGEST)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. ``text`` is no longer than was asked for."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    text: str = ""


class Exchange:
    """One client, for the addresses of one channel. ``secrets`` stand in no text that comes out of it."""

    def __init__(self, client: httpx.AsyncClient, secrets: Iterable[str] = ()) -> None:
        self._client = client
        self._hidden = Hidden(secrets)
        self._deadline = _PATIENCE * (client.timeout.read or _LONGEST)

    async def ask(
        self, method: str, url: str, content: bytes = b"", headers: Mapping[str, str] | None = None,
        *, most: int = _SHOWN,
    ) -> Answer | RetryAfter:  # fmt: skip
        """Return the answer with at most ``most`` bytes of its text, or why there was none."""
        try:
            async with (
                asyncio.timeout(self._deadline),
                self._client.stream(method, url, content=content, headers=headers) as answer,
            ):
                said = b""
                async for chunk in answer.aiter_raw():
                    said += chunk
                    if len(said) >= most:
                        break
                return Answer(answer.status_code, answer.headers, self._text(said[:most]))
        except (httpx.TimeoutException, TimeoutError):
            return RetryAfter("no answer in time")
        except httpx.HTTPError as wrong:
            return RetryAfter(self._hidden(f"{type(wrong).__name__}: {wrong}"))

    async def post(
        self, url: str, content: bytes, headers: Mapping[str, str], also: frozenset[int] = frozenset()
    ) -> Verdict:
        """Post, and say what the answer means for the message; ``also``: more statuses to try again at."""
        answer = await self.ask("POST", url, content, headers)
        return answer if isinstance(answer, RetryAfter) else judge_answer(answer, also)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _text(self, said: bytes) -> str:
        return self._hidden(said.decode("utf-8", "replace"))


def open_exchange(settings: HttpSettings, context: Context, secrets: Iterable[str] = ()) -> Exchange:
    """Return an exchange; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
    trust = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
    proxy = address(settings.proxy, context, "proxy") if settings.proxy is not None else None
    client = httpx.AsyncClient(
        trust_env=False, verify=trust, timeout=settings.timeout, follow_redirects=False, proxy=proxy
    )
    return Exchange(client, secrets)


def address(url: str | SecretRef, context: Context, name: str = "url") -> str:
    """Return the address; raise Unresolved where a reference leads to none, and show nothing of it."""
    written = context.secret(url) if isinstance(url, SecretRef) else url
    if why := unusable(written):
        what = "not an http or https address" if why is _NO_ADDRESS else why
        msg = f"{url if isinstance(url, SecretRef) else name}: {what}"
        raise Unresolved(msg)
    return written


def paths_of(url: str) -> list[str]:
    """Return the parts of an address that let one in: a hook's path and query are its password."""
    parsed = httpx.URL(url)
    inside = [*parsed.path.split("/"), *(value for _, value in parsed.params.multi_items())]
    whole = [url, parsed.raw_path.decode("ascii", "replace")]
    return [*(one for one in whole if len(one) > 1), *(one for one in inside if len(one) >= _LEAST_PART)]


def judge(status: int, headers: Mapping[str, str], text: str) -> Verdict:
    """Say what an HTTP status means for the message. 401 and 403 speak of our access, which people mend."""
    return judge_answer(Answer(status, headers, text))


def judge_answer(answer: Answer, also: frozenset[int] = frozenset()) -> Verdict:
    """Say what an answer means for the message; ``also``: more statuses that are tried again."""
    if 200 <= answer.status < 300:
        return Delivered()
    why = told(answer.status, answer.headers, answer.text)
    if answer.status >= 500 or answer.status in AGAIN | also:
        return RetryAfter(why, asked(answer.headers))
    return RefusedForGood(why)


def told(status: int, headers: Mapping[str, str], text: str) -> str:
    """Say in one line what an answer says to people; a page of a proxy says no more than its status does."""
    if is_page(headers, text):
        return f"HTTP {status} {phrase(status)}".rstrip()
    return f"HTTP {status}: {' '.join(text.split())}".rstrip(": ")


def is_page(headers: Mapping[str, str], text: str) -> bool:
    """Whether an answer is a page for people: HTML, whatever it calls itself. Other XML may say a reason."""
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    begins = text.lstrip("\ufeff \t\r\n").startswith("<")  # with a comment or an XML declaration, too
    return "html" in kind.lower() or (begins and _PAGE.search(text) is not None)


def phrase(status: int) -> str:
    """Return what a status is called (RFC 9110, 15); nothing for one that has no name."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def asked(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After (RFC 9110, 10.2.3) in seconds; a date counts from the server's own ``Date``."""
    written = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", written):
        return float(written)
    try:
        wait = parsedate_to_datetime(written) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())
