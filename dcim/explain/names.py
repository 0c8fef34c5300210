"""Names that are like one that nobody knows. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_MOST: Final = 5
_LIKE: Final = 0.5


def nearest(asked: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return at most five names: those that hold what was asked for, then those that are written like it."""
    known = {name.lower(): name for name in names}
    wanted = asked.strip().lower()
    held = sorted(name for name in known if wanted and wanted in name)
    like = get_close_matches(wanted, known, _MOST, _LIKE)
    return tuple(known[name] for name in dict.fromkeys((*held, *like)))[:_MOST]
