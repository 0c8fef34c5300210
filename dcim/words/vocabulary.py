"""The vocabulary in English and French: one line a word, in the ``.tsv`` files beside this one.

words.tsv      pages, metrics, labels, states
alarms.tsv     alarms in the words of manuals
places.tsv     parts and places in the labels of profiles
reasons.tsv    why a poll failed
traps.tsv      what devices send unasked
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from dcim.alerts import Language

FILES: Final = tuple(sorted(Path(__file__).parent.glob("*.tsv")))
"""Where the words stand."""

_NUMBER: Final = re.compile(r"(?<![^_])\d+(?![^_])")
"""A number that is a part of its own in a word: of ``fan_3_blocked``."""

_CODE: Final = re.compile(r"[a-z]{1,4}\d{2,}|[a-z]+\d+[a-z]\w*|l\d(_l\d)+|x_\d\w*")
_COLUMNS: Final = {Language.EN: 1, Language.FR: 2}


def is_code(word: str) -> bool:
    """Whether a word is a code or type of the manual: the same in every language.

    ``ala02``, ``em24dinav``, ``l1_l3_l2``, and what begins with a number: ``x_3ph_4wire``.
    """
    return _CODE.fullmatch(word) is not None


class Words:
    """The words of one language. A word that is not there shows as itself, readable: nothing is hidden."""

    def __init__(self, language: Language, words: Mapping[str, str]) -> None:
        self.language = language
        self._words = words

    @property
    def keys(self) -> frozenset[str]:
        """Return every word there is."""
        return frozenset(self._words)

    def has(self, kind: str, word: str) -> bool:
        """Whether there is a line for a word of a kind, or for the same with other numbers in it."""
        return any(f"{kind}.{form}" in self._words for form in (word, _NUMBER.sub("#", word)))

    def text(self, key: str) -> str:
        """Return the text of a key as it stands, with its places for values. Raise KeyError if unknown."""
        return self._words[key]

    def word(self, kind: str, word: str) -> str:
        """Return a word of a kind; numbers in it stand where the line has ``#``: ``fan_3`` by ``fan_#``."""
        exact = self._words.get(f"{kind}.{word}")
        if exact is not None:
            return exact
        form = self._words.get(f"{kind}.{_NUMBER.sub('#', word)}")
        if form is None:
            plain = word.removeprefix("x_").replace("_", " ")
            return plain.upper() if is_code(word) else word.replace("_", " ")
        numbers = iter(_NUMBER.findall(word))
        return re.sub("#", lambda _: next(numbers), form)

    def __call__(self, key: str, *values: object) -> str:
        """Return a word, with values put in where it has places for them."""
        text = self._words.get(key)
        if text is None:
            return key.partition(".")[2].replace("_", " ") or key
        return text % values if values else text

    def number(self, value: float, digits: int) -> str:
        """Write a number as people of this language do: in French a decimal comma."""
        text = f"{value:,.{digits}f}"
        if self.language is Language.FR:
            text = text.replace(",", "\u202f").replace(".", ",")
        return text


@cache
def words(language: Language) -> Words:
    """Return the words of a language, read once."""
    column = _COLUMNS[language]
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    lines = [line for text in texts for line in text.splitlines()]
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return Words(language, {row[0]: row[column] for row in rows})


def preferred(accept: str, default: Language) -> Language:
    """Return the language that a browser likes best of ours (``Accept-Language``, RFC 9110 12.5.4)."""
    liked: list[tuple[float, int, Language]] = []
    for place, part in enumerate(accept.lower().split(",")):
        tag, _, rest = part.strip().partition(";")
        code = tag.partition("-")[0].strip()
        if code in tuple(Language):
            liked.append((-_weight(rest), place, Language(code)))
    return min(liked)[2] if liked and min(liked)[0] < 0 else default


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
