"""What tenants have subscribed of power, how their demand stood to it, and what went beyond.

Demand is the mean power of each interval of the contract, from readings (``dcim.rollup.demands``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from dcim.energy.amount import JOULES_PER_KWH
from dcim.energy.demand import Committed, Interval, Overage
from dcim.model.fact import Json
from dcim.reports.blocks import cols, table
from dcim.reports.matter import section
from dcim.reports.metered import Metered
from dcim.reports.model import (
    Block,
    Figure,
    Figures,
    List,
    Moment,
    Name,
    Note,
    Number,
    Paragraph,
    Say,
    Section,
    Tone,
    Value,
)
from dcim.rollup import account
from dcim.rollup.demands import overage_of

_MOST = 100
"""Intervals beyond what was committed that one table lists; those furthest beyond come first."""


class Held(NamedTuple):
    """How the demand of a tenant stood to what was committed; ``without``: supplies that nothing measures."""

    overage: Overage
    without: tuple[str, ...]


def held(found: Metered, tenant: str = "") -> tuple[Held, ...]:
    """Return how the demand of a tenant, or of each of a site, stood to what the configuration says."""
    return tuple(_held(found, one) for one in found.energy.committed if not tenant or one.tenant == tenant)


def _held(found: Metered, one: Committed) -> Held:
    nodes = account.supplies(found.topology, f"tenant/{one.tenant}")
    sources = {node: found.energies.sources.of(node) for node in nodes}
    measured = [source for source in sources.values() if source is not None]
    overage = overage_of(found.recent, found.topology, measured, *found.milliseconds, one)
    return Held(overage, tuple(node for node, source in sources.items() if source is None))


def sections(several: tuple[Held, ...], *, of_one: bool) -> Iterator[Section]:
    """Yield what a report says of it; nothing where nobody has subscribed anything."""
    if several:
        blocks = _one(several[0].overage) if of_one else (_each(several),)
        without = tuple(sorted({name for one in several for name in one.without}))
        note = Note(Say("report.energy.demand_without", (List(tuple(map(Name, without))),)))
        how = Paragraph(Say("report.energy.committed_how"))
        yield section("energy.committed", how, *blocks, *([note] if without else ()))


def bodies(several: Iterable[Held]) -> Mapping[str, Json]:
    """Return the same as data, in watts, joules and milliseconds UTC; nothing where there is none."""
    found: list[Json] = [_body(one) for one in several]
    return {"committed": found} if found else {}


def _one(one: Overage) -> Iterable[Block]:
    told, peak = one.committed, one.peak
    hint = Say("report.energy.committed_hint", (Number(told.minutes, "minutes"), Name(told.clause or "–")))
    yield Figures(
        (
            Figure(Say("report.energy.subscribed"), _kilowatts(told.watts), hint),
            Figure(
                Say("report.energy.peak"),
                None if peak is None else _kilowatts(peak.mean),
                Say("report.energy.unmeasured")
                if peak is None
                else Say("report.energy.peak_from", (Moment(peak.start * 1000),)),
            ),
            Figure(
                Say("report.energy.beyond"),
                Number(len(one.over)),
                Say("report.energy.of_intervals", (Number(one.intervals),)),
                Tone.BAD if one.over else Tone.UNKNOWN if one.unknown else Tone.GOOD,
            ),
            Figure(Say("report.energy.beyond_energy"), _kilowatt_hours(one)),
        )
    )
    if one.unknown:
        yield Note(Say("report.energy.intervals_unknown", (Number(one.unknown),)))
    if one.over:
        yield table(
            "committed",
            "",
            cols("energy.interval:2 energy.mean> energy.above>"),
            (_interval(each, told) for each in sorted(one.over, key=_furthest)[:_MOST]),
        )


def _furthest(one: Interval) -> tuple[float, int]:
    return -float(one.mean), one.start


def _interval(one: Interval, told: Committed) -> tuple[Value, ...]:
    return Moment(one.start * 1000), _kilowatts(one.mean), _kilowatts(one.mean - told.watts)


def _each(several: Iterable[Held]) -> Block:
    return table(
        "committed",
        "",
        cols(
            "energy.tenant:2 energy.subscribed> energy.peak> energy.beyond> energy.beyond_energy>"
            " energy.not_measured>"
        ),
        (
            (
                Name(one.committed.tenant),
                _kilowatts(one.committed.watts),
                None if one.peak is None else _kilowatts(one.peak.mean),
                Number(len(one.over)),
                _kilowatt_hours(one),
                Number(one.unknown),
            )
            for one, _ in several
        ),
    )


def _kilowatts(watts: float | Fraction) -> Number:
    return Number(float(watts) / 1000, "kilowatts", 1)


def _kilowatt_hours(one: Overage) -> Number:
    return Number(one.joules / JOULES_PER_KWH, "kilowatt_hours", 1)


def _body(stood: Held) -> Json:
    one = stood.overage
    return {
        "tenant": one.committed.tenant,
        "watts": one.committed.watts,
        "minutes": one.committed.minutes,
        "clause": one.committed.clause,
        "intervals": one.intervals,
        "not_measured_whole": one.unknown,
        "peak": None if one.peak is None else {"start_ms": one.peak.start, "watts": str(one.peak.mean)},
        "over": [{"start_ms": each.start, "watts": str(each.mean)} for each in one.over],
        "joules": one.joules,
        "without": list(stood.without),
    }
