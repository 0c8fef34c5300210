"""A small site on a virtual clock: two UPSs, one behind a switchboard, three channels, stories, and what people do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from dcim.alerts import Deed, Doing, Target, read_rules
from dcim.daemon.plan import Plan
from dcim.daemon.rooms import Rooms
from dcim.model import Health, Lane, Layout, Meaning, Point, canonical, state_code
from dcim.notify.channel import ChannelSettings, Context, Delivered, Letter, Verdict
from dcim.settings import load, resolve_secrets
from dcim.windows import Once, Scope, Span, Window

NOON: Final = 1_764_072_000.0  # 2025-11-25 12:00:00 UTC
INTERVAL: Final = 10.0
CHANNELS: Final = ("amina", "karim", "noc")
FINE: Final = {"ups-a": "normal", "ups-b": "normal", "main-a": "230"}

_TEXT = """
    title: { en: T, fr: T }
    consequence: { en: C, fr: C }
    action: { en: A, fr: A }
"""
RULES: Final = f"""
format: 1
rules:
  - rule: ups_on_battery
    kinds: [ups]
    metric: ups_output_source_state
    state: battery
    acknowledge: false
    severity: major{_TEXT}
  - rule: ups_on_bypass
    kinds: [ups]
    metric: ups_output_source_state
    state: bypass
    severity: minor{_TEXT}
  - rule: ups_on_booster
    kinds: [ups]
    metric: ups_output_source_state
    state: booster
    on_delay: 30 s
    off_delay: 20 s
    severity: critical{_TEXT}
  - rule: meter_voltage_lost
    kinds: [switchboard]
    metric: meter_voltage_volts
    below: 100 V
    deadband: 20 V
    acknowledge: false
    severity: major{_TEXT}
"""


@dataclass
class VirtualClock:
    """Stands still until somebody moves it; its monotonic time begins with each life."""

    at: float = 0.0
    born: float = 0.0

    def now(self) -> float:
        return NOON + self.at

    def monotonic(self) -> float:
        return self.at - self.born + 1000.0


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Mute:
    """A collector that nobody asks: the test brings the polls."""

    name = "scripted"
    options_type = credential_type = _Options

    def open(self, *_: Any) -> _Mute:
        return self

    def families(self, *_: Any) -> tuple[()]:
        return ()

    def profiles(self, *_: Any) -> tuple[()]:
        return ()

    async def aclose(self) -> None:
        return None


@dataclass
class Box:
    """A channel that keeps every letter, and calls before it says that it has it."""

    name: str
    letters: list[Letter] = field(default_factory=list)
    took: Callable[[], None] = lambda: None
    settings_type: type[ChannelSettings] = ChannelSettings

    def open(self, _settings: ChannelSettings, _context: Context) -> Box:
        return self

    async def send(self, letter: Letter) -> Verdict:
        self.letters.append(letter)
        self.took()
        return Delivered()

    async def aclose(self) -> None:
        return None


@dataclass(frozen=True)
class Story:
    """What happens: what devices say from when on, and what people do. Times are seconds after noon."""

    name: str
    lasts: float
    says: Mapping[str, Sequence[tuple[float, str | None]]] = field(default_factory=dict)
    deeds: Sequence[tuple[float, Callable[[Rooms], object]]] = ()
    notify: Mapping[str, Any] = field(default_factory=dict)
    exact: bool = True  # a restart changes nothing of what is told, but for the time

    def said(self, device: str, at: float) -> str | None:
        """Return what a device says at a time; None: it is silent."""
        said: str | None = FINE[device]
        for since, word in self.says.get(device, ()):
            if since <= at:
                said = word
        return said


def plan_of(story: Story, folder: Path) -> Plan:
    """Return the plan of a site with two UPSs, one of them behind a switchboard."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rules.yaml").write_text(RULES)
    boxes = [{"name": name, "type": name, "test": "off"} for name in CHANNELS]
    device = {"collector": "scripted", "address": "127.0.0.1:1", "interval": "10s", "timeout": "1s"}
    config = {
        "format": 1,
        "site": {"id": "cas1", "name": "Casablanca 1", "time_zone": "UTC", "language": "en"},
        "state": "state",
        "history": {"enabled": False},
        "alerts": {"rules": ["rules.yaml"], "default_rules": False},
        "notify": {"channels": boxes, **story.notify},
        "devices": [
            {"id": "main-a", "kind": "switchboard", **device},
            {"id": "ups-a", "kind": "ups", "fed_by": "main-a", **device},
            {"id": "ups-b", "kind": "ups", **device},
        ],
    }
    path = folder / "dcim.yaml"
    path.write_text(json.dumps(config))
    settings = load(path, {"scripted": _Mute()}, dict.fromkeys(CHANNELS, ChannelSettings))  # type: ignore[dict-item]
    rules = read_rules(settings.alerts.rules, [asset.id for asset in settings.assets], shipped=False)
    return Plan(settings, resolve_secrets(settings, {}), rules, {"scripted": _Mute()}, {}, {})  # type: ignore[dict-item]


_SOURCES = {state_code(word): Meaning(word, Health.OK) for word in ("normal", "battery", "bypass", "booster")}


def layout_of(device: str) -> Layout:
    if device == "main-a":
        points, states = (Point(device, "meter_voltage_volts", canonical({"phase": "L1"})),), (None,)
        return Layout(device, Lane.FAST, points, states, ("1",))
    return Layout(device, Lane.FAST, (Point(device, "ups_output_source_state"),), (_SOURCES,), ("1",))


# what people do


def _key(rooms: Rooms, device: str) -> str:
    return next((alert.key for alert in rooms.watch.listed if alert.asset == device), "nothing")


def acknowledge(device: str, lasts: float | None = None) -> Callable[[Rooms], object]:
    """Return the deed of somebody who takes care of the alert of a device."""

    def deed(rooms: Rooms) -> object:
        target = Target("", "", _key(rooms, device))
        return rooms.core.act(Deed(Doing.ACKNOWLEDGE, target, "amina", "mine", lasts), 3600.0)

    return deed


def shelve(device: str, lasts: float) -> Callable[[Rooms], object]:
    """Return the deed of somebody who shelves the alerts of a device."""
    return lambda rooms: rooms.core.act(Deed(Doing.SHELVE, Target(device), "amina", "known", lasts), 3600.0)


def unshelve(device: str) -> Callable[[Rooms], object]:
    """Return the deed of somebody who takes that back."""
    return lambda rooms: rooms.core.act(Deed(Doing.UNSHELVE, Target(device), "amina", "again"), 3600.0)


def announce(device: str, since: float, to: float) -> Callable[[Rooms], object]:
    """Return the deed of somebody who announces work on a device."""
    when = Once(Span(NOON + since, NOON + to))
    window = Window("fans", Scope(devices=frozenset({device})), when, "new fans", "", "karim")
    return lambda rooms: rooms.core.announced(window)


def withdraw(rooms: Rooms) -> None:
    """End the work that was announced."""
    rooms.core.turned(rooms.core.maintenance.withdraw("fans", "karim"))
