"""How places and values are worded in messages to the person who wrote the file."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

FORM: Final = "form"
"""The kind of mistake of a text that has another form; its context says in words what is ``expected``."""

_SHOWN = 60
_COMPARED = 64
_FEW = 12


def _visible(part: int | str) -> int | str:
    """Return a key as one line can show it."""
    return part if isinstance(part, int) or part.isprintable() else ascii(part)


def where(loc: Iterable[int | str]) -> str:
    """Return a place as people write it: ``devices[0].interval``."""
    text = ""
    for part in map(_visible, loc):
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def found(value: object) -> str:
    """Return a value as a message shows it; of mappings, lists and long texts only what they are."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return repr(_cut(value))
        case int() | float():
            return str(value)
        case dict():
            return "a mapping"
        case _:
            return "a list" if value else "an empty list"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the known word most like this one, or nothing if none is."""
    by_folded = {name[:_COMPARED].lower(): name for name in known}
    near = get_close_matches(word[:_COMPARED].lower(), by_folded, n=1)
    return f"; did you mean {by_folded[near[0]]!r}?" if near else ""


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Say that there is no such thing, and which one may be meant, or which few there are."""
    names = sorted(known)
    near = nearest(name, names)
    if near or len(names) > _FEW:
        return f"no {what} {found(name)}{near}"
    return f"no {what} {found(name)}; known: {', '.join(names) or 'none'}"
