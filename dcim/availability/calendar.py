"""Periods by the calendar of a site: a month lasts as long as its days really did there. Pure.

In Casablanca the month in which Ramadan begins is an hour longer, the one in which it ends an hour shorter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dcim.availability.category import Microseconds, Period
from dcim.contracts.contract import Every

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FORMS: Final = (
    (re.compile(r"(\d{4})"), "year"),
    (re.compile(r"(\d{4})-Q([1-4])"), "quarter"),
    (re.compile(r"(\d{4})-(\d{2})"), "month"),
    (re.compile(r"(\d{4})-W(\d{2})"), "week"),
    (re.compile(r"(\d{4})-(\d{2})-(\d{2})"), "day"),
)


def moment(at: datetime) -> Microseconds:
    """Return a moment with its zone in whole microseconds since 1970 UTC, without rounding."""
    return (at - _EPOCH) // _MICROSECOND


def midnight(day: date, zone: ZoneInfo) -> Microseconds:
    """Return when a day begins on the wall of a zone.

    A midnight that the wall shows twice is the first; one that it leaves out is when the wall goes on.
    """
    return moment(datetime.combine(day, time(), zone).astimezone(UTC))


def days(first: date, after: date, zone: ZoneInfo) -> Period:
    """Return the period from the first day's beginning to that of the day after the last."""
    return Period(midnight(first, zone), midnight(after, zone))


def period_of(every: Every, day: date, zone: ZoneInfo) -> Period:
    """Return the day, week (from Monday), month, quarter or year that a day lies in."""
    first = _first(every, day)
    return days(first, _next(every, first), zone)


def named(text: str, zone: ZoneInfo) -> Period:
    """Return the period ``2026``, ``2026-Q4``, ``2026-11``, ``2026-W48`` or ``2026-11-25`` of a zone.

    Raises ValueError that says what is expected.
    """
    for form, every in _FORMS:
        if found := form.fullmatch(text):
            numbers = [int(part) for part in found.groups()]
            return _named(every, numbers, zone)
    msg = f"expected 2026, 2026-Q4, 2026-11, 2026-W48 or 2026-11-25, found {text!r}"
    raise ValueError(msg)


def _named(every: str, numbers: list[int], zone: ZoneInfo) -> Period:
    match every, numbers:
        case "year", [year]:
            return period_of("year", date(year, 1, 1), zone)
        case "quarter", [year, quarter]:
            return period_of("quarter", date(year, 3 * quarter - 2, 1), zone)
        case "month", [year, month]:
            return period_of("month", date(year, month, 1), zone)
        case "week", [year, week]:
            return period_of("week", date.fromisocalendar(year, week, 1), zone)
        case _:
            year, month, day = numbers
            return period_of("day", date(year, month, day), zone)


def following(every: Every, first: date, count: int, zone: ZoneInfo) -> Iterator[Period]:
    """Yield so many periods one after the other, from the one that a day lies in."""
    day = _first(every, first)
    for _ in range(count):
        after = _next(every, day)
        yield days(day, after, zone)
        day = after


def _first(every: Every, day: date) -> date:
    match every:
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case "year":
            return day.replace(month=1, day=1)


def _next(every: Every, first: date) -> date:
    match every:
        case "day":
            return first + timedelta(days=1)
        case "week":
            return first + timedelta(days=7)
        case "month":
            return _first("month", first + timedelta(days=31))
        case "quarter":
            return _first("month", first + timedelta(days=93))
        case "year":
            return first.replace(year=first.year + 1)
