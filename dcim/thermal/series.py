"""What an inlet's air was, moment by moment: temperature with the humidity that was read beside it. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from dcim.record import dataclass

LONGEST: Final = 300_000
"""Milliseconds: no value counts longer."""
_SHORTEST: Final = 15_000
_BEATS: Final = 3


@dataclass(frozen=True, slots=True)
class Series:
    """Readings of one point in order of time (ms UTC); None where there was a gap.

    A value counts until the next reading, and at most for three beats, as in roll-ups.
    """

    readings: Sequence[tuple[int, float | None]]

    def spans(self, start: int, end: int) -> Iterator[tuple[int, int, float]]:
        """Yield the stretches of [start, end) in which there was a value."""
        longest = self._holds()
        for number, (at, value) in enumerate(self.readings):
            following = self.readings[number + 1][0] if number + 1 < len(self.readings) else end
            since, until = max(at, start), min(following, at + longest, end)
            if value is not None and since < until:
                yield since, until, value

    def _holds(self) -> int:
        apart = [after - before for (before, _), (after, _) in pairwise(self.readings)]
        near = [span for span in apart if 0 < span <= LONGEST]
        return min(max(_BEATS * sum(near) // len(near), _SHORTEST), LONGEST) if near else LONGEST


@dataclass(frozen=True, slots=True)
class Air:
    """A stretch of time (ms UTC) in which the air was read as this; humidity None where it was not read."""

    start: int
    end: int
    celsius: float
    humidity: float | None


def air(temperature: Series, humidity: Series | None, start: int, end: int) -> list[Air]:
    """Return the stretches of [start, end) with a temperature, parted where the humidity changes."""
    damp = list(humidity.spans(start, end)) if humidity else []
    begins = [span[0] for span in damp]
    found: list[Air] = []
    for since, until, celsius in temperature.spans(start, end):
        number = max(bisect_right(begins, since) - 1, 0)
        while since < until:
            while number < len(damp) and damp[number][1] <= since:
                number += 1
            if number == len(damp) or damp[number][0] >= until:
                found.append(Air(since, until, celsius, None))
                break
            first, last, share = damp[number]
            if first > since:
                found.append(Air(since, first, celsius, None))
                since = first
            stop = min(last, until)
            found.append(Air(since, stop, celsius, share))
            since = stop
    return found
