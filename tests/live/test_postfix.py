"""Mail through a real Postfix with STARTTLS and AUTH, killed and brought back in the middle."""

from __future__ import annotations

import asyncio
import base64
import mailbox
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dcim.alerts import Alert, Change, ChangeKind, Language, Severity, alert_key
from dcim.clock import SystemClock
from dcim.model import Point
from dcim.notify import Context, Delivered, Patience, Postman, RetryAfter, Site, record
from dcim.notify.channels.smtp import SmtpSettings, plugin
from dcim.notify.posting.trial import trial_letters
from dcim.store import Store
from tests.waiting import PATIENCE, free_port
from tests.waiting import until_it as until

from .conftest import Processes

pytestmark = [pytest.mark.live, pytest.mark.waits, pytest.mark.timeout(900)]

SITE = Site("cas1", "Casablanca 1", "Africa/Casablanca", Language.FR)
PASSWORD = "pass word"
MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.test
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
maillog_file = /dev/stdout
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}/box
virtual_mailbox_maps = static:mail
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
smtpd_tls_security_level = encrypt
smtpd_tls_cert_file = {folder}/cert.pem
smtpd_tls_key_file = {folder}/key.pem
smtpd_sasl_auth_enable = yes
smtpd_tls_auth_only = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = permit_sasl_authenticated, reject
"""
MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


async def passwords(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speak the protocol by which Dovecot checks passwords for Postfix."""
    writer.write(b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\tc\nDONE\n")
    try:
        while line := await reader.readline():
            words = line.decode().rstrip("\n").split("\t")
            if words[0] != "AUTH":
                continue
            proof = next(word.removeprefix("resp=") for word in words if word.startswith("resp="))
            _, user, password = base64.b64decode(proof).decode().split("\0")
            good = (user, password) == ("dcim", PASSWORD)
            writer.write(f"{'OK' if good else 'FAIL'}\t{words[1]}\tuser={user}\n".encode())
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


@dataclass
class Postfix:
    """A Postfix with everything of its own in one folder."""

    processes: Processes
    folder: Path
    port: int
    master: Any = None

    def start(self) -> None:
        self.master = self.processes.start("postfix", "postfix", "-c", self.folder / "conf", "start-fg")

    def kill(self) -> None:
        """End the master and its children: they are its process group."""
        master = int((self.folder / "queue" / "pid" / "master.pid").read_text())
        for group in {os.getpgid(master), self.master.pid}:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        self.master.wait(PATIENCE)

    def mails(self) -> list[mailbox.mboxMessage]:
        if not self.box.exists():
            return []
        with closing(mailbox.mbox(self.box, create=False)) as box:
            return list(box)

    @property
    def box(self) -> Path:
        return self.folder / "box" / "mail"


@pytest.fixture
async def postfix(
    processes: Processes, live: Callable[[bool, str], None], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Postfix]:
    live(shutil.which("postfix") is not None and os.getuid() == 0, "no postfix, or not root")
    folder = Path(subprocess.run(["mktemp", "-d"], check=True, capture_output=True, text=True).stdout.strip())
    folder.chmod(0o755)
    for name in ("conf", "queue", "data", "box"):
        (folder / name).mkdir()
    os.chown(folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
    os.chown(folder / "box", 65534, 65534)
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
            "-keyout", folder / "key.pem", "-out", folder / "cert.pem",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    checker = await asyncio.start_server(passwords, "127.0.0.1", 0)
    port, auth = free_port(), checker.sockets[0].getsockname()[1]
    (folder / "conf" / "main.cf").write_text(MAIN.format(folder=folder, auth=auth))
    (folder / "conf" / "master.cf").write_text(MASTER.format(port=port))
    subprocess.run(["postfix", "-c", folder / "conf", "check"], check=True, capture_output=True)
    made = Postfix(processes, folder, port)
    made.start()
    yield made
    made.kill()
    checker.close()
    await asyncio.sleep(0.05)
    shutil.rmtree(folder)


def change(kind: ChangeKind, asset: str, raised_at: float, at: float) -> Change:
    point = Point(asset, "ups_output_source_state")
    key = alert_key("cas1", "ups_on_battery", point)
    return Change(kind, Alert(key, "ups_on_battery", point, Severity.CRITICAL, raised_at), at)


async def test_every_mail_comes_once_by_its_name_and_the_clearance_after_its_raise(
    postfix: Postfix, tmp_path: Path
) -> None:
    """Pains: H1, H2."""
    told = {
        "host": "localhost", "port": postfix.port, "user": "dcim", "password": "env:P", "from": "dcim@example.org",
        "to": ("oncall@example.org",), "ca_file": postfix.folder / "cert.pem", "timeout": 5.0,
    }  # fmt: skip
    channel = plugin.open(SmtpSettings(**told), Context(SITE, lambda _ref: PASSWORD))
    clock = SystemClock()
    (letter,) = trial_letters(SITE, "mail", channel, clock.now())

    async def sent() -> bool:
        return await channel.send(letter) == Delivered()

    await until(sent, "Postfix takes a mail")
    wrong = plugin.open(SmtpSettings(**told), Context(SITE, lambda _ref: "hunter2 wrong"))
    refused = await wrong.send(letter)
    assert isinstance(refused, RetryAfter)
    assert refused.why.startswith("login: SMTP 535")
    assert "hunter2" not in refused.why
    await wrong.aclose()

    store = Store.open(tmp_path / "state", "cas1", clock)
    man = Postman(store, {"mail": channel}, clock, Patience(first=0.2, longest=0.5))
    running = asyncio.create_task(man.run())
    began = clock.now()

    async def say(kind: ChangeKind, asset: str) -> None:
        await store.commit(record([change(kind, asset, began, clock.now())], SITE, ["mail"]))
        man.wake()

    await say(ChangeKind.RAISED, "ups-a")
    await until(lambda: man.counts["mail"].delivered == 1, "the first is delivered")
    postfix.kill()
    await say(ChangeKind.RAISED, "ups-b")
    await say(ChangeKind.CLEARED, "ups-a")
    await until(lambda: man.counts["mail"].failing_since is not None, "the channel fails")
    postfix.start()
    await until(lambda: man.counts["mail"].delivered == 3, "the others are delivered")
    await until(lambda: len({mail["Message-ID"] for mail in postfix.mails()}) >= 4, "all are in the box")
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    of_a = [
        mail
        for mail in postfix.mails()
        if mail["X-Dcim-Key"] == change(ChangeKind.RAISED, "ups-a", 0, 0).alert.key
    ]
    assert len(of_a) >= 2
    first, last = of_a[0], of_a[-1]
    assert last["In-Reply-To"] == first["Message-ID"]
    await man.aclose()
    store.close()
