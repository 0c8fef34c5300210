"""The voices of an energy meter and of a generator's controller."""

from __future__ import annotations

import math
from typing import Final

from dcim.simulator.plant.genset import Genset, Phase
from dcim.simulator.plant.network import POWER_FACTOR, Node
from dcim.simulator.voice.words import Marks, Phases, Vocabulary, amperes, before, flag, volts

_TANGENT = math.tan(math.acos(POWER_FACTOR))
"""Reactive power a watt."""
_SERVICE: Final = 250 * 3600.0
"""Seconds of running between two services, which are always done in time."""
_FAILED: Final = ("fail_to_start", "failed_to_start", "start_failure", "common_shutdown")
"""The alarms of a set that will not run."""


class MeterVoice:
    """Says what a meter at a node measures: the load that passes and the energy that has passed."""

    def __init__(self, name: str, node: Node, phases: Phases) -> None:
        self._name = name
        self._node = node
        self._phases = phases

    def vocabulary(self) -> Vocabulary:
        """Return what a meter can say."""
        node, share = self._node, self._phases.share
        return {
            "meter_voltage_volts": lambda marks: volts(node, marks),
            "meter_line_voltage_volts": lambda marks: volts(node, marks),
            "meter_current_amperes": lambda marks: amperes(node.watts, node) * share(marks),
            "meter_phase_power_watts": lambda marks: node.watts * share(marks),
            "meter_phase_reactive_power_vars": lambda marks: node.watts * _TANGENT * share(marks),
            "meter_phase_apparent_power_voltamperes": lambda marks: node.watts / POWER_FACTOR * share(marks),
            "meter_phase_power_factor_ratio": lambda _: POWER_FACTOR,
            "meter_power_watts": lambda _: node.watts,
            "meter_demand_power_watts": lambda _: node.watts,
            "meter_reactive_power_vars": lambda _: node.watts * _TANGENT,
            "meter_apparent_power_voltamperes": lambda _: node.watts / POWER_FACTOR,
            "meter_power_factor_ratio": lambda _: POWER_FACTOR,
            "meter_frequency_hertz": lambda _: node.hertz,
            "meter_energy_joules_total": self._energy,
            "meter_phase_energy_joules_total": lambda marks: self._energy(marks) * share(marks),
            "meter_reactive_energy_var_seconds_total": lambda marks: self._energy(marks) * _TANGENT,
            "meter_apparent_energy_volt_ampere_seconds_total": lambda marks: (
                self._energy(marks) / POWER_FACTOR
            ),
            "meter_thd_voltage_ratio": lambda _: 0.021,
            "meter_thd_current_ratio": lambda _: 0.074,
        }

    def _energy(self, marks: Marks) -> float:
        """Return the joules that went in this direction; nothing is ever exported."""
        return 0.0 if marks.get("direction") == "export" else before(self._name, 2e12) + self._node.joules


class GensetVoice:
    """Says what a generator's controller shows. ``mains`` is the node at which it watches the mains."""

    def __init__(self, name: str, genset: Genset, mains: Node | None, phases: Phases) -> None:
        self._name = name
        self._genset = genset
        self._mains = mains
        self._phases = phases

    def vocabulary(self) -> Vocabulary:
        """Return what a controller can say."""
        return self._engine() | self._output() | self._grid() | {"genset_alarm": self._alarm}

    def _engine(self) -> Vocabulary:
        genset = self._genset
        return {
            "genset_state": lambda _: self._state(),
            "genset_mode_state": lambda _: "auto",
            "genset_speed_rpm": lambda _: genset.speed,
            "genset_oil_pressure_pascals": lambda _: 420e3 * min(1.0, genset.speed / 1500.0),
            "genset_oil_temperature_celsius": lambda _: genset.coolant + 6.0,
            "genset_coolant_temperature_celsius": lambda _: genset.coolant,
            "genset_fuel_level_ratio": lambda _: genset.fuel / genset.tank,
            "genset_battery_voltage_volts": lambda _: self._starter(),
            "genset_charge_alternator_voltage_volts": lambda _: 28.1 * min(1.0, genset.speed / 1500.0),
            "genset_starts_total": lambda _: float(int(before(self._name, 300))) + genset.starts,
            "genset_operating_seconds": lambda _: self._ran(),
            "genset_maintenance_due_seconds": lambda _: _SERVICE - self._ran() % _SERVICE,
        }

    def _ran(self) -> float:
        return before(self._name, 2e6) + self._genset.ran

    def _starter(self) -> float:
        """Return the voltage of the starter battery, which sags while it cranks."""
        return 19.8 if self._genset.phase is Phase.CRANKING else 27.2

    def _state(self) -> tuple[str, ...]:
        return {
            Phase.STOPPED: ("stopped",),
            Phase.CRANKING: ("cranking", "starting"),
            Phase.RUNNING: ("running",),
            Phase.COOLING_DOWN: ("cooling_down",),
            Phase.FAULT: ("fault", "stopped"),
        }[self._genset.phase]

    def _output(self) -> Vocabulary:
        genset, share = self._genset, self._phases.share
        return {
            "genset_voltage_volts": lambda marks: volts(genset, marks),
            "genset_line_voltage_volts": lambda marks: volts(genset, marks),
            "genset_current_amperes": lambda marks: amperes(genset.watts, genset) * share(marks),
            "genset_phase_power_watts": lambda marks: genset.watts * share(marks),
            "genset_power_watts": lambda _: genset.watts,
            "genset_apparent_power_voltamperes": lambda _: genset.watts / POWER_FACTOR,
            "genset_reactive_power_vars": lambda _: genset.watts * _TANGENT,
            "genset_power_factor_ratio": lambda _: POWER_FACTOR if genset.watts else 0.0,
            "genset_frequency_hertz": lambda _: genset.hertz,
            "genset_load_ratio": lambda _: genset.watts / genset.rated,
            "genset_energy_joules_total": lambda _: before(self._name, 4e11) + genset.joules,
        }

    def _grid(self) -> Vocabulary:
        mains = self._mains
        if mains is None:
            return {}
        return {
            "genset_mains_voltage_volts": lambda marks: volts(mains, marks),
            "genset_mains_line_voltage_volts": lambda marks: volts(mains, marks),
            "genset_mains_frequency_hertz": lambda _: mains.hertz,
        }

    def _alarm(self, marks: Marks) -> float:
        """Say that it failed to start and shut down; nothing else is ever wrong with it."""
        failed = self._genset.phase is Phase.FAULT
        return flag(there=failed and marks.get("alarm") in _FAILED)
