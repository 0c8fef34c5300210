"""Request ids and message ids that nobody can guess: who forges an answer must hit one of two billion."""

from __future__ import annotations

from collections.abc import Container
from random import Random
from typing import Final

from collectors.snmp.engine.pdu import LEAST_NUMBER, MOST_NUMBER

KEPT: Final = 8192
"""Numbers that are surely known as ours after their question is over; at most twice as many are kept."""

_SPAN: Final = MOST_NUMBER - LEAST_NUMBER + 1
_BITS: Final = _SPAN.bit_length()


class Numbers:
    """Gives numbers at random, and knows the last ones again. ``rng`` should be the system's own."""

    __slots__ = ("_bits", "_newer", "_older")

    def __init__(self, rng: Random) -> None:
        self._bits = rng.getrandbits
        self._newer: set[int] = set()
        self._older: set[int] = set()

    def pick(self, taken: Container[int]) -> int:
        """Return a number that is not taken, each equally likely."""
        while True:
            number = self._bits(_BITS)
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
