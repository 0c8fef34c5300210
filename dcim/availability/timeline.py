"""How a subject stood through a period, without a gap and without an overlap. Pure.

statements, starts    up ───────────┐down ──────┐up ─────┐unknown ─ (start)     by sequence: later wins
edges                          [····┘      [····┘                             when exactly, nobody saw
blind                                                 [············]          nobody watched
──────────────────────────────────────────────────────────────────────
seen                  up ──────[    ]down ─[    ]up ──[            ]          [ ]: not known
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from dcim.availability.category import Level, Microseconds, Period
from dcim.availability.knowledge import Knowledge, joined
from dcim.availability.statement import Statement

_new: Final = tuple.__new__  # half the time of calling the class, a million times
_NOTHING: Final = (Level.UNKNOWN,) * len(Level)
_DOUBTED: Final = (Level.UNKNOWN, Level.DOWN, Level.WORKING, Level.WORKING, Level.WORKING)


class Stretch(NamedTuple):
    """A time in which a subject stood the same way, and the sequence of the fact that said so (0: none)."""

    start: Microseconds
    end: Microseconds
    level: Level
    sequence: int


def seen(
    statements: Iterable[Statement], knowledge: Knowledge, subject: str, period: Period
) -> tuple[Stretch, ...]:
    """Return how a subject stood as it was seen: from the period's start to its end, each moment once.

    ``statements`` in the order of their sequences: those of the period, the last before it, and those shortly
    after it (``knowledge.SETTLES``), whose edges may reach back into it.
    """
    if period.start >= period.end:
        return ()
    events = _events(list(statements), knowledge)
    dark, doubts = knowledge.darkness(subject, period), knowledge.doubts(subject, period)
    if not _is_plain(events):
        edges = [Period(one.held, one.at).cut(period) for one in events if one.held < one.at and one.function]
        dark = joined([*dark, *edges])
        edges = [
            Period(one.held, one.at).cut(period) for one in events if one.held < one.at and one.redundancy
        ]
        doubts = joined([*doubts, *edges])
        events = [one._replace(held=one.at) for one in _standing(events)]
    stood = _stretches(events, period)
    if doubts:
        stood = _over(stood, doubts, _DOUBTED)
    return tuple(_over(stood, dark, _NOTHING, 0) if dark else stood)


def _events(said: list[Statement], knowledge: Knowledge) -> list[Statement]:
    """Return statements and starts in the order of their sequences."""
    starts = [
        Statement(one.sequence, one.at, Level.UNKNOWN, one.at, False, False) for one in knowledge.resets
    ]
    return sorted([*said, *starts]) if starts else said


def _is_plain(events: Sequence[Statement]) -> bool:
    """Whether time never goes back, and every edge lies between its statement and the one before."""
    last = 0
    for one in events:
        if one.held < last:
            return False
        last = one.at
    return True


def _standing(events: Iterable[Statement]) -> list[Statement]:
    """Return those of which anything is left: a later one holds from its own time on, whatever was said.

    A clock that went back makes a later fact stand before an earlier one.
    """
    stack: list[Statement] = []
    for event in events:
        while stack and stack[-1].at >= event.at:
            stack.pop()
        stack.append(event)
    return stack


def _stretches(events: Iterable[Statement], period: Period) -> list[Stretch]:
    """Return the stretches between events that are in the order of time, and the edges before them."""
    found: list[Stretch] = []
    at, now, by = period.start, Level.UNKNOWN, 0
    end = period.end
    for sequence, turn, level, held, function, redundancy in events:
        if held < turn and turn > at and (function or redundancy):
            held = max(held, at)
            if held > at:
                found.append(_new(Stretch, (at, held if held < end else end, now, by)))
            if held < end:
                doubted = Level.UNKNOWN if function else _DOUBTED[now]
                last = turn if turn < end else end
                found.append(_new(Stretch, (held, last, doubted, 0 if function else by)))
            at = turn
        elif turn > at:
            found.append(_new(Stretch, (at, turn if turn < end else end, now, by)))
            at = turn
        now, by = level, sequence
        if at >= end:
            return found
    found.append(Stretch(at, end, now, by))
    return found


def _over(
    stretches: Sequence[Stretch], spans: Sequence[Period], becomes: Sequence[Level], why: int | None = None
) -> list[Stretch]:
    """Return the stretches with their levels changed within spans that are apart and in order."""
    found: list[Stretch] = []
    number = 0
    for start, end, level, sequence in stretches:
        at = start
        while number < len(spans) and spans[number].start < end:
            low, high = max(spans[number].start, at), min(spans[number].end, end)
            if low < high:
                if at < low:
                    found.append(Stretch(at, low, level, sequence))
                found.append(Stretch(low, high, becomes[level], sequence if why is None else why))
                at = high
            if spans[number].end > end:
                break
            number += 1
        if at < end:
            found.append(Stretch(at, end, level, sequence))
    return found
