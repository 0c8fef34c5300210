"""A whole daemon records no name: it shows them until one is erased, and the chain holds. Pains: G2, H4."""

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
from dcim.store import reading, verify

RULES = """
format: 1
rules:
  - rule: on_battery
    kinds: [ups]
    metric: ups_output_source_state
    state: battery
    severity: critical
    title: { en: On battery, fr: Sur batterie }
    consequence: { en: The load is lost when it is empty., fr: La charge est perdue une fois vide. }
    action: { en: Look for the mains., fr: Cherchez le réseau. }
"""
NAME = "Zineb Tazi"


async def command(*words: str) -> tuple[int, Any]:
    done = await asyncio.to_thread(CliRunner().invoke, build(["people"]), ["people", *words])
    return done.exit_code, done.output


@pytest.mark.long
async def test_a_name_is_in_no_fact_row_or_message_and_gone_once_it_is_erased(
    plan_of: Callable[..., Any], running: Any, fleet: Any, tmp_path: Path
) -> None:
    fleet.source["ups-a"] = "battery"
    log, state = tmp_path / "told.jsonl", tmp_path / "state"
    people = {"z.tazi": {"name": NAME, "channels": ["log"]}}
    channels = [{"name": "log", "type": "log", "file": str(log)}]
    rotas = {"noc": {"people": ["z.tazi"], "first": "2026-11-23 08:00", "days": 7}}
    plan = plan_of("ups-a", rules=RULES, notify={"channels": channels, "people": people, "rotas": rotas})
    async with running(plan) as site:

        async def stands() -> bool:
            return bool(await site.get("/alerts"))

        await site.until(stands)
        (alert,) = await site.get("/alerts")
        path = f"/api/v1/alerts/{alert['key']}"
        said = await site.web.post(f"{path}/acknowledge", json={"who": NAME, "note": "on my way"})
        assert (said.json()["who"], said.json()["recorded"]) == (NAME, True)
        shelved = {"who": NAME, "note": "new cells", "seconds": 3600}
        assert (await site.web.post(f"{path}/shelve", json=shelved)).status_code == 200
        soon = datetime.now(UTC) + timedelta(hours=1)
        window = {"id": "cells", "who": NAME, "reason": "new cells", "devices": ["ups-a"],
                  "start": str(soon), "end": str(soon + timedelta(hours=1))}  # fmt: skip
        assert (await site.web.post("/api/v1/maintenance", json=window)).is_success
        (alert,) = await site.get("/alerts")
        assert (alert["acknowledged_by"], alert["mutes"][0]["by"]) == (NAME, NAME)
        assert [one["by"] for one in await site.get("/maintenance")] == [NAME]
        assert [one["mute"]["by"] for one in await site.get("/mutes")] == [NAME]
        assert NAME in str(await site.get(f"/explain/{alert['key']}"))
        with reading(state) as books:
            held = [entry.body for entry in books.entries()]
            held += [json.dumps(dict(row.body)) for row in books.alerts()]
            held += [json.dumps(dict(row.body)) for row in books.outbox()]
            known = {one.name: one.pseudonym for one in books.people()}
        assert [body for body in held if NAME in body or "z.tazi" in body] == []
        assert {"z.tazi", NAME} <= set(known)
        where = ("--url", str(site.web.base_url))
        code, listed = await command("list", *where)
        assert (code, f"{known[NAME]}  {NAME}" in listed) == (0, True)
        code, said = await command("erase", NAME, "--who", "dpo", *where)
        assert (code, said.startswith(f"{known[NAME]}  erased 20")) == (0, True)
        assert (await command("erase", NAME, "--who", "dpo", *where))[0] == 1
        (alert,) = await site.get("/alerts")
        assert alert["acknowledged_by"] == f"{known[NAME]} (erased person)"
    with reading(state) as books:
        assert NAME not in {one.name for one in books.people()}
        (fact,) = books.facts(kinds=["person_erased"])
        assert (fact.subject, NAME in fact.body) == (known[NAME], False)
    assert verify(state).holds
    code, said = await command("erase", "z.tazi", "--who", "dpo", "--state", str(state))
    assert (code, "erased" in said) == (0, True)
    assert (await command("erase", "nobody", "--who", "dpo", "--state", str(state)))[0] == 1
    assert "z.tazi" not in (await command("list", "--state", str(state)))[1]
    assert verify(state).holds
