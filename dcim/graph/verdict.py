"""Function and redundancy of a service from what is known of its parts: intervals against k and n. Pure.

    known up >= k                    function up          known full == n            redundancy full
    known up + unknown < k           function down        known full + unknown < n   redundancy reduced
    else                             unknown              else                       unknown

Whatever an unknown part turns out to be, a verdict that was given stays right.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from functools import cache

from dcim.graph.sign import State
from dcim.record import acyclic, dataclass


class Redundancy(StrEnum):
    """Whether everything that should be there is."""

    FULL = "full"
    REDUCED = "reduced"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
@acyclic
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


@dataclass(frozen=True, slots=True)
@acyclic
class Tally:
    """How many parts are known to work, may work, are known to be complete, are known to miss something."""

    up: int
    open: int
    full: int
    short: int

    def moved(self, before: Standing, after: Standing) -> Tally:
        """Return the tally with one part standing otherwise."""
        up, open_, full, short = _shift(before, after)
        return Tally(self.up + up, self.open + open_, self.full + full, self.short + short)


@cache  # there are nine ways to stand
def weigh(part: Standing) -> Tally:
    """Return what one part adds."""
    return Tally(
        part.function is State.UP,
        part.function is State.UNKNOWN,
        part.fine,
        part.function is State.DOWN or part.redundancy is Redundancy.REDUCED,
    )


@cache
def _shift(before: Standing, after: Standing) -> tuple[int, int, int, int]:
    """Return what is added where a part stands otherwise."""
    was, is_ = weigh(before), weigh(after)
    return is_.up - was.up, is_.open - was.open, is_.full - was.full, is_.short - was.short


def tally(parts: Sequence[Standing]) -> Tally:
    """Count the parts of a service."""
    each = [weigh(part) for part in parts]
    return Tally(
        sum([one.up for one in each]),
        sum([one.open for one in each]),
        sum([one.full for one in each]),
        sum([one.short for one in each]),
    )


def judge(needs: int, parts: Sequence[Standing]) -> Standing:
    """Return how a service stands that needs so many of its parts."""
    return verdict(needs, len(parts), tally(parts))


def verdict(needs: int, of: int, counted: Tally) -> Standing:
    """Return how a service stands that needs so many of its parts, by their tally."""
    up = counted.up
    function = State.UP if up >= needs else State.DOWN if up + counted.open < needs else State.UNKNOWN
    if counted.full == of:
        return Standing(function, Redundancy.FULL)
    return Standing(function, Redundancy.REDUCED if counted.short else Redundancy.UNKNOWN)
