"""A whole daemon is recorded: over the API, at the prompt, an incident by itself; no secret is kept. Pains: F10, H4, D8."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dcim import plugins
from dcim.alerts import read_rules
from dcim.cli import build
from dcim.daemon import Plan
from dcim.model import Asset
from dcim.recording.folder import Recording
from dcim.recording.frame import frames
from dcim.recording.tape import Poll
from dcim.settings import load, resolve_secrets
from dcim.simulator.launch import Simulation
from dcim.store import reading
from dcim.witness import Exchange, Fault, Witness

from .conftest import Fleet

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


class Telling(Fleet):
    """The scripted fleet, whose answers can be kept."""

    told: Witness | None = None

    def witness(self, told: Witness | None) -> None:
        self.told = told

    def portrait(self, asset: Asset) -> bytes:
        return f"portrait of {asset.id}".encode()

    async def collect(self, asset: Asset, ask: Any) -> Any:
        word, now = self.source.get(asset.id, "normal") or "", asyncio.get_running_loop().time()
        if self.told is not None:
            fault = Fault.NONE if word else Fault.SILENCE
            self.told(asset.id, Exchange(b"source?", word.encode(), now, now, fault))
        return await super().collect(asset, ask)


@pytest.fixture
def fleet() -> Fleet:
    return Telling()


async def typed(url: Any, *arguments: str) -> tuple[int, str]:
    """Type ``dcim record``; return its exit code and all that it says."""
    words = ["record", *arguments, "--url", str(url).rstrip("/")]
    done = await asyncio.to_thread(CliRunner().invoke, build(["record"]), words)
    return done.exit_code, done.output


def contents(folder: Path) -> Iterator[bytes]:
    """Yield every file of a recording, and what is packed in it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.read_bytes()
            if path.suffix == ".tape":
                yield from (content for _, _, content in frames(path.read_bytes(), str(path)))


def cut_off(folder: Path) -> None:
    """Leave a recording as a daemon does that is killed while it makes it."""
    path = folder / "manifest.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**said, "complete": False, "end": said["end"] + 1000.0}), encoding="utf-8")


def answers(folder: Path) -> list[bytes]:
    polls = (one for one in Recording.open(folder).events() if isinstance(one, Poll))
    return [exchange.answer for poll in polls for exchange in poll.exchanges]


@pytest.mark.long
async def test_an_incident_is_kept_and_what_people_ask_for_and_both_outlive_the_daemon(
    plan_of: Callable[..., Any], running: Any, fleet: Fleet, tmp_path: Path
) -> None:
    plan = plan_of("ups-a", "ups-b", rules=RULES, recordings={"after": "0s"})
    async with running(plan) as site:
        url = site.web.base_url

        async def listed(count: int) -> bool:
            kept = await site.get("/recordings")
            return len(kept) == count and all(one["complete"] for one in kept)

        async def stands() -> bool:
            return bool(await site.get("/alerts"))

        fleet.source["ups-a"] = "battery"
        await site.until(stands)
        fleet.source["ups-a"] = "normal"
        await site.until(lambda: listed(1))
        (kept,) = await site.get("/recordings")
        assert (kept["name"].partition("-")[0], kept["why"]) == ("incident", "an incident")
        now = datetime.now(UTC)
        past = f"{now - timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}..{now:%Y-%m-%dT%H:%M:%SZ}"
        mine, theirs = tmp_path / "mine", tmp_path / "theirs"
        asked = ("--who", "Zineb Tazi", "--device", "ups-b", "--why", "a look", "--name", "mine")
        code, said = await typed(url, "--during", past, *asked, "--out", str(mine))
        assert (code, "mine: it begins at 20" in said) == (0, True), "the daemon has not run for so long"
        (tmp_path / "full").touch()
        code, said = await typed(url, "--fetch", "mine", "--out", str(tmp_path / "full" / "x"))
        assert (code, "it is kept: 'dcim record --fetch mine --out ANOTHER'" in said) == (1, True)
        code, said = await typed(url, "--during", past, *asked, "--out", str(tmp_path / "again"))
        assert (code, "there is a recording 'mine'" in said) == (1, True)
        assert (await typed(url, "--fetch", kept["name"], "--out", str(theirs)))[0] == 0
        code, said = await typed(url, "--fetch", "../mine", "--out", str(tmp_path / "no"))
        assert (code, "no recording" in said) == (1, True)
        code, said = await typed(
            url, "--for", "1s", "--device", "ups-z", "--who", "z", "--out", str(tmp_path / "no")
        )
        assert (code, "no device that can be recorded: ups-z" in said) == (1, True)
        _, said = await typed(url, "--list")
        assert {line.split()[0] for line in said.splitlines()} == {"mine", kept["name"]}
        await site.until(lambda: listed(2))
    told = answers(theirs)
    assert told.index(b"normal") < told.index(b"battery"), "what came before it is in it"
    assert Recording.open(mine).manifest.devices == ("ups-b",)
    with reading(tmp_path / "state") as books:
        bodies = [json.loads(entry.body) for entry in books.entries() if entry.kind == "deed"]
    assert [(body["doing"], body["proof"]) for body in bodies] == [("record", "claimed")]
    assert "Zineb" not in json.dumps([one.decode("latin-1") for one in contents(mine)])
    cut_off(tmp_path / "state" / "recordings" / "kept" / "mine")
    async with running(plan_of("ups-a", rules=RULES)) as site:
        _, said = await typed(site.web.base_url, "--list")
        (line,) = (line for line in said.splitlines() if line.startswith("mine"))
        assert "a look  cut off: the daemon or its disk ended it, it was to go on until " in line
        again = str(tmp_path / "again")
        code, said = await typed(site.web.base_url, "--fetch", "mine", "--out", again)
        assert (code, "mine: cut off: " in said) == (0, True)
        (note,) = Recording.open(tmp_path / "again").notes
        assert note.startswith("it is cut off: the daemon or its disk ended it ")
        kept = {one["name"]: one["complete"] for one in await site.get("/recordings")}
        assert len(kept) == 2
        assert all(kept.values())


@pytest.mark.long
async def test_no_community_no_key_and_no_user_is_in_any_byte_of_a_recording(
    part_of_casablanca: Callable[..., str], running: Any, tmp_path: Path
) -> None:
    ups, crac, strip = "cas1-ups-a", "cas1-crac-1", "cas1-pdu-s1r3-a"
    plant = part_of_casablanca((ups, crac, strip))
    async with Simulation(directory=tmp_path / "secrets", plant=plant) as simulation:
        config = {**simulation.config(), "state": "state", "web": {"listen": "127.0.0.1:0"}}
        for device in config["devices"]:
            device |= {"interval": "1s", "timeout": "800ms"}
        (tmp_path / "dcim.yaml").write_text(json.dumps(config), encoding="utf-8")
        installed = plugins.collectors()
        settings = load(tmp_path / "dcim.yaml", installed, plugins.channel_types(), plugins.output_types())
        secrets = resolve_secrets(settings, {})
        rules = read_rules((), [asset.id for asset in settings.assets], shipped=True)
        plan = Plan(settings, secrets, rules, installed, plugins.channels(), {})
        folder = tmp_path / "state" / "recordings" / "kept" / "look"
        async with running(plan) as site:
            now = datetime.now(UTC)
            span = {"start": str(now - timedelta(minutes=5)), "end": str(now + timedelta(seconds=60))}
            order = {"who": "z", "name": "look", **span}
            assert (await site.web.post("/api/v1/recordings", json=order)).is_success

            async def understood() -> bool:
                status = await asyncio.gather(*(site.get(f"/devices/{one}") for one in (ups, crac, strip)))
                return all(one["values"] for one in status)

            await site.until(understood)
            assert (await site.web.post("/api/v1/recordings/look/end", json={"who": "z"})).is_success

            async def complete() -> bool:
                return bool((await site.get("/recordings"))[0]["complete"])

            await site.until(complete)
        hidden = [path.read_text().strip().encode() for path in (tmp_path / "secrets").glob("snmp-*")]
    everything = b"\0".join(contents(folder))
    polled = {one.asset for one in Recording.open(folder).events() if isinstance(one, Poll) and one.exchanges}
    assert polled == {ups, crac, strip}, "v3, v2c and Modbus are in it"
    assert len(hidden) == 3
    for secret in (*hidden, str(tmp_path).encode(), b"snmp-community", b'"dcim"'):
        assert secret not in everything
        assert secret.hex().encode() not in everything
