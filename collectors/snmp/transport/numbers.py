"""Request ids and message ids that nobody can guess: who forges an answer must hit one of two billion."""

from __future__ import annotations

from array import array
from collections.abc import Container
from random import Random
from typing import Final

from collectors.snmp.engine.pdu import LEAST_NUMBER, MOST_NUMBER

KEPT: Final = 8192
"""Numbers that are surely known as ours after their question is over; at most twice as many are kept."""

_SPAN: Final = MOST_NUMBER - LEAST_NUMBER + 1
_MASK: Final = (1 << _SPAN.bit_length()) - 1
_DRAWN: Final = 256
"""Numbers drawn from the system at once: one by one they cost 3 % of a poll."""


class Numbers:
    """Gives numbers at random, and knows the last ones again. ``rng`` should be the system's own."""

    __slots__ = ("_drawn", "_newer", "_older", "_rng")

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._drawn: list[int] = []
        self._newer: set[int] = set()
        self._older: set[int] = set()

    def pick(self, taken: Container[int]) -> int:
        """Return a number that is not taken, each equally likely."""
        while True:
            if not self._drawn:
                words = array("I", self._rng.randbytes(4 * _DRAWN))
                self._drawn = [word & _MASK for word in words]
            number = self._drawn.pop()
            if number < _SPAN and (number := number + LEAST_NUMBER) not in taken:
                return number

    def spent(self, number: int) -> None:
        """Remember that a question with this number is over."""
        if len(self._newer) >= KEPT:
            self._older, self._newer = self._newer, set()
        self._newer.add(number)

    def was_ours(self, number: int) -> bool:
        """Whether a question with this number was over lately."""
        return number in self._newer or number in self._older
