"""How a subject stood through a period, without a gap and without an overlap. Pure.

statements, starts    up ───────────┐down ──────┐up ─────┐unknown ─ (start)     by sequence: later wins
edges                          [····┘      [····┘                             when exactly, nobody saw
blind                                                 [············]          nobody watched
──────────────────────────────────────────────────────────────────────
seen                  up ──────[    ]down ─[    ]up ──[            ]          [ ]: not known
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from dcim.availability.category import Level, Microseconds, Period
from dcim.availability.knowledge import Knowledge, joined
from dcim.availability.statement import Statement

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
    said = list(statements)
    stood = _stood(said, knowledge, period)
    edges = [Period(one.held, one.at).cut(period) for one in said if one.held < one.at and one.function]
    dark = joined([*knowledge.darkness(subject, period), *edges])
    doubts = joined(
        Period(one.held, one.at).cut(period) for one in said if one.held < one.at and one.redundancy
    )
    doubted = _over(stood, doubts, _DOUBTED) if doubts else stood
    return tuple(_over(doubted, dark, _NOTHING, 0) if dark else doubted)


def _stood(said: Sequence[Statement], knowledge: Knowledge, period: Period) -> list[Stretch]:
    """Return how it stood by statements and starts alone: at each moment the latest of those before it.

    A clock that went back makes a later fact stand before an earlier one: what was said later holds.
    """
    starts = [
        Statement(one.sequence, one.at, Level.UNKNOWN, one.at, False, False) for one in knowledge.resets
    ]
    events = sorted([*said, *starts]) if starts else said
    stack: list[Statement] = []
    for event in events:
        while stack and stack[-1].at >= event.at:
            stack.pop()
        stack.append(event)
    return list(_stretches(stack, period))


def _stretches(events: Sequence[Statement], period: Period) -> Iterator[Stretch]:
    """Yield the stretches between events that are in the order of time."""
    at, now, by = period.start, Level.UNKNOWN, 0
    for event in events:
        if event.at > at:
            if event.at >= period.end:
                break
            yield Stretch(at, event.at, now, by)
            at = event.at
        now, by = event.level, event.sequence
    yield Stretch(at, period.end, now, by)


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
