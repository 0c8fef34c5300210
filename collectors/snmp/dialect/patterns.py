"""Regular expressions of a profile, held against text of a device in bounded time.

The text is anybody's: of one longer than ``MAX_TEXT`` only the start is looked at. Patterns that may take
time exponential in it are refused when the profile is read: a repeated group that repeats or chooses inside.
"""

from __future__ import annotations

import re
from typing import Final

MAX_TEXT: Final = 256
"""Characters of a text that a pattern is held against: names and values have at most 255 (RFC 2579)."""

_MOST_OPEN: Final = 8  # repeats without an end; their number is the power to which the length is taken
_MOST_WILD: Final = 2  # of them, those that take anything: they lie over each other
_MOST_TIMES: Final = 8  # times that a group with a repeat inside may be repeated

_ANYTHING: Final = frozenset({".", r"\S", r"\D", r"\W"})

_TOKEN: Final = re.compile(
    r"\\(?P<reference>[1-9])|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<open>\((?:\?(?:P<\w+>|<[=!]|[:=!]|[a-zA-Z]+\)))?)"
    r"|(?P<close>\))|(?P<choice>\|)|(?P<quantifier>[*+?]|\{\d*(?:,\d*)?\})|.",
    re.DOTALL,
)
_COUNT: Final = re.compile(r"\{(\d*)(,?)(\d*)\}")


def compiled(pattern: str, groups: tuple[int, ...] = ()) -> re.Pattern[str]:
    """Return a pattern that is safe to use. ``groups``: how many groups it may have; empty, any number.

    Raise ValueError that says what is wrong with it.
    """
    try:
        made = re.compile(pattern)
    except re.error as error:
        msg = f"no regular expression: {error}"
        raise ValueError(msg) from None
    if groups and made.groups not in groups:
        wanted = "one group" if groups == (1,) else "one or two groups"
        msg = f"expected {wanted}, found {made.groups}"
        raise ValueError(msg)
    _Bounds().check(pattern)
    return made


_GOES_ON: Final = re.compile(r"[.,_]?\d|[xX][0-9a-fA-F]|[eE][-+]?\d")


def number(pattern: re.Pattern[str], text: str) -> str | None:
    """Return what ``part`` does, None where the number goes on behind it: 212,4 is no 212, and 0x10 no 0."""
    match = pattern.search(text[:MAX_TEXT])
    if match is None or _GOES_ON.match(text, match.end(match.lastindex or 0)):
        return None
    return part(pattern, text)


def part(pattern: re.Pattern[str], text: str) -> str | None:
    """Return what the groups of a pattern find, joined by a point (two: a decimal comma), else None."""
    match = pattern.search(text[:MAX_TEXT])
    if match is None:
        return None
    return ".".join(group for group in match.groups() if group is not None).strip()


def fits(pattern: re.Pattern[str], text: str) -> bool:
    """Whether a text has the pattern somewhere."""
    return pattern.search(text[:MAX_TEXT]) is not None


class _Bounds:
    """Whether a pattern ends in bounded time: one pass over its tokens, a flag for each open group."""

    def __init__(self) -> None:
        self._open = [False]  # whether a group that is open repeats or chooses inside
        self._last = (False, False)  # of the last atom: it does so inside; it takes anything
        self._repeats = 0
        self._wild = 0

    def check(self, pattern: str) -> None:
        """Raise ValueError if it may not."""
        for token in _TOKEN.finditer(pattern):
            match token.lastgroup:
                case "reference":
                    msg = "a reference to a group is not bounded in time"
                    raise ValueError(msg)
                case "open" if not token.group().endswith(")"):
                    self._open.append(False)
                case "close":
                    risky = self._open.pop() if len(self._open) > 1 else False
                    self._open[-1] |= risky
                    self._last = (risky, False)
                case "choice":
                    self._open[-1] = True
                case "quantifier":
                    self._quantifier(token.group())
                case _:
                    self._last = (False, token.group() in _ANYTHING)
        if self._repeats > _MOST_OPEN or self._wild > _MOST_WILD:
            msg = (
                f"more than {_MOST_OPEN} repeats, or more than {_MOST_WILD} of anything: not bounded in time"
            )
            raise ValueError(msg)

    def _quantifier(self, text: str) -> None:
        most = _most(text)
        if most == 1:
            return
        risky, wild = self._last
        if risky and (most is None or most > _MOST_TIMES):
            msg = f"{text} repeats a group that repeats or chooses inside: not bounded in time"
            raise ValueError(msg)
        if most is None:
            self._repeats += 1
            self._wild += wild
        self._open[-1] = True
        self._last = (False, False)  # what follows makes it lazy, or is a mistake that re has found


def _most(quantifier: str) -> int | None:
    """Return how often at most a quantifier repeats; None if without an end."""
    count = _COUNT.fullmatch(quantifier)
    if count is None:
        return 1 if quantifier == "?" else None
    least, comma, most = count.groups()
    if comma:
        return int(most) if most else None
    return int(least or 1)
