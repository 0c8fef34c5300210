"""Tariffs as data: bands of hours by season and day, on the clock that the supplier's contract names. Pure.

Wall clocks jump: in Casablanca they stand an hour back in Ramadan. A tariff says by which clock its hours
are: by the wall of the site (they move with it) or by a fixed offset from UTC (a meter without Ramadan).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise
from typing import Final

from dcim.record import dataclass

HOUR: Final = 3_600_000
_DAY: Final = timedelta(days=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Season:
    """From one day of the year to another, both included, as (month, day); it may pass the new year."""

    name: str
    first: tuple[int, int]
    last: tuple[int, int]

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        here = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


@dataclass(frozen=True, slots=True)
class Band:
    """Hours with a name: minutes of the day [start, end), or around midnight where ``end <= start``.

    ``weekdays`` (Monday 0) and ``season`` are those of the calendar day itself; no season: all year.
    """

    name: str
    start: int
    end: int
    weekdays: frozenset[int] = frozenset(range(7))
    season: Season | None = None

    def holds(self, at: datetime) -> bool:
        """Whether a moment on the tariff's clock lies in it."""
        if at.weekday() not in self.weekdays or (self.season and not self.season.holds(at.date())):
            return False
        minute = at.hour * 60 + at.minute
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


@dataclass(frozen=True, slots=True)
class Tariff:
    """Bands, of which the first that holds counts, and the name of all other hours.

    ``zone`` is its clock; ``source`` says where the hours were read, or that they are an example.
    """

    id: str
    zone: tzinfo
    bands: tuple[Band, ...] = ()
    rest: str = "normal"
    name: str = ""
    source: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Return every band's name once, in the order written, the rest last."""
        return tuple(dict.fromkeys([*(band.name for band in self.bands), self.rest]))

    def at(self, moment: int) -> str:
        """Return the band of a moment (ms UTC)."""
        there = _utc(moment).astimezone(self.zone)
        return next((band.name for band in self.bands if band.holds(there)), self.rest)

    def spans(self, start: int, end: int) -> Iterator[tuple[int, int, str]]:
        """Yield the stretches of [start, end), ms UTC, that lie in one band each, in order."""
        open_at, name = start, self.at(start)
        for edge in sorted({edge for edge in self._edges(start, end) if start < edge < end}):
            if (now := self.at(edge)) != name:
                yield open_at, edge, name
                open_at, name = edge, now
        if open_at < end:
            yield open_at, end, name

    def offsets(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return since when (ms UTC), in [start, end), its clock stood how many seconds off UTC."""
        found = [(start, self._seconds(start))]
        day, last = (_utc(at).astimezone(self.zone).date() for at in (start, end))
        jumps: set[int] = set()
        day -= _DAY
        while day <= last:
            jumps.update(self._jumps(day))
            day += _DAY
        for at in sorted(at for at in jumps if start < at < end):
            if (now := self._seconds(at)) != found[-1][1]:
                found.append((at, now))
        return found

    def _seconds(self, moment: int) -> int:
        return round((self._offset(moment) or timedelta()).total_seconds())

    def _edges(self, start: int, end: int) -> Iterator[int]:
        """Yield every moment at which the band can change: edges of bands, and jumps of the clock."""
        minutes = {0, *(band.start % 1440 for band in self.bands), *(band.end % 1440 for band in self.bands)}
        day = _utc(start).astimezone(self.zone).date() - _DAY
        last = _utc(end).astimezone(self.zone).date() + _DAY
        while day <= last:
            for minute in minutes:
                wall = datetime.combine(day, time(minute // 60, minute % 60))
                for fold in (0, 1):
                    yield _ms(wall.replace(tzinfo=self.zone, fold=fold))
            yield from self._jumps(day)
            day += _DAY

    def _jumps(self, day: date) -> Iterator[int]:
        """Yield the quarters of an hour of a day at which the clock has another offset than before."""
        noon = datetime.combine(day, time(12), self.zone)
        if noon.utcoffset() == (noon + _DAY).utcoffset():
            return
        begin = _ms(noon)
        for before, after in pairwise(range(begin - HOUR, begin + 26 * HOUR, HOUR // 4)):
            if self._offset(before) != self._offset(after):
                yield after

    def _offset(self, moment: int) -> timedelta | None:
        return _utc(moment).astimezone(self.zone).utcoffset()


def _utc(moment: int) -> datetime:
    return _EPOCH + moment * _MILLISECOND


def _ms(moment: datetime) -> int:
    return (moment.astimezone(UTC) - _EPOCH) // _MILLISECOND


def cuts_for(zones: tuple[tzinfo, ...], tariffs: tuple[Tariff, ...], around: int) -> int:
    """Return how often an hour must be cut so that no edge of a day or a band lies between cuts: 1 to 6.

    ``around`` (ms UTC): offsets of the year around it are looked at. An edge off every sixth of an hour is
    covered as well as can be, by quarters.
    """
    offsets = _offsets((*zones, *(tariff.zone for tariff in tariffs)), around)
    edges = {edge % 60 for tariff in tariffs for band in tariff.bands for edge in (band.start, band.end)}
    wanted = {(edge - offset) % 60 for edge in edges | {0} for offset in offsets}
    return next((cuts for cuts in (1, 2, 3, 4, 6) if all(edge % (60 // cuts) == 0 for edge in wanted)), 4)


def between_cuts(tariff: Tariff, edge: int, cuts: int, around: int) -> bool:
    """Whether an edge of a band (minutes of the day) lies where hours that are cut so often have no cut."""
    return any((edge - offset) % (60 // cuts) for offset in _offsets((tariff.zone,), around))


def _offsets(zones: tuple[tzinfo, ...], around: int) -> set[int]:
    """Return by how many minutes of an hour zones stand off UTC in the year around a moment (ms UTC)."""
    weeks = [_utc(around + week * 7 * 24 * HOUR) for week in range(-26, 27)]
    offsets = [week.astimezone(zone).utcoffset() for zone in zones for week in weeks]
    return {0, *(int(offset.total_seconds()) // 60 % 60 for offset in offsets if offset is not None)}
