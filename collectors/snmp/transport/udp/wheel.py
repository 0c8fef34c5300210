"""Timeouts of many questions: one timer of the event loop per tick that holds any, not one per question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
TICK: Final = 0.05
"""Seconds; an entry is due at most this much late."""


class Tick(Generic[T]):
    """The entries that are due together, and how many of them somebody still waits for."""

    __slots__ = ("entries", "left", "number", "timer")

    def __init__(self, number: int, timer: asyncio.TimerHandle) -> None:
        self.number = number
        self.timer = timer
        self.entries: list[tuple[T, int]] = []
        self.left = 0


class Wheel(Generic[T]):
    """Calls ``due(item, turn)`` when its time has come.

    A single entry is not removed before: callers know old turns. But a tick of whose entries none is needed
    any more is, so that the loop does not wake for nothing: nearly every question is answered in time.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, due: Callable[[T, int], None]) -> None:
        self._loop = loop
        self._due = due
        self._ticks: dict[int, Tick[T]] = {}

    def add(self, when: float, item: T, turn: int) -> Tick[T]:
        """Note an item that is due at ``when`` (``loop.time()`` seconds); return its tick, for ``spare``."""
        number = int(when / TICK) + 1
        tick = self._ticks.get(number)
        if tick is None:
            timer = self._loop.call_at(number * TICK, self._turn, number)
            tick = self._ticks[number] = Tick(number, timer)
        tick.entries.append((item, turn))
        tick.left += 1
        return tick

    def spare(self, tick: Tick[T]) -> None:
        """Take it that one entry of a tick is not needed any more; call it at most once for each."""
        tick.left -= 1
        if not tick.left and self._ticks.get(tick.number) is tick:
            tick.timer.cancel()
            tick.entries.clear()  # what is in it may know its tick: neither would go by itself
            del self._ticks[tick.number]

    def close(self) -> None:
        """Forget every entry."""
        for tick in self._ticks.values():
            tick.timer.cancel()
        self._ticks.clear()

    def _turn(self, number: int) -> None:
        tick = self._ticks.pop(number)
        entries, tick.entries = tick.entries, []
        for item, turn in entries:
            self._due(item, turn)
