"""How many questions may be under way, so that their answers fit the receive buffer all at once.

The kernel charges a datagram with the memory it occupies, not with its length. Three windows share the
buffer: first attempts, further attempts, and cheap questions to devices that were silent. So 300 dead devices
hold back neither the questions to live ones nor their retries.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")
_FULL: Final = 2304  # bytes charged for an answer of one Ethernet frame
_SMALL: Final = 768  # bytes charged for an answer of one value
_MOST: Final = 4096
_LEAST: Final = 8


class Window(Generic[T]):
    """At most ``limit`` items inside; the others wait in order. ``enter`` is called for each that gets in."""

    __slots__ = ("_enter", "inside", "limit", "waiting")

    def __init__(self, limit: int, enter: Callable[[T], bool]) -> None:
        self.limit = limit
        self.inside = 0
        self.waiting: deque[T] = deque()
        self._enter = enter

    def admit(self, item: T) -> bool:
        """Let the item in now if there is room and return True, or line it up."""
        if self.inside >= self.limit:
            self.waiting.append(item)
            return False
        self.inside += 1
        if not self._enter(item):
            self.leave()
        return True

    def leave(self) -> None:
        """Make room, and let the next one in that still wants to."""
        self.inside -= 1
        while self.waiting and self.inside < self.limit:
            self.inside += 1
            if not self._enter(self.waiting.popleft()):
                self.inside -= 1


class Windows(Generic[T]):
    """The windows of one socket with a receive buffer of ``capacity`` bytes."""

    __slots__ = ("further", "normal", "silent")

    def __init__(self, capacity: int, enter: Callable[[T], bool]) -> None:
        self.normal: Window[T] = Window(_clamp(capacity * 5 // 8 // _FULL), enter)
        self.further: Window[T] = Window(_clamp(capacity // 8 // _FULL), enter)
        self.silent: Window[T] = Window(_clamp(capacity // 4 // _SMALL), enter)


def _clamp(limit: int) -> int:
    return max(_LEAST, min(limit, _MOST))
