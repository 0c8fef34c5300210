"""What a configuration says of reports: which are made by the calendar, and who calibrated which sensor."""

from __future__ import annotations

from datetime import date
from typing import Literal

from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A report of each day, week, month ..., made ``days_after`` its end at a minute of the day.

    ``mail``: names of channels of type ``smtp``; ``scope`` as ``dcim report --scope`` takes it.
    """

    report: str
    scope: str = ""
    every: Literal["day", "week", "month", "quarter", "year"] = "month"
    minute: int = 360
    days_after: int = 1
    mail: tuple[str, ...] = ()
    language: Literal["", "en", "fr"] = ""
    form: Literal["pdf", "html", "csv"] = "pdf"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a certificate says of a ``DEVICE`` or ``DEVICE/PROBE``; ``uncertainty`` in ``unit``, k = 2."""

    sensor: str
    certificate: str
    calibrated: date
    until: date | None = None
    uncertainty: float = 0.0
    unit: str = "K"
    by: str = ""

    @property
    def measures(self) -> str:
        """Return the unit of what was calibrated; a difference in temperature has two names for one."""
        return "K" if self.unit in {"K", "°C", "C"} else self.unit


@dataclass(frozen=True, slots=True)
class ReportTerms:
    """The section ``reports`` of the configuration."""

    schedule: tuple[Scheduled, ...] = ()
    calibrations: tuple[Calibration, ...] = ()
