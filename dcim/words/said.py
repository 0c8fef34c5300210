"""Labels, states and limits of rules as people say them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from dcim.words.vocabulary import Words

_IN_LIMIT = re.compile(r"\b(above|below|or|rises|within|not|set|of its rating)\b")
_DECIMAL = re.compile(r"(?<=\d)\.(?=\d)")
_NAME_THEMSELVES = frozenset({"component", "setting", "item", "event"})
_WORD = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
"""A word as profiles write them; numbers and names that people gave show as they are."""

PART: Final = "part"
"""The label whose value is the id of a part of the building."""

_GAPS = ("gap", "lost")
_UNITS = {"degC": "°C", "deltaC": "K"}


def labels_said(labels: Iterable[tuple[str, str]], words: Words) -> str:
    """Say labels: ``outlet 7``, ``phase L1``; what names an alarm or a part stands for itself."""
    return ", ".join(_label_said(name, value, words) for name, value in labels)


def joint(labels: Iterable[str], words: Words) -> str:
    """Return what stands between a title and its labels: a colon before the name of an alarm."""
    return f"{words('colon')} " if "alarm" in labels else " "


def parts_named(
    labels: Iterable[tuple[str, str]], asset: str, name: Callable[[str], str]
) -> list[tuple[str, str]]:
    """Return labels with parts by what people call them; that the part is the device itself is no news."""
    return [
        (label, name(value) if label == PART else value)
        for label, value in labels
        if (label, value) != (PART, asset)
    ]


def point_said(metric: str, labels: Iterable[tuple[str, str]], words: Words) -> str:
    """Say a metric and its labels: ``Current of phase`` and ``phase L1`` have the phase once."""
    name, labelled = words(f"metric.{metric}"), labels_said(labels, words)
    last = name.rpartition(" ")[2]
    return " ".join(filter(None, (name, labelled.removeprefix(f"{last} "))))


def _label_said(name: str, value: str, words: Words) -> str:
    if name == "alarm":
        return alarm_said(value, words)
    if name in _NAME_THEMSELVES:
        return place_said(value, words) or words.word("place", value)
    return f"{words('label.' + name)} {place_said(value, words) or value}"


def place_said(word: str, words: Words) -> str:
    """Say a part or place that a profile names; nothing for others: they may be a person's names."""
    kind = next((kind for kind in ("place", "alarm", "state") if words.has(kind, word)), "")
    return words.word(kind, word) if kind and _WORD.fullmatch(word) else ""


def part_said(name: str, words: Words) -> str:
    """Say a part of the daemon; a channel goes by the name that people gave it."""
    kind, _, own = name.partition(" ")
    return f"{words('part.' + kind)} {own}".rstrip()


def state_said(word: str, words: Words) -> str:
    """Say a state; one that is in no list shows as the manual has it."""
    return words.word("state", word)


def set_said(word: str, words: Words) -> str:
    """Say how an alarm stands; where its state is no more than its own name once more, it is set."""
    return state_said(word, words) if words.has("state", word) else words("state.set")


def alarm_said(word: str, words: Words) -> str:
    """Say an alarm; one that is in no list shows as the manual has it, readable."""
    return words.word("alarm" if words.has("alarm", word) else "state", word)


def limit_said(limit: str, words: Words) -> str:
    """Say a rule's condition: ``above 80 %`` is ``au-dessus de 80 %``, ``battery`` is ``sur batterie``."""
    kind, colon, reasons = limit.partition(": ")
    if colon and kind in _GAPS:
        gaps = ", ".join(words(f"gap.{reason}") for reason in reasons.split(", "))
        return words("limit.lost") if kind == "lost" else gaps
    for unit, sign in _UNITS.items():
        limit = limit.replace(unit, sign)
    if any(letter.isdigit() for letter in limit):
        said = _IN_LIMIT.sub(lambda found: words(f"limit.{found[0].replace(' ', '_')}"), limit)
        return _DECIMAL.sub(words("decimal"), said)
    negated = limit.startswith("not ")
    states = ", ".join(state_said(word, words) for word in limit.removeprefix("not ").split(", ") if word)
    return f"{words('limit.not')} {states}" if negated else states
