"""``dcim alerts`` against a daemon's answers. Pains: B1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from dcim.cli.alerts import PROBLEMS, alerts

ALERT: dict[str, Any] = {
    "severity": "major", "name": "UPS A", "title": "Battery hot", "room": "r1", "rack": "", "limit": "",
    "metric": "ups_battery_temperature_celsius", "labels": {}, "raised_at": "2026-01-01T00:00:00Z",
    "age": 5.0, "consequence": "c", "action": "a", "reading": None, "observed": True,
    "key": "3fa9c1d2" + "0" * 56, "life": "unacknowledged", "open": True, "mutes": [], "chattering": False,
    "acknowledged_by": "", "runbook": "https://wiki.example.org/hot", "acknowledged_until": None, "note": "",
}  # fmt: skip
STATUS = {"language": "en", "time_zone": "UTC", "devices": 1, "devices_by_reach": {"answering": 1}}

Told = Callable[[list[dict[str, Any]]], str]


@pytest.fixture
def told(serve: Callable[[Mapping[str, Any]], str]) -> Told:
    """Return what answers like a daemon with these alerts, and gives its address."""
    return lambda found: serve({"/api/v1/status": STATUS, "/api/v1/alerts": found})


@pytest.mark.parametrize("observed", [True, False])
@pytest.mark.parametrize(
    ("lang", "words"), [("en", "no longer read: cannot be judged"), ("fr", "plus lu : ne peut être jugé")]
)
def test_an_alert_that_nothing_reads_any_more_says_so(
    told: Told, lang: str, words: str, *, observed: bool
) -> None:
    app = typer.Typer()
    app.command()(alerts)
    url = told([{**ALERT, "observed": observed}])
    done = CliRunner().invoke(app, ["--url", url, "--lang", lang], env={"COLUMNS": "200"})
    assert done.exit_code == PROBLEMS
    assert (words in done.output) is not observed
    assert "-> https://wiki.example.org/hot" in done.output
    assert "[3fa9c1d2]" in done.output


def test_where_nothing_is_wrong_or_nothing_is_watched_that_is_said_in_the_readers_language(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = typer.Typer()
    app.command()(alerts)

    def said(lang: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["--url", told([]), "--lang", lang], env={"COLUMNS": "40"})
        return done.exit_code, done.output

    assert said("fr") == (0, "Aucune alerte ouverte. Toutes les règles décidables sont au repos.\n")
    monkeypatch.setitem(STATUS, "devices", 2)
    assert said("en") == (0, "1 device tells nothing: what it watches is unknown, not fine.\n")
    monkeypatch.setitem(STATUS, "devices", 0)
    monkeypatch.setitem(STATUS, "devices_by_reach", {})
    assert said("en") == (0, "No device in the configuration yet.\n")
