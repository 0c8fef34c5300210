"""Energy from the hourly means of power, where no counter is: an integral, and called one. Pure.

Of an hour that is cut also the means of its parts are known: periods may end at any of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from dcim.energy.amount import Amount, Doubt, Method
from dcim.energy.counter import HOUR
from dcim.record import dataclass

_NANO: Final = 10**9


@dataclass(frozen=True, slots=True)
class Held:
    """What an hour said of a power: millionths of a watt, and for how many milliseconds there was a value.

    ``parts`` of an hour that is cut, in order: for how many milliseconds of each there was one, and its mean.
    """

    ms: int
    least: int
    mean: int
    most: int
    parts: tuple[tuple[int, int], ...] = ()


def integrated(hours: Mapping[int, Held], edges: Sequence[int], cap: int) -> list[Amount]:
    """Return the energy of each period between edges (ms UTC) from hours by their start.

    ``cap``: the most watts there can have been while nobody looked. Of hours that are not cut no part is
    known, of others those that lie whole in the period.
    """
    return [_amount(hours, start, end, cap) for start, end in pairwise(edges)]


def _amount(hours: Mapping[int, Held], start: int, end: int, cap: int) -> Amount:
    least = best = most = known = blind = 0
    for held, ms, mean, span, overlap in _stretches(hours, start, end):
        if held is None or overlap < span or not ms:
            blind += overlap
            most += cap * overlap * 10**6
            continue
        least += held.least * ms
        best += mean * ms
        most += held.most * ms + cap * 10**6 * (span - ms)
        known += ms
        blind += span - ms
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


def _stretches(
    hours: Mapping[int, Held], start: int, end: int
) -> Iterator[tuple[Held | None, int, int, int, int]]:
    """Yield whole hours, and the parts of others: what is known, ms and mean, how long, and of it inside."""
    for hour in range(start // HOUR * HOUR, end, HOUR):
        held = hours.get(hour)
        whole = start <= hour and hour + HOUR <= end
        parts = held.parts if held and not whole else ()
        span = HOUR // max(len(parts), 1)
        for number, (ms, mean) in enumerate(parts or [(held.ms, held.mean) if held else (0, 0)]):
            since = hour + number * span
            if (overlap := min(end, since + span) - max(start, since)) > 0:
                yield held, ms, mean, span, overlap
