"""When a unit may be asked again, and whose turn it is on a shared bus. Pure: time comes as an argument.

A unit that does not answer holds the bus for its whole timeout, and everybody behind the same gateway
waits (C6). So a unit that was silent twice in a row is put aside, and asked again so seldom that all silent
units of a bus together hold it for at most a tenth of the time.
"""

from __future__ import annotations

from asyncio import Future, get_running_loop
from collections import deque
from typing import Final

from dcim.record import dataclass

PATIENCE: Final = 2
"""Unanswered questions in a row after which a unit is put aside."""

SHARE: Final = 10
"""Silent units together may hold the bus for one part in so many."""

LONGEST_REST: Final = 60.0
"""Seconds after which a silent unit is asked again whatever it costs the others."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """How one unit has answered lately. ``rests_until`` is on the clock that ``now`` comes from."""

    misses: int = 0
    rests_until: float = 0.0

    @property
    def silent(self) -> bool:
        """Whether the unit counts as silent: one cheap question is enough for it."""
        return self.misses >= PATIENCE

    def allows(self, now: float) -> bool:
        """Whether the unit may be asked now."""
        return now >= self.rests_until

    def missed(self, now: float, held: float, silent: int) -> Breaker:
        """Return the state after a question that held the bus for ``held`` seconds and got no answer.

        ``silent`` counts the other silent units of the bus. A unit that has the bus for itself never rests:
        nobody waits for it.
        """
        misses = self.misses + 1
        if misses < PATIENCE:
            return Breaker(misses)
        return Breaker(misses, now + min(SHARE * held * (silent + 1), LONGEST_REST))


ANSWERING: Final = Breaker()


@dataclass(frozen=True, slots=True)
class Redial:
    """When a connection that failed may be tried again: after 0.25 s, doubling, at most 5 s."""

    failures: int = 0
    not_before: float = 0.0

    def failed(self, now: float) -> Redial:
        """Return the state after one more failed attempt."""
        return Redial(self.failures + 1, now + min(0.25 * 2.0 ** min(self.failures, 10), 5.0))


class Turns:
    """Lets one question at a time onto a bus, and units in turn: ten questions of one unit wait behind
    one of another."""

    def __init__(self) -> None:
        self._taken = False
        self._waiting: dict[int, deque[Future[None]]] = {}

    def take_now(self) -> bool:
        """Take the bus if nobody has it."""
        if self._taken:
            return False
        self._taken = True
        return True

    async def take(self, unit: int) -> None:
        """Wait for this unit's turn. Cancelling gives the turn on."""
        if self.take_now():
            return
        turn: Future[None] = get_running_loop().create_future()
        self._waiting.setdefault(unit, deque()).append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.give()
            raise

    def give(self) -> None:
        """Pass the bus to the next unit that waits."""
        while self._waiting:
            unit = next(iter(self._waiting))
            queue = self._waiting.pop(unit)
            turn = queue.popleft()
            if queue:
                self._waiting[unit] = queue  # to the end of the round
            if not turn.done():
                turn.set_result(None)
                return
        self._taken = False
