"""What is said to people, in French and English: metrics, states, labels, numbers, durations, limits."""

from dcim.words.reasons import why_said
from dcim.words.said import (
    PART,
    alarm_said,
    joint,
    labels_said,
    limit_said,
    part_said,
    parts_named,
    point_said,
    set_said,
    state_said,
)
from dcim.words.size import duration, measured, quantity
from dcim.words.vocabulary import Words, preferred, words

__all__ = [
    "PART",
    "Words",
    "alarm_said",
    "duration",
    "joint",
    "labels_said",
    "limit_said",
    "measured",
    "part_said",
    "parts_named",
    "point_said",
    "preferred",
    "quantity",
    "set_said",
    "state_said",
    "why_said",
    "words",
]
