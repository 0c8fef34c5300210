"""Energy from the hourly means of power, where no counter is: an integral, and called one. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from dcim.energy.amount import Amount, Doubt, Method
from dcim.energy.counter import HOUR

_NANO: Final = 10**9


@dataclass(frozen=True, slots=True)
class Held:
    """What an hour said of a power: millionths of a watt, and for how many milliseconds there was a value."""

    ms: int
    least: int
    mean: int
    most: int


def integrated(hours: Mapping[int, Held], edges: Sequence[int], cap: int) -> list[Amount]:
    """Return the energy of each period between edges (ms UTC) from hours by their start.

    ``cap``: the most watts there can have been while nobody looked. Parts of hours are not known.
    """
    return [_amount(hours, start, end, cap) for start, end in pairwise(edges)]


def _amount(hours: Mapping[int, Held], start: int, end: int, cap: int) -> Amount:
    least = best = most = known = 0
    blind = 0
    for hour in range(start // HOUR * HOUR, end, HOUR):
        overlap = min(end, hour + HOUR) - max(start, hour)
        held = hours.get(hour)
        if held is None or overlap < HOUR or not held.ms:
            blind += overlap
            most += cap * overlap * 10**6
            continue
        least += held.least * held.ms
        best += held.mean * held.ms
        most += held.most * held.ms + cap * 10**6 * (HOUR - held.ms)
        known += held.ms
        blind += HOUR - held.ms
    doubts: Counter[Doubt] = Counter({Doubt.UNWATCHED: blind} if blind else {})
    return Amount(
        least // _NANO,
        best // _NANO,
        -(-most // _NANO),
        known,
        end - start,
        Method.INTEGRATED,
        tuple(doubts.items()),
    )
