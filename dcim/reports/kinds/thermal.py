"""The thermal report: what each inlet of IT equipment lived through, held against ASHRAE's envelopes.

Inlet by inlet and never the mean of a room; return air is no inlet. The uncertainty of a sensor is that of
the certificate which the configuration names.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Final

from dcim.model import Address, Asset
from dcim.model.fact import Json
from dcim.reports.absent import Watched
from dcim.reports.blocks import cols, share, table
from dcim.reports.kinds import hourly
from dcim.reports.kinds.calibration import calibrations, newest, of_temperature, ran_out
from dcim.reports.kinds.climate import charts
from dcim.reports.kinds.seen import Seen, little
from dcim.reports.matter import Matter, Parts, section
from dcim.reports.metered import Metered
from dcim.reports.model import (
    Bars,
    Block,
    Facts,
    Figure,
    Figures,
    Length,
    Moment,
    Name,
    Note,
    Number,
    Paragraph,
    Ratio,
    Say,
    Tone,
    Value,
)
from dcim.rollup.inlets import Inlet, account_of, inlets
from dcim.settings.checked.reported import Calibration
from dcim.standards import constant
from dcim.thermal import Excursion, Lived, Zone
from dcim.thermal.climate import Climate

_MOST: Final = 300
_BARS: Final = 24


def compose(matter: Matter) -> Parts:
    """Return the account of the inlets in scope."""
    found = Metered(matter, matter.state)
    mine = matter.within()
    assets = [_asset(found, name) for name in matter.site.things if mine is None or name in mine]
    there = list(inlets(found.thermal, assets, found.topology, found.recent.points()))
    matter.step("measuring")
    start, end = found.milliseconds
    climate = Climate()
    every = list(account_of(found.recent, found.thermal, there, start, end, climate))
    accounts = [one for one in every if one[1].known]
    old = hourly.hourly(found, there)
    unread = [inlet for inlet, one in every if not one.known and inlet.name not in old.told()]
    known = {one.sensor: one for one in newest(calibrations(matter), matter) if of_temperature(one)}
    return Parts(
        (
            section("thermal.whole", *_whole(accounts, len(unread), bool(old.inlets))),
            *hourly.sections(old, lambda inlet: _called(inlet, matter)),
            section("thermal.climate", *charts(climate, found.thermal.envelope.recommended, matter)),
            section("thermal.inlets", *_inlets(accounts, matter, known), *_unread(unread, matter)),
            section("thermal.excursions", *_excursions(accounts, matter)),
            section("thermal.swings", *_swings(accounts, matter)),
            section("thermal.envelope", *_envelope(found)),
        ),
        {
            "envelope": found.thermal.name,
            "inlets": [_body(inlet, one) for inlet, one in every],
            **hourly.body(old, found),
        },
        watched=[Watched(one.known, one.period) for _, one in every],
    )


def _asset(found: Metered, name: str) -> Asset:
    thing = found.matter.site.things[name]
    return Asset(
        thing.id,
        thing.name,
        thing.kind,
        thing.collector,
        Address(""),
        thing.profiles,
        room=thing.room,
        rack=thing.rack,
    )


def _minutes(milliseconds: int) -> Value:
    """Return a time to the hundredth of a minute: those of an inlet add up to the period."""
    return Number(milliseconds / 60_000, "minutes", 2)


def _whole(accounts: Sequence[tuple[Inlet, Lived]], unread: int, old: bool) -> Iterable[Block]:
    if not accounts:
        yield Note(Say("report.thermal.only_hours" if old else "report.thermal.none"))
        return
    period, known = sum(one.period for _, one in accounts), sum(one.known for _, one in accounts)
    spent = {zone: sum(one.spent(zone) for _, one in accounts) for zone in Zone}
    outside, seen = spent[Zone.OUTSIDE], Seen(known, period)
    yield Paragraph(Say("report.thermal.how"))
    yield Figures(
        (
            Figure(
                Say("report.thermal.inlets_n"),
                Number(len(accounts)),
                Say("report.thermal.unread_n", (Number(unread),)) if unread else None,
            ),
            _recommended(spent[Zone.RECOMMENDED], known, period),
            Figure(
                Say("report.thermal.outside"),
                Length(outside * 1000),
                None if seen.enough else little(seen),
                Tone.BAD if outside else Tone.GOOD if seen.enough and not unread else Tone.UNKNOWN,
            ),
            Figure(Say("report.uptime.coverage"), Ratio(known, period, 2)),
        )
    )


def _enough(known: int, period: int) -> bool:
    """Whether enough was watched for a single percentage."""
    return known > 0 and Fraction(known, period) >= constant("coverage_least")


def _recommended(spent: int, known: int, period: int) -> Figure:
    """Return the share of time in the recommended zone; watched too little, its bounds and why."""
    label = Say("report.thermal.recommended")
    if _enough(known, period):
        return Figure(label, Ratio(spent, known, 2), Say("report.thermal.of_watched"))
    bounds = (Ratio(spent, period, 2), Ratio(spent + period - known, period, 2))
    needed = share(constant("coverage_least"), 2)
    return Figure(label, None, Say("report.uptime.interval", (*bounds, needed)), Tone.UNKNOWN)


def _inlets(
    accounts: Sequence[tuple[Inlet, Lived]], matter: Matter, known: dict[str, Calibration]
) -> Iterable[Block]:
    worst = sorted(
        accounts, key=lambda one: (-one[1].spent(Zone.OUTSIDE), -one[1].spent(Zone.ALLOWABLE), one[0].name)
    )
    bars = [(inlet, one.spent(Zone.OUTSIDE) + one.spent(Zone.ALLOWABLE)) for inlet, one in worst[:_BARS]]
    rows = tuple(
        (_called(inlet, matter), spent / 60_000, _minutes(spent), Tone.WARNING)
        for inlet, spent in bars
        if spent
    )
    if rows:
        yield Bars("beyond", Say("report.thermal.beyond"), rows)
    yield table(
        "inlets",
        "",
        cols(
            "thermal.inlet:1.8 thermal.in_recommended> thermal.in_allowable> thermal.in_outside> "
            "thermal.unwatched> thermal.lowest> thermal.highest> calibration.uncertainty>"
        ),
        (
            _inlet(inlet, one, matter, known.get(inlet.name) or known.get(inlet.asset.id))
            for inlet, one in worst[:_MOST]
        ),
        "report.thermal.none",
    )


def _unread(unread: Sequence[Inlet], matter: Matter) -> Iterable[Block]:
    """Yield the inlets of which nothing was read in the period: no figure of this report holds them."""
    if unread:
        yield table(
            "unread",
            "report.thermal.unread",
            cols("thermal.inlet:1.8"),
            ((_called(inlet, matter),) for inlet in unread[:_MOST]),
            note=Say("report.uptime.more", (Number(len(unread)), Number(_MOST)))
            if len(unread) > _MOST
            else None,
        )


def _called(inlet: Inlet, matter: Matter) -> Value:
    return Name(
        f"{inlet.asset.name or inlet.asset.id} / {inlet.probe}"
        if inlet.probe
        else inlet.asset.name or inlet.asset.id
    )


def _degrees(value: float | None) -> Value:
    return None if value is None else Number(value, "celsius", 1)


def _inlet(inlet: Inlet, one: Lived, matter: Matter, known: Calibration | None) -> tuple[Value, ...]:
    return (
        _called(inlet, matter),
        *(_minutes(one.spent(zone)) for zone in Zone),
        _minutes(one.period - one.known),
        _degrees(one.lowest),
        _degrees(one.highest),
        _uncertainty(known, matter) if known else None,
    )


def _uncertainty(known: Calibration, matter: Matter) -> Say:
    """Return what a certificate says of a sensor, and that it holds no more where it ran out."""
    key = "plus_minus_over" if ran_out(known, matter) else "plus_minus"
    return Say(f"report.calibration.{key}", (Number(known.uncertainty, "kelvin", 2),))


def _excursions(accounts: Sequence[tuple[Inlet, Lived]], matter: Matter) -> Iterable[Block]:
    every = [(inlet, one) for inlet, lived in accounts for one in lived.excursions]
    every.sort(key=lambda one: (one[1].zone is not Zone.ALLOWABLE, -one[1].depth))
    yield table(
        "excursions",
        "",
        cols("thermal.inlet:1.6 thermal.left:1.2 thermal.side from:1.3 to:1.3 lasted> thermal.depth>"),
        (_excursion(inlet, one, matter) for inlet, one in every[:_MOST]),
        "report.thermal.no_excursion",
        Say("report.uptime.more", (Number(len(every)), Number(_MOST))) if len(every) > _MOST else None,
    )


def _excursion(inlet: Inlet, one: Excursion, matter: Matter) -> tuple[Value, ...]:
    return (
        _called(inlet, matter),
        Say(f"report.thermal.zone.{one.zone}"),
        Say(f"report.thermal.side.{one.side}"),
        Moment(one.start * 1000) if one.began else Say("report.thermal.unseen", (Moment(one.start * 1000),)),
        Moment(one.end * 1000) if one.closed else Say("report.thermal.unseen", (Moment(one.end * 1000),)),
        Length((one.end - one.start) * 1000),
        Number(one.depth, "kelvin", 1) if one.side in ("hot", "cold") else Number(one.depth, digits=1),
    )


def _swings(accounts: Sequence[tuple[Inlet, Lived]], matter: Matter) -> Iterable[Block]:
    every = [(inlet, one) for inlet, lived in accounts for one in lived.swings]
    yield table(
        "swings",
        "",
        cols("thermal.inlet:1.6 from:1.3 to:1.3 thermal.window> thermal.limit> thermal.change>"),
        (
            (
                _called(inlet, matter),
                Moment(one.start * 1000),
                Moment(one.end * 1000),
                Length(one.window * 1000),
                Number(one.limit, "kelvin", 0),
                Number(one.most, "kelvin", 1),
            )
            for inlet, one in every[:_MOST]
        ),
        "report.thermal.no_swing",
    )


def _envelope(found: Metered) -> Iterable[Block]:
    terms = found.thermal
    envelope = terms.envelope
    yield Facts(
        (
            (Say("report.thermal.class"), Name(terms.name)),
            (Say("report.standard"), Name("ASHRAE TC 9.9, 5th ed. 2021, Table 2.1")),
            (Say("report.thermal.altitude"), Name(f"{terms.altitude:g} m")),
            (Say("report.thermal.recommended"), _range(envelope.recommended.low, envelope.recommended.high)),
            (Say("report.thermal.allowable"), _range(envelope.allowable.low, envelope.allowable.high)),
        )
    )
    yield Paragraph(Say("report.thermal.dew_point"))


def _range(low: float, high: float) -> Value:
    return Say("report.from_to", (Number(low, "celsius", 1), Number(high, "celsius", 1)))


def _body(inlet: Inlet, one: Lived) -> Json:
    return {
        "inlet": inlet.name,
        "period_ms": one.period,
        "known_ms": one.known,
        "zones_ms": {str(zone): spent for zone, spent in one.zones},
        "excursions": [
            [str(each.zone), str(each.side), each.start, each.end, each.depth] for each in one.excursions
        ],
        "swings": [[each.window, each.start, each.end, each.most] for each in one.swings],
    }
