"""Gets lines to a far side that takes a request as a whole or not at all: splits what is too large, and finds
the lines that it will never take among the good ones. Pure but for ``post``.

    0────────────────n      one request; too large: halves
    0───────┐┌───────n      bad: halves, until the bad line stands alone, unless the far side names it
            └┘              at most BUDGET requests a block: what is bad then is set aside whole
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from dcim.outputs.contract import Durable, Halted, Later, Refusal, Verdict
from dcim.record import dataclass, field

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
    reason: str = "invalid"


Reply: TypeAlias = Taken | TooLarge | Bad | Later | Halted
Post: TypeAlias = Callable[[int, int], Reply]
Text: TypeAlias = Callable[[int], str]


@dataclass(slots=True)
class Sieve:
    """Delivers blocks of lines. ``most``: lines that the far side takes at once, as it has been found out."""

    most: int
    budget: int = BUDGET
    _waiting: list[tuple[int, int]] = field(default_factory=list)
    _taken: int = 0
    _posts: int = 0
    _refused: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def deliver(self, count: int, post: Post, text: Text, *, resume: bool = False) -> Verdict:
        """Deliver lines 0 to ``count`` in order; ``post(first, end)`` sends some, ``text`` shows one.

        ``resume``: they are the very lines of the last call, which was told to come later: go on there.
        """
        if not resume:
            self._waiting, self._taken, self._posts, self._refused = self._pieces(0, count), 0, 0, {}
        while self._waiting:
            first, end = self._waiting[-1]
            reply = post(first, end)
            self._posts += 1
            if isinstance(reply, Later | Halted):
                return reply
            self._waiting.pop()
            self._settle(reply, first, end, text)
        refused = tuple(Refusal(why, tuple(lines), reason) for (why, reason), lines in self._refused.items())
        return Durable(self._taken, refused)

    def _settle(self, reply: Taken | TooLarge | Bad, first: int, end: int, text: Text) -> None:
        """Take what was said of a stretch of lines."""
        match reply:
            case Taken():
                self._taken += end - first
            case TooLarge() if end - first > 1:
                self.most = max(1, (end - first) // 2)
                self._waiting += self._pieces(first, end)
            case Bad(named=None, all_of_it=False) if end - first > 1 and self._posts < self.budget:
                middle = (first + end) // 2
                self._waiting += [(middle, end), (first, middle)]
            case TooLarge() | Bad():
                self._taken += self._refuse(reply, first, end, text)

    def _pieces(self, first: int, end: int) -> list[tuple[int, int]]:
        """Return the requests for a stretch of lines, the last one first."""
        starts = range(first, end, max(1, self.most))
        return [(start, min(start + self.most, end)) for start in reversed(starts)]

    def _refuse(self, reply: TooLarge | Bad, first: int, end: int, text: Text) -> int:
        """Keep what is refused of a stretch; return how many lines of it are taken."""
        named = reply.named if isinstance(reply, Bad) else None
        if named is None:
            named = dict.fromkeys(range(end - first), reply.why)
        reason = reply.reason if isinstance(reply, Bad) else "too_large"
        for row, why in named.items():
            if 0 <= row < end - first:
                self._refused.setdefault((why, reason), []).append(text(first + row))
        return end - first - len(named)
