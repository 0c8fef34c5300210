"""How much each point was loaded: hourly means and peaks from the shelf, for capacity and load curves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from fractions import Fraction

from dcim.model import Point
from dcim.record import dataclass
from dcim.rollup.block import HOUR
from dcim.rollup.shelf import Shelf, point_of


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of a point: its start (ms UTC), for how long there was a value, and millionths of its unit."""

    start: int
    ms: int
    least: int
    mean: int
    most: int
    last: int | None


@dataclass(frozen=True, slots=True)
class Load:
    """A point over a period, in its unit: the mean by time, the peak and the hour (ms UTC) it was in."""

    point: Point
    hours: tuple[Hour, ...]
    coverage: Fraction
    mean: Fraction
    peak: Fraction
    peak_hour: int

    def share(self, rating: float) -> Fraction:
        """Return the peak as a share of a rating in the same unit, which is not 0."""
        return self.peak / Fraction(rating)


def together(phases: Sequence[Load]) -> Load:
    """Return what phases of one metric carried together, in the hours in which all of them were read.

    Its peaks are means of hours: phases reach theirs at different moments, so that it carried that at least.
    """
    by_hour = [{one.start: one for one in load.hours} for load in phases]
    common = sorted(set(by_hour[0]).intersection(*by_hour[1:]))
    hours = tuple(_added([one[start] for one in by_hour]) for start in common)
    point = phases[0].point
    peak = max(hours, key=lambda one: (one.most, -one.start), default=None)
    return Load(
        Point(point.asset, point.metric),
        hours,
        min(load.coverage for load in phases) if hours else Fraction(0),
        sum((load.mean for load in phases), Fraction(0)),
        Fraction(peak.most, 1_000_000) if peak is not None else Fraction(0),
        peak.start if peak is not None else phases[0].peak_hour,
    )


def _added(hours: Sequence[Hour]) -> Hour:
    mean = sum(one.mean for one in hours)
    return Hour(
        hours[0].start, min(one.ms for one in hours), sum(one.least for one in hours), mean, mean, None
    )


def loads(shelf: Shelf, points: Collection[Point], start: int, end: int) -> Iterator[Load]:
    """Yield what points carried in the hours that lie whole in [start, end), ms UTC; none that was not read.

    Raise OSError when a block cannot be read.
    """
    wanted = frozenset(points)
    hours: dict[Point, list[Hour]] = {}
    assets, metrics = {point.asset for point in wanted}, {point.metric for point in wanted}
    for hour, row in shelf.rows(start, end, assets, metrics) if wanted else ():
        if not start <= hour <= end - HOUR or row.mean is None or row.min is None or row.max is None:
            continue
        if (point := point_of(row)) in wanted:
            hours.setdefault(point, []).append(Hour(hour, row.ms, row.min, row.mean, row.max, row.last))
    for point in sorted(hours, key=str):
        found = hours[point]
        spent = sum(one.ms for one in found)
        peak = max(found, key=lambda one: (one.most, -one.start))
        weighted = sum(one.mean * one.ms for one in found)
        yield Load(
            point,
            tuple(found),
            Fraction(spent, end - start),
            Fraction(weighted, spent * 1_000_000),
            Fraction(peak.most, 1_000_000),
            peak.start,
        )
