"""Who has had a message already: a retry for one recipient is no second text for the others."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from dcim.notify.channel import Delivered, Letter, RefusedForGood, RetryAfter, Verdict

_MOST: Final = 1000
"""Messages under way whose recipients are remembered; of an older one somebody may get it twice."""


class Done:
    """Remembers, for each message under way, who has it."""

    def __init__(self) -> None:
        self._had: OrderedDict[str, set[str]] = OrderedDict()

    def left(self, letter: Letter, everybody: Sequence[str]) -> list[str]:
        """Return who has not had the message."""
        return [one for one in everybody if one not in self._had.get(letter.id, ())]

    def note(self, letter: Letter, who: str) -> None:
        """Note that somebody has it."""
        self._had.setdefault(letter.id, set()).add(who)
        while len(self._had) > _MOST:
            self._had.popitem(last=False)

    def verdict(self, letter: Letter, wrong: Sequence[str], *, refused: bool) -> Verdict:
        """Return what the tries came to. ``wrong``: who has it not, and why; ``refused``: none ever will."""
        if wrong and not refused:
            return RetryAfter("; ".join(wrong))
        had = self._had.pop(letter.id, None)
        return Delivered("; ".join(wrong)) if had or not wrong else RefusedForGood("; ".join(wrong))
