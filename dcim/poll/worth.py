"""Whether what a device answers tells anything of it: an answer without a value is no news that all is well.

A card may answer every question and give nothing: its access list hides all but its name, its profile is
that of another device, everything is too big for it, or what it says comes after the deadline. Such a device
counts as one of which nothing is known, once three polls in a row brought nothing that can be used.
"""

from __future__ import annotations

from typing import Final

from dcim.catalogue import UP_TIME
from dcim.collect import Collected
from dcim.model import BadAnswer, Batch, GapReason, Lane
from dcim.record import dataclass

_WORDS: Final = frozenset({GapReason.ABSENT, GapReason.UNKNOWN_CODE})
"""Gaps that are the device's own word: it has no such reading, or a state that our profile cannot name."""

_LANES: Final = {lane: place for place, lane in enumerate((Lane.FAST, Lane.SLOW, Lane.STATIC))}
_IN_A_ROW: Final = 3
"""Polls without anything of use: a lost answer or a busy moment is none of a device's faults."""


_LATE: Final = "it answers, and nothing came by the deadline"
_NOTHING: Final = "it answers, and none of its values can be used"


@dataclass(slots=True)
class Worth:
    """What the polls of one device brought. Judged by its fastest lane: there are states and power."""

    fastest: int = len(_LANES)
    vain: int = 0
    why: str = ""

    def trouble(self, collected: Collected | None) -> BadAnswer | None:
        """Take what a whole poll brought; return what is wrong with all that the device answers."""
        if collected is None:
            return None
        told = False if collected.untold else self._tells(collected)
        if told:
            self.vain = 0
        elif told is not None:
            self.vain += 1
            self.why = collected.untold or _gaps(collected)
        return BadAnswer(self.why) if self.vain >= _IN_A_ROW else None

    def _tells(self, collected: Collected) -> bool | None:
        """Whether the fastest lane brought anything; None where it was not asked, or has not come yet."""
        if collected.identity is not None:  # every lane was asked: rows may have come and gone
            self.fastest = len(_LANES)
        told: bool | None = None
        for batch in collected.batches:
            points = batch.layout.points
            if batch.layout.own or not points or (len(points) == 1 and points[0].metric == UP_TIME):
                continue
            place = _LANES[batch.layout.lane]
            if place < self.fastest:
                self.fastest, told = place, None
            if place == self.fastest:
                told = told or _told(batch)
        return told


def _told(batch: Batch) -> bool:
    """Whether a batch holds a value, or a word of the device about one, beside its agent's own clock."""
    gaps, points = batch.gaps, batch.layout.points
    if len(points) - len(gaps) > 1:
        return True
    return any(
        point.metric != UP_TIME and (slot not in gaps or gaps[slot].reason in _WORDS)
        for slot, point in enumerate(points)
    )


def _gaps(collected: Collected) -> str:
    """Return that nothing could be used, and why as far as all of it has one reason."""
    reasons = {gap.reason for batch in collected.batches for gap in batch.gaps.values()}
    return _LATE if reasons == {GapReason.DEADLINE} else _NOTHING
