"""The voices of a cooling unit and of the probes in a room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from zlib import crc32

from dcim.simulator.plant.air import Crac, Room
from dcim.simulator.voice.words import Marks, Vocabulary, before, flag

_STOPPED: Final = ("general_error", "common_alarm", "general_alarm", "local_stop")
_NO_COLD: Final = ("general_error", "common_alarm", "general_alarm", "compressor_1")


class CracVoice:
    """Says everything about one unit and the air around it."""

    def __init__(self, name: str, unit: Crac, room: Room) -> None:
        self._name = name
        self._unit = unit
        self._room = room

    def vocabulary(self) -> Vocabulary:
        """Return what a cooling unit can say."""
        unit, room = self._unit, self._room
        return {
            "crac_mode_state": lambda _: self._mode(),
            "crac_supply_air_temperature_celsius": lambda _: self._supply(),
            "crac_return_air_temperature_celsius": lambda _: room.back(unit),
            "crac_supply_air_humidity_ratio": lambda _: room.humidity(self._supply()),
            "crac_return_air_humidity_ratio": lambda _: room.humidity(room.back(unit)),
            "crac_temperature_setpoint_celsius": lambda _: unit.setpoint,
            "crac_humidity_setpoint_ratio": lambda _: 0.45,
            "crac_fan_speed_ratio": lambda _: unit.speed,
            "crac_compressor_load_ratio": lambda _: unit.demand if unit.cooling else 0.0,
            "crac_cooling_capacity_ratio": lambda _: unit.demand if unit.cooling else 0.0,
            "crac_cooling_power_watts": lambda _: unit.cooling,
            "crac_electrical_power_watts": lambda _: unit.fan.watts + unit.compressor.watts,
            "crac_electrical_energy_joules_total": lambda _: before(self._name, 5e11) + unit.joules,
            "crac_airflow_cubic_meters_per_second": lambda _: unit.airflow * unit.speed,
            "crac_operating_seconds": lambda _: before(self._name, 1e8) + unit.ran,
            "crac_alarm": self._alarm,
            "crac_component_state": self._component,
            "sensor_temperature_celsius": lambda _: room.temperature,
            "sensor_humidity_ratio": lambda _: room.humidity(room.temperature),
        }

    def _supply(self) -> float:
        return self._room.supply(self._unit)

    def _mode(self) -> tuple[str, ...]:
        if not self._unit.running:
            return ("off", "standby", "fault")
        return ("cooling", "on") if self._unit.cooling else ("ventilating", "on")

    def _component(self, marks: Marks) -> tuple[str, ...]:
        """Say whether a part of the unit runs: its fans and one compressor, and it does nothing but cool."""
        part = marks.get("component", "")
        cools = self._unit.cooling > 0.0 and part in ("compressor_1", "cooling")
        runs = cools or (self._unit.running and part.startswith("fan_"))
        return ("running", "on") if runs else ("stopped", "off")

    def _alarm(self, marks: Marks) -> float:
        """Say what is wrong: stopped by hand, or no cold for want of power."""
        no_cold = self._unit.running and not self._unit.compressor.powered
        return flag(
            there=(self._unit.stopped and marks.get("alarm") in _STOPPED)
            or (no_cold and marks.get("alarm") in _NO_COLD)
        )


class RoomVoice:
    """Says what probes in a room measure: near the racks' inlets, or at their backs if the name says so."""

    def __init__(self, device: str, room: Room, probes: Sequence[str]) -> None:
        self._room = room
        self._offset = {probe: (crc32(f"{device} {probe}".encode()) % 17 - 8) / 10.0 for probe in probes}

    def vocabulary(self) -> Vocabulary:
        """Return what the probes can say."""
        room = self._room
        return {
            "sensor_temperature_celsius": lambda marks: self._celsius(marks.get("sensor", "")),
            "sensor_humidity_ratio": lambda marks: room.humidity(self._celsius(marks.get("sensor", ""))),
            "sensor_dew_point_celsius": lambda _: room.dew_point,
            "sensor_status_state": lambda _: ("ok", "normal"),
            "sensor_alarm_state": lambda _: "normal",
            "sensor_motion_state": lambda _: "still",
            "sensor_vibration_state": lambda _: "still",
            "sensor_contact_state": lambda _: ("normal", "closed"),
            "leak_state": lambda _: "dry",
            "smoke_state": lambda _: "clear",
            "door_state": lambda _: "closed",
            "door_lock_state": lambda _: "closed",
        }

    def _celsius(self, probe: str) -> float:
        behind = any(word in probe.lower() for word in ("rear", "exhaust", "outlet", "hot", "back", "arri"))
        return (self._room.exhaust() if behind else self._room.temperature) + self._offset.get(probe, 0.0)
