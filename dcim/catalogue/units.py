"""Units as manuals print them, and how each becomes its base unit."""

from __future__ import annotations

from typing import Final

from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """``base = value * factor + offset``."""

    base: str
    factor: float = 1.0
    offset: float = 0.0

    def to_base(self, value: float) -> float:
        """Convert a value in this unit to the base unit."""
        return value * self.factor + self.offset


BASE_UNITS: Final = (
    "seconds", "celsius", "kelvin", "volts", "amperes", "watts", "voltamperes", "vars", "joules",
    "amperehours", "ratio", "hertz", "pascals", "rpm", "cubic_meters", "cubic_meters_per_second",
    "meters", "lux", "dbm", "bytes", "volt_ampere_seconds", "var_seconds", "ohms", "siemens_per_meter",
    "meters_per_second",
)  # fmt: skip

UNITS: Final[dict[str, Unit]] = {
    "%": Unit("ratio", 0.01),
    "1": Unit("ratio"),
    "permille": Unit("ratio", 0.001),
    "A": Unit("amperes"),
    "mA": Unit("amperes", 1e-3),
    "V": Unit("volts"),
    "mV": Unit("volts", 1e-3),
    "kV": Unit("volts", 1e3),
    "W": Unit("watts"),
    "kW": Unit("watts", 1e3),
    "MW": Unit("watts", 1e6),
    "VA": Unit("voltamperes"),
    "kVA": Unit("voltamperes", 1e3),
    "MVA": Unit("voltamperes", 1e6),
    "var": Unit("vars"),
    "kvar": Unit("vars", 1e3),
    "Mvar": Unit("vars", 1e6),
    "J": Unit("joules"),
    "Wh": Unit("joules", 3.6e3),
    "kWh": Unit("joules", 3.6e6),
    "MWh": Unit("joules", 3.6e9),
    "VAh": Unit("volt_ampere_seconds", 3.6e3),
    "kVAh": Unit("volt_ampere_seconds", 3.6e6),
    "varh": Unit("var_seconds", 3.6e3),
    "kvarh": Unit("var_seconds", 3.6e6),
    "Ah": Unit("amperehours"),
    "mAh": Unit("amperehours", 1e-3),
    "Hz": Unit("hertz"),
    "mHz": Unit("hertz", 1e-3),
    "degC": Unit("celsius"),
    "degF": Unit("celsius", 5 / 9, -160 / 9),
    "K": Unit("kelvin"),
    "deltaC": Unit("kelvin"),
    "deltaF": Unit("kelvin", 5 / 9),
    "Pa": Unit("pascals"),
    "hPa": Unit("pascals", 100.0),
    "mbar": Unit("pascals", 100.0),
    "kPa": Unit("pascals", 1e3),
    "bar": Unit("pascals", 1e5),
    "psi": Unit("pascals", 6894.757293168),
    "inH2O": Unit("pascals", 249.08891),
    "ms": Unit("seconds", 1e-3),
    "cs": Unit("seconds", 0.01),
    "s": Unit("seconds"),
    "min": Unit("seconds", 60.0),
    "h": Unit("seconds", 3600.0),
    "d": Unit("seconds", 86400.0),
    "rpm": Unit("rpm"),
    "l": Unit("cubic_meters", 1e-3),
    "m3": Unit("cubic_meters"),
    "gal": Unit("cubic_meters", 0.003785411784),
    "l/min": Unit("cubic_meters_per_second", 1 / 60000),
    "l/s": Unit("cubic_meters_per_second", 1e-3),
    "l/h": Unit("cubic_meters_per_second", 1 / 3.6e6),
    "m3/h": Unit("cubic_meters_per_second", 1 / 3600),
    "m3/min": Unit("cubic_meters_per_second", 1 / 60),
    "cfm": Unit("cubic_meters_per_second", 0.00047194745),
    "gpm": Unit("cubic_meters_per_second", 0.003785411784 / 60),
    "mm": Unit("meters", 1e-3),
    "cm": Unit("meters", 0.01),
    "m": Unit("meters"),
    "ft": Unit("meters", 0.3048),
    "m/s": Unit("meters_per_second"),
    "m/min": Unit("meters_per_second", 1 / 60),
    "lx": Unit("lux"),
    "dBm": Unit("dbm"),
    "B": Unit("bytes"),
    "kB": Unit("bytes", 1e3),
    "mohm": Unit("ohms", 1e-3),
    "ohm": Unit("ohms"),
    "uS/cm": Unit("siemens_per_meter", 1e-4),
    "count": Unit(""),
}
"""Factors of inch and pound units: NIST SP 811 (2008), appendix B."""
