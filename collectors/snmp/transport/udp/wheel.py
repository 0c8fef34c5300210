"""Timeouts of many questions: one timer of the event loop per tick that holds any, not one per question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
TICK: Final = 0.05
"""Seconds; an entry is due at most this much late. A question that is answered leaves its entry behind, so a
finer wheel would wake the loop for next to nothing a hundred times a second."""


class Wheel(Generic[T]):
    """Calls ``due(item, turn)`` when its time has come. Nothing is removed before: callers know old turns."""

    def __init__(self, loop: asyncio.AbstractEventLoop, due: Callable[[T, int], None]) -> None:
        self._loop = loop
        self._due = due
        self._ticks: dict[int, tuple[asyncio.TimerHandle, list[tuple[T, int]]]] = {}

    def add(self, when: float, item: T, turn: int) -> None:
        """Note an item that is due at ``when`` (``loop.time()`` seconds)."""
        tick = int(when / TICK) + 1
        slot = self._ticks.get(tick)
        if slot is None:
            slot = self._ticks[tick] = (self._loop.call_at(tick * TICK, self._turn, tick), [])
        slot[1].append((item, turn))

    def close(self) -> None:
        """Forget every entry."""
        for handle, _ in self._ticks.values():
            handle.cancel()
        self._ticks.clear()

    def _turn(self, tick: int) -> None:
        _, entries = self._ticks.pop(tick)
        for item, turn in entries:
            self._due(item, turn)
