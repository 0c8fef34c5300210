"""What really was, service by service, from the physics of the plant and from nothing else.

How a service should be counted follows from what it promises: a rack works with one of its cords, the tenant
with both racks, the hall with one of its units, the UPS service with one of two. None of dcim's own
conclusions is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
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
    and ``full_for``: it was complete (or was not).
    """

    start: int
    end: int
    stood: Stood
    works_since: int
    works_for: int
    full_since: int
    full_for: int

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


def stretches(truth: Truth, service: str, until: float) -> list[Stretch]:
    """Return how a service stood from the beginning of the life until a time in seconds."""
    parts = _PARTS[service]
    moments = sorted({0.0, until, *(one.at for part in parts for one in truth.of(part) if one.at < until)})
    stood = [_stood(truth, service, at) for at in moments[:-1]]
    times = [round(at * MICRO) for at in moments]
    works = _pieces(times, [one is not Stood.LOST for one in stood])
    full = _pieces(times, [one is Stood.FULL for one in stood])
    spans = zip(pairwise(times), stood, works, full, strict=True)
    return [Stretch(start, end, one, *worked, *complete) for (start, end), one, worked, complete in spans]


def _stood(truth: Truth, service: str, at: float) -> Stood:
    if service == "tenant/Atlas":
        return min(_stood(truth, rack, at) for rack in _CORDS)
    words = [truth.word(part, at) for part in _PARTS[service]]
    if all(word in _NOTHING for word in words):
        return Stood.LOST
    return Stood.FULL if all(word in ("live", "running", "mains") for word in words) else Stood.REDUCED


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


def dead(truth: Truth, until: float) -> list[tuple[float, float]]:
    """Return when a part of any service gave nothing: its readings stand still then, as those of a frozen agent."""
    found: list[tuple[float, float]] = []
    for part in sorted({part for parts in _PARTS.values() for part in parts}):
        words = truth.of(part)
        ends = [*(one.at for one in words[1:]), until]
        found += [(one.at, end) for one, end in zip(words, ends, strict=True) if one.word in _NOTHING]
    return found


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
