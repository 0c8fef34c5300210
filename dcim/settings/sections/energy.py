"""The sections ``energy`` and ``thermal``: what is paid for when, what was promised, what nobody measures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from dcim.energy.boundary import Category
from dcim.energy.demand import Committed
from dcim.energy.figures import Declared, Quantity
from dcim.energy.tariff import Band, Season, Tariff, between_cuts, cuts_for
from dcim.energy.terms import EnergyTerms
from dcim.graph import Rating, Wiring
from dcim.model import Asset
from dcim.settings.reading.files import Files
from dcim.settings.reading.shapes import Names
from dcim.settings.values.hours import Day, Weekdays
from dcim.settings.values.written import Id, Line, Rated, fits
from dcim.thermal.terms import ThermalTerms
from dcim.yaml import Loc, Section, found, unknown

_CUT: Final = "hours of energy are cut every 10 minutes or every 15: expected edges on the one or the other"
_OFFSET: Final = re.compile(r"([+-])(0\d|1[0-4]):([0-5]\d)")
_EDGE: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)")
_DAY_OF_YEAR: Final = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


def _edge(written: object) -> int:
    form = _EDGE.fullmatch(written) if isinstance(written, str) else None
    minutes = int(form[1]) * 60 + int(form[2]) if form else 1441
    if minutes > 1440:
        msg = f"expected an hour such as 07:30, at most 24:00, found {found(written)}"
        raise ValueError(msg)
    return minutes


def _day_of_year(written: object) -> tuple[int, int]:
    form = _DAY_OF_YEAR.fullmatch(written) if isinstance(written, str) else None
    if form is None:
        msg = f"expected a day of the year such as 10-01 (month, day), found {found(written)}"
        raise ValueError(msg)
    return int(form[1]), int(form[2])


def _watts(rating: Rating) -> Rating:
    if rating.watts is None:
        msg = "expected a power such as 40 kW"
        raise ValueError(msg)
    return rating


def _exact(written: object) -> Fraction:
    if isinstance(written, bool) or not isinstance(written, int | float | str):
        msg = f"expected a number, found {found(written)}"
        raise ValueError(msg)
    try:
        return Fraction(str(written))
    except (ValueError, ZeroDivisionError):
        msg = f"expected a number, found {found(written)}"
        raise ValueError(msg) from None


Edge = Annotated[int, BeforeValidator(_edge)]
DayOfYear = Annotated[tuple[int, int], BeforeValidator(_day_of_year)]
Exact = Annotated[Fraction, BeforeValidator(_exact)]


class SeasonShape(Section):
    """Days of the year, both included."""

    first: DayOfYear = Field(alias="from")
    last: DayOfYear = Field(alias="to")


class BandShape(Section):
    """Hours of some days that have a name."""

    name: Line = Field(min_length=1, max_length=60)
    start: Edge = Field(alias="from")
    end: Edge = Field(alias="to")
    days: Weekdays = frozenset(range(7))
    season: str = ""


class TariffShape(Section):
    """Bands of hours; the first that fits counts. ``clock``: ``site``, or an offset such as ``+01:00``."""

    name: Line = Field(default="", max_length=200)
    source: Line = Field(min_length=1, max_length=400)
    clock: Annotated[str, fits(r"site|[+-](0\d|1[0-4]):[0-5]\d", "site, or an offset such as +01:00")] = (
        "site"
    )
    seasons: dict[Id, SeasonShape] = Field(default_factory=dict)
    bands: tuple[BandShape, ...] = ()
    rest: Line = Field(default="normal", min_length=1, max_length=60)


class CommittedShape(Section):
    """What a tenant has subscribed, over intervals of so many minutes."""

    power: Annotated[Rated, AfterValidator(_watts)]
    minutes: Literal[5, 10, 15, 30, 60] = 10
    clause: Line = Field(default="", max_length=200)


class DeclaredShape(Section):
    """A quantity of some days that no device of ours measures."""

    what: Quantity
    value: Exact
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    source: Line = Field(min_length=1, max_length=400)


class EnergyShape(Section):
    """Tariffs, commitments, where everything and IT are measured, what is declared."""

    tariffs: dict[Id, TariffShape] = Field(default_factory=dict)
    tariff: str = ""
    committed: dict[str, CommittedShape] = Field(default_factory=dict)
    total: Names = ()
    without: Names = ()
    it: Names = ()
    category: Literal[1, 2, 3] | None = None
    declared: tuple[DeclaredShape, ...] = ()
    operator: dict[Literal["PDIT", "SDC", "SCR", "CBtG", "TWH", "TIN", "CDD"], Exact] = Field(
        default_factory=dict
    )


class ThermalShape(Section):
    """The envelope for the inlets, and which probes are inlets."""

    name: Literal["A1", "A2", "A3", "A4", "H1"] = Field(default="A1", alias="class")
    altitude: float = Field(default=0.0, ge=-430, le=3050)
    polluted: bool = False
    tape: bool = False
    inlets: Names = ()
    without: Names = ()


def energy(files: Files, zone: str, wiring: Wiring) -> EnergyTerms:
    """Return the section; what is wrong is noted and left out. ``zone`` is the site's."""
    site = ZoneInfo(zone)
    shape = files.section("energy", EnergyShape)
    if shape is None:
        return EnergyTerms(cuts=cuts_for((site,), (), _now()))
    tariffs = {name: _tariff(name, one, site) for name, one in shape.tariffs.items()}
    cuts = cuts_for((site,), tuple(tariffs.values()), _now())
    files.reader.note(*_problems(files, shape, wiring), *_unmeasurable(files, tariffs, cuts))
    committed = tuple(
        Committed(tenant, round(one.power.watts or 0), one.minutes, one.clause)
        for tenant, one in shape.committed.items()
    )
    return EnergyTerms(
        MappingProxyType(tariffs),
        shape.tariff,
        committed,
        shape.total,
        shape.without,
        shape.it,
        Category(shape.category) if shape.category else None,
        tuple(Declared(one.what, one.value, one.first, one.last, one.source) for one in shape.declared),
        MappingProxyType({str(name): value for name, value in shape.operator.items()}),
        cuts,
    )


def _now() -> int:
    """Return a moment of the year for which offsets of zones are looked at: that of this version."""
    return round(datetime(2026, 7, 1, tzinfo=UTC).timestamp()) * 1000


def _clock(written: str, site: tzinfo) -> tzinfo:
    form = _OFFSET.fullmatch(written)
    if form is None:
        return site
    offset = timedelta(hours=int(form[2]), minutes=int(form[3]))
    return timezone(-offset if form[1] == "-" else offset)


def _tariff(name: str, shape: TariffShape, site: tzinfo) -> Tariff:
    seasons = {key: Season(key, one.first, one.last) for key, one in shape.seasons.items()}
    bands = tuple(
        Band(one.name, one.start, one.end, one.days, seasons.get(one.season)) for one in shape.bands
    )
    return Tariff(name, _clock(shape.clock, site), bands, shape.rest, shape.name or name, shape.source)


def _problems(files: Files, shape: EnergyShape, wiring: Wiring) -> Iterator[Any]:
    """Yield every name that means nothing, where it stands."""
    for loc, name, known, what in _named(shape, wiring):
        if name not in known:
            place: Loc = loc if files.main.has(loc) else loc[:-1]
            yield files.main.problem(place, unknown(what, name, known))
    if shape.it and shape.category is None:
        yield files.main.problem(("energy", "it"), "say also in which `category` IT is measured there")
    for number, one in enumerate(shape.declared):
        if one.last < one.first:
            yield files.main.problem(("energy", "declared", number), "it ends before it begins")


def _unmeasurable(files: Files, tariffs: Mapping[str, Tariff], cuts: int) -> Iterator[Any]:
    """Yield bands that may be of no hour or of every one, and edges where no hour of energy is cut."""
    for key, tariff in tariffs.items():
        for number, band in enumerate(tariff.bands):
            place = ("energy", "tariffs", key, "bands", number)
            if band.start == band.end:
                what = 'it ends as it begins: say from "00:00" to "24:00" for the whole day'
                yield files.main.problem((*place, "to"), what)
            for name, edge in (("from", band.start), ("to", band.end)):
                if between_cuts(tariff, edge, cuts, _now()):
                    said = f"{_CUT}, found {edge // 60:02}:{edge % 60:02}"
                    yield files.main.problem((*place, name), said)


def _named(shape: EnergyShape, wiring: Wiring) -> Iterator[tuple[Loc, str, Iterable[str], str]]:
    """Yield every name with its place, what there is of its sort, and what that is called."""
    if shape.tariff:
        yield ("energy", "tariff"), shape.tariff, shape.tariffs, "tariff"
    for key, one in shape.tariffs.items():
        for number, band in enumerate(one.bands):
            if band.season:
                yield (
                    ("energy", "tariffs", key, "bands", number, "season"),
                    band.season,
                    one.seasons,
                    "season",
                )
    if wiring.nodes:  # else the drawing itself is wrong, and that is said already
        yield from _drawn(shape, wiring)


def _drawn(shape: EnergyShape, wiring: Wiring) -> Iterator[tuple[Loc, str, Iterable[str], str]]:
    nodes = {node.id for node in wiring.nodes}
    tenants = {node.tenant for node in wiring.nodes if node.tenant}
    for tenant in shape.committed:
        yield ("energy", "committed", tenant), tenant, tenants, "tenant"
    for key, names in (("total", shape.total), ("without", shape.without), ("it", shape.it)):
        for number, name in enumerate(names):
            yield ("energy", key, number), name, nodes, "part"


def thermal(files: Files, assets: Iterable[Asset]) -> ThermalTerms:
    """Return the section; a device that does not exist is noted."""
    shape = files.section("thermal", ThermalShape)
    if shape is None:
        return ThermalTerms()
    known = {asset.id for asset in assets}
    for key, names in (("inlets", shape.inlets), ("without", shape.without)):
        for number, name in enumerate(names):
            if known and name.partition("/")[0] not in known:
                loc: Loc = ("thermal", key, number)
                place = loc if files.main.has(loc) else loc[:-1]
                files.reader.note(files.main.problem(place, unknown("device", name.partition("/")[0], known)))
    return ThermalTerms(shape.name, shape.altitude, shape.polluted, shape.tape, shape.inlets, shape.without)
