"""What is said to people, in French and English: metrics, states, labels, numbers, durations, limits."""

from dcim.words.said import labels_said, limit_said, state_said
from dcim.words.size import duration, quantity
from dcim.words.vocabulary import Words, preferred, words

__all__ = [
    "Words",
    "duration",
    "labels_said",
    "limit_said",
    "preferred",
    "quantity",
    "state_said",
    "words",
]
