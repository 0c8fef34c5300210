"""The site of the campaign: its plant, its configuration as a daemon reads it, and what its devices say."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict

from dcim.catalogue import METRICS, Shape
from dcim.model import Batch, Health, Lane, Layout, Meaning, Point, canonical, state_code
from dcim.settings import Settings, load
from dcim.simulator.plant import Blueprint, DeviceShape, Plant
from dcim.simulator.sitefile import site_file
from dcim.simulator.stage import Agent, Mood, Stage
from dcim.simulator.voice import voice

UPTIME: Final = "device_uptime_seconds"
_PHASES: Final = ("L1", "L2", "L3")
_SAYS: Final[Mapping[str, tuple[tuple[str, Mapping[str, str]], ...]]] = {
    "meter": tuple(("meter_voltage_volts", {"phase": one}) for one in _PHASES),
    "switchboard": tuple(("meter_voltage_volts", {"phase": one}) for one in _PHASES),
    "genset": (("genset_state", {}), ("genset_mode_state", {})),
    "ups": (
        ("ups_output_source_state", {}),
        ("ups_input_voltage_volts", {"phase": "L1"}),
        ("ups_battery_charge_ratio", {}),
        ("ups_output_load_ratio", {}),
    ),
    "ats": (
        ("ats_source_state", {}),
        ("ats_input_state", {"source": "a"}),
        ("ats_input_state", {"source": "b"}),
        ("ats_redundancy_state", {}),
    ),
    "pdu": (("pdu_inlet_voltage_volts", {}), ("pdu_current_amperes", {})),
    "crac": (("crac_mode_state", {}), ("crac_return_air_temperature_celsius", {})),
}


class Options(BaseModel):
    """Takes whatever a device says of its protocol."""

    model_config = ConfigDict(extra="allow")


class Plugin:
    """A collector that is only there for the configuration to be read."""

    options_type: type[BaseModel] = Options
    credential_type: type[BaseModel] = Options

    def __init__(self, name: str) -> None:
        self.name = name

    def families(self, *_: Any) -> tuple[()]:
        """Return no family."""
        return ()

    def profiles(self, *_: Any) -> tuple[()]:
        """Return no profile."""
        return ()


@cache
def blueprint() -> Blueprint:
    """Return the plant of the campaign."""
    text = (Path(__file__).parent / "plant.yaml").read_text(encoding="utf-8")
    return Blueprint.model_validate(yaml.safe_load(text))


def settings_of(folder: Path) -> Settings:
    """Read the configuration of the site; beside what the topology says, both UPS are a service."""
    plan = blueprint()
    addresses = {device.id: ("127.0.0.1", 20_000 + number) for number, device in enumerate(plan.devices)}
    sections = site_file(plan, addresses, {})
    for entry in sections["devices"]:
        entry.pop("credential", None)
        entry.pop("profile")
    sections["services"] = {"ups": {"any": ["cas1-ups-a", "cas1-ups-b"]}}
    path = folder / "dcim.yaml"
    path.write_text(json.dumps({**sections, "state": "state"}), encoding="utf-8")
    plugins: Any = {"snmp": Plugin("snmp"), "modbus": Plugin("modbus")}
    return load(path, plugins, {})


class Mouth:
    """What one device says when it is asked: the truth, or what it last knew while it is frozen."""

    def __init__(self, plant: Plant, device: DeviceShape, agent: Agent) -> None:
        wanted = [(metric, canonical(labels)) for metric, labels in _SAYS[device.kind]]
        said = voice(plant, device, wanted)
        self._agent = agent
        self._says = [(said[metric], dict(labels), metric) for metric, labels in wanted]
        points = [Point(device.id, metric, labels) for metric, labels in wanted]
        states = [_states(metric) for metric, _ in wanted]
        every = (*points, Point(device.id, UPTIME))
        self.layout = Layout(device.id, Lane.FAST, every, (*states, None), ("",) * len(every))
        self._knew = array("d")

    def batch(self, now: float, at: float) -> Batch | None:
        """Return what it answers; None: nothing."""
        if self._agent.patience() is None:
            return None
        if self._agent.mood is not Mood.FROZEN or not self._knew:
            values = [_value(say(labels), metric) for say, labels, metric in self._says]
            self._knew = array("d", [*values, self._agent.uptime(now)])
        return Batch(self.layout, at, self._knew)


def mouths(stage: Stage) -> dict[str, Mouth]:
    """Return what every device has to say."""
    return {one.id: Mouth(stage.plant, one, stage.agents[one.id]) for one in blueprint().devices}


def _states(metric: str) -> Mapping[float, Meaning] | None:
    known = METRICS[metric]
    if known.shape is not Shape.STATE:
        return None
    return {state_code(word): Meaning(word, Health.OK) for word in known.words}


def _value(said: Any, metric: str) -> float:
    if isinstance(said, tuple):
        said = next(word for word in said if word in METRICS[metric].words)
    return state_code(said) if isinstance(said, str) else float(said)
