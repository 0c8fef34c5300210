"""``dcim explain`` against a daemon's answers. Pains: H4."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import typer
from typer.testing import CliRunner, Result

from dcim.cli.duty.explain import NOTHING_KNOWN, explain
from dcim.cli.talking.talk import NO_DAEMON

STATUS = {"language": "fr", "time_zone": "Africa/Casablanca"}
LINES = [
    {"topic": "condition", "text": "charge [98 %]", "holds": False},
    {"topic": "mute", "text": "shelved", "holds": True},
]
RULE = {"kind": "rule", "name": "Hot", "said": "au repos", "lines": LINES[:1], "parts": []}
ALERT = {"kind": "alert", "name": "UPS A: low", "said": "Muette.", "lines": LINES, "parts": []}
DEVICE = {"kind": "device", "name": "UPS A", "said": "Une.", "lines": [], "parts": [ALERT, RULE]}

Serve = Callable[[Mapping[str, Any]], str]


def run(url: str, *args: str) -> Result:
    app = typer.Typer()
    app.command()(explain)
    return CliRunner().invoke(app, ["--url", url, *args], env={"COLUMNS": "40"})


def test_each_line_stands_under_its_topic_and_what_holds_it_back_has_a_mark(serve: Serve) -> None:
    url = serve({"/api/v1/status": STATUS, "/api/v1/explain/ups-a": DEVICE})
    said = run(url, "ups-a").output.splitlines()
    assert "  Condition         charge [98 %]" in said
    assert "! Mises en silence  shelved" in said
    assert "Règles au repos ici" in said
    assert "  Hot\N{NO-BREAK SPACE}: au repos" in said, "as French writes a colon"
    assert "  Hot: au repos" in run(url, "ups-a", "--lang", "en").output.splitlines()
    told = run(url, "ups-a", "--json", "--at", "2026-11-25 22:00")
    assert (told.exit_code, json.loads(told.output)) == (0, DEVICE)


def test_a_name_that_nobody_knows_ends_with_1_and_names_like_it(serve: Serve) -> None:
    detail = {"why": "Nothing is known of “a/b”.", "nearest": ["ups-a", "ups-b"]}
    url = serve({"/api/v1/status": STATUS, "/api/v1/explain/a%2Fb": (404, {"detail": detail})})
    done = run(url, "a/b", "--lang", "en")
    assert done.exit_code == NOTHING_KNOWN
    assert "Nothing is known of “a/b”." in done.output
    assert "Did you mean: ups-a, ups-b" in done.output


def test_without_a_daemon_it_ends_with_3() -> None:
    assert run("http://127.0.0.1:9", "ups-a").exit_code == NO_DAEMON
    said = run("127.0.0.1:9", "ups-a")  # as one types it
    assert (said.exit_code, "at http://127.0.0.1:9 (" in said.output) == (NO_DAEMON, True)
