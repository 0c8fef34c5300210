"""``dcim reclassify``: what it asks of the daemon, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from dcim.cli import build


class Daemon(HTTPServer):
    """Answers like a daemon in Casablanca; keeps what it was asked."""

    asked: list[tuple[str, dict[str, Any]]]
    refusal = ""


class Handler(BaseHTTPRequestHandler):
    server: Daemon

    def do_GET(self) -> None:
        self._say(200, {"time_zone": "Africa/Casablanca"})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, body))
        if self.server.refusal:
            self._say(422, {"detail": self.server.refusal})
        else:
            self._say(200, {**body, "sequence": 7})

    def _say(self, status: int, body: Any) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    server = Daemon(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def run(daemon: Daemon, *more: str) -> tuple[int, str]:
    words = [
        "reclassify",
        "power/r1",
        "--who",
        "amina",
        "--from",
        "2026-03-01 10:00",
        "--until",
        "2026-03-01 11:00",
    ]
    words += ["--was", "forced_outage", "--now", "planned_corrective", "--reason", "a test", *more]
    done = CliRunner().invoke(
        build(["reclassify"]), [*words, "--url", f"http://127.0.0.1:{daemon.server_port}"]
    )
    return done.exit_code, done.output


def test_it_asks_in_the_zone_of_the_site_and_says_what_was_recorded(daemon: Daemon) -> None:
    code, said = run(daemon)
    assert (code, said) == (
        0,
        "power/r1  2026-03-01 10:00:00 to 2026-03-01 11:00:00: forced_outage is planned_corrective, says amina (fact 7)\n"
        "Only what was forced_outage in that time moves; where nothing was, reports stay as they are.\n",
    )
    ((path, order),) = daemon.asked
    assert path == "/api/v1/reclassified"
    assert order["start"] == "2026-03-01T10:00:00+00:00"  # Ramadan


def test_a_refusal_is_told_and_ends_with_1(daemon: Daemon) -> None:
    daemon.refusal = "it is not over yet"
    assert run(daemon) == (1, "dcim: it is not over yet\n")


def test_a_word_that_is_no_category_is_wrong_usage(daemon: Daemon) -> None:
    code, said = run(daemon, "--now", "fine")
    assert code == 2
    assert "planned_corrective" in said
    assert daemon.asked == []


@pytest.mark.parametrize(
    ("written", "why"),
    [("2026-02-15 02:30", "2026-02-15 02:30+01:00"), ("2026-03-22 02:30", "on no wall")],
)
def test_a_time_that_the_wall_showed_twice_or_never_is_not_guessed(
    daemon: Daemon, written: str, why: str
) -> None:
    """A fact that is never taken back is not made of the wrong hour."""
    code, said = run(daemon, "--from", written)
    assert code == 2
    assert why in " ".join(said.replace("│", " ").split())
    assert daemon.asked == []


def test_of_a_time_that_the_wall_showed_twice_the_answer_says_which(daemon: Daemon) -> None:
    code, said = run(daemon, "--from", "2026-02-15 02:30+00:00", "--until", "2026-02-15 03:30")
    assert (code, said.partition(": forced")[0]) == (
        0,
        "power/r1  2026-02-15 02:30:00+0000 to 2026-02-15 03:30:00",
    )
