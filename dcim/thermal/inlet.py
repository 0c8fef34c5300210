"""What an inlet lived through in a period: minutes by zone, excursions, changes too fast. Pure.

Each inlet on its own, never the mean of a room; return air is no inlet.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

from dcim.record import dataclass, replace
from dcim.thermal.envelope import Envelope, Side, Zone
from dcim.thermal.series import Air, Series, air

HOUR: Final = 3_600_000
QUARTER: Final = 900_000
_PAIRS: Final = 65_536
Beyond: TypeAlias = "Callable[[float, float | None], tuple[Side, float] | None]"
"""Says beyond which edge of an envelope air lies, and how far; None: inside."""


@dataclass(frozen=True, slots=True)
class Excursion:
    """A stretch (ms UTC) beyond one edge of an envelope, and how deep in kelvin it went at most.

    ``began``, ``closed``: whether its beginning and its end were seen, or lie where nobody looked or outside
    the period.
    """

    zone: Zone  # what was left: beyond RECOMMENDED, or beyond ALLOWABLE
    side: Side
    start: int
    end: int
    depth: float
    worst_at: int
    began: bool
    closed: bool


@dataclass(frozen=True, slots=True)
class Swing:
    """Temperature changed by more than it may within a window: from when to when, and by how much at most."""

    window: int
    limit: float
    start: int
    end: int
    most: float


@dataclass(frozen=True, slots=True)
class Lived:
    """The account of one inlet. Milliseconds; ``dry``: those of each zone in which humidity was not read."""

    period: int
    known: int
    zones: tuple[tuple[Zone, int], ...]
    dry: int
    excursions: tuple[Excursion, ...]
    swings: tuple[Swing, ...]
    lowest: float | None
    highest: float | None

    def spent(self, zone: Zone) -> int:
        """Return the milliseconds in a zone."""
        return dict(self.zones).get(zone, 0)


def lived(temperature: Series, humidity: Series | None, envelope: Envelope, start: int, end: int) -> Lived:
    """Return the account of [start, end), ms UTC. The time that is in no zone was not watched."""
    stretches = air(temperature, humidity, start, end)
    judged = _Judged(envelope)
    zones = dict.fromkeys(Zone, 0)
    for one in stretches:
        zones[judged.zone(one)] += one.end - one.start
    degrees = [one.celsius for one in stretches]
    excursions = [
        *excursions_of(stretches, judged.recommended, Zone.RECOMMENDED),
        *excursions_of(stretches, judged.allowable, Zone.ALLOWABLE),
    ]
    read = [(since, celsius) for since, _, celsius in temperature.spans(start, end)]
    windows = [(HOUR, envelope.hour)] + ([(QUARTER, envelope.quarter)] if envelope.quarter else [])
    swings = [swing for window, limit in windows for swing in swings_of(read, window, limit)]
    return Lived(
        end - start,
        sum(zones.values()),
        tuple(zones.items()),
        sum(one.end - one.start for one in stretches if one.humidity is None),
        tuple(sorted(excursions, key=lambda one: (one.start, one.zone))),
        tuple(sorted(swings, key=lambda one: (one.start, one.window))),
        min(degrees, default=None),
        max(degrees, default=None),
    )


class _Judged:
    """Holds air against an envelope, each pair of values once: a month has few that are different."""

    def __init__(self, envelope: Envelope) -> None:
        self.recommended = lru_cache(_PAIRS)(envelope.recommended.beyond)
        self.allowable = lru_cache(_PAIRS)(envelope.allowable.beyond)

    def zone(self, one: Air) -> Zone:
        """Return where a stretch lies."""
        if self.allowable(one.celsius, one.humidity):
            return Zone.OUTSIDE
        return Zone.ALLOWABLE if self.recommended(one.celsius, one.humidity) else Zone.RECOMMENDED


def excursions_of(stretches: Iterable[Air], beyond_of: Beyond, zone: Zone) -> Iterator[Excursion]:
    """Yield every excursion beyond an envelope. Time in which nobody looked ends one, and says so."""
    standing: Excursion | None = None
    last: Air | None = None
    for one in stretches:
        joined = last is not None and last.end == one.start
        beyond = beyond_of(one.celsius, one.humidity)
        side = beyond[0] if beyond else None
        if standing and not (joined and side is standing.side):
            yield replace(standing, closed=joined)
            standing = None
        if beyond is not None:
            standing = _longer(standing, one, zone, beyond, joined)
        last = one
    if standing:
        yield standing


def _longer(
    standing: Excursion | None, one: Air, zone: Zone, beyond: tuple[Side, float], joined: bool
) -> Excursion:
    side, depth = beyond
    if standing is None:
        return Excursion(zone, side, one.start, one.end, depth, one.start, joined, closed=False)
    if depth > standing.depth:
        return replace(standing, end=one.end, depth=depth, worst_at=one.start)
    return replace(standing, end=one.end)


def swings_of(read: Sequence[tuple[int, float]], window: int, limit: float) -> Iterator[Swing]:
    """Yield the stretches in which the highest and the lowest reading of a window lie too far apart.

    It is a difference of two readings not further apart than the window, whatever lies between them.
    """
    seen = _Window(window)
    standing: Swing | None = None
    for at, celsius in read:
        since, change = seen.take(at, celsius)
        if change <= limit:
            continue
        if standing and since <= standing.end:
            standing = replace(standing, end=at, most=max(standing.most, change))
            continue
        if standing:
            yield standing
        standing = Swing(window, limit, since, at, change)
    if standing:
        yield standing


class _Window:
    """The lowest and the highest of the last milliseconds, in constant time a reading."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._lows: deque[tuple[int, float]] = deque()
        self._highs: deque[tuple[int, float]] = deque()

    def take(self, at: int, celsius: float) -> tuple[int, float]:
        """Take the next reading; return when the earlier of the two extremes was read, and how far apart."""
        lows, highs = self._lows, self._highs
        while lows and lows[-1][1] >= celsius:
            lows.pop()
        while highs and highs[-1][1] <= celsius:
            highs.pop()
        lows.append((at, celsius))
        highs.append((at, celsius))
        while at - lows[0][0] > self._length:
            lows.popleft()
        while at - highs[0][0] > self._length:
            highs.popleft()
        return min(lows[0][0], highs[0][0]), highs[0][1] - lows[0][1]
