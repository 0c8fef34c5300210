"""What a device said last of its part of the building, and until when that counts. Pure.

batches of the last look ─┬─▶ goes on: all counts and says the same, nothing is to be looked at
                          └─▶ lapsed: it grew too old meanwhile, and did not count for a time
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from dcim.graph import Said, Witness
from dcim.model import Batch, Lane

NEVER: Final = float("-inf")
"""When a batch came that does not count."""


@dataclass(slots=True, eq=False)
class LastSaid:
    """What reads a device, for how many seconds each of its batches counts, and what it said last.

    ``batches`` are those of the last look, and ``fresh`` which of them counted then. ``version`` is that of
    all layouts when this device was last seen to have those of its witness, and not to be frozen.
    ``waiting``: somebody will look when the first of what counts grows too old.
    """

    witness: Witness
    lasts: tuple[float, ...]
    batches: Sequence[Batch] = ()
    fresh: tuple[bool, ...] = ()
    said: Said | None = None
    version: int = -1
    waiting: bool = False
    counting: tuple[tuple[int, float], ...] = field(init=False)

    def __post_init__(self) -> None:
        """Note which batches may count at all."""
        self.counting = tuple([(at, lasts) for at, lasts in enumerate(self.lasts) if lasts >= 0])

    @property
    def end(self) -> float | None:
        """When the first of what counted at the last look grows too old; None where nothing did."""
        batches, fresh = self.batches, self.fresh
        return min([batches[at].at + lasts for at, lasts in self.counting if fresh[at]], default=None)

    def goes_on(self, batches: Sequence[Batch], now: float) -> bool:
        """Whether all that may count did at the last look, has since, and says now what it said then."""
        for at, lasts in self.counting:
            aged = now - self.batches[at].at
            if not self.fresh[at] or aged > lasts or not -lasts <= now - batches[at].at <= lasts:
                return False
        return self.said is not None and self.witness.is_quiet(batches)

    def lapsed(self, batches: Sequence[Batch], now: float) -> bool:
        """Whether what counted grew too old before what is there now came, and nobody noticed."""
        if batches is self.batches:
            return False
        for one, counts, lasts in zip(self.batches, self.fresh, self.lasts, strict=True):
            if counts and now - one.at > lasts:
                return True
        return False

    def held(self, batches: Sequence[Batch], fresh: tuple[bool, ...], now: float) -> float:
        """Return when what counts otherwise now was last looked at; ``now`` where nothing counted before."""
        before, now_seen = seen(self.batches, self.fresh), seen(batches, fresh)
        if len(now_seen) == len(before):
            moved = [was for was, is_ in zip(before, now_seen, strict=True) if was != is_]
        else:  # the device answers in another shape than before
            moved = before
        return min([was for was in moved if was != NEVER], default=now)


def hold(batches: Sequence[Batch], fresh: tuple[bool, ...], lasts: Sequence[float]) -> tuple[bool, ...]:
    """Return which of the fresh batches still hold: none of a device that fell silent after it gave them.

    What is asked once a minute counts for some minutes, but only as long as what is asked at every poll comes
    too: a strip whose rack went dark does not have voltage because its outlets had it a minute ago. What
    comes although the quick questions are not answered is heard.
    """
    quick = [at for at, one in enumerate(batches) if one.layout.lane is Lane.FAST and lasts[at] >= 0]
    if not quick or True in [fresh[at] for at in quick]:
        return fresh
    silent = max(batches[at].at + lasts[at] for at in quick)
    return tuple([counts and one.at > silent for one, counts in zip(batches, fresh, strict=True)])


def seen(batches: Sequence[Batch], fresh: tuple[bool, ...]) -> list[float]:
    """Return when each batch came that counts; ``NEVER`` for the others."""
    return [one.at if counts else NEVER for one, counts in zip(batches, fresh, strict=True)]
