"""Time that passes only when somebody moves it, and an event loop that lives by it."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from dcim.record import dataclass


@dataclass(slots=True)
class VirtualClock:
    """``at``: monotonic seconds; ``ahead``: UTC minus monotonic, another where the wall clock was put."""

    at: float = 0.0
    ahead: float = 0.0

    def now(self) -> float:
        """Return UTC seconds."""
        return self.at + self.ahead

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return self.at

    def reach(self, at: float, wall: float | None = None) -> None:
        """Go on to ``at``, at which it is ``wall`` UTC; never back."""
        self.at = max(self.at, at)
        if wall is not None:
            self.ahead = wall - self.at

    @contextmanager
    def at_once_more(self, moment: tuple[float, float]) -> Iterator[None]:
        """Be at a moment that has been (``at``, ``ahead``) for a while: for what was put off until now."""
        was = self.at, self.ahead
        self.at, self.ahead = moment
        try:
            yield
        finally:
            self.at, self.ahead = was


class _Selector(selectors.DefaultSelector):
    """Waits for nothing: the time that would be waited for has passed at once."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout is not None and timeout > 0:
            self._clock.at += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop on which a second of waiting takes no time. Nothing real is to be waited for on it."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(_Selector(clock))
        self._virtual = clock

    def time(self) -> float:
        """Return the seconds of the virtual clock."""
        return self._virtual.at

    def call_exception_handler(self, context: Mapping[str, Any]) -> None:
        """Raise what a callback raised: nothing may go wrong unseen."""
        error = context.get("exception")
        if isinstance(error, BaseException):
            raise error
        super().call_exception_handler(dict(context))
