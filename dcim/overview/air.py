"""The air at inlets: its zone in the envelope of the site, and its dew point. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from dcim.model import Point
from dcim.overview.sheets import NOTHING, Line
from dcim.rollup.inlets import Inlet
from dcim.thermal import Envelope, dew_point

_ZONE: Final = "inlet_zone_state"
_DEW: Final = "inlet_dew_point_celsius"

Read = Callable[[Point], float | None]
"""Gives the value of a point that counts now; None where there is none."""


def inlet_lines(inlets: Iterable[Inlet], envelope: Envelope, read: Read) -> Mapping[str, Sequence[Line]]:
    """Return the lines of the devices with inlets. What is not read is unknown, never well."""
    lines: dict[str, list[Line]] = {}
    for inlet in inlets:
        celsius = read(inlet.temperature)
        humidity = read(inlet.humidity) if inlet.humidity else None
        labels = inlet.temperature.labels
        zone = "unknown" if celsius is None else str(envelope.zone(celsius, humidity))
        of_device = lines.setdefault(inlet.asset.id, [])
        of_device.append(Line(_ZONE, zone, labels))
        if inlet.humidity is not None:
            known = celsius is not None and humidity is not None and humidity > 0
            of_device.append(Line(_DEW, dew_point(celsius, humidity) if known else NOTHING, labels))  # type: ignore[arg-type]
    return lines
