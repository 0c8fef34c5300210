"""The bands of a tariff: which stretches of a period lie in which, from its terms and the clock's offsets."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Iterator, List, Tuple

DAY_MS = 86_400_000
QUARTER = 900  # seconds: clocks stand off UTC by whole quarters of an hour
FARTHEST = 54_000
TERMS_OF_TARIFF = {"id", "name", "source", "clock", "rest", "bands"}
TERMS_OF_BAND = {"name", "start", "end", "weekdays", "season"}


def names_of(tariff: Any) -> List[str]:
    """Return every band's name once, in the order written, the rest last. Raises ``ValueError``."""
    if set(tariff) != TERMS_OF_TARIFF or any(set(band) != TERMS_OF_BAND for band in tariff["bands"]):
        raise ValueError("keys")
    return list(dict.fromkeys([*(band["name"] for band in tariff["bands"]), tariff["rest"]]))


def stretches_of(bands: Any, start: int, end: int) -> List[Tuple[int, int, str]]:
    """Return the stretches of [start, end), ms UTC, that lie in one band each. Raises ``ValueError``."""
    clock, found = _clock_of(bands, start, end), []
    since, now = start, ""
    for at, wall in _edges(bands["tariff"], clock, end):
        name = _band_of(bands["tariff"], wall)
        if at > start and name != now:
            found.append((since, at, now))
            since = at
        now = name
    return [*found, (since, end, now)]


def fixed_at(clock: Any) -> Any:
    """Return the seconds of a clock that always stands so far from UTC; None of one that has a zone."""
    parts = re.fullmatch(r"([+-])(\d\d):(\d\d)", clock)
    if parts is None:
        return None
    return (-60 if parts[1] == "-" else 60) * (60 * int(parts[2]) + int(parts[3]))


def _clock_of(bands: Any, start: int, end: int) -> List[Tuple[int, int]]:
    """Return since when (ms UTC) the clock stood how far from UTC (ms)."""
    said = [(at, offset) for at, offset in bands["clock"]]
    times, offsets = [at for at, _ in said], [offset for _, offset in said]
    if any(type(one) is not int for one in (*times, *offsets)) or times[:1] != [start] or times[-1] >= end:
        raise ValueError("clock")
    if any(not a < b for a, b in zip(times, times[1:])) or any(a == b for a, b in zip(offsets, offsets[1:])):
        raise ValueError("clock")
    fixed = fixed_at(bands["tariff"]["clock"])
    if fixed is None:
        wrong = any(offset % QUARTER or abs(offset) > FARTHEST for offset in offsets)
    else:
        wrong = offsets != [fixed]
    if wrong:
        raise ValueError("clock")
    return [(at, offset * 1000) for at, offset in said]


def _edges(tariff: Any, clock: List[Tuple[int, int]], end: int) -> Iterator[Tuple[int, int]]:
    """Yield, in order, each moment at which the band may change: ms UTC, and ms on the clock."""
    minutes = {0} | {band[side] % 1440 for band in tariff["bands"] for side in ("start", "end")}
    untils = [at for at, _ in clock[1:]] + [end]
    for (since, offset), until in zip(clock, untils):
        yield since, since + offset
        for day in range((since + offset) // DAY_MS, (until + offset) // DAY_MS + 1):
            for minute in sorted(minutes):
                wall = day * DAY_MS + minute * 60_000
                if since < wall - offset < until:
                    yield wall - offset, wall


def _band_of(tariff: Any, wall: int) -> str:
    day, minute = date.fromordinal(date(1970, 1, 1).toordinal() + wall // DAY_MS), wall % DAY_MS // 60_000
    return next((str(band["name"]) for band in tariff["bands"] if _holds(band, day, minute)), tariff["rest"])


def _holds(band: Any, day: date, minute: int) -> bool:
    if day.weekday() not in band["weekdays"]:
        return False
    if band["season"] is not None:
        here, (first, last) = [day.month, day.day], band["season"]
        if not (first <= here <= last if first <= last else here >= first or here <= last):
            return False
    start, end = int(band["start"]), int(band["end"])
    return start <= minute < end if start < end else minute >= start or minute < end
