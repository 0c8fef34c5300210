"""Who is on call: people who take turns at an hour on the wall of the site, and exceptions to it.

Turns are counted in days on the wall, so that a hand-over at eight stays at eight when the clock jumps.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from dcim.record import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is on call, and the channels that reach them, the first to try first."""

    id: str
    name: str
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """Somebody stands in from ``start`` until just before ``end``, UTC seconds."""

    person: str
    start: float
    end: float

    def __contains__(self, at: float) -> bool:
        """Whether it counts at ``at``."""
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Rota:
    """People in the order of their turns of ``days`` days, each handed over at ``at`` on the wall.

    ``first`` is a moment at which the first person's turn begins; before it the turns go back the same way.
    Of overlapping overrides the one that was said last counts.
    """

    id: str
    people: tuple[str, ...]
    first: datetime
    days: int = 7
    overrides: tuple[Override, ...] = ()

    def on_call(self, at: float, overrides: Sequence[Override] = ()) -> str:
        """Return who is on call at ``at`` (UTC seconds); ``overrides`` come after the rota's own."""
        for override in reversed((*self.overrides, *overrides)):
            if at in override:
                return override.person
        return self.people[self._turn(at) % len(self.people)]

    def next_change(self, at: float, overrides: Sequence[Override] = ()) -> float:
        """Return when somebody else may be on call: the next hand-over or edge of an override."""
        edges = self._edges(at, self._begin(self._turn(at) + 2), overrides)
        return next(edge for edge in edges if edge > at)

    def _edges(self, start: float, end: float, overrides: Sequence[Override]) -> list[float]:
        edges = {edge for each in (*self.overrides, *overrides) for edge in (each.start, each.end)}
        turn = self._turn(start) + 1
        while (begin := self._begin(turn)) < end:
            edges.add(begin)
            turn += 1
        return sorted(edge for edge in edges if start < edge < end)

    @property
    def _zone(self) -> ZoneInfo:
        zone = self.first.tzinfo
        if not isinstance(zone, ZoneInfo):
            msg = "the first hand-over of a rota is on the wall of a zone"
            raise TypeError(msg)
        return zone

    def _begin(self, turn: int) -> float:
        """Return when a turn begins: at the hour of the first one, on the wall of that day."""
        day = self.first.date() + timedelta(days=turn * self.days)
        hour: time = self.first.time()
        return datetime.combine(day, hour, self._zone).timestamp()

    def _turn(self, at: float) -> int:
        """Return the number of the turn at a time; that of the first is 0."""
        wall = datetime.fromtimestamp(at, self._zone)
        guess = (wall.date() - self.first.date()).days // self.days
        return guess if self._begin(guess) <= at else guess - 1
