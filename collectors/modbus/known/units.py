"""At which units of a connection devices are looked for, where nobody names one. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from collectors.modbus.families.family import ModbusHead

USUAL: Final = 1
"""The unit that most devices leave the factory with."""

NOBODY: Final = 231
"""A unit that hardly anybody is given: who answers there answers for every unit, and is one device."""

_LOW: Final = range(1, 17)
"""Units that people give to the first devices of a line."""


def of_factories(families: Iterable[ModbusHead]) -> tuple[int, ...]:
    """Return the units other than the usual one with which devices of these families leave the factory."""
    return tuple(sorted({family.unit for family in families} - {USUAL}))


def beside(unit: int, families: Iterable[ModbusHead]) -> tuple[int, ...]:
    """Return where others are looked for on the connection of a device: few enough for a sweep."""
    return tuple(sorted({*_LOW, *of_factories(families)} - {unit}))
