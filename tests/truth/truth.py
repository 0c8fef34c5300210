"""What really was, service by service, from the physics of the plant and from nothing else.

How a service should be counted follows from what it promises: a rack works with one of its cords, the tenant
with both racks, the hall with one of its units, the UPS service with one of two. None of dcim's own
conclusions is asked.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise, product
from typing import Final

from dcim.simulator.plant import Truth

MICRO: Final = 1_000_000


class Stood(IntEnum):
    """How a service really stood."""

    LOST = 0
    REDUCED = 1
    FULL = 2


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which a service stood in one way, microseconds of the life.

    ``works_since`` and ``works_for``: since when and how long in one piece it worked (or did not); ``full_since``
    and ``full_for``: it was complete (or was not). ``may``: how it may have looked to who does not see what one of
    its parts did for shorter than the bound.
    """

    start: int
    end: int
    stood: Stood
    works_since: int
    works_for: int
    full_since: int
    full_for: int
    may: frozenset[Stood]

    @property
    def works(self) -> bool:
        """Whether it did what it is for."""
        return self.stood is not Stood.LOST


_CORDS: Final = {"power/R1": ("pdu-r1-a", "pdu-r1-b"), "power/R2": ("pdu-r2-a", "pdu-r2-b")}
_UNITS: Final = ("crac-1", "crac-2")
_UPS: Final = ("ups-a", "ups-b")
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    **_CORDS,
    "tenant/Atlas": tuple(cord for cords in _CORDS.values() for cord in cords),
    "cooling/hall": _UNITS,
    "ups": _UPS,
}
_NOTHING: Final = frozenset(("dead", "stopped", "off"))
SERVICES: Final = tuple(_PARTS)


def stretches(truth: Truth, service: str, until: float, bound: float) -> list[Stretch]:
    """Return how a service stood from the beginning of the life until a time in seconds; ``bound`` too."""
    parts = _PARTS[service]
    moments = sorted({0.0, until, *(one.at for part in parts for one in truth.of(part) if one.at < until)})
    looks = {part: _looks(truth, part, until, bound) for part in parts}
    may = [_may(service, {part: looks[part](at) for part in parts}) for at in moments[:-1]]
    stood = [_stood(truth, service, at) for at in moments[:-1]]
    times = [round(at * MICRO) for at in moments]
    works = _pieces(times, [one is not Stood.LOST for one in stood])
    full = _pieces(times, [one is Stood.FULL for one in stood])
    spans = zip(pairwise(times), stood, works, full, may, strict=True)
    return [Stretch(start, end, one, *worked, *whole, can) for (start, end), one, worked, whole, can in spans]


def _stood(truth: Truth, service: str, at: float) -> Stood:
    return _together(service, {part: _of(truth.word(part, at)) for part in _PARTS[service]})


def _of(word: str) -> Stood:
    """Return how a part stands by the word of the plant."""
    fine = Stood.FULL if word in ("live", "running", "mains") else Stood.REDUCED
    return Stood.LOST if word in _NOTHING else fine


def _together(service: str, parts: Mapping[str, Stood]) -> Stood:
    """Return how a service stands by its parts: one is enough, the tenant needs both racks."""
    if service == "tenant/Atlas":
        return min(_together(rack, {cord: parts[cord] for cord in cords}) for rack, cords in _CORDS.items())
    if all(one is Stood.LOST for one in parts.values()):
        return Stood.LOST
    return Stood.FULL if all(one is Stood.FULL for one in parts.values()) else Stood.REDUCED


def _looks(truth: Truth, part: str, until: float, bound: float) -> Callable[[float], frozenset[Stood]]:
    """Return as what a part may be taken at a time: what it did for shorter than the bound may go unseen."""
    moments = [0.0, *(one.at for one in truth.of(part) if 0.0 < one.at < until)]
    stood = [_of(truth.word(part, at)) for at in moments]
    starts = [at for n, at in enumerate(moments) if not n or stood[n] is not stood[n - 1]]
    runs = [_of(truth.word(part, at)) for at in starts]
    brief = [end - at <= bound for at, end in zip(starts, [*starts[1:], until], strict=True)]

    def looks(at: float) -> frozenset[Stood]:
        first = last = bisect_right(starts, at) - 1
        if not brief[first]:
            return frozenset((runs[first],))
        while first > 0 and brief[first]:
            first -= 1
        while last < len(runs) - 1 and brief[last]:
            last += 1
        return frozenset(runs[first : last + 1])

    return looks


def _may(service: str, parts: Mapping[str, frozenset[Stood]]) -> frozenset[Stood]:
    """Return how a service may look whose parts may be taken for these."""
    choices = product(*parts.values())
    return frozenset(_together(service, dict(zip(parts, choice, strict=True))) for choice in choices)


def _pieces(times: Sequence[int], was: Sequence[bool]) -> list[tuple[int, int]]:
    """Return for each stretch since when and how long it was so in one piece."""
    found: list[tuple[int, int]] = []
    for first, last in _runs(was):
        found += [(times[first], times[last + 1] - times[first])] * (last - first + 1)
    return found


def _runs(was: Sequence[bool]) -> Iterator[tuple[int, int]]:
    first = 0
    for number in range(1, len(was) + 1):
        if number == len(was) or was[number] is not was[first]:
            yield first, number - 1
            first = number


def changes(truth: Truth) -> list[float]:
    """Return every moment at which a part of the plant became otherwise, in seconds of the life."""
    return [
        one.at for one in truth.changes if one.word not in ("answers", "hangs", "frozen", "silent", "slow")
    ]


def mute(truth: Truth, devices: Sequence[str], until: float) -> list[tuple[float, float, str]]:
    """Return when an agent did not say what was: from, to, and how it was instead."""
    found: list[tuple[float, float, str]] = []
    for device in devices:
        words = truth.of(device)
        ends = [*(one.at for one in words[1:]), until]
        found += [
            (one.at, end, one.word) for one, end in zip(words, ends, strict=True) if one.word != "answers"
        ]
    return found
