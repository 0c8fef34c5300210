"""The daemon's own metrics of the last hours as it keeps them for the children that answer. Pure.

    tick  {at, named: [[number, labels]], set: [[numbers], [values]], gone: [numbers], whole}

A tick tells what has changed since the one before, a whole one what there is, whatever was before. A series
keeps its number for as long as the daemon runs.
"""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from dcim.model import Labels

HOURS: Final = 6
"""For how long they are kept."""
EVERY: Final = 15.0
"""Seconds between two samples of them."""
MOST: Final = 100_000
"""Series that are kept; those that come later are not."""
_MS: Final = 1000
_NAME: Final = "__name__"


def series_labels(name: str, labels: Mapping[str, str]) -> Labels:
    """Return the labels of a series as the query language has them: with its name, empty ones left out."""
    return tuple(sorted({_NAME: name, **{key: value for key, value in labels.items() if value}}.items()))


class Ring:
    """The ticks of the last hours, as lines of JSON, and what had been said before the first of them."""

    def __init__(self) -> None:
        self.sent = 0
        """How many ticks there were, with those that are kept no more."""
        self._ticks: deque[tuple[int, str]] = deque()
        self._numbers: dict[Labels, int] = {}
        self._values: dict[int, float] = {}
        self._held: set[int] = set()
        self._before: dict[int, float] = {}
        self._base = 0

    def take(
        self,
        at: float,
        values: Iterable[tuple[Labels, float]],
        held: Iterable[Labels] = (),
        left: Iterable[Labels] = (),
    ) -> None:
        """Take what all series say at a time (UTC seconds); one that says nothing any more has gone.

        ``held`` say 1 from now on, without being named again, until they are among ``left``.
        """
        named: list[Any] = []
        now = {number: value for key, value in values if (number := self._number(key, named)) is not None}
        fresh = [number for key in held if (number := self._number(key, named)) is not None]
        over = [number for key in left if (number := self._numbers.get(key)) in self._held]
        before = self._values
        changed = {number: value for number, value in now.items() if not _same(before.get(number), value)}
        changed |= dict.fromkeys(fresh, 1.0)
        gone = [number for number in before if number not in now] + [one for one in over if one is not None]
        self._values = now
        self._held = (self._held | set(fresh)) - set(over)
        self._ticks.append((round(at * _MS), _line(round(at * _MS), named, changed, gone)))
        self.sent += 1
        self._trim(round(at * _MS) - HOURS * 3_600 * _MS)

    def _number(self, key: Labels, named: list[Any]) -> int | None:
        """Return the number of a series; None when there are too many."""
        number = self._numbers.get(key)
        if number is None and len(self._numbers) < MOST:
            number = self._numbers[key] = len(self._numbers)
            named.append([number, dict(key)])
        return number

    def _trim(self, oldest: int) -> None:
        while self._ticks and self._ticks[0][0] < oldest:
            self._base, line = self._ticks.popleft()
            told = json.loads(line)["tick"]
            self._before.update(zip(told["set"][0], map(float, told["set"][1]), strict=True))
            for number in told["gone"]:
                self._before.pop(number, None)

    def since(self, sent: int) -> list[str]:
        """Return the ticks behind the first ``sent`` of them; for a newcomer (0) all, and what was before."""
        begins = self.sent - len(self._ticks)
        if sent and sent >= begins:
            return [line for _, line in list(self._ticks)[sent - begins :]]
        named = [[number, dict(key)] for key, number in self._numbers.items()]
        return [_line(self._base, named, self._before, [], whole=True), *(line for _, line in self._ticks)]


def _same(one: float | None, other: float) -> bool:
    return one is not None and (one == other or (math.isnan(one) and math.isnan(other)))


def _line(
    at: int, named: Sequence[Any], changed: Mapping[int, float], gone: Sequence[int], *, whole: bool = False
) -> str:
    values = [value if math.isfinite(value) else repr(value) for value in changed.values()]
    tick = {"at": at, "named": named, "set": [list(changed), values], "gone": gone, "whole": whole}
    return json.dumps({"tick": tick}, separators=(",", ":"))
