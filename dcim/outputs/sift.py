"""Gets lines to a far side that takes a request as a whole or not at all: splits what is too large, and finds
the lines that it will never take among the good ones. Pure but for ``post``.

    0────────────────n      one request; too large: halves
    0───────┐┌───────n      bad: halves, until the bad line stands alone, unless the far side names it
            └┘              at most BUDGET requests a block: what is bad then is set aside whole
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from dcim.outputs.contract import Durable, Halted, Later, Refusal, Verdict

BUDGET: Final = 2_000


@dataclass(frozen=True, slots=True)
class Taken:
    """All lines of the request are durable over there."""


@dataclass(frozen=True, slots=True)
class TooLarge:
    """The request is too large; smaller ones are taken."""

    why: str


@dataclass(frozen=True, slots=True)
class Bad:
    """Some lines will never be taken. ``named``: which of the request, the others being taken; None: it does
    not say which, or took none. ``all_of_it``: no line is good.
    """

    why: str
    named: dict[int, str] | None = None
    all_of_it: bool = False


Reply: TypeAlias = Taken | TooLarge | Bad | Later | Halted
Post: TypeAlias = Callable[[int, int], Reply]
Text: TypeAlias = Callable[[int], str]


@dataclass(slots=True)
class Sieve:
    """Delivers blocks of lines. ``most``: lines that the far side takes at once, as it has been found out."""

    most: int
    budget: int = BUDGET
    _refused: dict[str, list[str]] = field(default_factory=dict)

    def deliver(self, count: int, post: Post, text: Text) -> Verdict:
        """Deliver lines 0 to ``count`` in order; ``post(first, end)`` sends some, ``text`` shows one."""
        taken, posts = 0, 0
        self._refused = {}
        waiting = self._pieces(0, count)
        while waiting:
            first, end = waiting.pop()
            reply = post(first, end)
            posts += 1
            match reply:
                case Later() | Halted():
                    return reply
                case Taken():
                    taken += end - first
                case TooLarge() if end - first > 1:
                    self.most = max(1, (end - first) // 2)
                    waiting += self._pieces(first, end)
                case Bad(named=None, all_of_it=False) if end - first > 1 and posts < self.budget:
                    middle = (first + end) // 2
                    waiting += [(middle, end), (first, middle)]
                case TooLarge() | Bad():
                    taken += self._refuse(reply, first, end, text)
        refused = tuple(Refusal(why, tuple(lines)) for why, lines in self._refused.items())
        return Durable(taken, refused)

    def _pieces(self, first: int, end: int) -> list[tuple[int, int]]:
        """Return the requests for a stretch of lines, the last one first."""
        starts = range(first, end, max(1, self.most))
        return [(start, min(start + self.most, end)) for start in reversed(starts)]

    def _refuse(self, reply: TooLarge | Bad, first: int, end: int, text: Text) -> int:
        """Keep what is refused of a stretch; return how many lines of it are taken."""
        named = reply.named if isinstance(reply, Bad) else None
        if named is None:
            named = dict.fromkeys(range(end - first), reply.why)
        for row, why in named.items():
            if 0 <= row < end - first:
                self._refused.setdefault(why, []).append(text(first + row))
        return end - first - len(named)
