"""Numbers and durations as people write them: a unit they use, and digits that mean something. Pure."""

from __future__ import annotations

from typing import Final

from dcim.words.vocabulary import Words

_STEPS: Final[dict[str, tuple[tuple[float, float, str, int], ...]]] = {
    # base unit: (from this size on, divide by, unit shown, digits), largest first
    "ratio": ((0.0, 0.01, "%", 1),),
    "celsius": ((0.0, 1.0, "°C", 1),),
    "kelvin": ((0.0, 1.0, "K", 1),),
    "volts": ((1e4, 1e3, "kV", 1), (60.0, 1.0, "V", 0), (0.0, 1.0, "V", 1)),
    "amperes": ((100.0, 1.0, "A", 0), (0.0, 1.0, "A", 1)),
    "watts": ((1e6, 1e6, "MW", 2), (1e3, 1e3, "kW", 1), (0.0, 1.0, "W", 0)),
    "voltamperes": ((1e6, 1e6, "MVA", 2), (1e3, 1e3, "kVA", 1), (0.0, 1.0, "VA", 0)),
    "vars": ((1e6, 1e6, "Mvar", 2), (1e3, 1e3, "kvar", 1), (0.0, 1.0, "var", 0)),
    "joules": ((3.6e9, 3.6e9, "MWh", 2), (0.0, 3.6e6, "kWh", 1)),
    "volt_ampere_seconds": ((0.0, 3.6e6, "kVAh", 1),),
    "var_seconds": ((0.0, 3.6e6, "kvarh", 1),),
    "amperehours": ((0.0, 1.0, "Ah", 1),),
    "hertz": ((0.0, 1.0, "Hz", 1),),
    "pascals": ((1e5, 1e5, "bar", 2), (1e3, 1e3, "kPa", 1), (0.0, 1.0, "Pa", 0)),
    "rpm": ((0.0, 1.0, "rpm", 0),),
    "cubic_meters": ((1.0, 1.0, "m³", 2), (0.0, 1e-3, "l", 0)),
    "cubic_meters_per_second": ((0.05, 1 / 3600, "m³/h", 0), (0.0, 1 / 60000, "l/min", 1)),
    "meters": ((1.0, 1.0, "m", 2), (0.0, 1e-3, "mm", 0)),
    "meters_per_second": ((0.0, 1.0, "m/s", 2),),
    "lux": ((0.0, 1.0, "lx", 0),),
    "dbm": ((0.0, 1.0, "dBm", 1),),
    "bytes": ((1e9, 1e9, "GB", 1), (1e6, 1e6, "MB", 1), (0.0, 1e3, "kB", 1)),
    "ohms": ((1.0, 1.0, "Ω", 1), (0.0, 1e-3, "mΩ", 2)),
}
_POWER_FACTOR: Final = "power_factor_ratio"
_SPACE: Final = "\u00a0"
_DAY: Final = 86_400


def measured(metric: str, value: float, unit: str, words: Words) -> str:
    """Write the value of a metric; a power factor is a bare number to everybody, and no share of anything."""
    if metric.endswith(_POWER_FACTOR):
        return words.number(value, 2)
    return quantity(value, unit, words)


def quantity(value: float, unit: str, words: Words) -> str:
    """Write a number in the unit and with the digits that people use for its size."""
    if unit == "seconds":
        return duration(value, words)
    for least, divide, name, digits in _STEPS.get(unit, ()):
        if abs(value) >= least:
            return f"{words.number(value / divide, digits)}{_SPACE}{words('unit.' + name)}"
    return words.number(value, 0 if value == int(value) else 2)


def duration(seconds: float, words: Words) -> str:
    """Write a duration in its two largest units; the smaller one only where it says something."""
    if abs(seconds) < 60:
        digits = 0 if seconds == int(seconds) or abs(seconds) >= 10 else 3 if abs(seconds) < 1 else 1
        return f"{words.number(seconds, digits)}{_SPACE}{words('s')}"
    whole = int(abs(seconds))
    sign = "-" if seconds < 0 else ""
    if whole >= 2 * _DAY:
        return sign + _two(whole // _DAY, "d", whole % _DAY // 3600, "h", words)
    if whole >= 3600:
        return sign + _two(whole // 3600, "h", whole % 3600 // 60, "min", words)
    return sign + _two(whole // 60, "min", whole % 60, "s", words)


def _two(large: int, unit: str, small: int, part: str, words: Words) -> str:
    rest = f" {small:02d}{_SPACE}{words(part)}" if small else ""
    return f"{large}{_SPACE}{words(unit)}{rest}"
