"""The envelopes of ASHRAE TC 9.9, from the file of standards, and where a moment lies in them. Pure."""

from __future__ import annotations

from enum import StrEnum
from math import log
from typing import Final, Literal, TypeAlias

from dcim.record import dataclass
from dcim.standards import constant

ClassName: TypeAlias = Literal["A1", "A2", "A3", "A4", "H1"]
"""A class of equipment. H1 takes its humidity from A1, as the reference card does."""


def _number(name: str) -> float:
    return float(constant(name))


_SLOPE: Final = _number("magnus_slope")
_TEMPERATURE: Final = _number("magnus_temperature")


def dew_point(celsius: float, humidity: float) -> float:
    """Return the dew point over water (Magnus, Alduchov and Eskridge 1996). ``humidity`` in (0, 1]."""
    gamma = log(humidity) + _SLOPE * celsius / (_TEMPERATURE + celsius)
    return _TEMPERATURE * gamma / (_SLOPE - gamma)


class Side(StrEnum):
    """At which edge a moment lies outside."""

    HOT = "hot"
    COLD = "cold"
    HUMID = "humid"
    DRY = "dry"


class Zone(StrEnum):
    """Where a moment lies, the best first."""

    RECOMMENDED = "recommended"
    ALLOWABLE = "allowable"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True)
class Limits:
    """One envelope. Celsius, and relative humidity as a share of 1; air is dry below either dry limit."""

    low: float
    high: float
    dew_low: float
    dew_high: float
    humidity_low: float
    humidity_high: float

    def beyond(self, celsius: float, humidity: float | None) -> tuple[Side, float] | None:
        """Return the edge beyond which a moment lies and by how much, temperature first; None: inside.

        In kelvin; air that is too humid or dry by the distance of its dew point, or by points of relative
        humidity where that is more. Without humidity only the temperature is judged.
        """
        if celsius > self.high:
            return Side.HOT, celsius - self.high
        if celsius < self.low:
            return Side.COLD, self.low - celsius
        if humidity is None:
            return None
        dew = dew_point(celsius, max(humidity, 1e-4))
        if dew > self.dew_high or humidity > self.humidity_high:
            return Side.HUMID, max(dew - self.dew_high, 100 * (humidity - self.humidity_high), 0.0)
        if dew < self.dew_low or humidity < self.humidity_low:
            return Side.DRY, max(self.dew_low - dew, 100 * (self.humidity_low - humidity), 0.0)
        return None


@dataclass(frozen=True, slots=True)
class Envelope:
    """Recommended and allowable for a class at an altitude, and how fast temperature may change."""

    name: ClassName
    recommended: Limits
    allowable: Limits
    hour: float  # most change in any hour, kelvin
    quarter: float | None  # in any 15 minutes

    def zone(self, celsius: float, humidity: float | None) -> Zone:
        """Return where a moment lies."""
        if self.allowable.beyond(celsius, humidity):
            return Zone.OUTSIDE
        return Zone.ALLOWABLE if self.recommended.beyond(celsius, humidity) else Zone.RECOMMENDED


def envelope(
    name: ClassName = "A1", *, altitude: float = 0.0, polluted: bool = False, tape: bool = False
) -> Envelope:
    """Return the envelope of a class at so many meters: its highest temperature falls with the altitude.

    ``polluted``: the lower limit of humidity for air with corrosive gases; ``tape``: drives that must not
    change faster.
    """
    key, humid = name.lower(), "a1" if name == "H1" else name.lower()
    warm = "ashrae_h1_recommended" if name == "H1" else "ashrae_recommended"
    recommended = Limits(
        _number(f"{warm}_low"),
        _number(f"{warm}_high"),
        _number("ashrae_recommended_dew_point_low"),
        _number("ashrae_recommended_dew_point_high"),
        0.0,
        _number(
            "ashrae_recommended_humidity_high_polluted" if polluted else "ashrae_recommended_humidity_high"
        ),
    )
    above = max(0.0, altitude - _number("ashrae_derating_from"))
    allowable = Limits(
        _number(f"ashrae_{key}_low"),
        _number(f"ashrae_{key}_high") - above / _number(f"ashrae_{humid}_derating"),
        _number(f"ashrae_{humid}_dew_point_low"),
        _number(f"ashrae_{humid}_dew_point_high"),
        _number(f"ashrae_{humid}_humidity_low"),
        _number(f"ashrae_{humid}_humidity_high"),
    )
    if tape:
        return Envelope(name, recommended, allowable, _number("ashrae_rate_hour_tape"), None)
    return Envelope(name, recommended, allowable, _number("ashrae_rate_hour"), _number("ashrae_rate_quarter"))
