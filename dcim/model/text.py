"""Texts that devices send, made fit for a label, a log line and a terminal. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

_BLANKS: Final = frozenset({"Cc", "Zl", "Zp", "Zs"})
_DROPPED: Final = frozenset({"Cf", "Cs"})
_UNSEEN: Final = frozenset(
    map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2065, 0x3164, 0xFFA0))
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""What is drawn as nothing and is no format character: Unicode, Default_Ignorable_Code_Point."""


def legible(text: str) -> str:
    """Return a text as one line that looks like what it is, without blanks around it.

    Control characters (C0, DEL, C1), line and paragraph separators and odd blanks become a blank. What turns
    the direction of writing, has no width or is a format character in any other way is left out.
    """
    if not (text.isprintable() and _UNSEEN.isdisjoint(text)):
        text = "".join(map(_seen, text))
    return text.strip()


def _seen(char: str) -> str:
    category = unicodedata.category(char)
    if category in _BLANKS:
        return " "
    return "" if category in _DROPPED or char in _UNSEEN else char
