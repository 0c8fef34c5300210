"""A scenario of the simulator before a daemon's core on a virtual clock: no sockets, no waiting.

stage ─▶ voice ─▶ batches ─▶ Core (newest, watch, building, causes, record) ─▶ works ─▶ messages
  ▲                            └── ask_now: the device is asked at once ◀──┘
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from typing import Any, Final
from zlib import crc32

import yaml
from pydantic import BaseModel, ConfigDict

from dcim.alerts import Language, RuleSet, Watch, shipped_rules
from dcim.catalogue import METRICS, Shape
from dcim.collect import Collected
from dcim.daemon.core import Core, Told
from dcim.daemon.services.building import Building
from dcim.daemon.services.causes import Causes
from dcim.graph import first_switches
from dcim.incidents.memory import ROOM as INCIDENTS
from dcim.model import (
    Batch,
    Health,
    Lane,
    Layout,
    Meaning,
    Memory,
    NoAnswer,
    Point,
    canonical,
    state_code,
)
from dcim.model.fact import Body, FactKind
from dcim.notify import Notice, Site, Subject, alert_of
from dcim.poll import Pace, Polled
from dcim.poll.presence import Presence
from dcim.series import Freshness, Newest
from dcim.settings import Settings, load
from dcim.simulator.plant import Blueprint, DeviceShape
from dcim.simulator.scenario import Scenario
from dcim.simulator.sitefile import site_file
from dcim.simulator.stage import Stage
from dcim.simulator.voice import voice
from dcim.store import AlertRow, Work

NOON: Final = 1_764_072_000.0
LATENCY: Final = 0.05
TIMEOUT: Final = 2.0
INTERVAL: Final = "10s"
QUIET: Final = 15.0  # seconds after the story in which nothing is wrong any more
PHASES: Final = [{"phase": phase} for phase in ("L1", "L2", "L3")]
WHOLE: Final[list[dict[str, str]]] = [{}]

POINTS: Final[dict[str, dict[str, list[dict[str, str]]]]] = {
    "meter": {"meter_voltage_volts": PHASES, "meter_power_watts": WHOLE},
    "switchboard": {"meter_voltage_volts": PHASES, "meter_power_watts": WHOLE},
    "floor_pdu": {"meter_voltage_volts": PHASES, "meter_power_watts": WHOLE},
    "genset": {
        "genset_state": WHOLE,
        "genset_mode_state": WHOLE,
        "genset_voltage_volts": PHASES,
        "genset_mains_voltage_volts": PHASES,
        "genset_breaker_state": [{"breaker": "generator"}],
    },
    "ups": {
        "ups_output_source_state": WHOLE,
        "ups_battery_state": WHOLE,
        "ups_battery_charge_ratio": WHOLE,
        "ups_battery_runtime_seconds": WHOLE,
        "ups_test_result_state": WHOLE,
        "ups_output_load_ratio": WHOLE,
        "ups_input_voltage_volts": PHASES,
        "ups_output_voltage_volts": PHASES,
    },
    "ats": {
        "ats_source_state": WHOLE,
        "ats_input_state": [{"source": "a"}, {"source": "b"}],
        "ats_redundancy_state": WHOLE,
    },
    "pdu": {"pdu_phase_current_amperes": PHASES, "pdu_load_state": WHOLE},
    "crac": {
        "crac_mode_state": WHOLE,
        "crac_supply_air_temperature_celsius": WHOLE,
        "crac_return_air_temperature_celsius": WHOLE,
    },
    "sensor": {"sensor_temperature_celsius": [{"sensor": "1"}, {"sensor": "2"}]},
}


COLLECTORS: Final = Path(__file__).parents[2] / "collectors"


@cache
def alarms_of(profile: str) -> tuple[tuple[Point, Mapping[float, Meaning]], ...]:
    """Return the alarms that a shipped profile names, with how bad it calls each: the voices know them."""
    (path,) = COLLECTORS.glob(f"*/profiles/{profile}/profile.yaml")
    found: list[tuple[Point, Mapping[float, Meaning]]] = []
    for point in yaml.safe_load(path.read_text(encoding="utf-8")).get("points", ()):
        if METRICS[point["metric"]].shape is not Shape.ALARM:
            continue
        said = point.get("bits") or {0: {point["labels"]["alarm"]: _worst(point["states"].values())}}
        for one in said.values():
            for name, health in one.items() if isinstance(one, dict) else ():
                states = {1.0: Meaning("set", Health(health)), 0.0: Meaning("clear", Health.OK)}
                found.append((Point("", point["metric"], canonical({"alarm": name})), states))
    return tuple(found)


def _worst(states: Iterable[Any]) -> str:
    named = [health for one in states if isinstance(one, dict) for health in one.values()]
    return "critical" if "critical" in named else "warning" if "warning" in named else "ok"


class Options(BaseModel):
    model_config = ConfigDict(extra="allow")


class Plugin:
    """A collector that is only there for the configuration to be read."""

    options_type: type[BaseModel] = Options
    credential_type: type[BaseModel] = Options

    def __init__(self, name: str) -> None:
        self.name = name

    def families(self, *_: Any) -> tuple[()]:
        return ()

    def profiles(self, *_: Any) -> tuple[()]:
        return ()


@dataclass
class VirtualClock:
    at: float = 0.0

    def now(self) -> float:
        return NOON + self.at

    def monotonic(self) -> float:
        return self.at


@dataclass
class Kept:
    """Books that keep everything in memory."""

    works: list[Work] = field(default_factory=list)

    def note(self, work: Work) -> None:
        self.works.append(work)

    @property
    def told(self) -> list[Notice]:
        return [Notice.of(message.body) for work in self.works for message in work.outbox]

    @property
    def rows(self) -> list[AlertRow]:
        """What the table of alerts holds: the open ones."""
        newest = {row.key: row for work in self.works for row in work.alerts}
        return [row for row in newest.values() if row.open]

    @property
    def memories(self) -> list[Memory]:
        newest = {(one.room, one.key): one for work in self.works for one in work.memories}
        return [one for one in newest.values() if one.body is not None]


def settings_of(plan: Blueprint, folder: Path) -> Settings:
    """Read the configuration that the demo would write for a plant."""
    gateways: dict[str, int] = {}
    addresses = {}
    for number, device in enumerate(plan.devices):
        line = device.gateway or device.id
        addresses[device.id] = ("127.0.0.1", gateways.setdefault(line, 20_000 + number))
    sections = site_file(plan, addresses, {})
    for entry in sections["devices"]:
        entry.pop("credential", None)
        entry.pop("profile")
        entry["interval"] = INTERVAL
    path = folder / "dcim.yaml"
    path.write_text(json.dumps({**sections, "state": "state"}))
    return load(path, {"snmp": Plugin("snmp"), "modbus": Plugin("modbus")}, {})  # type: ignore[dict-item]


class Mouth:
    """What one device says when it is asked."""

    def __init__(self, stage: Stage, device: DeviceShape) -> None:
        kinds = POINTS.get(device.kind, {})
        wanted = [(metric, canonical(labels)) for metric, each in kinds.items() for labels in each]
        alarms = {(point.metric, point.labels): states for point, states in alarms_of(device.speaks)}
        wanted += [*alarms]
        said = voice(stage.plant, device, wanted)
        self._says = [(said[metric], dict(labels), metric) for metric, labels in wanted if metric in said]
        points = tuple(Point(device.id, metric, canonical(labels)) for _, labels, metric in self._says)
        states = tuple(alarms.get((point.metric, point.labels)) or _states(point.metric) for point in points)
        self.layout = Layout(device.id, Lane.FAST, points, states, ("",) * len(points))

    def batch(self, at: float) -> Batch:
        values = array("d", [_value(say(labels), metric) for say, labels, metric in self._says])
        return Batch(self.layout, at, values)


def _states(metric: str) -> Mapping[float, Meaning] | None:
    known = METRICS[metric]
    if known.shape is not Shape.STATE:
        return None
    return {state_code(word): Meaning(word, Health.OK) for word in known.words}


def _value(said: Any, metric: str) -> float:
    if isinstance(said, tuple):
        said = next(word for word in said if word in METRICS[metric].words)
    return state_code(said) if isinstance(said, str) else float("nan") if said is None else float(said)


@dataclass(frozen=True, slots=True)
class Load:
    """How loaded the daemon is: this share of its polls is lost or begins late, by up to one interval."""

    share: float = 0.0
    seed: int = 0


class Theatre:
    """Plays one scenario; ``told`` is what people got."""

    def __init__(
        self,
        plan: Blueprint,
        settings: Settings,
        story: Scenario,
        load: Load | None = None,
        rules: RuleSet | None = None,
    ) -> None:
        self._load = load or Load()
        self._dice = Random(self._load.seed)
        self._lost: set[str] = set()
        self._late: set[str] = set()
        self._next: dict[str, float] = {}
        self.clock = VirtualClock()
        self.books = Kept()
        self.stage = Stage(plan, seed=1, tick=1.0)
        self.stage.begin(story)
        self._lasts = story.lasts
        self._mouths = {device.id: Mouth(self.stage, device) for device in plan.devices}
        self._assets = {asset.id: asset for asset in settings.assets}
        self._presence = dict.fromkeys(self._assets, Presence())
        self._asked: list[tuple[float, int, str]] = []
        self._over: list[tuple[float, int, str, float]] = []
        self._busy: set[str] = set()
        self._again: set[str] = set()
        self._turn = 0
        self._settings = settings
        self._rules = rules or shipped_rules()
        self.core = self._core()
        for asset in settings.assets:
            self._push(crc32(asset.id.encode()) / 2**32 * asset.interval, asset.id)

    def _core(self) -> Core:
        """Wire a core as the daemon does, from what is on disk."""
        settings, rules = self._settings, self._rules
        pace, newest = Pace(), Newest()
        building = Building(settings.wiring, settings.assets, newest, Freshness(pace), lambda _facts: None)
        assets = (*settings.assets, *building.assets)
        feeds = partial(first_switches, building.topology)
        watch = Watch(rules, assets, settings.site.id, lambda _lane, every: every, newest.batches, feeds)
        told = Told(Site(settings.site.id, settings.site.name, "UTC", Language.EN), ("mail",))
        core = Core(told, watch, self.books, None, newest, self.clock)  # type: ignore[arg-type]
        core.building = building
        core.causes = Causes(settings.site.id, building.services, watch, self.clock)
        rows, memories = self.books.rows, self.books.memories
        core.causes.restore(
            [one for one in memories if one.room == INCIDENTS], rows, rules, {one.id: one for one in assets}
        )
        now, at = self.clock.monotonic(), self.clock.now()
        core.changed(watch.restore([alert_of(row) for row in rows], at, now, memories))
        core.ask_now = self._ask_now
        core.expect(settings.assets)
        return core

    def kill(self, lost: int = 0) -> None:
        """Kill the daemon, with so many works that were not on disk yet, and start it again."""
        del self.books.works[len(self.books.works) - lost :]
        self._presence = dict.fromkeys(self._assets, Presence())
        self.core = self._core()

    @property
    def told(self) -> list[Notice]:
        return self.books.told

    def play(self, until: float, tick: float = 1.0) -> None:
        """Let time pass; stop early once every incident of the story is over and nothing more can happen."""
        while self.clock.at < until and not self._is_over():
            self.clock.at += tick
            self._serve()
            self.core.tick()

    def _is_over(self) -> bool:
        return self.clock.at > self._lasts + QUIET and not self.core.watch.open

    def _serve(self) -> None:
        """End and begin the polls that are due, in their order."""
        self.stage.advance(self.clock.at)
        while True:
            ending = self._over[0][0] if self._over else float("inf")
            asking = self._asked[0][0] if self._asked else float("inf")
            due = min(ending, asking)
            if due > self.clock.at:
                return
            at, self.clock.at = self.clock.at, due
            if ending <= asking:
                _, _, name, began = heappop(self._over)
                self._end(name, began)
            else:
                _, _, name = heappop(self._asked)
                self._push(self._beat(name, due), name)
            self.clock.at = at

    def _beat(self, name: str, due: float) -> float:
        """Begin a poll, or put it off; return when to look at the device next."""
        interval = self._assets[name].interval
        if name in self._late:
            self._late.discard(name)
            self._begin(name)
            return max(due, self._next[name])
        self._next[name] = due + interval
        if self._load.share and self._dice.random() < self._load.share / 2:
            self._late.add(name)
            return due + interval * self._dice.random()
        self._begin(name)
        return self._next[name]

    def _push(self, at: float, name: str) -> None:
        self._turn += 1
        heappush(self._asked, (at, self._turn, name))

    def _ask_now(self, name: str) -> None:
        if name in self._busy:
            self._again.add(name)
        else:
            self._begin(name)

    def _begin(self, name: str) -> None:
        if name in self._busy:
            return
        self._busy.add(name)
        if self._load.share and self._dice.random() < self._load.share / 2:
            self._lost.add(name)
        patience = self._patience(name)
        takes = TIMEOUT if patience is None else min(TIMEOUT, LATENCY + patience)
        self._turn += 1
        heappush(self._over, (self.clock.at + takes, self._turn, name, self.clock.at))

    def _patience(self, name: str) -> float | None:
        """Return after how many seconds a device answers; None: not at all, or its answer is lost."""
        return None if name in self._lost else self.stage.agents[name].patience()

    def _end(self, name: str, began: float) -> None:
        self._busy.discard(name)
        before, asset = self._presence[name], self._assets[name]
        lasted = self.clock.at - began
        patience = self._patience(name)
        self._lost.discard(name)
        failure = NoAnswer("silence") if patience is None or lasted + 1e-9 < patience else None
        after = self._presence[name] = before.after(failure, self.clock.now())
        collected = None if failure else Collected((self._mouths[name].batch(self.clock.now()),))
        self.core.polled(
            Polled(asset, self.clock.now(), 0.0, lasted, before, after, collected, failure, cheap=False)
        )
        if name in self._again:
            self._again.discard(name)
            self._begin(name)

    @property
    def incidents(self) -> list[list[Notice]]:
        """What people were told, by the incident that it was about, in the order they heard of them."""
        told = [notice for notice in self.told if notice.subject is Subject.INCIDENT]
        keys = dict.fromkeys(notice.key for notice in told)
        return [[notice for notice in told if notice.key == key] for key in keys]

    @property
    def members(self) -> dict[str, list[Body]]:
        """The facts of the alerts of each incident."""
        found: dict[str, list[Body]] = {}
        for work in self.books.works:
            for fact in work.facts:
                if fact.kind is FactKind.ALERT:
                    found.setdefault(str(fact.body["incident"]), []).append(fact.body)
        return found
