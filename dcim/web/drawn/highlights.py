"""Which values of a device the overview shows: the first few there are, by kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dcim.model import Kind, Reading

MOST: Final = 5

_FIRST: Final[dict[str, tuple[str, ...]]] = {
    Kind.UPS: (
        "ups_output_source_state",
        "ups_battery_charge_ratio",
        "ups_battery_runtime_seconds",
        "ups_output_load_ratio",
        "ups_output_phase_load_ratio",
        "ups_output_power_watts",
        "ups_battery_state",
        "ups_input_voltage_volts",
    ),
    Kind.PDU: (
        "pdu_power_watts",
        "pdu_inlet_power_watts",
        "pdu_phase_current_amperes",
        "pdu_inlet_current_amperes",
        "pdu_load_state",
        "pdu_phase_load_state",
        "pdu_energy_joules_total",
        "pdu_outlet_power_watts",
    ),
    Kind.ATS: ("ats_source_state", "ats_redundancy_state", "ats_input_state", "ats_output_current_amperes"),
    Kind.CRAC: (
        "crac_mode_state",
        "crac_return_air_temperature_celsius",
        "crac_supply_air_temperature_celsius",
        "crac_return_air_humidity_ratio",
        "crac_fan_speed_ratio",
        "crac_cooling_capacity_ratio",
    ),
    Kind.GENSET: (
        "genset_state",
        "genset_mode_state",
        "genset_fuel_level_ratio",
        "genset_power_watts",
        "genset_battery_voltage_volts",
        "genset_speed_rpm",
    ),
    Kind.METER: (
        "meter_power_watts",
        "meter_voltage_volts",
        "meter_current_amperes",
        "meter_energy_joules_total",
        "meter_power_factor_ratio",
    ),
    Kind.SENSOR: ("sensor_temperature_celsius", "sensor_humidity_ratio"),
}
_LIKE: Final = {
    Kind.FLOOR_PDU: Kind.PDU, Kind.SWITCHBOARD: Kind.METER, Kind.TRANSFORMER: Kind.METER, Kind.STS: Kind.ATS,
    Kind.CHILLER: Kind.CRAC,
}  # fmt: skip


def highlights(kind: Kind, readings: Iterable[Reading]) -> list[Reading]:
    """Return the readings that say most about a device of this kind, at most ``MOST``; values before gaps."""
    wanted = _FIRST.get(_LIKE.get(kind, kind), ())
    rank = {metric: place for place, metric in enumerate(wanted)}
    every = [reading for reading in readings if reading.point.metric not in _POLL]
    listed = [reading for reading in every if reading.point.metric in rank]
    chosen = sorted(
        listed or every,
        key=lambda reading: (
            reading.gap is not None, rank.get(reading.point.metric, 0), reading.point.labels
        ),
    )  # fmt: skip
    return chosen[:MOST]


_POLL: Final = frozenset({"device_reach_state", "device_poll_duration_seconds", "device_check_state"})
