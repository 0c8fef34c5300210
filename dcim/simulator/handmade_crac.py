"""A Stulz C7000 unit, written by hand from the C7000 Modbus datapoint list and the WIB8000 datapoint numbers.

On the C7000 the Modbus address of a datapoint is its number: bits by function 1 or 2, words by function 3 or
4, temperatures and humidities in tenths. Like the hand-made UPS it knows nothing of our profiles.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dcim.simulator.cells import Place, Space
from dcim.simulator.plant import DeviceShape, Plant

C7000_IOC: Final = 7
"""Word 0, hardware type."""
ALARMS: Final = range(8500, 8679)
"""The single alarms: airflow, pressures, water, smoke, limits, compressors, fans, filters and so on."""
RETURN_TOO_HIGH: Final = 36.0
SUPPLY_TOO_HIGH: Final = 28.0
"""Limits as an operator might set them, in degC."""


def _tenths(value: float) -> int:
    """Return a signed word of tenths as the register holds it."""
    return round(value * 10) & 0xFFFF


class Stulz:
    """Says what the controller of one unit says."""

    def __init__(self, plant: Plant, device: DeviceShape) -> None:
        self._plant = plant
        self._device = device
        self._unit = plant.cracs[device.of]
        self._room = plant.rooms[self._unit.room]

    def words(self) -> Mapping[Place, int]:
        """Return every bit, by function 1 and 2, and every word, by function 3 and 4."""
        said: dict[Place, int] = {}
        for number, bit in self._bits().items():
            said[Space.COIL, number] = said[Space.DISCRETE, number] = int(bit)
        for number, word in self._words().items():
            said[Space.HOLDING, number] = said[Space.INPUT, number] = word
        return said

    def _bits(self) -> dict[int, bool]:
        unit, room = self._unit, self._room
        no_cold = unit.running and not unit.compressor.powered
        alarm = unit.stopped or no_cold
        bits = dict.fromkeys((*range(1000, 1015), *range(1022, 1027), *range(1754, 1758), *ALARMS), False)
        return bits | {
            8: alarm,  # general error
            1002: unit.stopped,  # local stop
            1010: alarm,  # common alarm
            1013: unit.running,  # unit on
            1022: False,  # physical unit: degrees Celsius
            1754: unit.cooling > 0.0,  # cooling
            4403: unit.cooling > 0.0,  # compressor 1 running
            6902: unit.running,  # fan 1 running
            8508: room.back(unit) > RETURN_TOO_HIGH,
            8510: room.supply(unit) > SUPPLY_TOO_HIGH,
            8560: no_cold,  # compressor 1
        }

    def _words(self) -> dict[int, int]:
        unit, room = self._unit, self._room
        back = room.back(unit)
        supply = room.supply(unit)
        return {
            0: C7000_IOC,
            1: 1,  # unit type
            3: 419,  # software version 4.19
            5: self._device.unit,  # bus id
            6: self._device.unit,  # global address
            1170: _tenths(room.temperature),  # unit air temperature
            1171: _tenths(room.humidity(room.temperature) * 100),
            1175: _tenths(unit.setpoint),
            1178: _tenths(45.0),
            1192: _tenths(back),  # return air
            1193: _tenths(supply),  # supply air
            1194: _tenths(room.humidity(back) * 100),
            1195: _tenths(room.humidity(supply) * 100),
            6932: round(unit.speed * 100),  # fan 1
        }
