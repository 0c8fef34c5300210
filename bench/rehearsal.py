"""A simulated plant watched and recorded on a virtual clock: minutes of a site in a second of a processor.

    Stage (physics, agents) ─▶ answers as bytes ─▶ collectors, poll loop, core ─▶ what people are told
                                      └─▶ Recorder ─▶ a recording, as the daemon writes it

No socket is opened and nothing waits, so that the same story always makes the same bytes. What is not the
daemon's own is where answers come from: the transports of ``bench.wires``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import yaml

from bench.wires import Line, ModbusWire, SnmpWire, Speaker, good
from collectors.modbus.collecting.telling import TellingCollector as ModbusCollector
from collectors.modbus.known.library import Library as ModbusLibrary
from collectors.snmp.dialect.library import Library as SnmpLibrary
from collectors.snmp.replay.telling import TellingCollector as SnmpCollector
from dcim import plugins
from dcim.collect import Credential
from dcim.daemon.records.recordings import ROOMS, versions_of
from dcim.daemon.services.losses import Losses
from dcim.model import Asset
from dcim.poll import Pace, Polled, Poller
from dcim.recording.carried import carried
from dcim.recording.folder import MANIFEST, Recording, tape_name, write_config
from dcim.recording.manifest import Manifest
from dcim.recording.mirror import Mirror, state_of
from dcim.recording.recorder import Recorder
from dcim.recording.tape import Drawn, Segment
from dcim.replay.log import Log
from dcim.replay.scene import Scene
from dcim.replay.virtual import VirtualClock, VirtualLoop
from dcim.settings import Settings, load
from dcim.simulator.answers import modbus_answers, said, snmp_answers
from dcim.simulator.cells import Cell, Oid
from dcim.simulator.plant import Blueprint
from dcim.simulator.scenario import Event, Scenario
from dcim.simulator.sitefile import site_file
from dcim.simulator.stage import Agent, Stage
from dcim.store import Work

T0: Final = 1_764_547_200.0
"""UTC seconds at which every rehearsal begins: midnight, 2025-12-01."""

BEFORE: Final = 240.0
"""Seconds that the site is watched before anything is recorded: every device is understood by then."""

_TICK: Final = 0.25
_LOOK: Final = 0.5


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What came of it: the recording, and what people were told while it was made."""

    recording: Recording
    log: Log


@dataclass(slots=True)
class Play:
    """What is rehearsed: a plant, what befalls it, for how long (seconds), and what people do."""

    plan: Blueprint
    events: tuple[Event, ...]
    lasts: float
    name: str = "rehearsal"
    title: str = ""
    expect: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)  # sections of the configuration
    acts: tuple[tuple[float, Callable[[Any], Any]], ...] = ()  # on the core, at seconds of the story
    reached: Mapping[str, str] = field(default_factory=dict)  # through what some devices are reached
    before: float = BEFORE  # seconds that are not recorded
    line: Line = good  # what is between the devices and the daemon


# the site


def settings_of(play: Play, folder: Path) -> Settings:
    """Write a configuration of the plant into a folder, and read it."""
    plan = play.plan
    hosts: dict[str, tuple[str, int]] = {}
    for number, device in enumerate(plan.devices):
        line = device.gateway or device.id
        hosts.setdefault(line, (f"10.0.{number // 200}.{number % 200 + 10}", 0))
    addresses = {
        one.id: (hosts[one.gateway or one.id][0], 502 if one.protocol == "modbus" else 161)
        for one in plan.devices
    }
    credentials = {"sim-v2c": {"protocol": "snmp", "version": "2c", "community": "env:LEFT_OUT"}}
    sections = site_file(plan, addresses, credentials)
    for entry in sections["devices"]:
        if (through := play.reached.get(entry["id"])) is not None:
            entry["reached_through"] = through
    for key, value in play.more.items():
        sections[key] = {**sections.get(key, {}), **value} if isinstance(value, Mapping) else value
    sections.setdefault("notify", {"channels": [{"name": "noc", "type": "log"}]})
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "dcim.yaml"
    path.write_text(json.dumps({**sections, "state": "state"}), encoding="utf-8")
    return load(path, plugins.collectors(), plugins.channel_types())


class Rehearsal:
    """One story on its way to a recording in ``folder``."""

    def __init__(self, play: Play, folder: Path, scratch: Path) -> None:
        self._play = play
        self._folder = folder
        self._clock = VirtualClock(1000.0, T0 - 1000.0)
        self.settings = settings_of(play, scratch)
        self._stage = Stage(play.plan, tick=_TICK)
        self._log = Log()
        self._written = 0
        self._losses: Losses | None = None
        self._looks_at = 0.0

    def run(self) -> Rehearsed:
        """Play it from the beginning to the end. The recording is whole when this returns."""
        loop = VirtualLoop(self._clock)
        try:
            loop.run_until_complete(self._run())
        finally:
            loop.close()
        return Rehearsed(Recording.open(self._folder), self._log)

    def _collectors(self) -> dict[str, SnmpCollector | ModbusCollector]:
        stage, plant = self._stage, self._stage.plant
        cells: dict[str, Speaker] = {}
        lines: dict[str, dict[int, Speaker]] = {}
        assets = {asset.id: asset for asset in self.settings.assets}
        for agent in stage.agents.values():
            if agent.device.protocol == "snmp":
                snmp = snmp_answers(plant, agent.device)
                say = partial(_cells, snmp, agent, stage)
                cells[agent.device.id] = Speaker(stage, agent, say, self._play.line)
            else:
                modbus = modbus_answers(plant, agent.device)
                host = assets[agent.device.id].address.host
                lines.setdefault(host, {})[agent.device.unit] = Speaker(
                    stage, agent, modbus.words, self._play.line
                )
        known = {
            name: Credential(name, "snmp", {"version": "2c", "community": "-"})
            for name in self.settings.credentials
        }
        return {
            "snmp": SnmpCollector(lambda _engine: SnmpWire(cells), known, SnmpLibrary.of(()), self._clock),
            "modbus": ModbusCollector(
                ModbusLibrary(()), lambda link: ModbusWire(lines[link.host], link), self._clock
            ),
        }

    async def _run(self) -> None:
        play, clock = self._play, self._clock
        scene = _scene(self.settings)
        collectors = self._collectors()

        recorder = Recorder(lambda asset: collectors[asset.collector].portrait(asset), clock.monotonic)
        mirror = Mirror(ROOMS, recorder.known)

        def note(work: Work) -> None:
            self._log.note(work)
            mirror.take(work)

        core = scene.core(clock, note)
        losses = scene.losses(core, note, clock)
        self._losses = losses if losses.on else None
        for collector in collectors.values():
            collector.witness(recorder.exchanged)

        def polled(one: Polled) -> None:
            recorder.polled(one)
            core.polled(one)

        polling = self.settings.polling
        poller = Poller(collectors, polled, clock, Pace(polling.slow, polling.static, polling.misses), _bug)
        core.ask_now = recorder.asking(poller.ask_now, lambda: core.looked_at)
        core.expect(self.settings.assets)
        poller.start(self.settings.assets)
        began = clock.at
        await self._live(core, began, play.before)
        files = write_config(self._folder, carried(self.settings))
        head = {"site": self.settings.site.id}
        devices = [asset.id for asset in self.settings.assets]
        preface = Segment({**head, "state": state_of(recorder.known.now())}, devices)
        for asset in self.settings.assets:
            if drawn := collectors[asset.collector].portrait(asset):
                preface.portrait(Drawn(asset.id, clock.at, drawn))
                recorder.written[asset.id] = drawn
        self._write(0, preface)
        self._log.lines.clear()
        self._log.told.clear()
        start = clock.now()
        segment = recorder.segment = Segment(head, devices)
        self._stage.begin(
            Scenario(format=1, scenario=play.name, title=play.title or play.name, events=play.events)
        )
        await self._live(core, began, play.before + play.lasts, recorder)
        await poller.aclose()
        self._write(1, segment)
        self._finish(start, files)

    async def _live(self, core: Any, began: float, until: float, recorder: Recorder | None = None) -> None:
        """Let the plant and the core live on in steps of a tick."""
        acts = list(self._play.acts) if recorder is not None else []
        story = self._clock.at
        steps = round((until - (self._clock.at - began)) / _TICK)
        for step in range(steps):
            at = story + step * _TICK
            await asyncio.sleep(max(0.0, at - self._clock.at))
            self._stage.advance(at - began)
            while acts and acts[0][0] <= at - story:
                did = acts.pop(0)[1](core)
                if recorder is not None and did is not None:
                    recorder.acted(did)
            if step % round(_LOOK / _TICK) == 0:
                if self._losses is not None and self._looks_at <= self._clock.at:
                    self._looks_at = self._clock.at + self._losses.every
                    await self._losses.look()
                core.tick()

    def _write(self, number: int, segment: Segment) -> None:
        data = segment.opening(small=True) + segment.frame(segment.take(), small=True)
        (self._folder / tape_name(number)).write_bytes(data)
        self._written += len(data)

    def _finish(self, start: float, files: Mapping[str, str]) -> None:
        play = self._play
        profiles = versions_of(plugins.collectors(), self.settings)
        manifest = Manifest(
            name=play.name,
            site=self.settings.site.id,
            start=start,
            end=self._clock.now(),
            devices=tuple(asset.id for asset in self.settings.assets),
            why=play.title,
            complete=True,
            segments=1,
            profiles=profiles,
            files=files,
            tells=tuple(one.name for one in self.settings.channels),
            expect=play.expect,
        )
        (self._folder / MANIFEST).write_text(manifest.text(), encoding="utf-8")


def _cells(snmp: Any, agent: Agent, stage: Stage) -> Mapping[Oid, Cell]:
    return said(snmp, agent, stage.now)


def _scene(settings: Settings) -> Scene:
    """Return a scene of a site of which nothing is recorded yet."""
    from dcim.alerts import read_rules

    class Nothing:
        manifest = Manifest("", settings.site.id, 0.0, 0.0, tuple(one.id for one in settings.assets))

        @staticmethod
        def state() -> Mapping[str, Any]:
            return {}

    ids = [asset.id for asset in settings.assets]
    rules = read_rules(settings.alerts.rules, ids, shipped=settings.alerts.default_rules)
    return Scene(Nothing(), settings, rules, plugins.collectors())  # type: ignore[arg-type]


def _bug(asset: Asset, bug: Exception) -> None:
    msg = f"{asset.id}: {bug!r}"
    raise RuntimeError(msg) from bug


def plan_of(path: Path) -> Blueprint:
    """Read a plant."""
    return Blueprint.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def events(*lines: tuple[float, str]) -> tuple[Event, ...]:
    """Return what befalls a plant: at how many seconds, what as a person types it."""
    from dcim.simulator.scenario import typed

    return tuple(typed(line).model_copy(update={"at": at}) for at, line in lines)


def joined(parts: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Return several lists as one."""
    return tuple(one for part in parts for one in part)
