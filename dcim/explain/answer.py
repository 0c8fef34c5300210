"""What is answered: one sentence, a line for each thing that has a say in it, and the parts it is made of."""

from __future__ import annotations

from enum import StrEnum

from dcim.record import dataclass


class Topic(StrEnum):
    """What can make an alert be told, or keep it quiet, in the order in which it does."""

    CONDITION = "condition"
    QUALITY = "quality"
    DELAY = "delay"
    LIFE = "life"
    MUTE = "mute"
    WINDOW = "window"
    CAUSE = "cause"
    EVIDENCE = "evidence"
    ROUTE = "route"
    LIMITS = "limits"
    DELIVERY = "delivery"
    RECORD = "record"  # what nobody can say any more


@dataclass(frozen=True, slots=True)
class Line:
    """One line. ``holds``: this keeps people from being told."""

    topic: Topic
    text: str
    holds: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of one alert, rule, device, incident or service at ``at`` (UTC seconds).

    ``kind`` is alert, rule, device, incident or service; ``verdict`` is a word for machines, ``said`` the
    same as a sentence.
    """

    kind: str
    id: str
    name: str
    at: float
    verdict: str
    said: str
    lines: tuple[Line, ...] = ()
    parts: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing is known of what was asked for; ``nearest`` are names that are like it."""

    asked: str
    nearest: tuple[str, ...] = ()
