"""The section ``reports``: which are made by the calendar, to whom they are mailed, who calibrated what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from dcim.graph import Service, Wiring
from dcim.model import Asset
from dcim.record import dataclass
from dcim.settings.checked.reported import Calibration, ReportTerms, Scheduled
from dcim.settings.reading.files import Files
from dcim.settings.reading.shapes import Names
from dcim.settings.values.hours import Day
from dcim.settings.values.written import Line
from dcim.yaml import Section, found, unknown


def _minute(written: object) -> int:
    hours, colon, minutes = written.partition(":") if isinstance(written, str) else ("", "", "")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
        msg = f"expected a time of the day such as 06:00, found {found(written)}"
        raise ValueError(msg)
    return int(hours) * 60 + int(minutes)


class ScheduledShape(Section):
    """One entry of ``reports.schedule``."""

    report: Literal[
        "uptime", "alarms", "quality", "tests", "incident", "energy", "thermal", "capacity", "calibration"
    ]
    scope: Line = Field(default="", max_length=200)
    every: Literal["day", "week", "month", "quarter", "year"] = "month"
    at: Annotated[int, BeforeValidator(_minute)] = Field(default=360)
    days_after: int = Field(default=1, ge=0, le=6)
    mail: Names = ()
    language: Literal["en", "fr"] | None = None
    format: Literal["pdf", "html", "csv"] = "pdf"


class CalibrationShape(Section):
    """One entry of ``reports.calibrations``."""

    sensor: Line = Field(min_length=1, max_length=200)
    certificate: Line = Field(min_length=1, max_length=200)
    calibrated: Day = Field(alias="date")
    until: Day | None = None
    uncertainty: float = Field(ge=0, le=1000)
    unit: Line = Field(default="K", min_length=1, max_length=20)
    by: Line = Field(default="", max_length=200)


class ReportsShape(Section):
    """The section ``reports``."""

    schedule: tuple[ScheduledShape, ...] = ()
    calibrations: tuple[CalibrationShape, ...] = ()


def reports(
    files: Files, channels: Sequence[tuple[str, str]], assets: Sequence[Asset], wiring: Wiring
) -> ReportTerms:
    """Return the section; what is wrong is noted. ``channels``: name and type of each."""
    shape = files.section("reports", ReportsShape)
    if shape is None:
        return ReportTerms()
    known = _Known.of(assets, wiring)
    files.reader.note(*_problems(files, shape, dict(channels), known), *_certified(files, shape, known))
    schedule = tuple(
        Scheduled(
            one.report,
            "" if one.scope == "site" else one.scope,
            one.every,
            one.at,
            one.days_after,
            one.mail,
            one.language or "",
            one.format,
        )
        for one in shape.schedule
    )
    return ReportTerms(schedule, tuple(map(_calibration, shape.calibrations)))


def _calibration(one: CalibrationShape) -> Calibration:
    return Calibration(
        one.sensor, one.certificate, one.calibrated, one.until, one.uncertainty, one.unit, one.by
    )


@dataclass(frozen=True, slots=True)
class _Known:
    """The names that a scope may have, by its axis."""

    names: dict[str, frozenset[str]]

    @classmethod
    def of(cls, assets: Sequence[Asset], wiring: Wiring) -> _Known:
        """Return the names of a building."""
        places: list[Asset | Service] = [*assets, *wiring.services]
        return cls(
            {
                "device": frozenset(one.id for one in assets),
                "service": frozenset(one.id for one in wiring.services),
                "tenant": frozenset(one.tenant for one in places if one.tenant)
                | frozenset(one.subject for one in wiring.services if one.kind == "tenant"),
                "room": frozenset(one.room for one in places if one.room),
                "rack": frozenset(one.rack for one in places if one.rack),
            }
        )


def _problems(files: Files, shape: ReportsShape, types: dict[str, str], known: _Known) -> Iterator[Any]:
    """Yield every name that means nothing, where it stands."""
    for number, one in enumerate(shape.schedule):
        place = ("reports", "schedule", number)
        if wrong := _scope(one.scope, known):
            yield files.main.problem((*place, "scope"), wrong)
        for name in one.mail:
            if types.get(name) != "smtp":
                mailing = [each for each, kind in types.items() if kind == "smtp"]
                yield files.main.problem((*place, "mail"), unknown("channel of type smtp", name, mailing))


def _certified(files: Files, shape: ReportsShape, known: _Known) -> Iterator[Any]:
    """Yield what is wrong with certificates, where it stands."""
    for number, each in enumerate(shape.calibrations):
        device, place = each.sensor.partition("/")[0], ("reports", "calibrations", number)
        if device not in known.names["device"]:
            yield files.main.problem((*place, "sensor"), unknown("device", device, known.names["device"]))
        if each.until is not None and each.until < each.calibrated:
            expected = f"expected no day before its date {each.calibrated}, found {each.until}"
            yield files.main.problem((*place, "until"), expected)
    for number in _again(shape.calibrations):
        twice = "this sensor has another certificate of this date already: nobody can tell which counts"
        yield files.main.problem(("reports", "calibrations", number, "sensor"), twice)


def _again(certificates: Iterable[CalibrationShape]) -> Iterator[int]:
    """Yield the numbers of certificates of what an earlier one is of, made on the same day."""
    known: set[tuple[str, str, date]] = set()
    for number, one in enumerate(certificates):
        key = (one.sensor, _calibration(one).measures, one.calibrated)
        if key in known:
            yield number
        known.add(key)


def _scope(scope: str, known: _Known) -> str:
    """Say what is wrong with a scope; empty: nothing."""
    if scope in ("", "site"):
        return ""
    axis, _, name = scope.partition(":")
    if axis not in known.names:
        return f"expected site, or one of {', '.join(f'{one}:NAME' for one in known.names)}; found {scope!r}"
    return "" if name in known.names[axis] else unknown(axis, name, known.names[axis])
