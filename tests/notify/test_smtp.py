"""The mail channel against a real SMTP server with STARTTLS, implicit TLS and AUTH."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from dcim.alerts import ChangeKind, Language, Severity
from dcim.notify import Context, Delivered, Letter, Notice, RefusedForGood, RetryAfter, Site, Verdict
from dcim.notify.channels.smtp import Security, SmtpSettings, judge, plugin
from dcim.notify.wording.mail import compose
from dcim.yaml import parse, shape
from tests.waiting import free_port

Letters = Callable[..., Letter]
Serve = Callable[..., Awaitable[int]]
PASSWORD = "pâss wörd"
LOGIN = {"user": "dcim", "password": "env:MAIL"}


@dataclass
class Mailbox:
    """Keeps what it takes; answers RCPT and DATA as the test says."""

    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    rcpt: dict[str, str] = field(default_factory=dict)
    users: list[str] = field(default_factory=list)
    password: str = PASSWORD

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.data.pop(0) if self.data else "250 taken"
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
            self.recipients.append(envelope.rcpt_tos)
        return answer

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = data.login == b"dcim" and data.password == self.password.encode()
        self.users.append(data.login.decode())
        return AuthResult(success=good, handled=False)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
async def serve(mailbox: Mailbox, tls: SimpleNamespace) -> AsyncIterator[Callable[..., Awaitable[int]]]:
    """Start a server on this loop (our client is in a thread) and return its port."""
    servers: list[asyncio.Server] = []

    async def start(*, starttls: bool = False, implicit: bool = False, auth: bool = False) -> int:
        told = {
            "hostname": "mail.test",
            "tls_context": tls.server if starttls else None,
            "require_starttls": starttls,
            "auth_required": auth,
            "auth_require_tls": starttls,
            "authenticator": mailbox.authenticate if auth else None,
        }
        server = await asyncio.get_running_loop().create_server(
            lambda: SMTP(mailbox, **told), "127.0.0.1", 0, ssl=tls.server if implicit else None
        )
        servers.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    yield start
    for server in servers:
        server.close()


def no_link(notice: Notice, who: str) -> str:
    return ""


async def send(
    letter: Letter,
    site: Site,
    port: int,
    secret: str = "",
    link: Callable[[Notice, str], str] = no_link,
    **settings: object,
) -> Verdict:
    told = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "from": "dcim@example.org",
        "to": ("oncall@example.org",),
        "timeout": 5.0,
        **settings,
    }
    channel = plugin.open(SmtpSettings(**told), Context(site, lambda ref: secret, link=link))
    try:
        return await channel.send(letter)
    finally:
        await channel.aclose()


async def test_a_file_that_is_not_the_one_that_was_issued_is_not_sent(
    letter: Letters, site: Site, serve: Callable[..., Awaitable[int]], mailbox: Mailbox, tmp_path: Path
) -> None:
    """Pains: G4, H2."""
    file = tmp_path / "report.en.pdf"
    file.write_bytes(b"%PDF of this month")
    first = letter()
    told = replace(first.notice, attached=str(file), attached_sha256=sha256(file.read_bytes()).hexdigest())
    port = await serve()
    assert isinstance(await send(replace(first, notice=told), site, port), Delivered)
    file.write_bytes(b"%PDF of another month")
    verdict = await send(replace(first, notice=told), site, port)
    assert verdict == RefusedForGood(
        "report.en.pdf was altered after it was issued: put it back from a backup"
    )
    assert len(mailbox.mails) == 1
    (sent,) = mailbox.mails[0].iter_attachments()
    assert sent.get_content() == b"%PDF of this month"


def test_a_mail_of_a_report_is_in_the_language_of_the_report_and_not_of_its_channel(letter: Letters) -> None:
    first = letter()
    told = replace(first, notice=Notice.of(replace(first.notice, language="en").body()))
    mail = compose(told, "dcim@example.org", ["a@example.org"], Language.FR)
    assert mail["Subject"] == "[CRITICAL] UPS-A: UPS on battery - Casablanca 1"
    text = mail.get_body(("plain",))
    assert text is not None
    assert "Consequence: The load lives on the battery." in text.get_content()


async def test_a_mail_says_everything_in_french_and_in_two_forms(
    serve: Serve, mailbox: Mailbox, letter: Letters, site: Site
) -> None:
    """Pains: H5."""
    assert await send(letter(), site, await serve(), to=("a@example.org", "b@example.org")) == Delivered()
    (mail,) = mailbox.mails
    assert mailbox.recipients == [["a@example.org", "b@example.org"]]
    assert mail["Subject"] == "[CRITIQUE] UPS-A : Onduleur sur batterie - Casablanca 1"
    assert mail["Message-ID"] == letter().id
    assert mail["X-Dcim-Key"] == letter().dedup_key
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"] == "Tue, 25 Nov 2025 12:00:00 +0000"
    assert (mail["From"], mail["To"], mail["X-Priority"]) == (
        "dcim@example.org",
        "a@example.org, b@example.org",
        "1",
    )
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    for body in (text.get_content(), html.get_content()):
        assert "La charge vit sur la batterie" in body
        assert "Vérifier le secteur." in body
        assert "UPS-A (ups-a), salle r1, baie r1-01, voie A" in body
        assert "2025-11-25 13:00:00 +0100" in body
    assert "l'arrivée" in text.get_content()
    assert "l&#x27;arrivée" in html.get_content()


async def test_a_clearance_answers_the_mail_of_its_raise(
    serve: Serve, mailbox: Mailbox, letter: Letters, site: Site
) -> None:
    port = await serve()
    await send(letter(), site, port)
    await send(letter(ChangeKind.CLEARED, at=1_764_072_060.0, severity=Severity.MINOR), site, port)
    raised, cleared = mailbox.mails
    assert cleared["In-Reply-To"] == cleared["References"] == raised["Message-ID"]
    assert cleared["Message-ID"] != raised["Message-ID"]
    assert raised["In-Reply-To"] is None
    assert cleared["X-Priority"] is None
    assert cleared["X-Dcim-Key"] == raised["X-Dcim-Key"]


@pytest.mark.parametrize("secret", [PASSWORD, "in ascii"])
async def test_starttls_and_login_with_an_authority_of_our_own(
    serve: Serve, mailbox: Mailbox, letter: Letters, site: Site, tls: SimpleNamespace, secret: str
) -> None:
    mailbox.password = secret
    port = await serve(starttls=True, auth=True)
    verdict = await send(letter(), site, port, secret, **LOGIN, security="starttls", ca_file=tls.ca_file)
    assert verdict == Delivered()
    assert mailbox.users == ["dcim"]
    assert len(mailbox.mails) == 1


async def test_implicit_tls(
    serve: Serve, mailbox: Mailbox, letter: Letters, site: Site, tls: SimpleNamespace
) -> None:
    port = await serve(implicit=True)
    assert await send(letter(), site, port, security="tls", ca_file=tls.ca_file) == Delivered()
    assert len(mailbox.mails) == 1


async def test_a_server_that_nobody_we_trust_vouches_for_gets_nothing(
    serve: Serve, mailbox: Mailbox, letter: Letters, site: Site
) -> None:
    verdict = await send(letter(), site, await serve(starttls=True), security="starttls")
    assert isinstance(verdict, RetryAfter)
    assert "CERTIFICATE_VERIFY_FAILED" in verdict.why
    assert mailbox.mails == []


async def test_a_server_without_starttls_gets_nothing_in_clear(
    serve: Serve, mailbox: Mailbox, letter: Letters, site: Site
) -> None:
    verdict = await send(letter(), site, await serve(), security="starttls")
    assert isinstance(verdict, RetryAfter)
    assert "STARTTLS" in verdict.why
    assert mailbox.mails == []


@pytest.mark.parametrize("secret", ["hunter2", "hùnter2"])
async def test_a_wrong_password_is_tried_again_and_never_shown(
    serve: Serve, mailbox: Mailbox, letter: Letters, site: Site, tls: SimpleNamespace, secret: str
) -> None:
    port = await serve(starttls=True, auth=True)
    verdict = await send(letter(), site, port, secret, **LOGIN, security="starttls", ca_file=tls.ca_file)
    assert isinstance(verdict, RetryAfter)
    assert verdict.why.startswith("login: SMTP 535")
    assert secret not in verdict.why
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("451 greylisted", RetryAfter("SMTP 451 greylisted")),
        ("554 spam", RefusedForGood("SMTP 554 spam")),
    ],
)
async def test_4xx_is_not_now_and_5xx_is_never(
    serve: Serve, mailbox: Mailbox, letter: Letters, site: Site, answer: str, verdict: Verdict
) -> None:
    mailbox.data = [answer]
    assert await send(letter(), site, await serve()) == verdict


@pytest.mark.parametrize(
    ("refused", "verdict"),
    [
        ({"a@example.org": "550 who?"}, Delivered("a@example.org: SMTP 550 who?")),
        ({"a@example.org": "450 busy"}, RetryAfter("a@example.org: SMTP 450 busy")),
        (
            {"a@example.org": "550 who?", "b@example.org": "551 gone"},
            RefusedForGood("a@example.org: SMTP 550 who?; b@example.org: SMTP 551 gone"),
        ),
        (
            {"a@example.org": "550 who?", "b@example.org": "450 busy"},
            RetryAfter("a@example.org: SMTP 550 who?; b@example.org: SMTP 450 busy"),
        ),
    ],
)
async def test_a_recipient_that_is_refused_is_said_and_costs_the_others_nothing(
    serve: Serve,
    mailbox: Mailbox,
    letter: Letters,
    site: Site,
    refused: dict[str, str],
    verdict: Verdict,
) -> None:
    mailbox.rcpt = refused
    assert await send(letter(), site, await serve(), to=("a@example.org", "b@example.org")) == verdict


async def test_a_server_that_is_not_there_is_tried_again(letter: Letters, site: Site) -> None:
    verdict = await send(letter(), site, free_port())
    assert isinstance(verdict, RetryAfter)
    assert verdict.why.startswith("connection: ConnectionRefusedError")


async def test_a_server_that_stays_silent_holds_a_thread_of_its_own_and_is_tried_again(
    letter: Letters, site: Site
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        threads = threading.active_count()
        sending = asyncio.create_task(send(letter(), site, silent.getsockname()[1], timeout=0.3))
        assert await asyncio.to_thread(lambda: "free") == "free"
        verdict = await sending
    assert isinstance(verdict, RetryAfter)
    assert verdict.why.startswith("connection: ")
    assert threading.active_count() <= threads + 2


async def test_a_server_that_breaks_off_in_the_middle_is_tried_again(letter: Letters, site: Site) -> None:
    def greet_and_go(server: socket.socket) -> None:
        peer, _ = server.accept()
        peer.sendall(b"220 hello\r\n")
        peer.recv(100)
        peer.sendall(b"250 hello\r\n")
        peer.recv(100)
        peer.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=greet_and_go, args=(server,))
        thread.start()
        verdict = await send(letter(), site, server.getsockname()[1])
        thread.join()
    assert isinstance(verdict, RetryAfter)


async def test_a_mail_that_was_taken_is_delivered_even_if_the_goodbye_fails(
    letter: Letters, site: Site
) -> None:
    def take_and_go(server: socket.socket) -> None:
        peer, _ = server.accept()
        with peer, peer.makefile("rb") as said:
            peer.sendall(b"220 hello\r\n")
            for line in said:
                if line.strip().upper() == b"DATA":
                    peer.sendall(b"354 go on\r\n")
                    while said.readline() != b".\r\n":
                        pass
                    peer.sendall(b"250 taken\r\n")
                    return
                peer.sendall(b"250 OK\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=take_and_go, args=(server,))
        thread.start()
        verdict = await send(letter(), site, server.getsockname()[1])
        thread.join()
    assert verdict == Delivered()


def test_a_duplicate_is_the_same_mail_to_the_last_header(letter: Letters) -> None:
    """Pains: H2."""
    first, second = (compose(letter(), "d@x.org", ["o@x.org"], Language.FR) for _ in range(2))
    assert first.items() == second.items()


def test_no_header_can_be_smuggled_in(letter: Letters) -> None:
    mail = compose(letter(name="UPS\r\nBcc: all@example.org"), "d@x.org", ["o@x.org"], Language.EN)
    assert mail["Bcc"] is None
    assert mail["Subject"].startswith("[CRITICAL] UPS Bcc: all@example.org: UPS on battery")


def test_html_shows_names_as_they_are(letter: Letters) -> None:
    mail = compose(letter(name="<b>UPS</b>"), "d@x.org", ["o@x.org"], Language.EN)
    html = mail.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;UPS&lt;/b&gt;" in html.get_content()


def test_ids_are_never_folded_or_encoded(letter: Letters, site: Site) -> None:
    long = Site("a-very-long-site-identifier-of-a-very-large-company", "x", "UTC")
    said = letter(ChangeKind.CLEARED, at=1_764_072_060.0, site=long)
    mail = compose(said, "d@x.org", ["o@x.org"], Language.EN)
    assert f"In-Reply-To: {said.notice.raise_id}".encode() in mail.as_bytes()
    assert f"Message-ID: {said.id}".encode() in mail.as_bytes()


@pytest.mark.parametrize(("code", "verdict"), [(421, RetryAfter), (550, RefusedForGood), (-1, RetryAfter)])
def test_what_a_reply_code_means(code: int, verdict: type) -> None:
    assert isinstance(judge(code, "x"), verdict)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("host: h\nfrom: d@x.org\nto: []\n", "expected at least one recipient"),
        ("host: h\nfrom: not an address\nto: [o@x.org]\n", "from"),
        ("host: h\nfrom: d@x.org\nto: [o@x.org]\nuser: u\n", "user and password come together"),
        (
            'host: h\nfrom: d@x.org\nto: [o@x.org]\nuser: u\npassword: "env:P"\nsecurity: none\n',
            "a password needs security: starttls or tls",
        ),
        ("host: h\nfrom: d@x.org\nto: [o@x.org]\nsecurity: startls\n", "did you mean 'starttls'?"),
    ],
)
def test_a_wrong_setting_is_told_with_its_place(text: str, expected: str) -> None:
    settings, problems = shape(parse(text, "site.yaml"), SmtpSettings)
    assert settings is None
    (problem,) = problems
    assert expected in str(problem)
    assert str(problem).startswith("site.yaml:")


@pytest.mark.parametrize(
    ("security", "port"), [(Security.NONE, 25), (Security.STARTTLS, 587), (Security.TLS, 465)]
)
def test_the_port_follows_from_the_security(security: Security, port: int, site: Site) -> None:
    told = SmtpSettings(host="mail", security=security, sender="d@x.org", to=("o@x.org",))
    channel = plugin.open(told, Context(site, lambda ref: "hunter2"))
    assert repr(channel._server) == f"mail:{port}"


# a link that acknowledges


def link_for(notice: Notice, who: str) -> str:
    return f"https://dcim.example.net/acknowledge/{who.partition('@')[0]}-{notice.key[:6]}"


async def test_every_reader_gets_a_link_of_their_own_and_nobody_sees_another_one(
    serve: Serve, mailbox: Mailbox, letter: Letters, site: Site
) -> None:
    """Pains: H4."""
    to = ("amina@example.org", "karim@example.org")
    assert await send(letter(), site, await serve(), link=link_for, to=to) == Delivered()
    assert mailbox.recipients == [["amina@example.org"], ["karim@example.org"]]
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == 1
    for mail, mine, other in zip(mailbox.mails, ("amina-", "karim-"), ("karim-", "amina-"), strict=True):
        assert mail["To"] == "amina@example.org, karim@example.org"
        for kind in ("plain", "html"):
            body = mail.get_body((kind,))
            assert body is not None
            assert f"https://dcim.example.net/acknowledge/{mine}" in body.get_content()
            assert other not in body.get_content()
    html = mailbox.mails[0].get_body(("html",))
    assert html is not None
    assert ">Acquitter</a>" in html.get_content()


@pytest.mark.parametrize("kind", [ChangeKind.CLEARED, ChangeKind.ACKNOWLEDGED])
async def test_what_asks_for_nobody_has_no_link(
    serve: Serve, mailbox: Mailbox, letter: Letters, site: Site, kind: ChangeKind
) -> None:
    to = ("amina@example.org", "karim@example.org")
    await send(letter(kind), site, await serve(), link=link_for, to=to)
    assert mailbox.recipients == [list(to)]
    assert "acknowledge/" not in mailbox.mails[0].as_string()


async def test_a_reader_who_is_refused_keeps_no_other_from_their_mail(
    serve: Serve, mailbox: Mailbox, letter: Letters, site: Site
) -> None:
    mailbox.rcpt = {"amina@example.org": "550 no such user"}
    to = ("amina@example.org", "karim@example.org")
    verdict = await send(letter(), site, await serve(), link=link_for, to=to)
    assert verdict == Delivered("amina@example.org: SMTP 550 no such user")
    assert mailbox.recipients == [["karim@example.org"]]
    mailbox.rcpt = dict.fromkeys(to, "550 no such user")
    assert isinstance(await send(letter(), site, await serve(), link=link_for, to=to), RefusedForGood)
    mailbox.rcpt = {"karim@example.org": "451 later"}
    assert isinstance(await send(letter(), site, await serve(), link=link_for, to=to), RetryAfter)
