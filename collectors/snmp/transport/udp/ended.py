"""How questions ended. The answers of one turn of the loop are read together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from collectors.snmp.engine import pdu
from collectors.snmp.engine.answer import Answer
from collectors.snmp.transport.udp.question import Question
from dcim.model import BadAnswer, PollError

Ended: TypeAlias = "tuple[Question, Answer | PollError | pdu.Unread, bytes]"
"""A question, how it ended, and what was received."""


def read(ended: Sequence[Ended]) -> list[tuple[Question, Answer | PollError, bytes]]:
    """Return how questions ended, with their answers read."""
    answers = iter(pdu.answers([outcome for _, outcome, _ in ended if isinstance(outcome, pdu.Unread)]))
    return [
        (question, _said(question, next(answers)) if isinstance(outcome, pdu.Unread) else outcome, raw)
        for question, outcome, raw in ended
    ]


def _said(question: Question, answer: Answer | BadAnswer) -> Answer | BadAnswer:
    """Return an answer as its asker takes it."""
    if isinstance(answer, BadAnswer):
        return BadAnswer(f"{question.target.address}: {answer}")
    answer.attempts = question.attempts
    return answer
