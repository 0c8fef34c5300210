"""Labels, states and limits of rules as people say them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dcim.words.vocabulary import Words

_IN_LIMIT = re.compile(r"\b(above|below|or|not|set)\b")
_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")
_UNITS = {"degC": "°C", "deltaC": "K"}


def labels_said(labels: Iterable[tuple[str, str]], words: Words) -> str:
    """Say labels: ``outlet 7``, ``phase L1``; an alarm's name stands for itself."""
    return ", ".join(
        state_said(value, words) if name == "alarm" else f"{words('label.' + name)} {value}"
        for name, value in labels
    )


def state_said(word: str, words: Words) -> str:
    """Say a state; one that is in no list shows as the manual has it."""
    return words(f"state.{word}")


def limit_said(limit: str, words: Words) -> str:
    """Say a rule's condition: ``above 80 %`` is ``au-dessus de 80 %``, ``battery`` is ``sur batterie``."""
    for unit, sign in _UNITS.items():
        limit = limit.replace(unit, sign)
    if any(letter.isdigit() for letter in limit):
        said = _IN_LIMIT.sub(lambda found: words(f"limit.{found[0]}"), limit)
        return _DECIMAL.sub(words("decimal"), said)
    negated = limit.startswith("not ")
    states = ", ".join(state_said(word, words) for word in limit.removeprefix("not ").split(", ") if word)
    return f"{words('limit.not')} {states}" if negated else states
