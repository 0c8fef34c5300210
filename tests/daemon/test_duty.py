"""Routes, on-call and maintenance in a running daemon, over the API and with the commands. Pains: F7, H1, H3."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dcim.cli import build
from dcim.store import reading

RULES = """\
format: 1
rules:
  - rule: on_battery
    metric: ups_output_source_state
    state: battery
    severity: major
    title: { en: On battery, fr: Sur batterie }
    consequence: { en: Minutes are left., fr: Il reste des minutes. }
    action: { en: Look at the mains., fr: Voir le réseau. }
"""
EVENING = datetime.now(UTC) - timedelta(hours=2)


def notify(folder: Path) -> dict[str, Any]:
    return {
        "channels": [
            {"name": f"to-{name}", "type": "log", "file": str(folder / f"{name}.jsonl")}
            for name in ("amina", "karim", "noc")
        ],
        "people": {
            "amina": {"name": "Amina B.", "channels": ["to-amina"]},
            "karim": {"name": "Karim K.", "channels": ["to-karim"]},
        },
        "rotas": {"on-call": {"people": ["amina", "karim"], "first": EVENING.isoformat()[:16] + "+00:00"}},
        "routes": [{"name": "all", "to": ["on-call"]}],
    }


def told(folder: Path, name: str) -> list[tuple[str, str]]:
    path = folder / f"{name}.jsonl"
    lines = path.read_text().splitlines() if path.exists() else []
    sent = list(map(json.loads, lines))
    assert all(said["routes"] == ["all"] for said in sent if said["change"] == "raised")
    return [(said["change"], said["rule"]) for said in sent]


async def command(site: Any, *words: str) -> tuple[int, str]:
    done = await asyncio.to_thread(
        CliRunner().invoke, build([words[0]]), [*words, "--url", str(site.web.base_url)]
    )
    return done.exit_code, done.output


@pytest.mark.long
async def test_whoever_is_on_call_is_told_and_somebody_stands_in(
    plan_of: Callable[..., Any], running: Any, fleet: Any, tmp_path: Path
) -> None:
    async with running(plan_of("ups-a", rules=RULES, notify=notify(tmp_path))) as site:
        code, said = await command(site, "oncall", "show")
        assert (code, "on-call: Amina B. (amina) until 20" in said) == (0, True)
        code, said = await command(
            site, "oncall", "swap", "on-call", "karim", "--for", "1h", "--who", "amina"
        )
        assert code == 0, said
        assert "on-call: Karim K. (karim) until" in said
        assert "karim stands in" in said
        code, said = await command(
            site, "oncall", "swap", "on-call", "salma", "--for", "1h", "--who", "amina"
        )
        assert (code, "there is nobody 'salma'; known: amina, karim" in said) == (1, True)
        fleet.source["ups-a"] = "battery"

        async def is_told() -> bool:
            return ("raised", "on_battery") in told(tmp_path, "karim")

        await site.until(is_told)
        assert ("listed", "hand_over") in told(tmp_path, "karim")
        assert told(tmp_path, "amina") == told(tmp_path, "noc") == []
        now = datetime.now(UTC)
        for moment, said_then in (
            (now.isoformat(), "on-call: karim\n"),
            ((now - timedelta(days=400)).isoformat(), "nothing is on record of that time\n"),
            ((now + timedelta(days=7)).isoformat(), "on-call: karim\n"),
            ((now + timedelta(days=14)).isoformat(), "on-call: amina\n"),
        ):
            assert await command(site, "oncall", "show", "--at", moment) == (0, said_then)
        (alert,) = await site.get("/alerts")
        for moment, present in (
            (datetime.now(UTC).isoformat(), "route all"),
            (None, "route all: step 1 of 1"),
        ):
            query = {} if moment is None else {"at": moment}
            answer = (await site.web.get(f"/api/v1/explain/{alert['key']}", params=query)).json()
            said = [line["text"] for line in answer["lines"] if line["topic"] == "route"]
            assert present in said[0], said
            assert ("on call then (on-call): karim" in said) is (moment is not None)
            assert "the way to them is not" not in str(answer)
    with reading(tmp_path / "state") as books:
        raised = [fact.read() for fact in books.facts(kinds=["incident"], limit=10)]
        assert [fact["routes"] for fact in raised if fact["told"]] == [["all"]]
        facts = [fact.read() for fact in books.facts(kinds=["on_call"], limit=10)]
        named = {one.pseudonym: one.name for one in books.people()}
    assert [(fact["change"], named[fact["person"]]) for fact in facts] == [
        ("hand_over", "amina"), ("stand_in", "karim"), ("hand_over", "karim"),
    ]  # fmt: skip


@pytest.mark.long
async def test_work_is_announced_wakes_nobody_and_what_is_wrong_at_its_end_is_told(
    plan_of: Callable[..., Any], running: Any, fleet: Any, tmp_path: Path
) -> None:
    plan = plan_of("ups-a", rules=RULES, notify=notify(tmp_path))
    async with running(plan) as site:
        add = ("maintenance", "add", "fans", "--device", "ups-a", "--reason", "new fans", "--who", "karim")
        code, said = await command(site, *add, "--for", "1h", "--ticket", "CHG-7")
        assert (code, "OPEN   fans  20" in said) == (0, True), said
        assert "new fans (CHG-7), announced by karim" in said
        code, said = await command(site, *add, "--for", "1h")
        assert (code, "there is a window 'fans' already" in said) == (1, True)
        fleet.source["ups-a"] = "battery"

        async def stands() -> bool:
            return bool(await site.get("/alerts"))

        await site.until(stands)
    fleet.layouts.clear()
    async with running(plan) as site:
        (beneath,) = await site.get("/alerts")
        assert (beneath["told"], beneath["mutes"][0]["ticket"]) == (False, "CHG-7")
        assert told(tmp_path, "amina") == [("announced", "maintenance")]
        code, said = await command(site, "maintenance", "end", "fans", "--who", "karim")
        assert (code, "no maintenance is open or announced" in said) == (0, True)

        async def is_told() -> bool:
            return ("raised", "on_battery") in told(tmp_path, "amina")

        await site.until(is_told)
    assert told(tmp_path, "amina").count(("announced", "maintenance")) == 2
    with reading(tmp_path / "state") as books:
        facts = [fact.read() for fact in books.facts(kinds=["maintenance"], limit=20)]
    assert [fact["change"] for fact in facts if "change" in fact] == [
        "announced",
        "started",
        "ended",
    ]


@pytest.mark.long
async def test_wrong_words_are_told_before_anything_is_asked(
    plan_of: Callable[..., Any], running: Any, tmp_path: Path
) -> None:
    async with running(plan_of("ups-a", rules=RULES)) as site:
        for words, why in (
            (("oncall", "show"), "the configuration has no rota"),
            (("maintenance", "list"), "no maintenance is open or announced"),
            (("maintenance", "add", "x", "--reason", "y", "--who", "z"), "either until when"),
            (
                ("maintenance", "add", "x", "--reason", "y", "--who", "z", "--for", "soon"),
                "expected a time such as",
            ),
            (
                ("maintenance", "add", "x", "--reason", "y", "--who", "z", "--until", "soon"),
                "a day and an hour",
            ),
            (("maintenance", "add", "x", "--reason", "y", "--who", "z", "--for", "1h"), "lies over nothing"),
            (("maintenance", "end", "x", "--who", "z"), "nobody announced a window 'x'"),
        ):
            said = " ".join((await command(site, *words))[1].replace("│", " ").split())
            assert why in said, words
