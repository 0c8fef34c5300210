"""Pieces of several reports: tables, shares and energies, days and hours of the site, constants by source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from dcim.availability import Period
from dcim.availability import moment as microseconds
from dcim.availability.knowledge import covered
from dcim.energy.amount import JOULES_PER_KWH
from dcim.reports.model import (
    Block,
    Code,
    Column,
    Microseconds,
    Name,
    Number,
    Ratio,
    Say,
    Table,
    Value,
)
from dcim.reports.when import local
from dcim.standards import STANDARDS, Constant, constant

_DAY: Final = 86_400_000_000
_HOUR: Final = 3_600_000_000
_MOST_DAYS: Final = 62


def cols(said: str) -> tuple[Column, ...]:
    """Return columns by the words of their titles: ``service:1.8 lost>``; a share of the width, set right."""
    return tuple(map(_column, said.split()))


def _column(said: str) -> Column:
    word, _, weight = said.partition(":")
    name = word.removesuffix(">")
    return Column(Say(f"report.{name}"), "right" if name != word else "left", float(weight or 1))


def table(
    name: str,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[tuple[Value, ...]],
    empty: str = "report.none",
    note: Say | None = None,
) -> Table:
    """Return a table under a title of the vocabulary; no title where the section says it."""
    return Table(name, Say(title) if title else None, tuple(columns), tuple(rows), Say(empty), note)


def share(value: Fraction | None, digits: int = 4) -> Value:
    """Return an exact share as it is shown: a dash where nothing is defined."""
    return None if value is None else Ratio(value.numerator, value.denominator, digits)


def kilowatt_hours(joules: int) -> Number:
    """Return an energy as it is shown."""
    return Number(joules / JOULES_PER_KWH, "kilowatt_hours", 1)


class Day(NamedTuple):
    """A day of the site: when each of its hours begins. One of 23 or 25 hours shows 24: see ``hourly``."""

    start: Microseconds
    noon: Microseconds
    hours: tuple[Microseconds, ...]


def days_of(since: Microseconds, until: Microseconds, zone: str) -> tuple[Day, ...]:
    """Return the days of the site that a period touches; none where they are more than two months."""
    where = ZoneInfo(zone)
    if until - since > _MOST_DAYS * _DAY:
        return ()
    first = local(since, where).date()
    days: list[Day] = []
    while True:
        hours = tuple(
            microseconds(datetime(first.year, first.month, first.day, hour, tzinfo=where))
            for hour in range(24)
        )
        if hours[0] >= until:
            return tuple(days)
        days.append(Day(hours[0], hours[12], hours))
        first += timedelta(days=1)


def hourly(
    days: Sequence[Day],
    counts: Iterable[tuple[Microseconds, float]],
    until: Microseconds,
    dark: Sequence[Period] = (),
) -> tuple[tuple[float | None, ...], ...]:
    """Add what happened to the hours of days; None for hours that are not over yet, or all of them ``dark``.

    The hour that the clock lives twice takes both; the one it leaves out shows none.
    """
    rows = [[0.0 if _seen(start, until, dark) else None for start in day.hours] for day in days]
    starts = [
        (start, number, hour) for number, day in enumerate(days) for hour, start in enumerate(day.hours)
    ]
    place = 0
    for at, count in sorted(one for one in counts if one[1]):
        while place + 1 < len(starts) and starts[place + 1][0] <= at:
            place += 1
        _, number, hour = starts[place]
        rows[number][hour] = (rows[number][hour] or 0.0) + count
    return tuple(map(tuple, rows))


def _seen(start: Microseconds, until: Microseconds, dark: Sequence[Period]) -> bool:
    """Whether an hour has begun and somebody watched for any time of it."""
    return start < until and not covered(dark, Period(start, min(until, start + _HOUR)))


def cited(names: Iterable[str]) -> Iterable[Block]:
    """Yield the table of constants that a report used: where each stands, and by what it was checked."""
    yield table(
        "constants",
        "report.constants",
        cols("constant:1.6 value>:0.7 standard:2.6 checked:0.9"),
        (
            (
                Code(one.name),
                _constant(one),
                Say("report.cited", (Name(_standard(one)), Say(f"report.cited.{one.name}"))),
                Say(f"report.checked.{one.verified_by}"),
            )
            for one in (STANDARDS[name] for name in names)
        ),
    )


def _standard(one: Constant) -> str:
    return f"{one.standard}, {one.edition}" if one.edition else one.standard


def _constant(one: Constant) -> Value:
    """Return the value of a constant as people read it, in its unit."""
    if one.unit == "text":
        return Say(f"report.cited.value.{one.name}")
    value = constant(one.name)
    if one.unit == "ratio":
        return share(value, 0)
    number = Number(float(value))
    return number if one.unit == "1" else Say(f"report.cited.{one.unit}", (number,))
