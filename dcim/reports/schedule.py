"""When scheduled reports are due, and of which period: APScheduler's triggers, asked and never run. Pure.

A report is made some days after its period, since facts about the period may still come for a day; and looked
at once more ``AGAIN`` days later: where a figure has changed by then, the next version goes out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger

from dcim.availability import moment, period_of
from dcim.contracts.contract import Every
from dcim.record import dataclass
from dcim.reports.model import Microseconds, Period
from dcim.settings.checked.reported import Scheduled

AGAIN: Final = 7
_FIRST: Final[dict[str, dict[str, Any]]] = {
    "day": {},
    "week": {"day_of_week": "mon"},
    "month": {"day": 1},
    "quarter": {"month": "1,4,7,10", "day": 1},
    "year": {"month": 1, "day": 1},
}


@dataclass(frozen=True, slots=True)
class Due:
    """A report that is due at a moment, of a period that is over."""

    at: Microseconds
    scheduled: Scheduled
    period: Period


def due(scheduled: Scheduled, zone: str, after: Microseconds, until: Microseconds) -> Iterator[Due]:
    """Yield what becomes due after one moment and up to another, in order of time."""
    again = scheduled.days_after + AGAIN
    days = {scheduled.days_after} if scheduled.every == "day" else {scheduled.days_after, again}
    found = [one for each in sorted(days) for one in _each(scheduled, zone, each, after, until)]
    yield from sorted(found, key=lambda one: one.at)


def _each(
    scheduled: Scheduled, zone: str, days: int, after: Microseconds, until: Microseconds
) -> Iterator[Due]:
    """Yield the moments so many days after the first day of each period, with the period before it."""
    where = ZoneInfo(zone)
    trigger = CronTrigger(**_FIRST[scheduled.every], hour=0, minute=0, timezone=where)
    begin = _local(after, where) - timedelta(days=days + 1)
    first = trigger.get_next_fire_time(None, begin)
    while first is not None:
        day = first.astimezone(where).date()
        wall = datetime(day.year, day.month, day.day, tzinfo=where) + timedelta(
            days=days, minutes=scheduled.minute
        )
        at = moment(wall)
        if at > until:
            return
        if at > after:
            every: Every = scheduled.every
            span = period_of(every, day - timedelta(days=1), where)
            yield Due(at, scheduled, Period(span.start, span.end, zone))
        first = trigger.get_next_fire_time(first, first + timedelta(microseconds=1))


def _local(at: Microseconds, zone: ZoneInfo) -> datetime:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)).astimezone(zone)
