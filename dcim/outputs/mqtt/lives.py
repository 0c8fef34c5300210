"""When a device was alive and when it was dead, from what its polls said in the order of the log. Pure.

answering   silent  silent  silent   silent      answering
───────────────────────────┤ dead ├──────────────┤ alive again, with what came just before this word
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from dcim.outputs.rows import Row

REACH: Final = "device_reach_state"
ANSWERS: Final = "answering"
MISSES: Final = 3
"""Polls in a row without an answer after which a device is dead."""


class Life(NamedTuple):
    """How a device stands: polls in a row without answer, and rows of a poll of which nothing is said yet."""

    misses: int = 0
    held: tuple[Row, ...] = ()

    @property
    def dead(self) -> bool:
        """Return whether it is dead."""
        return self.misses >= MISSES


class Span(NamedTuple):
    """Rows of one time in which a device was alive, or dead."""

    alive: bool
    rows: list[Row]


def spans(life: Life, some: Iterable[Row], reach: Callable[[Row], bool]) -> tuple[list[Span], Life]:
    """Cut rows where the device died or came back; return how it stands afterwards.

    The log has what a poll brought before the word on whether it was answered (``reach``). So rows since the
    last such word are alive when the next one is an answer: nothing that a device said is taken for dead.
    """
    found: list[Span] = []
    misses, waiting = life.misses, list(life.held)
    for row in some:
        waiting.append(row)
        if not reach(row):
            continue
        if row.word == ANSWERS:
            misses = 0
            _add(found, True, waiting)
        else:
            misses += 1
            if misses == MISSES:
                _add(found, True, waiting[:-1])
            _add(found, misses < MISSES, waiting[-1:] if misses == MISSES else waiting)
        waiting = []
    if misses >= MISSES:
        return found, Life(misses, tuple(waiting))
    _add(found, True, waiting)
    return found, Life(misses)


def _add(found: list[Span], alive: bool, rows: list[Row]) -> None:
    if not rows:
        return
    if found and found[-1].alive == alive:
        found[-1].rows.extend(rows)
    else:
        found.append(Span(alive, rows))
