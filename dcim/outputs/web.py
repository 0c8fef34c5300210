"""HTTP for outputs: one client each, blocking, bounded in time and in what it reads of an answer.

The thread of an output waits here. Redirects are not followed: they would carry the secret elsewhere.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from dcim.late import httpx
from dcim.notify.channels.http import Url, unusable
from dcim.outputs.contract import Context, Later, OutputSettings
from dcim.secret import Hidden, SecretRef, Unresolved
from dcim.settings.values.trusted import CaFile

_MOST: Final = 256 * 1024
"""Bytes of an answer that are read: InfluxDB 3 names every bad line."""

_LONGEST: Final = 300.0
_PATIENCE: Final = 2.0
"""Times the timeout of one read that a whole exchange may take: a server that drips is a slow one."""


class WebSettings(OutputSettings):
    """What outputs over HTTP share. ``timeout`` is seconds for one read, ``proxy`` the way out, if any.

    No proxy of the environment is used: whoever starts the daemon in another shell changes nothing.
    """

    url: Url
    ca_file: CaFile | None = None
    proxy: Url | None = None
    timeout: float = Field(default=30.0, gt=0, le=_LONGEST)


class LoginSettings(WebSettings):
    """Keys of an output that is let in by a user with a password, by a token, or as nobody."""

    user: str = ""
    password: SecretRef | None = None
    token: SecretRef | None = None

    @model_validator(mode="after")
    def _one_way_in(self) -> LoginSettings:
        if bool(self.user) != (self.password is not None):
            msg = "user and password come together"
            raise ValueError(msg)
        if self.user and self.token is not None:
            msg = "either user and password, or token"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said; of a long text the beginning."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    text: str = ""


class Web:
    """A client for the addresses of one output."""

    def __init__(self, client: httpx.Client, secrets: Iterable[str] = ()) -> None:
        self._client = client
        self._hidden = Hidden(secrets)
        self._deadline = _PATIENCE * (client.timeout.read or _LONGEST)

    def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer | Later:
        """Post, and return the answer or why there was none."""
        ends = time.monotonic() + self._deadline
        try:
            with self._client.stream("POST", url, content=content, headers=headers) as answer:
                said = b""
                for chunk in answer.iter_bytes():
                    said += chunk
                    if len(said) >= _MOST or time.monotonic() > ends:
                        break
                text = said[:_MOST].decode("utf-8", "replace")
                return Answer(answer.status_code, answer.headers, self._hidden(text))
        except httpx.TimeoutException:
            return Later("no answer in time")
        except httpx.HTTPError as wrong:
            return Later(self._hidden(f"{type(wrong).__name__}: {wrong}"))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def open_web(settings: WebSettings, context: Context, secrets: Iterable[str] = (), **more: object) -> Web:
    """Return a client; raise Unresolved for a missing secret, OSError for an unreadable CA file."""
    client = httpx.Client(
        trust_env=False,
        verify=trusting(settings),
        timeout=settings.timeout,
        follow_redirects=False,
        proxy=proxy_of(settings, context),
        **more,  # type: ignore[arg-type]
    )
    return Web(client, secrets)


def open_login(settings: LoginSettings, context: Context) -> Web:
    """Return a client that is let in as the settings say; raise as ``open_web``."""
    if settings.password is not None:
        password = context.secret(settings.password)
        return open_web(settings, context, [password], auth=httpx.BasicAuth(settings.user, password))
    if settings.token is not None:
        token = context.secret(settings.token)
        return open_web(settings, context, [token], headers={"Authorization": f"Bearer {token}"})
    return open_web(settings, context)


def trusting(settings: WebSettings) -> ssl.SSLContext:
    """Return whom to trust. Raise OSError for an unreadable CA file."""
    return ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)


def proxy_of(settings: WebSettings, context: Context) -> str | None:
    """Return the address of the way out, if there is one."""
    return address(settings.proxy, context, "proxy") if settings.proxy is not None else None


Objection: TypeAlias = Callable[[str], str]
"""Says what is wrong with an address for an output, without the address; nothing where it is right."""


def unless(wrong: Objection) -> AfterValidator:
    """Return a check of an address that stands in a file; one that a reference leads to is read later."""

    def checked(url: str | SecretRef) -> str | SecretRef:
        if isinstance(url, str) and (why := wrong(url)):
            raise ValueError(why)
        return url

    return AfterValidator(checked)


def no_path(url: str) -> str:
    """Object to an address that names a server and nothing on it."""
    if urlsplit(url).path.strip("/"):
        return ""
    return "expected the whole address such as http://host:9090/api/v1/write, found one without a path"


def more_than_base(ending: str) -> Objection:
    """Return what objects to an address behind which ``ending`` cannot be put: it is there, or a query is."""

    def wrong(url: str) -> str:
        parts = urlsplit(url)
        if parts.path.rstrip("/").endswith(ending):
            return f"expected the address without {ending}, found it with that"
        if parts.query or parts.fragment:
            return "expected the address of the server, found one with ? or # in it"
        return ""

    return wrong


def address(url: str | SecretRef, context: Context, name: str = "url", wrong: Objection | None = None) -> str:
    """Return an address; raise Unresolved where a reference leads to none, and show nothing of it."""
    written = context.secret(url) if isinstance(url, SecretRef) else url
    if unusable(written):
        msg = f"{url if isinstance(url, SecretRef) else name}: not an http or https address"
        raise Unresolved(msg)
    if wrong is not None and (why := wrong(written)):
        msg = f"{url if isinstance(url, SecretRef) else name}: {why}"
        raise Unresolved(msg)
    return written.rstrip("/")
