"""A whole daemon on a scripted collector: real store, history, web; no hardware."""

from __future__ import annotations

import asyncio
import json
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import BaseModel, ConfigDict

from dcim import plugins
from dcim.alerts import read_rules
from dcim.clock import SystemClock
from dcim.collect import Ask, Collected
from dcim.daemon import Daemon, Plan
from dcim.model import (
    Address,
    Asset,
    Batch,
    Health,
    Identity,
    Lane,
    Layout,
    Meaning,
    NoAnswer,
    Point,
    state_code,
)
from dcim.settings import load, resolve_secrets
from tests.waiting import PATIENCE, until_it

SOURCES = {
    state_code("normal"): Meaning("normal", Health.OK),
    state_code("battery"): Meaning("battery", Health.CRITICAL),
}


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")


@dataclass
class Fleet:
    """What the devices say now; ``None`` is silence."""

    source: dict[str, str | None] = field(default_factory=dict)
    layouts: dict[str, Layout] = field(default_factory=dict)
    clock: SystemClock = field(default_factory=SystemClock)

    async def collect(self, asset: Asset, ask: Ask) -> Collected:
        word = self.source.get(asset.id, "normal")
        if word is None:
            raise NoAnswer("nothing came back")
        if ask.cheap:
            return Collected()
        layout = self.layouts.get(asset.id)
        if layout is None:
            points = (Point(asset.id, "ups_output_source_state"), Point(asset.id, "ups_output_load_ratio"))
            layout = self.layouts[asset.id] = Layout(
                asset.id, Lane.FAST, points, (SOURCES, None), ("1.1", "1.2")
            )
        batch = Batch(layout, self.clock.now(), array("d", (state_code(word), 0.42)))
        identity = Identity("ups", "Acme", "U1", "S1", "1") if Lane.STATIC in ask.lanes else None
        return Collected((batch,), identity, requests=1)

    async def identify(self, *_: Any) -> tuple[()]:
        return ()

    async def aclose(self) -> None:
        return None


@dataclass
class Plugin:
    fleet: Fleet
    name: str = "scripted"
    options_type: type[BaseModel] = Options
    credential_type: type[BaseModel] = Options

    def open(self, *_: Any) -> Fleet:
        return self.fleet

    def decode(self, *_: Any) -> None:
        return None

    def families(self, *_: Any) -> tuple[()]:
        return ()

    def profiles(self, *_: Any) -> tuple[()]:
        return ()


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


@pytest.fixture
def plan_of(tmp_path: Path, fleet: Fleet) -> Callable[..., Plan]:
    """Make a plan for some devices, polled four times a second, in the test's own state directory."""

    def make(*devices: str, rules: str = "", **more: Any) -> Plan:
        files: list[str] = []
        if rules:
            (tmp_path / "rules.yaml").write_text(rules)
            files = ["rules.yaml"]
        config = {
            "format": 1,
            "site": {
                "id": "cas1",
                "name": "Casablanca 1",
                "time_zone": "Africa/Casablanca",
                "language": "en",
            },
            "state": "state",
            "web": {"listen": "127.0.0.1:0"},
            "notify": {"channels": [{"name": "log", "type": "log", "file": str(tmp_path / "told.jsonl")}]},
            "alerts": {"rules": files, "default_rules": False},
            "devices": [
                {
                    "id": name,
                    "kind": "ups",
                    "collector": "scripted",
                    "address": "127.0.0.1:1",
                    "interval": "1s",
                    "timeout": "500ms",
                }
                for name in devices
            ],
            **more,
        }
        path = tmp_path / "dcim.yaml"
        path.write_text(json.dumps(config))
        settings = load(path, {"scripted": Plugin(fleet)}, plugins.channel_types(), plugins.output_types())
        ruleset = read_rules(
            settings.alerts.rules,
            [asset.id for asset in settings.assets],
            shipped=settings.alerts.default_rules,
        )
        collectors = {"scripted": Plugin(fleet)}
        return Plan(settings, resolve_secrets(settings, {}), ruleset, collectors, plugins.channels(), {})

    return make


@dataclass
class Running:
    daemon: Daemon
    web: httpx.AsyncClient

    async def until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait until something holds; where it never does, say how the daemon stands."""
        try:
            await until_it(holds, holds.__qualname__, every=0.05)
        except pytest.fail.Exception as why:
            stands = {path: await self.get(path) for path in ("/status", "/devices", "/alerts")}
            pytest.fail(f"{why}\n{json.dumps(stands, indent=1)[:6000]}")

    async def get(self, path: str) -> Any:
        return (await self.web.get(f"/api/v1{path}")).json()


@pytest.fixture
def running() -> Callable[[Plan], Any]:
    @asynccontextmanager
    async def run(plan: Plan) -> AsyncIterator[Running]:
        stop = asyncio.Event()
        async with Daemon(plan, SystemClock(), Address("127.0.0.1", 0)) as daemon:
            task = asyncio.create_task(daemon.run(stop))
            async with httpx.AsyncClient(base_url=f"http://{daemon.address}", timeout=60) as web:
                await asyncio.wait_for(daemon.until_ready(), PATIENCE)
                yield Running(daemon, web)
            stop.set()
            await task

    return run
