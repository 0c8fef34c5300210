"""When a window is open: once, or again and again by the clock on the wall of the site. Pure.

Wall clocks jump: in Casablanca they go back an hour when Ramadan begins and forward when it is over. A window
lasts as long as it says by any clock. One that begins at an hour that the wall shows twice begins with the
first; one that begins at an hour that the wall leaves out begins as much later as the wall leaves out.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from dcim.record import dataclass

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ORDINALS: Final = ("1st", "2nd", "3rd", "4th", "5th", "last")
_NOON: Final = 12
"""The hour at which days are counted: no zone moves its clock there."""

_EXPECTED: Final = "expected day, a weekday, a day of the month, last day, or as in 1st sunday, last friday"


@dataclass(frozen=True, slots=True)
class Span:
    """One time that a window is open, UTC seconds: from ``start`` until just before ``end``."""

    start: float
    end: float

    def __contains__(self, at: float) -> bool:
        """Whether it is open at ``at``."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Days:
    """Which days: ``day`` (each), ``sunday``, ``1st sunday``, ``last friday``, ``15``, ``last day``."""

    text: str

    def __post_init__(self) -> None:
        """Refuse what names no day with a ValueError that says what is expected."""
        self.fields()

    def fields(self) -> dict[str, str]:
        """Return it as APScheduler's cron fields."""
        words = self.text.lower().split()
        match words:
            case ["day"]:
                return {"day": "*"}
            case ["last", "day"]:
                return {"day": "last"}
            case [number] if re.fullmatch(r"[1-9]|[12]\d|3[01]", number):
                return {"day": number}
            case [word] if day := _weekday(word):
                return {"day_of_week": day}
            case [ordinal, word] if ordinal in _ORDINALS and (day := _weekday(word)):
                return {"day": f"{ordinal} {day}"}
        msg = f"{self.text!r} names no day: {_EXPECTED}"
        raise ValueError(msg)


def _weekday(word: str) -> str:
    """Return the three letters of a weekday, written whole or so short already; empty if it is none."""
    return next((day[:3] for day in _WEEKDAYS if word in (day, day[:3])), "")


@dataclass(frozen=True, slots=True)
class Once:
    """One span and no other."""

    span: Span

    def spans(self, after: float, before: float) -> Iterator[Span]:
        """Yield the span if any of it lies in a time, UTC seconds."""
        if self.span.end > after and self.span.start < before:
            yield self.span


@dataclasses.dataclass(frozen=True)
class Every:
    """The same hour on certain days: ``at`` on the wall of ``zone``, for ``lasts`` seconds.

    ``first`` and ``last`` are the days between which it begins, both included; None: no limit.
    """

    days: tuple[Days, ...]
    at: time
    lasts: float
    zone: ZoneInfo
    first: date | None = None
    last: date | None = None

    @cached_property
    def _triggers(self) -> tuple[CronTrigger, ...]:
        from apscheduler.triggers.cron import (
            CronTrigger,
        )  # it takes long: where no window is, it is not needed

        return tuple(CronTrigger(hour=_NOON, timezone=self.zone, **days.fields()) for days in self.days)

    def spans(self, after: float, before: float) -> Iterator[Span]:
        """Yield the spans of which any lies in a time, UTC seconds, in their order."""
        begin = datetime.fromtimestamp(after - self.lasts, self.zone) - timedelta(days=1)
        for day in self._days(begin):
            start = datetime.combine(day, self.at, self.zone).timestamp()
            if start >= before:
                return
            if start + self.lasts > after:
                yield Span(start, start + self.lasts)

    def _days(self, begin: datetime) -> Iterator[date]:
        """Yield the days on which it begins, from a moment on."""
        if self.first is not None:
            begin = max(begin, datetime.combine(self.first, time(), self.zone))
        while True:
            found = [trigger.get_next_fire_time(None, begin) for trigger in self._triggers]
            noon = min((each for each in found if each is not None), default=None)
            if noon is None or (self.last is not None and noon.date() > self.last):
                return
            yield noon.date()
            begin = noon + timedelta(seconds=1)
