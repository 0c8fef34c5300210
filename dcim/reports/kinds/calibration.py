"""The calibration of sensors: certificate, date, until when it holds, uncertainty; and which have none."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from dcim.model import Kind
from dcim.reports.blocks import cols, table
from dcim.reports.matter import Matter, Parts, section
from dcim.reports.model import Block, Figure, Figures, Moment, Name, Number, Paragraph, Say, Tone, Value
from dcim.reports.plain import listed, plain
from dcim.reports.when import local, midnight
from dcim.settings.reported import Calibration

_MOST: Final = 500
_SENSING: Final = frozenset({Kind.SENSOR, Kind.METER})


def calibrations(matter: Matter) -> tuple[Calibration, ...]:
    """Return the calibrations that the configuration names, within the matter's scope."""
    mine = matter.within()
    found = listed(Calibration, matter.site.more.get("calibrations", ()))
    return tuple(one for one in found if mine is None or one.sensor.partition("/")[0] in mine)


def compose(matter: Matter) -> Parts:
    """Return the register of calibrations, those that ran out, and the sensors that have none."""
    found = calibrations(matter)
    mine = matter.within()
    today = local(matter.until - 1, ZoneInfo(matter.period.zone)).date()
    known = {one.sensor.partition("/")[0] for one in found}
    without = [
        one for one in matter.site.things.values()
        if one.kind in _SENSING and one.id not in known and (mine is None or one.id in mine)
    ]  # fmt: skip
    over = [one for one in found if one.until is not None and one.until < today]
    return Parts(
        (
            section(
                "calibration.register",
                Paragraph(Say("report.calibration.how")),
                Figures(
                    (
                        Figure(Say("report.calibration.known"), Number(len(found))),
                        Figure(
                            Say("report.calibration.over"),
                            Number(len(over)),
                            tone=Tone.BAD if over else Tone.GOOD,
                        ),
                        Figure(
                            Say("report.calibration.without"),
                            Number(len(without)),
                            tone=Tone.WARNING if without else Tone.GOOD,
                        ),
                    )
                ),
                *_register(found, today, matter),
            ),
            section("calibration.missing", _missing(matter.site.called(one.id) for one in without)),
        ),
        {"calibrations": [plain(one) for one in found], "without": [one.id for one in without]},
    )


def _register(found: Iterable[Calibration], today: date, matter: Matter) -> Iterable[Block]:
    zone = ZoneInfo(matter.period.zone)
    yield table(
        "calibrations",
        "",
        cols(
            "calibration.sensor:1.6 calibration.certificate:1.4 calibration.date calibration.until "
            "calibration.uncertainty> by calibration.state"
        ),
        (_row(one, today, zone, matter) for one in list(found)[:_MOST]),
        "report.calibration.none",
    )


def _row(one: Calibration, today: date, zone: ZoneInfo, matter: Matter) -> tuple[Value, ...]:
    over = one.until is not None and one.until < today
    return (
        _called(one.sensor, matter),
        Name(one.certificate),
        Moment(midnight(one.calibrated, zone)),
        Moment(midnight(one.until, zone)) if one.until else None,
        Say("report.calibration.plus_minus", (Name(f"{one.uncertainty:g} {one.unit}"),)),
        Name(one.by) if one.by else None,
        Say("report.calibration.ran_out" if over else "report.calibration.holds"),
    )


def _called(sensor: str, matter: Matter) -> Value:
    """Return what people call a sensor, and which of its probes: ``Inlets row B / 3``."""
    device, _, probe = sensor.partition("/")
    thing = matter.site.things.get(device)
    name = thing.name if thing and thing.name else device
    return Name(f"{name} / {probe}" if probe else name)


def _missing(names: Iterable[Value]) -> Block:
    return table("without", "", cols("device"), ((name,) for name in names), "report.calibration.all")
