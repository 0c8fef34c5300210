"""A scenario of the simulator, from the plant's physics to a mailbox and a webhook."""

from __future__ import annotations

import email
import email.policy
import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from .conftest import free_port, until

pytestmark = [pytest.mark.live, pytest.mark.waits, pytest.mark.timeout(900)]


class Mailbox:
    """An SMTP server that keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 taken"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@pytest.fixture
def webhook() -> Iterator[tuple[list[Any], str]]:
    posted: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield posted, f"http://127.0.0.1:{server.server_address[1]}/alerts"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.long
def test_a_lost_utility_is_told_once_with_its_root_and_what_to_do(
    processes: Any, mailbox: Any, webhook: Any
) -> None:
    """Pains: H2, H5, F8, F10. That it is over is told when the off-delay of the alerts has run out, 60 s after the mains."""
    (box, smtp), (posted, url) = mailbox, webhook
    process = processes.start(
        "demo", sys.executable, "-m", "dcim.cli", "demo", "--scenario", "utility-lost", "--for", "800",
        "--listen", f"127.0.0.1:{free_port()}", "--webhook", url, "--smtp", f"127.0.0.1:{smtp}",
    )  # fmt: skip

    def told_as_over() -> bool:
        assert process.poll() is None, processes.log("demo")[-3000:]
        over = {one["message_id"] for one in posted if one["change"] == "cleared"}
        return bool(over & {mail["Message-ID"] for mail in box.mails})

    until(told_as_over, "a message that the incident is over, by webhook and mail", 600)
    assert processes.end(process) == 0, processes.log("demo")[-3000:]

    assert len({one["message_id"] for one in posted}) == len(posted)
    incidents = [one for one in posted if one["subject"] == "incident"]
    keys = {
        one["dedup_key"] for one in incidents if "cas1-ups-a" in str(one["children"]) + one["device"]["id"]
    }
    assert len(keys) == 1, [one["headline"] for one in incidents]
    mains = [one for one in incidents if one["dedup_key"] in keys]
    raised = mains[0]
    assert Counter(one["change"] for one in mains)["raised"] == 1
    assert (raised["change"], mains[-1]["change"]) == ("raised", "cleared")
    assert "Compteur arrivée" in mains[-1]["headline"]
    assert raised["consequence"]
    assert raised["action"]

    batteries = [one for told in mains for one in (told, *told["also"]) if one["rule"] == "ups_on_battery"]
    assert all(one["consequence"] and one["action"] for one in batteries)
    assert batteries, "that UPS live on their batteries is told with what to do"

    mails = Counter(mail["Message-ID"] for mail in box.mails)
    assert set(mails) == {one["message_id"] for one in posted}
    assert set(mails.values()) == {1}
    mail = next(mail for mail in box.mails if mail["Message-ID"] == raised["message_id"])
    text = mail.get_body(("plain",)).get_content()
    assert " ".join(raised["action"].split()) in " ".join(text.split())
    assert " ".join(raised["consequence"].split()) in " ".join(text.split())
    for later in mains[1:]:
        answer = next(mail for mail in box.mails if mail["Message-ID"] == later["message_id"])
        assert answer["In-Reply-To"] == raised["message_id"]
