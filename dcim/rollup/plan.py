"""Which closed files are looked at next, and which hours they can make. Pure: names and numbers only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from dcim.history.closed import ClosedSet
from dcim.model.fact import Body
from dcim.record import dataclass, field
from dcim.rollup.block import HOUR, hour_start

AT_ONCE: Final = 4
"""Sets that one child looks at: an old history is rolled up in many short lives, not in one long one."""
_DAY: Final = 24 * HOUR


@dataclass(frozen=True, slots=True)
class Seen:
    """How far the history was looked at: up to which segment, and the hours for which it was too early."""

    segment: int = 0
    pending: tuple[int, ...] = ()

    def body(self) -> Body:
        """Return it as a memory keeps it."""
        return {"segment": self.segment, "pending": list(self.pending)}

    @classmethod
    def of(cls, body: Body | None) -> Seen:
        """Return what a memory says; nothing was seen where there is none."""
        said: dict[str, Any] = dict(body or {})
        return cls(int(said.get("segment", 0)), tuple(map(int, said.get("pending", ()))))


@dataclass(frozen=True, slots=True)
class Look:
    """What one child looks at: ``fresh`` sets, hours ``pending``; it makes those in [first, before)."""

    fresh: tuple[ClosedSet, ...]
    pending: tuple[int, ...]
    first: int
    before: int
    segment: int = field(default=0)  # seen up to here when it is done


def next_look(sets: Sequence[ClosedSet], seen: Seen) -> Look | None:
    """Return what to look at, None when all is seen. ``sets`` are the living ones, in order.

    Hours before the newest set's are complete: readings at the border are written with the next hour. Of
    hours whose day has begun to leave the history nothing is made any more: half of their readings are gone.
    """
    unseen = [one for one in sets if one.last > seen.segment]
    if not unseen:
        return None
    fresh = tuple(unseen[:AT_ONCE])
    before = _begin(sets[-1])
    first = 0 if sets[0].first == 1 else hour_start(f"{sets[0].day}T00") + _DAY
    return Look(fresh, seen.pending, first, before, fresh[-1].last)


def _begin(one: ClosedSet) -> int:
    """Return when the last hour that a set is named after begins."""
    return hour_start(one.label) if "T" in one.label else hour_start(f"{one.day}T23")
