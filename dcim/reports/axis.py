"""Where the marks of an axis stand. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import floor, log10
from typing import Final

from dcim.reports.model import Microseconds
from dcim.reports.say import Writer

_SECOND: Final = 1_000_000
_HOUR: Final = 3600
_DAY: Final = 86_400
_STEPS: Final = (
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    _HOUR,
    2 * _HOUR,
    3 * _HOUR,
    6 * _HOUR,
    12 * _HOUR,
)
_DAYS: Final = (1, 2, 5, 7, 14, 30, 61, 92, 183, 366)
_MOST: Final = 9


def times(since: Microseconds, until: Microseconds, writer: Writer) -> list[tuple[Microseconds, str]]:
    """Return moments between two others at round times of the site's wall, and how each is written."""
    lasts = (until - since) / _SECOND
    step = next((step for step in _STEPS if lasts / step <= _MOST), 0)
    if step:
        form = "%H:%M" if step >= 60 else "%H:%M:%S"
        return [(at, writer.local(at).strftime(form)) for at in _clock(since, until, step, writer)]
    days = next((days for days in _DAYS if lasts / (days * _DAY) <= _MOST), _DAYS[-1])
    form = "%d/%m" if writer.language == "fr" else "%m-%d"
    return [(at, writer.local(at).strftime(form)) for at in _midnights(since, until, days, writer)]


def _clock(since: Microseconds, until: Microseconds, step: int, writer: Writer) -> Iterator[Microseconds]:
    """Yield moments a step apart, counted from the midnight before the first."""
    local = writer.local(since)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    start = _of(midnight)
    at = start + -(-(since - start) // (step * _SECOND)) * step * _SECOND
    while at <= until:
        yield at
        at += step * _SECOND


def _midnights(since: Microseconds, until: Microseconds, days: int, writer: Writer) -> Iterator[Microseconds]:
    local = writer.local(since).replace(hour=0, minute=0, second=0, microsecond=0)
    while (at := _of(local)) <= until:
        if at >= since:
            yield at
        local = (local.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=writer.zone)


def _of(local: datetime) -> Microseconds:
    return round(local.timestamp()) * _SECOND


def rounds(low: float, high: float, most: int = 6) -> list[float]:
    """Return at most so many round numbers that enclose two others."""
    if high <= low:
        high = low + (abs(low) or 1.0)
    rough = (high - low) / (most - 2)
    size = 10.0 ** floor(log10(rough))
    step = next(size * times for times in (1, 2, 2.5, 5, 10) if size * times >= rough * (1 - 1e-9))
    first = floor(low / step + 1e-9)
    marks = [first * step]
    while marks[-1] < high - step * 1e-9:
        first += 1
        marks.append(first * step)
    return marks
