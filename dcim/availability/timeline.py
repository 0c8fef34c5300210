"""How a subject stood through a period, without a gap and without an overlap. Pure.

statements, starts    up ───────────┐down ──────┐up ─────┐unknown ─ (start)     by sequence: later wins
edges                          [····┘      [····┘                             when exactly, nobody saw
blind                                                 [············]          nobody watched
──────────────────────────────────────────────────────────────────────
seen                  up ──────[    ]down ─[    ]up ──[            ]          [ ]: not known

All stretches are computed at once, as edges and what holds between each and the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from dcim.availability.category import Level, Period
from dcim.availability.columns import Bools, Ints, Smalls, inside, parted
from dcim.availability.knowledge import Knowledge, Reset, joined
from dcim.availability.statement import Statements
from dcim.late import np
from dcim.record import dataclass

_NOTHING: Final = (Level.UNKNOWN,) * len(Level)
_DOUBTED: Final = (Level.UNKNOWN, Level.DOWN, Level.WORKING, Level.WORKING, Level.WORKING)


@dataclass(frozen=True, slots=True, eq=False)
class Stretches:
    """Times that follow each other, from each edge to the next, in which a subject stood the same way.

    ``sequences``: of each, that of the fact that said so (0: none).
    """

    edges: Ints
    levels: Smalls
    sequences: Ints


def seen(statements: Statements, knowledge: Knowledge, subject: str, period: Period) -> Stretches:
    """Return how a subject stood as it was seen: from the period's start to its end, each moment once.

    ``statements`` in the order of their sequences: those of the period, the last before it, and those shortly
    after it (``knowledge.SETTLES``), whose edges may reach back into it. The period is longer than nothing.
    """
    said = _events(statements, knowledge)
    dark, doubts = knowledge.darkness(subject, period), knowledge.doubts(subject, period)
    if not _is_plain(said):
        dark = joined([*dark, *_edges(said, said.function, period)])
        doubts = joined([*doubts, *_edges(said, said.redundancy, period)])
        said = _standing(said)
    found = _stretches(said, period)
    if doubts:
        found = _over(found, doubts, _DOUBTED, None)
    return _over(found, dark, _NOTHING, 0) if dark else found


def _events(said: Statements, knowledge: Knowledge) -> Statements:
    """Return statements and starts in the order of their sequences."""
    if not knowledge.resets:
        return said
    starts = _starts(knowledge.resets)
    both = [np.concatenate(two) for two in zip(said.columns, starts.columns, strict=True)]
    order = np.argsort(both[0], kind="stable")
    return Statements(*(one[order] for one in both))


@lru_cache(maxsize=1)
def _starts(resets: tuple[Reset, ...]) -> Statements:
    """Return what starts say: the same of every subject."""
    return Statements.of([(one.sequence, one.at, Level.UNKNOWN, one.at, False, False) for one in resets])


def _is_plain(said: Statements) -> bool:
    """Whether time never goes back, and every edge lies between its statement and the one before."""
    return bool((said.held[1:] >= said.at[:-1]).all())


def _edges(said: Statements, differs: Bools, period: Period) -> list[Period]:
    """Return the times in which something changed that was not the same before."""
    some = said.where((said.held < said.at) & differs)
    return [Period(*two).cut(period) for two in zip(some.held.tolist(), some.at.tolist(), strict=True)]


def _standing(said: Statements) -> Statements:
    """Return those of which anything is left: a later one holds from its own time on, whatever was said.

    A clock that went back makes a later fact stand before an earlier one. Their edges are told apart.
    """
    after = np.minimum.accumulate(said.at[::-1])[::-1]
    some = said.where(np.append(said.at[:-1] < after[1:], True))
    sequences, at, levels, _, *differs = some.columns
    return Statements(sequences, at, levels, at, *differs)


def _stretches(said: Statements, period: Period) -> Stretches:
    """Return the stretches between events that are in the order of time, and the edges before them."""
    number = 2 * len(said) + 1
    edges = np.empty(number + 1, np.int64)
    edges[0], edges[-1] = period.start, period.end
    edges[1:-1:2] = np.where(said.function | said.redundancy, said.held, said.at)
    edges[2:-1:2] = said.at
    levels, sequences = np.zeros(number, np.uint8), np.zeros(number, np.int64)
    levels[2::2], sequences[2::2] = said.levels, said.sequences
    levels[1::2] = np.where(said.function, Level.UNKNOWN, np.array(_DOUBTED, np.uint8)[levels[:-1:2]])
    sequences[1::2] = np.where(said.function, 0, sequences[:-1:2])
    edges = np.clip(edges, period.start, period.end)
    some = edges[1:] > edges[:-1]
    return Stretches(np.append(edges[:-1][some], period.end), levels[some], sequences[some])


def _over(found: Stretches, spans: Sequence[Period], becomes: Sequence[Level], why: int | None) -> Stretches:
    """Return the stretches with their levels changed within spans that are apart and in order."""
    everywhere = np.ones(len(found.levels), np.bool_)
    edges, place = parted(found.edges, np.array(spans, np.int64).ravel(), everywhere)
    levels, sequences = found.levels[place], found.sequences[place]
    there = inside(spans, edges[:-1])
    levels = np.where(there, np.array(becomes, np.uint8)[levels], levels)
    return Stretches(edges, levels, sequences if why is None else np.where(there, why, sequences))
