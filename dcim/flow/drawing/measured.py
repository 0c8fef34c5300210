"""From readings to what they say of a load: VA by phase and in all, as intervals. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from dcim.flow.values.interval import Interval, about
from dcim.flow.values.model import Element, Reading

WHOLE: Final = ""


def loads(element: Element, readings: Iterable[Reading]) -> Mapping[str, Interval]:
    """Return what the readings of one side say by phase, and of the whole under an empty name.

    What does not count says nothing. Whatever is told of an element with one phase is of that.
    """
    found: dict[str, Interval] = {}
    for reading in readings:
        said = _of(element, reading) if reading.counts else None
        if said is not None:
            found[reading.phase if reading.phase in element.lines else _else(element, reading.phase)] = said
    return found


def _else(element: Element, phase: str) -> str:
    return element.lines[0] if len(element.lines) == 1 else WHOLE


def _of(element: Element, reading: Reading) -> Interval | None:
    """Return the apparent power that a reading tells: itself, current by voltage, or from active power."""
    if reading.voltamperes is not None:
        return about(reading.voltamperes, reading.tolerance)
    if reading.amperes is not None and (reading.phase or len(element.lines) == 1):
        return about(reading.amperes * (reading.volts or element.volts), reading.tolerance)
    if reading.watts is not None:
        return about(reading.watts, reading.tolerance).over(element.power_factor)
    return None


def volts(element: Element, readings: Sequence[Reading], phase: str) -> float:
    """Return the voltage to neutral of a phase: as measured, else nominal."""
    for reading in readings:
        if reading.phase == phase and reading.counts and reading.volts:
            return reading.volts
    return element.volts
