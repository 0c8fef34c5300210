"""``dcim ack``, ``shelve`` and the others: what they ask of the daemon, and how they end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typer.testing import CliRunner

from dcim.cli import build

KEYS = ["3fa9c1d2" + "0" * 56, "3fa9c1ff" + "0" * 56]
COMMANDS = ["ack", "shelve", "unshelve", "out-of-service", "in-service"]

Run = Callable[..., tuple[int, str]]


class Daemon(HTTPServer):
    """Answers like a daemon with two alerts and a device; keeps what it was asked to do."""

    done: list[tuple[str, dict[str, Any]]]
    shown: list[str]
    refusal: tuple[int, Any] | None = None
    alerts: list[dict[str, Any]]
    past: dict[str, dict[str, Any]]  # what is over, by the digits it was asked by


class Handler(BaseHTTPRequestHandler):
    server: Daemon

    def do_GET(self) -> None:
        if "/explain/" in self.path:
            past = self.server.past.get(self.path.rpartition("/")[2])
            self._say(*((200, past) if past else (404, {"detail": {"why": "nothing", "nearest": []}})))
            return
        found = self.server.alerts if self.path.endswith("/alerts") else [{"id": "ups-a"}]
        self._say(200, found)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "Authorization" in self.headers:
            self.server.shown.append(self.headers["Authorization"])
        self.server.done.append((self.path.removeprefix("/api/v1"), body))
        done = {"changes": [{"key": KEYS[0], "change": "raised_untold"}], "recorded": True}
        self._say(*(self.server.refusal or (200, done)))

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
    server.done, server.shown, server.past = [], [], {}
    server.alerts = [{"key": key} for key in KEYS]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def run(daemon: Daemon) -> Run:
    def act(*words: str, who: str = "Amina") -> tuple[int, str]:
        url = f"http://127.0.0.1:{daemon.server_port}"
        env = {"DCIM_URL": url, "DCIM_WHO": who, "COLUMNS": "200", "LOGNAME": "", "USER": ""}
        done = CliRunner().invoke(build(COMMANDS), list(words), env=env)
        return done.exit_code, done.output

    return act


def test_an_alert_is_meant_by_the_digits_that_are_enough(run: Run, daemon: Daemon) -> None:
    assert run("ack", "3FA9C1D2", "--note", "on my way", "--for", "4h") == (0, "3FA9C1D2: raised untold\n")
    order = {"who": "Amina", "note": "on my way", "seconds": 14400.0}
    assert daemon.done == [(f"/alerts/{KEYS[0]}/acknowledge", order)]


def test_digits_that_mean_two_alerts_or_none_do_nothing(run: Run, daemon: Daemon) -> None:
    assert run("ack", "3fa9c1") == (1, "dcim: 3fa9c1: several alerts begin so: give more digits\n")
    assert run("ack", "beef00") == (1, "dcim: beef00: no alert and no device is called so\n")
    assert run("ack", "3fa")[0] == 1
    assert daemon.done == []


def test_a_device_is_shelved_by_its_name(run: Run, daemon: Daemon) -> None:
    words = ("shelve", "ups-a", "--reason", "test", "--for", "30min", "--rule", "ups_on_battery")
    assert run(*words)[0] == 0
    order = {"who": "Amina", "note": "test", "seconds": 1800.0, "rule": "ups_on_battery"}
    assert daemon.done == [("/devices/ups-a/shelve", order)]


@pytest.mark.parametrize(
    ("words", "path", "ticket"),
    [
        (("unshelve", "ups-a"), "/devices/ups-a/unshelve", None),
        (("in-service", "ups-a"), "/devices/ups-a/in-service", None),
        (("out-of-service", "ups-a", "--reason", "x", "--ticket", "CHG-7"), "/devices/ups-a/out-of-service",
         "CHG-7"),
    ],
)  # fmt: skip
def test_every_command_has_its_deed(
    run: Run, daemon: Daemon, words: tuple[str, ...], path: str, ticket: str | None
) -> None:
    assert run(*words)[0] == 0
    ((asked, order),) = daemon.done
    assert (asked, order.get("ticket")) == (path, ticket)


def test_a_refusal_is_told_and_scripts_read_it(run: Run, daemon: Daemon) -> None:
    daemon.refusal = 422, {"detail": "shelved for at most 8 h, asked for 9 h"}
    words = ("shelve", "3fa9c1d2", "--reason", "x", "--for", "9h")
    assert run(*words) == (1, "dcim: 3fa9c1d2: shelved for at most 8 h, asked for 9 h\n")
    code, said = run(*words, "--json")
    assert (code, json.loads(said)[0]["ok"]) == (1, False)
    daemon.refusal = 422, {"detail": [{"loc": ["body", "who"], "msg": "too long"}]}
    assert run(*words) == (1, "dcim: 3fa9c1d2: who: too long\n")


@pytest.mark.parametrize(
    "words",
    [
        ("shelve", "ups-a", "--reason", "x"),
        ("shelve", "ups-a", "--for", "1h"),
        ("shelve", "ups-a", "--reason", "x", "--for", "a while"),
        ("out-of-service", "ups-a", "--reason", "x"),
        ("ack",),
    ],
)
def test_what_is_missing_is_wrong_usage(run: Run, daemon: Daemon, words: tuple[str, ...]) -> None:
    assert run(*words)[0] == 2
    assert daemon.done == []


def test_without_a_name_nothing_is_done(run: Run, daemon: Daemon) -> None:
    assert run("ack", "3fa9c1d2", who=" ")[0] == 2
    assert daemon.done == []


def test_without_a_daemon_the_exit_code_is_3() -> None:
    env = {"DCIM_URL": "http://127.0.0.1:9", "DCIM_WHO": "Amina"}
    assert CliRunner().invoke(build(COMMANDS), ["ack", "3fa9c1d2"], env=env).exit_code == 3


def of_incident(name: str, key: str, by: str = "") -> dict[str, Any]:
    return {"key": key, "incident": name, "acknowledged_by": by}


def test_an_incident_is_acknowledged_as_a_whole_but_for_what_somebody_has_taken(
    run: Run, daemon: Daemon
) -> None:
    incident, other = "c0ffee12" + "0" * 56, "beefbeef" + "0" * 56
    daemon.alerts = [
        of_incident(incident, KEYS[0]),
        of_incident(incident, KEYS[1]),
        of_incident(incident, "7" * 64, "Karim"),
        of_incident(other, "8" * 64),
    ]
    code, output = run("ack", "c0ffee")
    assert (code, output) == (0, "c0ffee: raised untold\n")
    assert [path for path, _ in daemon.done] == [f"/incidents/{incident}/acknowledge"]
    daemon.alerts = [of_incident(incident, KEYS[0], "Karim")]
    code, output = run("ack", incident)
    assert (code, "acknowledged already, by Karim; with --note or --for you take over" in output) == (1, True)
    before = len(daemon.done)
    for more in (("--note", "I have it"), ("--for", "4h")):
        assert run("ack", incident, *more)[0] == 0
    assert [path for path, _ in daemon.done[before:]] == [f"/incidents/{incident}/acknowledge"] * 2


def test_what_is_over_is_no_stranger(run: Run, daemon: Daemon) -> None:
    """Its alerts may wait to be seen: the daemon knows; only what was never there is unknown."""
    incident = "58df39d0" + "0" * 56
    daemon.past = {
        "58df39d0": {"kind": "incident", "id": incident},
        "77777777": {"kind": "alert", "id": "7" * 64},
    }
    assert run("ack", "58DF39D0") == (0, "58DF39D0: raised untold\n")
    assert [path for path, _ in daemon.done] == [f"/incidents/{incident}/acknowledge"]
    daemon.refusal = 409, {"detail": "it is over since noon, and nothing of it waits to be seen"}
    assert run("ack", "58df39d0") == (
        1, "dcim: 58df39d0: it is over since noon, and nothing of it waits to be seen\n",
    )  # fmt: skip
    assert run("ack", "77777777") == (1, "dcim: 77777777: it is over, and does not wait to be seen\n")
    assert run("ack", "beef00ff") == (1, "dcim: beef00ff: no alert and no device is called so\n")


def test_who_shelves_an_incident_is_told_what_can_be_shelved(run: Run, daemon: Daemon) -> None:
    """`dcim alerts` names it in the same brackets as an alert: it is not unknown."""
    daemon.alerts = [of_incident("c0ffee12" + "0" * 56, KEYS[0])]
    code, output = run("shelve", "c0ffee12", "--reason", "x", "--for", "1h")
    assert (code, output) == (1, "dcim: c0ffee12: this is an incident: name its alerts or a device\n")
    assert not daemon.done


def test_where_people_have_tokens_theirs_is_shown_and_never_printed(
    run: Run, daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pains: H4, J2."""
    (tmp_path / "token").write_text("t0p-secret-token\n")
    monkeypatch.setenv("DCIM_TOKEN", f"file:{tmp_path}/token")
    assert run("ack", "3fa9c1d2")[0] == 0
    assert daemon.shown == ["Bearer t0p-secret-token"]
    daemon.refusal = 401, {"detail": "this needs the token of a person (notify.people)"}
    code, output = run("ack", "3fa9c1d2")
    assert (code, "needs the token" in output, "t0p" in output) == (1, True, False)
    monkeypatch.setenv("DCIM_TOKEN", "t0p-secret-token")
    code, output = run("ack", "3fa9c1d2")
    assert (code, "only by reference" in output, "t0p" in output) == (2, True, False)


def test_what_names_an_incident_and_an_alert_is_refused(run: Run, daemon: Daemon) -> None:
    daemon.alerts = [of_incident("3fa9c1d2" + "1" * 56, KEYS[0])]
    code, output = run("ack", "3fa9c1d2")
    assert (code, daemon.done, "give more digits" in output) == (1, [], True)
    code, output = run("shelve", "3fa9c1d2" + "1" * 20, "--for", "1h", "--reason", "known")
    assert (code, daemon.done) == (1, [])
