"""``dcim status`` against a daemon's answers: whole rows, and an exit code that says the truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from json import loads
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from dcim.cli.duty.status import fine, status

STATUS: dict[str, Any] = {
    "site": "cas1", "name": "Casablanca", "version": "1", "points": 3, "time_zone": "Africa/Casablanca",
    "started_at": "2026-03-01T12:00:00.123456Z", "blind_from": None, "ready": True, "ok": True, "alerts": 0,
    "parts": [{"name": "store", "ok": True, "why": ""}], "devices": 1, "devices_by_reach": {"answering": 1},
}  # fmt: skip
MODEL = "Smart-UPS SRT 3000 with a model name that no terminal of eighty columns can hold on one line"
DEVICE = {
    "id": "ups-a", "kind": "ups", "room": "r1", "reach": "answering", "alerts": 0, "worst": None,
    "vendor": "APC", "model": MODEL, "why": "",
}  # fmt: skip


@pytest.fixture
def answers() -> dict[str, Any]:
    return {"/api/v1/status": dict(STATUS), "/api/v1/devices": [DEVICE]}


@pytest.fixture
def url(answers: dict[str, Any], serve: Callable[[Mapping[str, Any]], str]) -> str:
    return serve(answers)


def run(url: str, *words: str) -> tuple[int, str]:
    app = typer.Typer()
    app.command()(status)
    done = CliRunner().invoke(app, ["--url", url, *words], env={"COLUMNS": "80"})
    return done.exit_code, done.output


def test_a_pipe_gets_every_row_whole(url: str) -> None:
    code, said = run(url)
    assert code == 0
    assert any(line.startswith("ups-a ") and line.endswith(f"APC {MODEL}") for line in said.splitlines())
    assert "watching since 2026-03-01 12:00:00" in said or "watching since 2026-03-01 13:00:00" in said
    code, said = run(url, "--json")
    assert (code, loads(said)["devices"]) == (0, 1)


def test_each_channel_says_when_it_last_delivered_and_who_silences_it(
    url: str, answers: dict[str, Any]
) -> None:
    """Pains: H1."""
    silence = {"by": "Amina", "why": "works", "until": "2026-03-02T12:00:00Z", "matchers": "a=b", "alerts": 2}
    channel = {
        "name": "am", "type": "alertmanager", "state": "failing", "why": "no answer in time",
        "delivered_at": "2026-03-01T12:00:00Z", "tested_at": None, "silences": [silence],
    }  # fmt: skip
    answers["/api/v1/status"] |= {"channels": [channel]}
    _, said = run(url)
    assert "channel am: failing, last delivery 2026-03-01 1" in said
    assert ": no answer in time" in said
    assert "by Amina: 2 alerts (a=b), works" in said


@pytest.mark.parametrize(
    ("reaches", "english", "french"),
    [
        ({"answering": 1, "silent": 1}, "1 answering, 1 no answer", "1 répond, 1 ne répond pas"),
        ({"answering": 2, "silent": 3}, "2 answering, 3 no answer", "2 répondent, 3 ne répondent pas"),
        (
            {"refused": 2, "nonsense": 2, "unknown": 2},
            "2 answer nonsense, 2 refuse us, 2 not asked yet",
            "2 ont une réponse incohérente, 2 refusent l’accès, 2 pas encore interrogés",
        ),
    ],
)
def test_the_verb_agrees_with_how_many_devices_do_so(
    url: str, answers: dict[str, Any], reaches: dict[str, int], english: str, french: str
) -> None:
    answers["/api/v1/status"] |= {"devices": sum(reaches.values()), "devices_by_reach": reaches}
    assert english in run(url, "--lang", "en")[1]
    assert french in run(url, "--lang", "fr")[1]


def test_a_site_without_devices_is_not_fine_and_says_that_nothing_is_watched(
    url: str, answers: dict[str, Any]
) -> None:
    answers["/api/v1/status"] |= {"devices": 0, "devices_by_reach": {}}
    answers["/api/v1/devices"] = []
    code, said = run(url)
    assert code == 1
    assert "nothing is watched" in said


@pytest.mark.parametrize(
    "wrong",
    [
        {"ok": False}, {"ready": False}, {"alerts": 1}, {"devices": 0, "devices_by_reach": {}},
        {"devices_by_reach": {"silent": 1}}, {"devices": 2},
    ],
)  # fmt: skip
def test_anything_that_is_wrong_shows_in_the_exit_code(wrong: dict[str, Any]) -> None:
    assert fine(STATUS)
    assert not fine(STATUS | wrong)


def test_the_site_is_told_of_in_its_language_or_in_that_asked_for(url: str, answers: dict[str, Any]) -> None:
    answers["/api/v1/status"] |= {
        "language": "fr", "alerts": 1, "devices_by_reach": {"silent": 1}, "ready": False,
        "parts": [{"name": "store", "ok": False, "why": "nothing came back"}],
    }  # fmt: skip
    answers["/api/v1/devices"] = [
        {**DEVICE, "reach": "silent", "alerts": 1, "worst": "major", "why": "nothing came back"}
    ]
    _, said = run(url)
    for part in (
        "surveillance depuis le 2026-03-01 1", "base de données : rien n’est revenu", "démarrage : tous les équipements",
        "équipement", "ne répond pas", "1 (majeure)", "équipements : 1 (1 ne répond pas) ; alertes ouvertes : 1",
    ):  # fmt: skip
        assert part in said
    assert "watching" not in said
    assert "watching since" in run(url, "--lang", "en")[1]
