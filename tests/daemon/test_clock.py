"""A wall clock that jumps under the running daemon: said in the ledger, and nothing else comes of it. Pains: G2, K4."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from dcim.clock import SystemClock
from dcim.daemon import Daemon
from dcim.model import Address
from dcim.store import reading, verify
from tests.waiting import PATIENCE, until_it

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


class Shifted(SystemClock):
    """The clock of this machine, put forward or back by somebody; its monotonic time is left alone."""

    offset = 0.0

    def now(self) -> float:
        return super().now() + self.offset


@asynccontextmanager
async def living(plan: Any, clock: SystemClock) -> AsyncIterator[httpx.AsyncClient]:
    stop = asyncio.Event()
    async with Daemon(plan, clock, Address("127.0.0.1", 0)) as daemon:
        task = asyncio.create_task(daemon.run(stop))
        async with httpx.AsyncClient(base_url=f"http://{daemon.address}", timeout=60) as web:
            await asyncio.wait_for(daemon.until_ready(), PATIENCE)
            yield web
        stop.set()
        await task


def told(folder: Path) -> list[dict[str, Any]]:
    path = folder / "told.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def facts(state: Path, *kinds: str) -> list[dict[str, Any]]:
    with reading(state) as books:
        return [dict(entry.read()) for entry in books.facts(kinds=kinds, limit=10_000)]


@pytest.mark.parametrize(
    "jump", [pytest.param(jump, marks=pytest.mark.long) for jump in (2 * 3600.0, -120.0)] + [-2 * 3600.0]
)
async def test_a_clock_that_jumps_is_a_fact_and_no_alert_and_stops_nothing(
    plan_of: Callable[..., Any], fleet: Any, tmp_path: Path, jump: float
) -> None:
    plan = plan_of("ups-a", "ups-b", rules=RULES, heartbeat="1s")
    state = plan.settings.state
    clock = fleet.clock = Shifted()
    async with living(plan, clock) as web:

        async def status() -> Any:
            return (await web.get("/api/v1/status")).json()

        async def beaten() -> bool:
            return bool(facts(state, "heartbeat"))

        await until_it(beaten, "beaten")
        clock.offset = jump
        polls = (await status())["polls"]

        async def went_on() -> bool:
            return bool((await status())["polls"] >= polls + 6)

        async def is_said() -> bool:
            return bool(facts(state, "clock_stepped"))

        await until_it(is_said, "is said")
        await until_it(went_on, "went on")
        assert (await web.get("/api/v1/alerts")).json() == []
        assert (await status())["devices_by_reach"] == {"answering": 2}
        device = (await web.get("/api/v1/devices/ups-a")).json()
        assert [value for value in device["values"] if value["quality"] != "fresh"] == []
        polled = [value for value in device["values"] if value["metric"] != "device_hardware_state"]
        assert [value for value in polled if value["age"] >= 10] == []
        assert told(tmp_path) == []
        fleet.source["ups-a"] = "battery"

        async def is_told() -> bool:
            return len(told(tmp_path)) == 1

        await until_it(is_told, "is told")
        ready = await web.get("/-/ready")
        assert ready.status_code == 200, ready.text
        point = next(
            value["point"] for value in device["values"] if value["metric"] == "ups_output_load_ratio"
        )

        async def is_kept() -> bool:
            track = (await web.get(f"/api/v1/history?point={point}")).json()
            return bool(track[0]["samples"])

        await until_it(is_kept, "is kept")
    (step,) = facts(state, "clock_stepped")
    assert step["offset"] == pytest.approx(jump, abs=1.0)
    blind = [body for body in facts(state, "blind") if body["reason"] == "clock"]
    assert len(blind) == (1 if jump > 0 else 0)
    assert verify(state).holds


@pytest.mark.long
async def test_a_message_that_waits_while_the_clock_is_put_back_is_sent_at_once(
    plan_of: Callable[..., Any], fleet: Any, tmp_path: Path
) -> None:
    """Its due time lies in the new clock's future; nobody may wait for that. Pains: H2."""
    folder = tmp_path / "later"
    plan = plan_of(
        "ups-a",
        rules=RULES,
        heartbeat="1s",
        notify={"channels": [{"name": "log", "type": "log", "file": str(folder / "told.jsonl")}]},
    )
    clock = fleet.clock = Shifted()
    fleet.source["ups-a"] = "battery"
    async with living(plan, clock) as web:

        async def is_tried() -> bool:
            metrics = (await web.get("/metrics")).text
            return 'dcim_messages_total{channel="log",outcome="retried"} 1' in metrics

        await until_it(is_tried, "is tried")
        clock.offset = -1800.0
        folder.mkdir()

        async def is_told() -> bool:
            return len(told(folder)) == 1

        await until_it(is_told, "is told")
    assert len(told(folder)) == 1  # once, also at the end


async def test_a_site_without_devices_is_watched_and_ready(plan_of: Callable[..., Any]) -> None:
    plan = plan_of()
    async with living(plan, SystemClock()) as web:
        assert (await web.get("/-/ready")).status_code == 200
        assert (await web.get("/")).status_code == 200
        assert (await web.get("/api/v1/devices")).json() == []
        assert "dcim_device_reach_state" not in (await web.get("/metrics")).text
    assert verify(plan.settings.state).holds


@pytest.mark.long
async def test_a_daemon_that_starts_with_its_clock_behind_says_that_it_cannot_know_how_long_it_was_blind(
    plan_of: Callable[..., Any],
) -> None:
    plan = plan_of("ups-a")
    clock = Shifted()
    async with living(plan, clock):
        pass
    clock.offset = -86_400.0
    async with living(plan, clock) as web:
        assert (await web.get("/-/ready")).status_code == 200
    blind = facts(plan.settings.state, "blind")
    assert [body["reason"] for body in blind] == ["clock"]
    assert blind[0]["to"] < blind[0]["from"]
    assert verify(plan.settings.state).holds
