"""``dcim alerts`` against a daemon's answers. Pains: B1."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from dcim.cli.alerts import PROBLEMS, alerts

ALERT: dict[str, Any] = {
    "severity": "major", "name": "UPS A", "title": "Battery hot", "room": "r1", "rack": "", "limit": "",
    "metric": "ups_battery_temperature_celsius", "labels": {}, "raised_at": "2026-01-01T00:00:00Z",
    "age": 5.0, "consequence": "c", "action": "a", "reading": None, "observed": True,
}  # fmt: skip
STATUS = {"language": "en", "time_zone": "UTC", "devices": 1, "devices_by_reach": {"answering": 1}}

Serve = Callable[[list[dict[str, Any]]], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return what answers like a daemon with these alerts, and gives its address."""
    answers: dict[str, Any] = {"/api/v1/status": STATUS}

    class Daemon(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(answers[self.path.partition("?")[0]]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Daemon)
    thread = Thread(target=lambda: server.serve_forever(0.01))
    thread.start()

    def start(found: list[dict[str, Any]]) -> str:
        answers["/api/v1/alerts"] = found
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("observed", [True, False])
@pytest.mark.parametrize(
    ("lang", "words"), [("en", "no longer read: cannot be judged"), ("fr", "plus lu : ne peut être jugé")]
)
def test_an_alert_that_nothing_reads_any_more_says_so(
    serve: Serve, lang: str, words: str, *, observed: bool
) -> None:
    app = typer.Typer()
    app.command()(alerts)
    url = serve([{**ALERT, "observed": observed}])
    done = CliRunner().invoke(app, ["--url", url, "--lang", lang], env={"COLUMNS": "200"})
    assert done.exit_code == PROBLEMS
    assert (words in done.output) is not observed


def test_where_nothing_is_wrong_or_nothing_is_watched_that_is_said_in_the_readers_language(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = typer.Typer()
    app.command()(alerts)

    def said(lang: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["--url", serve([]), "--lang", lang], env={"COLUMNS": "40"})
        return done.exit_code, done.output

    assert said("fr") == (0, "Aucune alerte ouverte. Toutes les règles décidables sont au repos.\n")
    monkeypatch.setitem(STATUS, "devices", 2)
    assert said("en") == (0, "1 device tells nothing: what it watches is unknown, not fine.\n")
    monkeypatch.setitem(STATUS, "devices", 0)
    monkeypatch.setitem(STATUS, "devices_by_reach", {})
    assert said("en") == (0, "No device in the configuration yet.\n")
