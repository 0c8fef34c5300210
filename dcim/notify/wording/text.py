"""Texts as far sides can show them: no control characters, no hidden direction, not too long. Pure."""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import quote

from dcim.alerts import Language
from dcim.notify.channel import Letter
from dcim.notify.wording import words
from dcim.words import words as vocabulary

_ELLIPSIS: Final = "…"

_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""What moves a cursor, rings a bell or turns the direction of writing: a name may hold any of it."""

_BLANKS: Final = re.compile(r"[\s\u2028\u2029]+")


def line(text: str) -> str:
    """Return a text as one line that shows what it says."""
    return _CONTROL.sub("", _BLANKS.sub(" ", text)).strip()


def clipped(text: str, most: int) -> str:
    """Return at most ``most`` characters of a text; what is cut ends in an ellipsis."""
    return text if len(text) <= most else text[: max(0, most - 1)].rstrip() + _ELLIPSIS


def cleaned(value: Any) -> Any:
    """Return a JSON value with every text in it as one line that shows what it says."""
    match value:
        case str():
            return line(value)
        case dict():
            return {name: cleaned(inner) for name, inner in value.items()}
        case list() | tuple():
            return [cleaned(inner) for inner in value]
        case _:
            return value


def subject(letter: Letter, language: Language, most: int) -> str:
    """Return the one line that must be enough."""
    return clipped(line(words.subject(letter.notice, language)), most)


def rows(letter: Letter, language: Language) -> list[tuple[str, str]]:
    """Return the lines of a message as (name, text)."""
    return [(line(name), line(text)) for name, text in words.lines(letter.notice, language)]


def sentences(letter: Letter, language: Language) -> list[str]:
    """Return the lines of a message, each name and text as the language joins them: ``Seuil : 80 %``."""
    colon = vocabulary(language)("colon") + " "
    return [f"{name}{colon}{said}" for name, said in rows(letter, language)]


def page_of(letter: Letter, page: str) -> str:
    """Return the address of the device's page below the address ``page``; nothing where that is not given."""
    return f"{page.rstrip('/')}/devices/{quote(letter.notice.asset, safe='')}" if page else ""
