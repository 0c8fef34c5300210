"""Readings as devices said them, row by row: a number, the word of a state, or the reason of a gap. Pure.

What ``/metrics`` writes as one series a word is one row here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from dcim.history import GAP_REASONS
from dcim.outputs.block import Block

UNSAID: Final = "unsaid"
"""The reason of a gap for which nobody gave one."""


class Row(NamedTuple):
    """One reading. ``place`` is that of its point in the book; of value, word and gap one is there."""

    place: int
    at: int  # UTC milliseconds
    value: float | None
    word: str | None
    gap: str | None


def rows(block: Block) -> Iterator[Row]:
    """Go through the readings of a block that are shown outside, in their order."""
    shown = block.book.columns().count[block.point] > 0
    at = np.flatnonzero(shown)
    columns = (block.point[at], block.at[at], block.value[at], block.gap[at])
    for place, when, value, code in zip(*(one.tolist() for one in columns), strict=True):
        states = block.book.states(place)
        if code or value != value:
            reason = GAP_REASONS.get(code)
            yield Row(place, when, None, None, str(reason) if reason else UNSAID)
        elif states is None:
            yield Row(place, when, value, None, None)
        else:
            meaning = states.get(value)
            word = meaning.word if meaning else None
            yield Row(place, when, None, word, None if word is not None else "unknown_code")


def moment(at: int) -> str:
    """Return milliseconds since 1970 as ``2026-11-26T03:00:00.250Z``."""
    return f"{np.datetime64(at, 'ms')}Z"
