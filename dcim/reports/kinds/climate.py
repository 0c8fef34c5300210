"""The air at the inlets as people look at it: the hottest of each hour, humidity and dew point over time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import ceil, floor
from typing import Final

from dcim.reports.blocks import days_of
from dcim.reports.matter import Matter
from dcim.reports.model import Block, Curve, Heat, Line, Number, Say
from dcim.thermal.climate import QUARTER, Band, Climate
from dcim.thermal.envelope import Limits

_POINTS: Final = 400
_HOUR: Final = 4 * QUARTER


def charts(found: Climate, limits: Limits, matter: Matter) -> Iterable[Block]:
    """Yield what was read: a square an hour for two months at most, and curves for any period."""
    yield from _heat(found, matter)
    most, least = "report.thermal.most", "report.thermal.least"
    damp = tuple(map(_percent, _bands(found.humidity, matter)))
    yield from _curve("humidity", "percent", damp, {most: 100 * limits.humidity_high}, matter)
    dew = tuple(_bands(found.dew, matter))
    yield from _curve("dew", "celsius", dew, {most: limits.dew_high, least: limits.dew_low}, matter)


def _times(matter: Matter) -> range:
    """Return when the points of a curve begin, ms UTC: an hour each, or as long as keeps them few."""
    least = max(_HOUR, (matter.until - matter.period.since) // 1000 // _POINTS)
    step = -(-least // QUARTER) * QUARTER
    return range(matter.period.since // 1000 // QUARTER * QUARTER, matter.until // 1000, step)


def _bands(read: Callable[[int, int], Band | None], matter: Matter) -> Iterable[Band | None]:
    times = _times(matter)
    return (read(at, at + times.step) for at in times)


def _percent(band: Band | None) -> Band | None:
    return None if band is None else Band(*(100 * value for value in band))


def _heat(found: Climate, matter: Matter) -> Iterable[Block]:
    """Yield the hottest inlet of each hour: hatched where none was read."""
    days = days_of(matter.period.since, matter.until, matter.period.zone)
    rows = tuple(
        tuple(
            band.high if (band := found.celsius(start // 1000, start // 1000 + _HOUR)) is not None else None
            for start in day.hours
        )
        for day in days
    )
    read = [value for row in rows for value in row if value is not None]
    if read:
        low, high = floor(min(read)), ceil(max(read))
        noons = tuple(day.noon for day in days)
        title = Say("report.thermal.by_hour")
        yield Heat("hottest", title, noons, rows, float(max(high, low + 1)), "celsius", float(low))


def _curve(
    name: str, unit: str, bands: Sequence[Band | None], limits: Mapping[str, float], matter: Matter
) -> Iterable[Block]:
    """Yield the mean of the inlets with the band between the lowest and the highest of them."""
    if not any(bands):
        return
    times = _times(matter)
    line = Line(
        Say("report.thermal.mean"),
        tuple((at + times.step // 2) * 1000 for at in times),
        tuple(None if one is None else one.mean for one in bands),
        tuple(None if one is None else one.low for one in bands),
        tuple(None if one is None else one.high for one in bands),
    )
    drawn = tuple((Say(said, (Number(limit, unit, 1),)), limit) for said, limit in limits.items())
    title = Say(f"report.thermal.{name}")
    yield Curve(name, title, unit, matter.period.since, matter.until, (line,), drawn)
