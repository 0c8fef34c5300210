"""``dcim alerts`` against a daemon's answers. Pains: B1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from dcim.cli.duty.alerts import PROBLEMS, alerts

ALERT: dict[str, Any] = {
    "severity": "major", "asset": "ups-a", "name": "UPS A", "title": "Battery hot", "room": "r1", "rack": "", "limit": "",
    "metric": "ups_battery_temperature_celsius", "labels": {}, "raised_at": "2026-01-01T00:00:00Z",
    "age": 5.0, "consequence": "c", "action": "a", "reading": None, "observed": True, "returning": False,
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


def test_an_alert_whose_value_is_fine_again_says_what_it_waits_for(told: Told) -> None:
    app = typer.Typer()
    app.command()(alerts)
    done = CliRunner().invoke(app, ["--url", told([{**ALERT, "returning": True}])], env={"COLUMNS": "200"})
    assert "(condition gone, over when that lasts)" in done.output


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


INCIDENT: dict[str, Any] = {
    "id": "c0ffee12" + "0" * 56, "headline": "Feed A lost at Meter A", "severity": "critical",
    "opened_at": "2026-01-01T00:00:00Z", "acknowledged_by": "", "root": "0" * 64,
}  # fmt: skip


def member(number: int, **said: Any) -> dict[str, Any]:
    key = str(number) * 64
    return {**ALERT, "key": key, "title": f"Title {number}", "incident": INCIDENT["id"], **said}


def printed(
    serve: Callable[[Mapping[str, Any]], str], found: list[dict[str, Any]], *options: str, **said: Any
) -> list[str]:
    incidents = [{**INCIDENT, **said}]
    url = serve({"/api/v1/status": STATUS, "/api/v1/alerts": found, "/api/v1/incidents": incidents})
    app = typer.Typer()
    app.command()(alerts)
    done = CliRunner().invoke(app, ["--url", url, "--lang", "en", *options], env={"COLUMNS": "200"})
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == PROBLEMS
    return [line.strip() for line in done.output.splitlines()]


def test_one_trouble_reads_as_one_its_headline_first_and_its_alerts_folded_beneath(
    serve: Callable[[Mapping[str, Any]], str],
) -> None:
    """Pains: F4, F10."""
    alone = {**ALERT, "title": "Something else", "incident": ""}
    lines = printed(serve, [alone, *(member(number, action=f"do {number}") for number in range(8))])
    assert lines[0] == "critical Feed A lost at Meter A [c0ffee12]"
    assert lines[1].endswith("not acknowledged · alerts: 8")
    assert lines[2:4] == ["c", "-> do 0"], "what the root means and what to do"
    titles = [line for line in lines if "Title" in line]
    assert titles[0] == "major    UPS A: Title 0 [00000000]"
    assert len(titles) == 6
    assert "and 2 more (--all shows them)" in lines
    assert lines.index("major    UPS A: Something else [3fa9c1d2]") > lines.index(titles[-1])
    every = printed(serve, [member(number) for number in range(8)], "--all")
    assert len([line for line in every if "Title" in line]) == 8


def test_what_an_alert_reads_is_not_said_twice(serve: Callable[[Mapping[str, Any]], str]) -> None:
    reading = {"value": None, "unit": "", "gap": None, "at": "2026-01-01T00:00:00Z"}
    silent = member(0, title="The device gives no answer", reading={**reading, "state": "silent"})
    (line,) = (line for line in printed(serve, [silent, member(1)]) if "gives" in line)
    assert line == "major    UPS A: The device gives no answer silent [00000000]"
    same = {**silent, "title": "The device is silent"}
    (line,) = (line for line in printed(serve, [same, member(1)]) if "device is" in line)
    assert line == "major    UPS A: The device is silent [00000000]"


def test_who_looks_after_an_incident_is_said_and_what_of_it_is_over(
    serve: Callable[[Mapping[str, Any]], str],
) -> None:
    over = member(1, open=False, life="returned_unacknowledged")
    lines = printed(serve, [member(0), over], acknowledged_by="Amina")
    assert "acknowledged by Amina" in lines[1]
    assert "major    UPS A: Title 1 · over, not seen yet [11111111]" in lines


def test_an_alert_whose_incident_is_over_by_now_stands_by_itself(
    serve: Callable[[Mapping[str, Any]], str],
) -> None:
    lines = printed(serve, [member(1, incident="f" * 64)])
    assert lines[0] == "major    UPS A: Title 1 [11111111]"
    assert not [line for line in lines if line.endswith(",")], "nowhere is no place"


def test_what_an_alert_meant_and_what_to_do_is_not_said_of_one_that_is_over(
    serve: Callable[[Mapping[str, Any]], str],
) -> None:
    """It said for hours after the mains were back that the load lives on the battery."""
    texts = {"consequence": "The load lives on the battery.", "action": "Stop the load."}
    standing = printed(serve, [member(1, incident="f" * 64, **texts)])
    assert "The load lives on the battery." in standing
    assert "-> Stop the load." in standing
    over = member(1, incident="f" * 64, open=False, life="returned_unacknowledged", **texts)
    said = printed(serve, [member(0), over])
    assert "over, not seen yet" in said
    assert not [line for line in said if "The load lives" in line or "Stop the load" in line]


def test_an_address_is_shown_without_its_password() -> None:
    app = typer.Typer()
    app.command()(alerts)
    done = CliRunner().invoke(app, ["--url", "http://amina:hunter2@127.0.0.1:9"])
    assert (done.exit_code, "127.0.0.1:9" in done.output, "hunter2" in done.output) == (3, True, False)


def test_a_part_in_a_label_goes_by_its_name(told: Told) -> None:
    app = typer.Typer()
    app.command()(alerts)
    found = {
        **ALERT,
        "metric": "load_after_loss_ratio",
        "labels": {"part": "msb-7"},
        "called": {"msb-7": "TGBT Nord"},
    }
    done = CliRunner().invoke(app, ["--url", told([found])], env={"COLUMNS": "200"})
    assert "TGBT Nord" in done.output
    assert "msb-7" not in done.output
