"""What a profile file says of itself, found without compiling it: hundreds are listed in a moment. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from dcim.record import dataclass

_METRIC: Final = re.compile(r"(?<![\w-])metric:\s*[\"']?([a-z][a-z0-9_]*)")
_UNTESTED: Final = re.compile(r"(?<![\w-])untested:\s*(?:\"([^\"]*)\"|'([^']*)'|([^,}\n#]+))")
_CONFIDENCE: Final = re.compile(r"^#.*?\bconfidence:?\s+(high|medium|low)\b", re.MULTILINE | re.IGNORECASE)
_UNSEEN: Final = re.compile(r"^title:.*\b(mib alone|no recording)\b", re.MULTILINE | re.IGNORECASE)
_EXTENDS: Final = re.compile(r"^\s*extends:\s*([a-z0-9_]+)|[{,]\s*extends:\s*([a-z0-9_]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outline:
    """Metrics by name, points that no image shows (``metric: why``), and how far the file is to be trusted.

    ``confidence`` is what the file says of its sources (``high``, ``medium``, ``low``), ``manual alone``
    where its title says that no answer of a device was seen, else empty. ``extends``: what it stands on.
    """

    metrics: tuple[str, ...]
    untested: tuple[str, ...]
    confidence: str = ""
    extends: str = ""
    points: int = 0


@lru_cache(1024)
def outline(text: str) -> Outline:
    """Return the outline of a profile's text, whatever it holds. Of the same text it is found once."""
    plain = _without_comments(text)
    said = [(found.start(), found[1]) for found in _METRIC.finditer(plain)]
    untested = []
    for found in _UNTESTED.finditer(plain):
        metric = next((name for at, name in reversed(said) if at < found.start()), "")
        why = next(filter(None, found.groups()), "").strip()
        if metric:
            untested.append(f"{metric}: {why}")
    told = _CONFIDENCE.search(text)
    unseen = _UNSEEN.search(text)
    base = _EXTENDS.search(plain)
    return Outline(
        metrics=tuple(sorted({name for _, name in said})),
        untested=tuple(dict.fromkeys(untested)),
        confidence="manual alone" if unseen else told[1].lower() if told else "",
        extends=next(filter(None, base.groups()), "") if base else "",
        points=len(said),
    )


def _without_comments(text: str) -> str:
    """Return the text without its comments: an example in one is no point."""
    return re.sub(r"(?:^|(?<=[ \t]))#.*$", "", text, flags=re.MULTILINE)
