"""Function and redundancy of a service from what is known of its parts: intervals against k and n. Pure.

    known up >= k                    function up          known full == n            redundancy full
    known up + unknown < k           function down        known full + unknown < n   redundancy reduced
    else                             unknown              else                       unknown

Whatever an unknown part turns out to be, a verdict that was given stays right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from dcim.graph.sign import State


class Redundancy(StrEnum):
    """Whether everything that should be there is."""

    FULL = "full"
    REDUCED = "reduced"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a part, a service or the whole of it stands."""

    function: State = State.UNKNOWN
    redundancy: Redundancy = Redundancy.UNKNOWN

    @property
    def fine(self) -> bool:
        """Whether it is known to work with nothing missing."""
        return self.function is State.UP and self.redundancy is Redundancy.FULL


NOT_KNOWN = Standing()
LOST = Standing(State.DOWN, Redundancy.REDUCED)


def judge(needs: int, parts: Sequence[Standing]) -> Standing:
    """Return how a service stands that needs so many of its parts."""
    up = sum(part.function is State.UP for part in parts)
    open_ = sum(part.function is State.UNKNOWN for part in parts)
    full = sum(part.fine for part in parts)
    short = sum(part.function is State.DOWN or part.redundancy is Redundancy.REDUCED for part in parts)
    function = State.UP if up >= needs else State.DOWN if up + open_ < needs else State.UNKNOWN
    if full == len(parts):
        return Standing(function, Redundancy.FULL)
    return Standing(function, Redundancy.REDUCED if short else Redundancy.UNKNOWN)
