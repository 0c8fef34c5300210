"""The calibration of sensors: certificate, date, until when it holds, uncertainty; and which have none.

Beside sensors and meters a certificate is wanted of whatever keeps an account of energy: the UPS, PDUs and
others that stand at the boundary of everything or of IT, or supply a tenant.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from dcim.model import Kind
from dcim.reports.blocks import cols, table
from dcim.reports.kinds.seen import watched
from dcim.reports.matter import Matter, Parts, section
from dcim.reports.metered import Metered, NoReadings
from dcim.reports.model import (
    Block,
    Date,
    Figure,
    Figures,
    List,
    Name,
    Number,
    Paragraph,
    Say,
    Tone,
    Value,
)
from dcim.reports.plain import listed, plain
from dcim.reports.when import local
from dcim.rollup import account
from dcim.settings.checked.reported import Calibration

_MOST: Final = 500
_KELVIN: Final = "K"
_SENSING: Final = frozenset({Kind.SENSOR, Kind.METER})
_TOTALS: Final = {"E_DC": "report.energy.dc", "E_IT": "report.energy.it", "EIT": "report.calibration.eit"}


def calibrations(matter: Matter) -> tuple[Calibration, ...]:
    """Return the calibrations that the configuration names, within the matter's scope."""
    mine = matter.within()
    found = listed(Calibration, matter.site.more.get("calibrations", ()))
    return tuple(one for one in found if mine is None or one.sensor.partition("/")[0] in mine)


def compose(matter: Matter) -> Parts:
    """Return the register of calibrations, those that ran out, and the sensors that have none."""
    found = calibrations(matter)
    mine = matter.within()
    made = newest(found, matter)
    known = {one.sensor.partition("/")[0] for one in made}
    accounts = _accounts(matter)
    wanted = [
        one for one in matter.site.things.values()
        if (one.kind in _SENSING or one.id in accounts) and (mine is None or one.id in mine)
    ]  # fmt: skip
    without = [one for one in wanted if one.id not in known]
    over = [one for one in made if ran_out(one, matter)]
    return Parts(
        (
            section(
                "calibration.register",
                Paragraph(Say("report.calibration.how")),
                Figures(
                    (
                        Figure(Say("report.calibration.known"), Number(len(made))),
                        _over(made, len(over), matter),
                        _without(len(wanted), len(without), matter),
                    )
                ),
                *_register(found, matter),
            ),
            section(
                "calibration.missing",
                Paragraph(Say("report.calibration.accounts_how")),
                _missing((matter.site.called(one.id), _purpose(accounts.get(one.id, ()))) for one in without),
            ),
        ),
        {
            "calibrations": [plain(one) for one in found],
            "without": [one.id for one in without],
            "accounts": {asset: list(of) for asset, of in accounts.items() if mine is None or asset in mine},
        },
    )


def _over(found: Sequence[Calibration], over: int, matter: Matter) -> Figure:
    """Return how many certificates ran out: none is good where there are some and all say when they end."""
    label = Say("report.calibration.over")
    if over:
        return Figure(label, Number(over), tone=Tone.BAD)
    if not any(one.until for one in found):
        return Figure(label, None, Say("report.calibration.no_end"), Tone.UNKNOWN)
    known = all(one.until for one in found) and watched(matter).known > 0
    return Figure(label, Number(0), tone=Tone.GOOD if known else Tone.UNKNOWN)


def _without(wanted: int, without: int, matter: Matter) -> Figure:
    """Return how many have no certificate that should: none is good where there are such devices."""
    label = Say("report.calibration.without")
    if without:
        return Figure(label, Number(without), tone=Tone.WARNING)
    if not wanted:
        return Figure(label, None, tone=Tone.UNKNOWN)
    return Figure(label, Number(0), tone=Tone.GOOD if watched(matter).known > 0 else Tone.UNKNOWN)


def _accounts(matter: Matter) -> Mapping[str, tuple[str, ...]]:
    """Return what accounts of energy each device keeps; none where no reading was ever kept."""
    found = Metered(matter, matter.state)
    try:
        return account.meters(found.energies, found.energy)
    except NoReadings:
        return {}


def _purpose(accounts: Iterable[str]) -> Value:
    """Return what a device accounts for as people read it; None where it is no account."""
    said = tuple(_account(each) for each in accounts)
    return List(said) if said else None


def _account(name: str) -> Value:
    _, of_tenant, tenant = name.partition("/")
    return Name(tenant) if of_tenant else Say(_TOTALS[name])


def _register(found: Iterable[Calibration], matter: Matter) -> Iterable[Block]:
    yield table(
        "calibrations",
        "",
        cols(
            "calibration.sensor:1.6 calibration.certificate:1.4 calibration.date calibration.until "
            "calibration.uncertainty> by calibration.state"
        ),
        (_row(one, matter) for one in list(found)[:_MOST]),
        "report.calibration.none",
    )


def _row(one: Calibration, matter: Matter) -> tuple[Value, ...]:
    return (
        _called(one.sensor, matter),
        Name(one.certificate),
        Date(one.calibrated.isoformat()),
        Date(one.until.isoformat()) if one.until else None,
        Say("report.calibration.plus_minus_of", (_number(one.uncertainty), Name(one.unit))),
        Name(one.by) if one.by else None,
        Say(f"report.calibration.{_state(one, matter)}"),
    )


def _state(one: Calibration, matter: Matter) -> str:
    """Return how a certificate stands: only one that was made by then and says until when is called valid."""
    if one.calibrated > _last_day(matter):
        return "later"
    if one.until is None:
        return "endless"
    return "ran_out" if ran_out(one, matter) else "holds"


def _number(uncertainty: float) -> Number:
    """Return an uncertainty with the decimals that its certificate gives."""
    return Number(uncertainty, digits=len(f"{uncertainty:g}".partition(".")[2]))


def ran_out(one: Calibration, matter: Matter) -> bool:
    """Return whether a certificate held no more on the last day of the period that is over."""
    return one.until is not None and one.until < _last_day(matter)


def newest(found: Iterable[Calibration], matter: Matter) -> tuple[Calibration, ...]:
    """Return the newest certificate of each sensor made by the last day of the period that is over.

    A sensor of temperature and humidity has one of each: certificates in different units replace no other.
    """
    made = (one for one in found if one.calibrated <= _last_day(matter))
    return tuple(
        {(one.sensor, one.measures): one for one in sorted(made, key=lambda one: one.calibrated)}.values()
    )


def of_temperature(one: Calibration) -> bool:
    """Return whether a certificate tells the uncertainty of a temperature."""
    return one.measures == _KELVIN


def _last_day(matter: Matter) -> date:
    return local(matter.until - 1, ZoneInfo(matter.period.zone)).date()


def _called(sensor: str, matter: Matter) -> Value:
    """Return what people call a sensor, and which of its probes: ``Inlets row B / 3``."""
    device, _, probe = sensor.partition("/")
    thing = matter.site.things.get(device)
    name = thing.name if thing and thing.name else device
    return Name(f"{name} / {probe}" if probe else name)


def _missing(rows: Iterable[tuple[Value, ...]]) -> Block:
    return table("without", "", cols("device:1.4 calibration.accounts"), rows, "report.calibration.all")
