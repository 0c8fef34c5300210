"""Whether an agent says what is, or what once was: its uptime, and all its values, against our clock. Pure.

uptime moves, or other values do                                             live
uptime stands for ``STANDS``, and so does all else                           frozen
uptime moves (or tells nothing), all else stands far longer than it ever did   frozen
the same, and there is neither voltage nor current in what it says           live: nothing could move
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from dcim.catalogue import UP_TIME
from dcim.model import Batch, Layout
from dcim.record import dataclass

STANDS: Final = 300.0
"""From the freeze to the judgement: this, and until the next look, however far apart looks are.

Seconds for which an uptime that was seen to move must stand: agents that count whole minutes are fine."""

NEVER: Final = 900.0
"""The same for one that never moved since we know it: some agents have no clock and always say one number."""

LOOKS: Final = 3
"""Answers that must have said the same: a device that is asked once an hour is not judged by one of them."""

MOVES: Final = 20
"""Answers that must have brought other values before standing still can mean anything."""

LONGER: Final = 8.0
"""How many times its longest standstill of today or yesterday a device must stand still."""

_NOTHING: Final = (("_volts", 50.0), ("_amperes", 0.2))
"""By the unit at the end of a metric's name, up to what value there is nothing (``dcim.graph.sign``)."""

_LEAST: Final = 900.0
_LONG: Final = 6 * 3600.0  # from here on ``LONGER`` would ask for days: a night is followed by a night
_LONG_AGAIN: Final = 1.5
_DAY: Final = 86_400.0


@dataclass(slots=True, eq=False)
class _Seen:
    """What one device last said, and since when (UTC seconds of its answers)."""

    layouts: Sequence[Layout]
    uptimes: tuple[int, ...]  # by batch: the slot of the uptime, or -1
    powered: tuple[tuple[int, int, float], ...]  # voltages and currents: batch, slot, up to what it is none
    said: int  # stands for all of its values
    uptime: float | None
    uptime_since: float
    said_since: float
    at: float
    day: float  # when ``longest`` was begun
    uptime_moved: bool = False
    moved_now: bool = False  # with the last look: such an agent lives, or lived since the look before
    clockless: bool = False  # its uptime stood for long while its values moved: it tells nothing
    looks: int = 0  # answers since a value moved
    moves: int = 0
    dead: bool = False  # what it says has neither voltage nor current in it
    longest: float = 0.0  # the longest standstill of values of this day
    before: float = 0.0  # the same of the day before


class Frozen:
    """Remembers how every device moves. Times are UTC seconds, those of the answers: silence proves nothing.

    A restart and a wrap of the uptime (497 days) are movements. An uptime of nothing, or of 0, is none.
    """

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}

    def take(self, asset: str, batches: Sequence[Batch]) -> bool | None:
        """Look at what a device itself newly says: frozen (True), live, or too little known (None)."""
        seen = self._seen.get(asset)
        at = max([batch.at for batch in batches])
        if seen is None or at < seen.at - STANDS:  # our own clock was set back: begin anew
            self._seen[asset] = _begun(batches, at)
            return None
        if at > seen.at:
            _note(seen, batches, at)
        return _judged(seen)


def _begun(batches: Sequence[Batch], at: float) -> _Seen:
    layouts = [batch.layout for batch in batches]
    uptimes, powered = _slots(layouts)
    said, uptime = _said(batches, uptimes), _uptime(batches, uptimes)
    return _Seen(layouts, uptimes, powered, said, uptime, at, at, at, at)


def _note(seen: _Seen, batches: Sequence[Batch], at: float) -> None:
    layouts = [batch.layout for batch in batches]
    if layouts != seen.layouts:
        seen.layouts = layouts
        seen.uptimes, seen.powered = _slots(layouts)
    said, uptime = _said(batches, seen.uptimes), _uptime(batches, seen.uptimes)
    stood = at  # since when an agent says what it says
    before, seen.at = seen.at, at
    seen.looks += 1
    seen.moved_now = uptime != seen.uptime
    if seen.moved_now:
        stood = _stood(before, at, seen.uptime, uptime)
        seen.uptime_moved = seen.uptime_moved or None not in (uptime, seen.uptime)
        seen.uptime, seen.uptime_since, seen.clockless = uptime, stood, False
    if said != seen.said:
        seen.clockless = seen.clockless or at - seen.uptime_since > STANDS
        _moved(seen, stood)
        seen.said, seen.looks, seen.dead = said, 0, _is_dead(batches, seen.powered)


def _stood(before: float, at: float, was: float | None, is_: float | None) -> float:
    """Return since when an uptime stands that moved between two looks: it went on for what it grew by."""
    if was is None or is_ is None or is_ < was:  # it began, ended, or began anew
        return at
    return min(at, before + is_ - was)


def _moved(seen: _Seen, at: float) -> None:
    if at - seen.day > _DAY:
        seen.before = seen.longest if at - seen.day < 2 * _DAY else 0.0
        seen.longest, seen.day = 0.0, at
    if seen.moves:
        seen.longest = max(seen.longest, at - seen.said_since)
    seen.moves += 1
    seen.said_since = at


def _judged(seen: _Seen) -> bool | None:
    still = seen.at - seen.said_since
    if seen.uptime is None or seen.clockless:
        moved = seen.moves > 0 and still < STANDS
        return _cached(seen, still) if moved or seen.moves >= MOVES else None
    if seen.moved_now:
        return _cached(seen, still) if seen.uptime_moved else None
    both = min(still, seen.at - seen.uptime_since)
    if both >= (STANDS if seen.uptime_moved else NEVER):
        return seen.looks + 1 >= LOOKS  # the answer that brought it is one of them
    return _cached(seen, still) if seen.uptime_moved else None


def _cached(seen: _Seen, still: float) -> bool:
    """Judge by the values alone: those that moved often, and stand still far longer than they ever did."""
    if seen.dead or seen.moves < MOVES or seen.looks < LOOKS:
        return False
    longest = max(seen.longest, seen.before)
    return still >= max(_LEAST, min(LONGER * longest, max(_LONG, _LONG_AGAIN * longest)))


@cache
def _most(metric: str) -> float | None:
    """Return up to what value there is nothing of a metric; None of what is no voltage and no current."""
    return next((most for unit, most in _NOTHING if metric.endswith(unit)), None)


def _is_dead(batches: Sequence[Batch], powered: Iterable[tuple[int, int, float]]) -> bool:
    """Whether every voltage and current that is told is none: of a part without power nothing moves."""
    found = False
    for batch, slot, most in powered:
        value = batches[batch].values[slot]
        if value == value:  # a gap is none
            if abs(value) > most:
                return False
            found = True
    return found


def _slots(layouts: Sequence[Layout]) -> tuple[tuple[int, ...], tuple[tuple[int, int, float], ...]]:
    """Return of each layout the slot of the uptime, or -1, and where voltages and currents stand in all."""
    metrics = [layout.metrics for layout in layouts]
    uptimes = tuple([one.index(UP_TIME) if UP_TIME in one else -1 for one in metrics])
    powered = [
        (batch, slot, most)
        for batch, names in enumerate(metrics)
        for slot, metric in enumerate(names)
        if (most := _most(metric)) is not None
    ]
    return uptimes, tuple(powered)


def _uptime(batches: Sequence[Batch], slots: Sequence[int]) -> float | None:
    for batch, slot in zip(batches, slots, strict=True):
        if slot >= 0 and batch.values[slot] > 0:
            return batch.values[slot]
    return None


def _said(batches: Sequence[Batch], slots: Sequence[int]) -> int:
    """Return what stands for all values but the uptime, bit by bit: a gap is as good as any.

    A hash of 64 bits, since a site would have two megabytes of values to remember.
    """
    return hash(tuple([_bytes(batch.values, slot) for batch, slot in zip(batches, slots, strict=True)]))


def _bytes(values: array[float], without: int) -> bytes:
    if without < 0:
        return values.tobytes()
    return values[:without].tobytes() + values[without + 1 :].tobytes()
