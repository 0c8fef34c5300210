from __future__ import annotations

import asyncio
import json
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dcim.clock import SystemClock
from dcim.daemon import Daemon, PortTaken
from dcim.model import Address
from dcim.store import DATABASE, Fenced, StateDirectoryInUse, reading, verify
from tests.waiting import PATIENCE

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


def told(folder: Path) -> list[dict[str, Any]]:
    path = folder / "told.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def test_a_reading_goes_to_api_metrics_and_history(
    plan_of: Callable[..., Any], running: Any, tmp_path: Path
) -> None:
    async with running(plan_of("ups-a")) as site:
        device = await site.get("/devices/ups-a")
        values = {value["metric"]: value for value in device["values"]}
        assert values["ups_output_source_state"]["state"] == "normal"
        assert values["ups_output_load_ratio"]["value"] == 0.42
        assert device["model"] == "U1"
        metrics = (await site.web.get("/metrics")).text
        assert 'dcim_ups_output_load_ratio{asset="ups-a",kind="ups",site="cas1"} 0.42' in metrics
        assert 'state="answering"' in metrics
        assert "dcim_polls_total" in metrics
        point = values["ups_output_load_ratio"]["point"]

        async def kept() -> bool:
            track = await site.get(f"/history?point={point}")
            return bool(track[0]["samples"]) and track[0]["samples"][0]["value"] == 0.42

        await site.until(kept)


async def test_an_alert_is_told_once_and_its_clearance_once(
    plan_of: Callable[..., Any], running: Any, fleet: Any, tmp_path: Path
) -> None:
    """Pains: H2, H5."""
    fleet.source["ups-a"] = "battery"
    async with running(plan_of("ups-a", rules=RULES)) as site:

        async def told_of(number: int) -> bool:
            return len(told(tmp_path)) == number

        await site.until(lambda: told_of(1))
        alerts = await site.get("/alerts")
        assert [alert["title"] for alert in alerts] == ["On battery"]
        assert alerts[0]["action"] == "Look for the mains."
        fleet.source["ups-a"] = "normal"
        await site.until(lambda: told_of(2))
        (returned,) = await site.get("/alerts")
        assert (returned["life"], returned["open"]) == ("returned_unacknowledged", False)
        order = {"who": "Amina", "note": "seen"}
        said = await site.web.post(f"/api/v1/alerts/{returned['key']}/acknowledge", json=order)
        assert said.json()["recorded"]
        assert await site.get("/alerts") == []
        with reading(tmp_path / "state") as books:
            fact = books.facts(kinds=["alert"])[-1].read()
            named = {one.pseudonym: one.name for one in books.people()}
        assert (fact["change"], named[fact["who"]], fact["why"], fact["open"]) == (
            "acknowledged",
            "Amina",
            "seen",
            False,
        )
    raised, cleared = told(tmp_path)
    assert raised["dedup_key"] == cleared["dedup_key"]
    assert verify(tmp_path / "state").holds


@pytest.mark.long
async def test_what_is_shelved_is_told_when_it_comes_off_the_shelf_and_after_a_restart_too(
    plan_of: Callable[..., Any], running: Any, fleet: Any, tmp_path: Path
) -> None:
    """Pains: F4, F7."""
    plan = plan_of("ups-a", rules=RULES)
    async with running(plan) as site:
        order = {"who": "Amina", "note": "the generator is tested", "seconds": 3600}
        assert (await site.web.post("/api/v1/devices/ups-a/shelve", json=order)).status_code == 200
        fleet.source["ups-a"] = "battery"

        async def stands() -> bool:
            return bool(await site.get("/alerts"))

        await site.until(stands)
    fleet.layouts.clear()
    async with running(plan) as site:
        (beneath,) = await site.get("/alerts")
        assert (beneath["open"], beneath["told"], beneath["mutes"][0]["by"]) == (True, False, "Amina")
        assert told(tmp_path) == []
        done = await site.web.post("/api/v1/devices/ups-a/unshelve", json={"who": "Brahim"})
        assert [one["change"] for one in done.json()["changes"]] == ["unmuted", "raised"]

        async def is_told() -> bool:
            return len(told(tmp_path)) == 1

        await site.until(is_told)
    assert verify(tmp_path / "state").holds


async def test_an_open_alert_survives_a_restart_and_is_not_told_again(
    plan_of: Callable[..., Any], running: Any, fleet: Any, tmp_path: Path
) -> None:
    fleet.source["ups-a"] = "battery"
    plan = plan_of("ups-a", rules=RULES)
    async with running(plan) as site:

        async def is_told() -> bool:
            return len(told(tmp_path)) == 1

        await site.until(is_told)
    fleet.layouts.clear()
    async with running(plan) as site:
        assert len(await site.get("/alerts")) == 1

        async def polled_again() -> bool:
            return bool((await site.get("/status"))["polls"] >= 3)

        await site.until(polled_again)
        assert (await site.get("/status"))["blind_from"] is not None
    assert len(told(tmp_path)) == 1


async def test_a_device_that_says_nothing_is_on_record_and_unknown(
    plan_of: Callable[..., Any], running: Any, fleet: Any, tmp_path: Path
) -> None:
    """Pains: E3, B15."""
    fleet.source["ups-b"] = None
    plan = plan_of("ups-a", "ups-b")
    async with running(plan) as site:
        status = await site.get("/status")
        assert status["devices_by_reach"] == {"answering": 1, "silent": 1}
        metrics = (await site.web.get("/metrics")).text
        assert 'dcim_device_reach_state{asset="ups-b",kind="ups",site="cas1",state="silent"} 1' in metrics
        assert 'dcim_ups_output_load_ratio{asset="ups-b"' not in metrics
    with reading(plan.settings.state) as books:
        facts = [entry for entry in books.facts() if entry.kind == "device_state"]
    assert {(fact.subject, json.loads(fact.body)["reach"]) for fact in facts} == {
        ("ups-a", "answering"),
        ("ups-b", "silent"),
    }
    assert verify(plan.settings.state).holds


async def test_a_port_in_use_is_named_before_anything_is_opened(plan_of: Callable[..., Any]) -> None:
    plan = plan_of("ups-a")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        daemon = Daemon(plan, SystemClock(), Address("127.0.0.1", port))
        with pytest.raises(PortTaken, match=f"127.0.0.1:{port}"):
            await daemon.__aenter__()
    assert not plan.settings.state.exists()


async def test_a_second_daemon_on_one_state_directory_is_refused_and_harms_nothing(
    plan_of: Callable[..., Any], running: Any
) -> None:
    """Pains: D8."""
    plan = plan_of("ups-a")
    async with running(plan) as site:
        with pytest.raises(StateDirectoryInUse):
            await Daemon(plan, SystemClock(), Address("127.0.0.1", 0)).__aenter__()
        assert (await site.web.get("/-/ready")).status_code == 200
    assert verify(plan.settings.state).holds


async def test_a_daemon_whose_place_was_taken_ends_and_says_so(plan_of: Callable[..., Any]) -> None:
    """Pains: D8."""
    plan = plan_of("ups-a", heartbeat="1s")
    daemon = Daemon(plan, SystemClock(), Address("127.0.0.1", 0))
    async with daemon:
        running = asyncio.create_task(daemon.run(asyncio.Event()))
        await asyncio.wait_for(daemon.until_ready(), PATIENCE)
        with sqlite3.connect(plan.settings.state / DATABASE) as other:
            other.execute("UPDATE chain SET epoch = epoch + 1")
        other.close()
        with pytest.raises(Fenced, match="another writer took the chain over"):
            await asyncio.wait_for(running, PATIENCE)
    assert verify(plan.settings.state).holds
