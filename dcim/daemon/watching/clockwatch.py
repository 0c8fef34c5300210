"""The daemon's own clock: whether the kernel calls it synchronised, how far it is off, whether it jumped.

kernel (adjtimex, read only) ─▶ clock_state, clock_offset_seconds{source=kernel}
heartbeats of other sites    ─▶ clock_offset_seconds{source=their site}
wall clock − monotonic       ─▶ clock_step_seconds: the largest jump of the last hour
"""

from __future__ import annotations

import asyncio
import ctypes
from array import array
from collections import deque
from collections.abc import Callable, Mapping
from math import nan
from typing import Final

from dcim.clock import Clock
from dcim.daemon.itself import AGAIN, OWN
from dcim.model import Batch, Gap, GapReason, Health, Lane, Layout, Meaning, Point, state_code
from dcim.model.fact import Body
from dcim.record import dataclass

STATE: Final = "clock_state"
OFFSET: Final = "clock_offset_seconds"
STEP: Final = "clock_step_seconds"
KERNEL: Final = "kernel"

_HEALTH: Final = {
    "synchronised": Health.OK,
    "unsynchronised": Health.WARNING,
    "unknown": Health.UNKNOWN,
}
_CODES: Final = {word: state_code(word) for word in _HEALTH}
_STATES: Final = {_CODES[word]: Meaning(word, health) for word, health in _HEALTH.items()}
_LEAST: Final = 0.5  # seconds: what is less is the discipline of the clock, no jump
_HOUR: Final = 3600.0
_DAY: Final = 86_400.0
_MOVED: Final = 0.05  # seconds: a change of the offset that is recorded before a day is over
_ERROR: Final = 5  # TIME_ERROR (sys/timex.h): the clock is not synchronised
_UNSYNC: Final = 0x0040  # STA_UNSYNC
_NANO: Final = 0x2000  # STA_NANO: the offset is in nanoseconds


@dataclass(frozen=True, slots=True)
class Kernel:
    """What the kernel says of the wall clock, None: nothing; ``offset`` in seconds, as far as it knows."""

    synchronised: bool | None
    offset: float = nan


class _Timex(ctypes.Structure):
    """``struct timex`` as far as it is read here (adjtimex(2)); the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_byte * 512),
    )


def kernel() -> Kernel:
    """Ask the kernel; ``modes`` 0 changes nothing, and needs no right (adjtimex(2))."""
    adjtimex = getattr(ctypes.CDLL(None), "adjtimex", None)
    if adjtimex is None:
        return Kernel(None)
    said = _Timex()
    result = adjtimex(ctypes.byref(said))
    if result < 0:
        return Kernel(None)
    unit = 1e-9 if said.status & _NANO else 1e-6
    return Kernel(result != _ERROR and not said.status & _UNSYNC, said.offset * unit)


class ClockWatch:
    """Looks at the clock, and says how it is. ``said`` takes it as if a device had told it."""

    def __init__(self, clock: Clock, ask: Callable[[], Kernel] = kernel) -> None:
        self.said: Callable[[Batch], None] = lambda _batch: None
        self.others: Callable[[], Mapping[str, float]] = dict
        """How far the clocks of other sites are before ours, in seconds, by site."""
        self.noted: Callable[[Body], None] = lambda _body: None
        """Takes what is to be recorded of the clock: when it is another, and once a day."""
        self.jump = asyncio.Event()
        """Set when the clock has jumped, for whoever records it before it jumps again or the daemon ends."""
        self._noted: tuple[str, float, float] = ("", 0.0, 0.0)  # the word, the offset, when (monotonic)
        self._clock = clock
        self._ask = ask
        self._ahead = clock.now() - clock.monotonic()
        self._steps: deque[tuple[float, float]] = deque()  # monotonic, seconds
        self._last = -AGAIN
        self._layouts: dict[tuple[str, ...], Layout] = {}

    def look(self) -> None:
        """Notice a jump at once, and say how the clock is after a while or when it jumped."""
        now = self._clock.monotonic()
        jumped = self._jumped(now)
        if jumped:
            self.jump.set()
        if jumped or now - self._last >= AGAIN:
            self._last = now
            self.said(self._batch())

    def _jumped(self, now: float) -> bool:
        ahead = self._clock.now() - now
        step, self._ahead = ahead - self._ahead, ahead
        while self._steps and now - self._steps[0][0] > _HOUR:
            self._steps.popleft()
        if abs(step) < _LEAST:
            return False
        self._steps.append((now, step))
        return True

    def _batch(self) -> Batch:
        known, others = self._ask(), self.others()
        word = {None: "unknown", True: "synchronised", False: "unsynchronised"}[known.synchronised]
        offset = known.offset if known.synchronised else nan
        step = max((abs(size) for _, size in self._steps), default=0.0)
        self._note(word, offset)
        values = [_CODES[word], step, offset, *others.values()]
        gaps = {slot: Gap(GapReason.ABSENT) for slot, value in enumerate(values) if value != value}
        return Batch(self._layout(tuple(others)), self._clock.now(), array("d", values), gaps)

    def _note(self, word: str, offset: float) -> None:
        """Have the offset recorded when the word or the offset is another, or the last one is a day old."""
        before, then, at = self._noted
        now, known = self._clock.monotonic(), 0.0 if offset != offset else offset
        if word == before and abs(known - then) < _MOVED and now - at < _DAY:
            return
        self._noted = (word, known, now)
        self.noted({"state": word, "offset": None if offset != offset else round(offset, 6)})

    def _layout(self, sites: tuple[str, ...]) -> Layout:
        if sites not in self._layouts:
            offsets = [Point(OWN, OFFSET, (("source", name),)) for name in (KERNEL, *sites)]
            points = (Point(OWN, STATE), Point(OWN, STEP), *offsets)
            states = (_STATES, *(None,) * (len(points) - 1))
            self._layouts[sites] = Layout(OWN, Lane.SLOW, points, states, ("clock",) * len(points), own=True)
        return self._layouts[sites]
