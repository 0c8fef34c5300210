"""What tenants have subscribed of power, how their demand stood to it, and what went beyond.

Demand is the mean power of each interval of the contract (``dcim.rollup.demands``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Final

from dcim.energy.demand import Committed, Interval, edges
from dcim.model.fact import Json
from dcim.reports.blocks import cols, kilowatt_hours, table
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
from dcim.rollup.demands import Stood, stood

_MOST: Final = 5_000
"""Intervals beyond that one table lists, the highest first; a month of ten minutes has fewer."""


def stands(found: Metered, tenant: str = "") -> tuple[Stood, ...]:
    """Return how the demand of a tenant, or of each of a site, stood to what the configuration says.

    Intervals are counted from midnight; those that lie whole in the period count.
    """
    begin = found.days.edges()[0]
    mine = [one for one in found.energy.committed if not tenant or one.tenant == tenant]
    bounds = [edges(begin, *found.milliseconds, one.minutes) for one in mine]
    return tuple(_stood(found, *each) for each in zip(mine, bounds, strict=True) if len(each[1]) > 1)


def _stood(found: Metered, one: Committed, bounds: Sequence[int]) -> Stood:
    return stood(found.energies, account.supplies(found.topology, f"tenant/{one.tenant}"), bounds, one)


def sections(several: tuple[Stood, ...], *, of_one: bool) -> Iterator[Section]:
    """Yield what a report says of it; nothing where nobody has subscribed anything."""
    if several:
        blocks = _one(several[0]) if of_one else (_each(several),)
        without = tuple(sorted({name for one in several for name in one.sum.without}))
        note = Note(Say("report.energy.demand_without", (List(tuple(map(Name, without))),)))
        how = Paragraph(Say("report.energy.committed_how"))
        yield section("energy.committed", how, *blocks, *([note] if without else ()))


def bodies(several: Iterable[Stood]) -> Mapping[str, Json]:
    """Return the same as data, in watts, joules and milliseconds UTC; nothing where there is none."""
    found: list[Json] = [one.claim() for one in several]
    return {"committed": found} if found else {}


def _one(found: Stood) -> Iterable[Block]:
    one, told, peak = found.overage, found.overage.committed, found.overage.peak
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
                _tone(found),
            ),
            Figure(Say("report.energy.beyond_energy"), kilowatt_hours(one.joules)),
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
            note=_more(len(one.over)),
        )


def _tone(found: Stood) -> Tone:
    """Return how good it is that so many intervals are beyond: none is good where everything was measured."""
    if found.overage.over:
        return Tone.BAD
    return Tone.UNKNOWN if found.overage.unknown or found.sum.without else Tone.GOOD


def _more(number: int) -> Say | None:
    """Return how many intervals there are where not all are listed; the claim has every one."""
    return Say("report.uptime.more", (Number(number), Number(_MOST))) if number > _MOST else None


def _furthest(one: Interval) -> tuple[float, int]:
    return -float(one.mean), one.start


def _interval(one: Interval, told: Committed) -> tuple[Value, ...]:
    return Moment(one.start * 1000), _kilowatts(one.mean), _kilowatts(one.mean - told.watts)


def _each(several: Iterable[Stood]) -> Block:
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
                kilowatt_hours(one.joules),
                Number(one.unknown),
            )
            for one in (each.overage for each in several)
        ),
    )


def _kilowatts(watts: float | Fraction) -> Number:
    return Number(float(watts) / 1000, "kilowatts", 1)
