"""How a reading is written for people: a unit they use, digits that mean something, words. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

from dcim.catalogue import METRICS, Shape
from dcim.model import Health, Labels, Reading
from dcim.series import Quality
from dcim.web.words import Words

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
    "coulombs": ((0.0, 3.6e3, "Ah", 1),),
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
_SPACE: Final = "\u00a0"


@dataclass(frozen=True, slots=True)
class Shown:
    """A reading as a page shows it. ``tone``: ok, warning, critical, unknown, or empty for a plain number."""

    point: str
    name: str
    labels: str
    text: str
    tone: str
    at: float
    stale: bool
    source: str

    def plain(self) -> dict[str, Any]:
        """Return the fields as JSON takes them."""
        return asdict(self)


def shown(reading: Reading, quality: Quality, words: Words) -> Shown:
    """Write one reading. A gap shows its reason, a stale value says that it is stale."""
    point = reading.point
    return Shown(
        point=f"{point.id:016x}",
        name=words(f"metric.{point.metric}"),
        labels=labels_text(point.labels, words),
        text=_text(reading, words),
        tone=_tone(reading, quality),
        at=reading.at,
        stale=quality is Quality.STALE,
        source=reading.source,
    )


def labels_text(labels: Labels, words: Words) -> str:
    """Write labels as people say them: "outlet 7", "phase L1"."""
    return ", ".join(
        f"{words('label.' + name)} {value.replace('_', ' ') if name == 'alarm' else value}"
        for name, value in labels
    )


def _text(reading: Reading, words: Words) -> str:
    if reading.gap is not None:
        raw = f" ({reading.gap.raw})" if reading.gap.raw and reading.gap.reason == "unknown_code" else ""
        return words(f"gap.{reading.gap.reason}") + raw
    if reading.state is not None:
        return words(f"state.{reading.state}")
    if reading.value is None:
        return "—"
    metric = METRICS.get(reading.point.metric)
    if metric is not None and metric.shape is Shape.ALARM:
        return words("state.alarm") if reading.value else words("state.normal")
    return quantity(reading.value, metric.unit if metric else "", words)


def quantity(value: float, unit: str, words: Words) -> str:
    """Write a number in the unit and with the digits that people use for its size."""
    if unit == "seconds":
        return duration(value, words)
    for least, divide, name, digits in _STEPS.get(unit, ()):
        if abs(value) >= least:
            return f"{words.number(value / divide, digits)}{_SPACE}{words('unit.' + name)}"
    return words.number(value, 0 if value == int(value) else 2)


def duration(seconds: float, words: Words) -> str:
    """Write a duration in its two largest units."""
    if abs(seconds) < 60:
        digits = 0 if seconds == int(seconds) or abs(seconds) >= 10 else 3 if abs(seconds) < 1 else 1
        return f"{words.number(seconds, digits)}{_SPACE}{words('s')}"
    minutes = int(abs(seconds) // 60)
    sign = "-" if seconds < 0 else ""
    hours, days = minutes // 60, minutes // 1440
    if days >= 2:
        return f"{sign}{days}{_SPACE}{words('d')} {hours % 24}{_SPACE}{words('h')}"
    if hours:
        return f"{sign}{hours}{_SPACE}{words('h')} {minutes % 60:02d}{_SPACE}{words('min')}"
    return f"{sign}{minutes}{_SPACE}{words('min')} {int(abs(seconds) % 60):02d}{_SPACE}{words('s')}"


def _tone(reading: Reading, quality: Quality) -> str:
    if quality is Quality.STALE or reading.gap is not None:
        return Health.UNKNOWN
    if reading.health is not None:
        return reading.health
    if reading.value and METRICS[reading.point.metric].shape is Shape.ALARM:
        return Health.WARNING
    return ""
