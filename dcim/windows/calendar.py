"""All windows of a site: which are open, and what turns next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from math import inf, nextafter
from types import MappingProxyType
from typing import Final

from dcim.record import dataclass
from dcim.windows.recurrence import Span
from dcim.windows.window import Window

NOTHING: Final[Mapping[str, Span]] = MappingProxyType({})
HORIZON: Final = 400 * 86400.0
"""Seconds for which the calendar looks ahead: a yearly window is seen."""


class TurnKind(StrEnum):
    """What a window does."""

    STARTED = "started"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Turn:
    """A window that started or ended; ``span`` is the time it is open, UTC seconds."""

    kind: TurnKind
    window: Window
    span: Span

    @property
    def at(self) -> float:
        """Return when, UTC seconds."""
        return self.span.start if self.kind is TurnKind.STARTED else self.span.end


class Calendar:
    """Knows every window and which of them it has told to be open.

    ``turn`` is called with the time going on; it says each start and each end once, also those that went by
    while nobody called: a clock that was put forward over a whole window says both. One that is put back says
    nothing twice.
    """

    def __init__(self, windows: Iterable[Window] = (), told: Mapping[str, Span] = NOTHING) -> None:
        """Take the windows, and those of which it was told before a restart that they are open."""
        self._windows = {window.id: window for window in windows}
        self._open = {name: span for name, span in told.items() if name in self._windows}
        self._started = {name: span.start for name, span in self._open.items()}  # of the last one told
        self._said: float | None = None

    @property
    def windows(self) -> Mapping[str, Window]:
        """Return every window by its id."""
        return MappingProxyType(self._windows)

    @property
    def open(self) -> Mapping[str, Span]:
        """Return the windows that were told to be open, with their spans."""
        return MappingProxyType(self._open)

    def add(self, window: Window) -> None:
        """Take one more window; it starts with the next turn if its time has come."""
        self._windows[window.id] = window

    def remove(self, window_id: str, at: float) -> Turn | None:
        """Drop a window; return its end at ``at`` (UTC) if it was open."""
        window = self._windows.pop(window_id, None)
        span = self._open.pop(window_id, None)
        self._started.pop(window_id, None)
        if window is None or span is None:
            return None
        return Turn(TurnKind.ENDED, window, Span(span.start, max(span.start, min(span.end, at))))

    def turn(self, now: float) -> list[Turn]:
        """Return what started and ended up to ``now`` (UTC seconds) and was not said, oldest first.

        At the first call only those that are open now are said to have started.
        """
        since = now if self._said is None else self._said
        until = max(since, now)
        turns = [turn for window in self._windows.values() for turn in self._turned(window, since, until)]
        self._said = until
        return sorted(turns, key=lambda turn: (turn.at, turn.kind is TurnKind.STARTED, turn.window.id))

    def _turned(self, window: Window, since: float, now: float) -> list[Turn]:
        turns = []
        if (span := self._open.get(window.id)) and span.end <= now:
            turns.append(Turn(TurnKind.ENDED, window, self._open.pop(window.id)))
        if window.id in self._open:
            return turns
        for span in window.when.spans(since, nextafter(now, inf)):
            if span.start <= self._started.get(window.id, -inf):
                continue
            self._started[window.id] = span.start
            turns.append(Turn(TurnKind.STARTED, window, span))
            if span.end <= now:
                turns.append(Turn(TurnKind.ENDED, window, span))
            else:
                self._open[window.id] = span
        return turns

    def upcoming(self, now: float, ahead: float = HORIZON) -> list[tuple[Window, Span]]:
        """Return the next span of every window that has one within ``ahead`` seconds, the soonest first.

        Of an open window that is the span it is open for.
        """
        found = []
        for window in self._windows.values():
            span = next(iter(window.when.spans(now, now + ahead)), None)
            if span is not None:
                found.append((window, span))
        return sorted(found, key=lambda each: (each[1].start, each[0].id))

    def wake_at(self, now: float) -> float | None:
        """Return when the next window starts or ends (UTC seconds); None: none does."""
        ends = [span.end for span in self._open.values()]
        starts = [span.start for _, span in self.upcoming(now) if span.start > now]
        return min((*ends, *starts), default=None)
