"""Questions under way, by the number that their answers carry: request id, of v3 message id."""

from __future__ import annotations

from random import Random

from collectors.snmp.transport.contract import Stats
from collectors.snmp.transport.numbers import Numbers
from collectors.snmp.transport.udp.question import Question
from collectors.snmp.transport.wire import SocketAddress


class UnderWay:
    """Knows which question an answer belongs to; why it belongs to none is counted in ``stats``.

    ``rng`` should be the system's own: who forges an answer must hit a number.
    """

    __slots__ = ("_numbers", "_stats", "by_number")

    def __init__(self, rng: Random, stats: Stats) -> None:
        self._numbers = Numbers(rng)
        self._stats = stats
        self.by_number: dict[int, Question] = {}

    def name(self, question: Question) -> None:
        """Give a question a number that no other question under way has."""
        number = question.number = self._numbers.pick(self.by_number)
        self.by_number[number] = question

    def unname(self, question: Question) -> None:
        """Take a question's number back: what still comes under it is late."""
        del self.by_number[question.number]
        self._numbers.spent(question.number)

    def found(self, number: int, source: SocketAddress) -> Question | None:
        """Return the question that this number and this source answer, or count why there is none."""
        question = self.by_number.get(number)
        if question is None:
            self._stats.drop("late" if self._numbers.was_ours(number) else "unknown_id")
            return None
        if question.peer.address != source:
            self._stats.drop("wrong_address")
            return None
        return question
