"""The webhook channel against a small server that answers, stalls or is not there."""

import asyncio
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from dcim.alerts import ChangeKind, Language
from dcim.notify import Context, Delivered, Letter, RefusedForGood, RetryAfter, Site, Verdict
from dcim.notify.channels.webhook import WebhookChannel, WebhookSettings, judge, plugin
from dcim.secret import SecretRef, Unresolved
from dcim.yaml import parse, shape

Letters = Callable[..., Letter]
SECRETS = {
    "env:HOOK_KEY": "k3y",
    "env:TOKEN": "t0ken",
    "env:URL": "",
    "env:BAD": "a\nb",
    "env:NO_URL": "ftp://x",
    "env:LOGIN_URL": "https://me:hunter2@x/",
}
OK = (200, {}, b"thanks")


@dataclass
class Hook:
    """Answers one request after another as the test says, then 200. ``None``: reads and stays silent."""

    answers: list[tuple[int, dict[str, str], bytes] | None] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")[1:-2]
                headers = {name.lower(): text for name, text in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers["content-length"]))
                self.requests.append((headers, body))
                answer = self.answers.pop(0) if self.answers else OK
                if answer is None:
                    await reader.read()
                    return
                status, extra, text = answer
                fields = {"Content-Length": str(len(text)), **extra}
                said = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
                writer.write(f"HTTP/1.1 {status} X\r\n{said}\r\n".encode() + text)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    hook = Hook()
    server = await asyncio.start_server(hook.serve, "127.0.0.1", 0)
    hook.port = server.sockets[0].getsockname()[1]
    yield hook
    server.close()


@pytest.fixture
async def open_channel(site: Site) -> AsyncIterator[Callable[..., WebhookChannel]]:
    channels: list[WebhookChannel] = []

    def make(**settings: object) -> WebhookChannel:
        context = Context(site, lambda ref: SECRETS[str(ref)])
        channels.append(plugin.open(WebhookSettings(**settings), context))
        return channels[-1]

    yield make
    for channel in channels:
        await channel.aclose()


async def test_a_2xx_is_delivered_and_the_body_says_everything(
    hook: Hook, open_channel: Callable[..., WebhookChannel], letter: Letters
) -> None:
    """Pains: H5."""
    assert await open_channel(url=hook.url).send(letter()) == Delivered()
    ((headers, body),) = hook.requests
    said = json.loads(body)
    assert headers["content-type"] == "application/json"
    assert headers["idempotency-key"] == said["message_id"] == letter().id
    assert (said["format"], said["change"], said["rule"], said["severity"]) == (
        1,
        "raised",
        "ups_on_battery",
        "critical",
    )
    assert said["dedup_key"] == letter().dedup_key
    assert said["device"] == {
        "id": "ups-a",
        "name": "UPS-A",
        "kind": "ups",
        "room": "r1",
        "rack": "r1-01",
        "feed": "A",
    }
    assert said["site"] == {"id": "cas1", "name": "Casablanca 1"}
    assert said["point"] == {"metric": "ups_output_source_state", "labels": {}}
    assert (said["value"], said["state"], said["limit"]) == (None, "battery", "battery")
    assert (said["at"], said["raised_at"], said["cleared_at"]) == (*["2025-11-25T12:00:00.000Z"] * 2, None)
    assert (said["title"], said["action"], said["language"]) == (
        "Onduleur sur batterie",
        "Vérifier le secteur.",
        "fr",
    )
    assert said["detect_within_seconds"] == 43.0


async def test_a_clearance_says_when(
    hook: Hook, open_channel: Callable[..., WebhookChannel], letter: Letters
) -> None:
    channel = open_channel(url=hook.url, language=Language.EN)
    await channel.send(letter(ChangeKind.CLEARED, at=1_764_072_060.5))
    said = json.loads(hook.requests[0][1])
    assert (said["change"], said["raised_at"], said["cleared_at"], said["title"]) == (
        "cleared",
        "2025-11-25T12:00:00.000Z",
        "2025-11-25T12:01:00.500Z",
        "UPS on battery",
    )


async def test_the_same_message_is_the_same_bytes(
    hook: Hook, open_channel: Callable[..., WebhookChannel], letter: Letters
) -> None:
    """Pains: H2."""
    channel = open_channel(url=hook.url)
    await channel.send(letter())
    await channel.send(letter())
    assert hook.requests[0][1] == hook.requests[1][1]


async def test_the_body_is_signed_and_secrets_are_sent_where_they_belong(
    hook: Hook, open_channel: Callable[..., WebhookChannel], letter: Letters
) -> None:
    channel = open_channel(
        url=hook.url,
        token="env:TOKEN",
        hmac_key="env:HOOK_KEY",
        headers={"X-Site": "cas1"},
        secret_headers={"X-Key": "env:HOOK_KEY"},
    )
    await channel.send(letter())
    ((headers, body),) = hook.requests
    assert headers["x-dcim-signature"] == "sha256=" + hmac.new(b"k3y", body, hashlib.sha256).hexdigest()
    assert (headers["authorization"], headers["x-site"], headers["x-key"]) == ("Bearer t0ken", "cas1", "k3y")


async def test_the_time_is_signed_so_that_an_old_message_cannot_be_sent_again(
    hook: Hook, site: Site, letter: Letters, clock: object
) -> None:
    context = Context(site, lambda ref: SECRETS[str(ref)], clock)  # type: ignore[arg-type]
    channel = plugin.open(WebhookSettings(url=hook.url, hmac_key="env:HOOK_KEY"), context)
    await channel.send(letter())
    clock.wall += 600.0  # type: ignore[attr-defined]
    await channel.send(letter())
    await channel.aclose()
    signed = []
    for headers, body in hook.requests:
        sent = headers["x-dcim-timestamp"]
        expected = hmac.new(b"k3y", f"{sent}.".encode() + body, hashlib.sha256).hexdigest()
        assert headers["x-dcim-signature-v2"] == f"sha256={expected}"
        signed.append((sent, expected))
    assert [sent for sent, _ in signed] == ["1764072000", "1764072600"]
    assert signed[0][1] != signed[1][1]


async def test_a_500_and_then_a_200_is_delivered_at_the_second_try(
    hook: Hook, open_channel: Callable[..., WebhookChannel], letter: Letters
) -> None:
    hook.answers = [(500, {}, b"oops")]
    channel = open_channel(url=hook.url)
    assert [await channel.send(letter()) for _ in range(2)] == [RetryAfter("HTTP 500: oops"), Delivered()]


async def test_a_429_says_how_long(
    hook: Hook, open_channel: Callable[..., WebhookChannel], letter: Letters
) -> None:
    hook.answers = [(429, {"Retry-After": "120"}, b"")]
    assert await open_channel(url=hook.url).send(letter()) == RetryAfter("HTTP 429", 120.0)


async def test_a_redirect_is_not_followed(
    hook: Hook, open_channel: Callable[..., WebhookChannel], letter: Letters
) -> None:
    hook.answers = [(302, {"Location": "http://127.0.0.1:1/elsewhere"}, b"")]
    assert await open_channel(url=hook.url).send(letter()) == RefusedForGood("HTTP 302")
    assert len(hook.requests) == 1


@pytest.mark.parametrize(
    ("status", "headers", "verdict"),
    [
        (202, {}, Delivered()),
        (400, {}, RefusedForGood("HTTP 400: no")),
        (404, {}, RefusedForGood("HTTP 404: no")),
        (401, {}, RetryAfter("HTTP 401: no")),
        (408, {}, RetryAfter("HTTP 408: no")),
        (503, {"Retry-After": "soon"}, RetryAfter("HTTP 503: no")),
        (
            503,
            {"Retry-After": "Tue, 25 Nov 2025 12:01:00 GMT", "Date": "Tue, 25 Nov 2025 12:00:00 GMT"},
            RetryAfter("HTTP 503: no", 60.0),
        ),
        (
            503,
            {"Retry-After": "Tue, 25 Nov 2025 11:00:00 GMT", "Date": "Tue, 25 Nov 2025 12:00:00 GMT"},
            RetryAfter("HTTP 503: no", 0.0),
        ),
        (503, {"Retry-After": "Tue, 25 Nov 2025 12:01:00 GMT"}, RetryAfter("HTTP 503: no")),
        (503, {"Retry-After": "-1"}, RetryAfter("HTTP 503: no")),
    ],
)
def test_what_a_status_means(status: int, headers: dict[str, str], verdict: Verdict) -> None:
    assert judge(status, headers, "no") == verdict


async def test_a_server_that_says_nothing_is_tried_again(
    hook: Hook, open_channel: Callable[..., WebhookChannel], letter: Letters
) -> None:
    hook.answers = [None]
    assert await open_channel(url=hook.url, timeout=0.2).send(letter()) == RetryAfter("no answer in time")


async def test_a_server_that_is_not_there_is_tried_again(
    open_channel: Callable[..., WebhookChannel], letter: Letters
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        verdict = await open_channel(url=url).send(letter())
    assert isinstance(verdict, RetryAfter)
    assert verdict.why.startswith("ConnectError")


async def test_an_answer_that_never_ends_is_read_no_further_than_needed(
    hook: Hook, open_channel: Callable[..., WebhookChannel], letter: Letters
) -> None:
    hook.answers = [(400, {"Content-Length": "999999999"}, b"z" * 100_000)]
    verdict = await open_channel(url=hook.url).send(letter())
    assert verdict == RefusedForGood("HTTP 400: " + "z" * 200)


async def test_an_own_authority_is_trusted_and_no_other(
    hook: Hook, open_channel: Callable[..., WebhookChannel], letter: Letters, tls: SimpleNamespace
) -> None:
    server = await asyncio.start_server(hook.serve, "127.0.0.1", 0, ssl=tls.server)
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}/in"
    assert await open_channel(url=url, ca_file=tls.ca_file).send(letter()) == Delivered()
    refused = await open_channel(url=url).send(letter())
    assert isinstance(refused, RetryAfter)
    assert "CERTIFICATE_VERIFY_FAILED" in refused.why
    server.close()


async def test_the_address_may_be_a_secret(hook: Hook, site: Site, letter: Letters) -> None:
    context = Context(site, lambda ref: hook.url if str(ref) == "env:URL" else "")
    channel = plugin.open(WebhookSettings(url="env:URL"), context)
    assert await channel.send(letter()) == Delivered()
    await channel.aclose()


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"url": "env:NO_URL"}, "env:NO_URL: not an http or https address"),
        ({"url": "http://x", "token": "env:BAD"}, "header Authorization: only printable ASCII"),
        ({"url": "env:LOGIN_URL"}, "env:LOGIN_URL: no user or password in the address"),
    ],
)
async def test_what_can_never_be_sent_is_an_error_at_start_that_shows_no_secret(
    open_channel: Callable[..., WebhookChannel], settings: dict[str, object], expected: str
) -> None:
    """Pains: J2."""
    with pytest.raises(Unresolved) as told:
        open_channel(**settings)
    assert str(told.value).startswith(expected)
    assert not any(secret and secret in str(told.value) for secret in ("ftp://x", "a\nb", "hunter2"))


@pytest.mark.parametrize("url", ["http://", "http://x:port", "https://a b/", "ftp://x", "x"])
def test_an_address_that_is_none_is_a_mistake_in_the_file(url: str) -> None:
    """Pains: J2."""
    settings, problems = shape(parse(f'url: "{url}"\n', "site.yaml"), WebhookSettings)
    assert settings is None
    assert "expected http://..., https://... or a reference" in str(problems[0])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://me:hunter2@x.example/in", "url: no user or password in the address: the keys for access, such as token"),
        ("https://hunter2@x.example/in", "url: no user or password in the address"),
        ("http://x.example:0/", "url: the port must be 1 to 65535"),
        ("http://x.example:65536/", "url: the port must be 1 to 65535"),
    ],
)  # fmt: skip
def test_a_login_in_the_address_and_a_port_that_is_none_are_mistakes(url: str, expected: str) -> None:
    """Pains: J2."""
    settings, problems = shape(parse(f'url: "{url}"\n', "site.yaml"), WebhookSettings, hide=True)
    assert settings is None
    assert expected in str(problems[0])
    assert "hunter2" not in str(problems[0])


@pytest.mark.parametrize(
    "name", ["Authorization", "Proxy-authorization", "COOKIE", "X-Api-Key", "apikey", "X-Auth-Token", "X-Secret"]
)  # fmt: skip
def test_a_header_that_gives_access_is_a_reference_or_a_mistake(name: str) -> None:
    """Pains: J2."""
    plain = f'url: "https://x"\nheaders: {{ {name}: hunter2 }}\n'
    settings, problems = shape(parse(plain, "site.yaml"), WebhookSettings, hide=True)
    assert settings is None
    assert "what gives access is no plain text: use secret_headers with a reference, or token" in str(
        problems[0]
    )
    assert "hunter2" not in str(problems[0])
    settings, problems = shape(
        parse(f'url: "https://x"\nsecret_headers: {{ {name}: "env:K" }}\n', "site.yaml"), WebhookSettings
    )
    assert problems == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            r'headers: { "X-A": "a\r\nX-B: hunter2" }',
            "only printable ASCII can be sent in a header, and no line ends",
        ),
        (r'headers: { "X-A": "é" }', "only printable ASCII can be sent in a header, and no line ends"),
        (r'headers: { "X-A": "" }', "only printable ASCII can be sent in a header, and no line ends"),
        (r'headers: { "X-A\r\nX-B": "b" }', "a header's name is letters, digits and hyphens"),
        (r'headers: { "X A": "b" }', "a header's name is letters, digits and hyphens"),
        (r'secret_headers: { "X-A\nX-B": "env:K" }', "a header's name is letters, digits and hyphens"),
    ],
)
def test_no_header_can_smuggle_another(line: str, expected: str) -> None:
    """Pains: J2."""
    settings, problems = shape(parse(f'url: "https://x"\n{line}\n', "site.yaml"), WebhookSettings, hide=True)
    assert settings is None
    assert expected in str(problems[0])
    assert "hunter2" not in str(problems[0])


def test_settings_show_where_secrets_stand_and_never_what_they_are() -> None:
    """Pains: J2."""
    made = WebhookSettings(url="env:URL", token="env:TOKEN", secret_headers={"X-Key": "env:HOOK_KEY"})
    assert not any(secret and secret in repr(made) for secret in SECRETS.values())


def test_a_secret_in_the_file_is_refused_unshown() -> None:
    text = 'url: "https://x"\ntoken: hunter2\nhmac_key: "env:K"\n'
    settings, problems = shape(parse(text, "site.yaml"), WebhookSettings)
    assert settings is None
    assert "secrets only by reference" in str(problems[0])
    assert "hunter2" not in str(problems[0])


def test_an_address_is_one_or_a_reference_to_one() -> None:
    _, problems = shape(parse("url: x.example\n", "site.yaml"), WebhookSettings)
    assert str(problems[0]).startswith("site.yaml:1:6: url: expected http://..., https://... or a reference")
    settings, _ = shape(parse('url: "file:/run/url"\n', "site.yaml"), WebhookSettings)
    assert settings is not None
    assert settings.url == SecretRef.parse("file:/run/url")
