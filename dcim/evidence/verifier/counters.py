"""Energy of a counter, or of power, between two times, a second time (``docs/energy.md``)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import Any, Dict, Iterator, List, NamedTuple, Tuple

NEAR = 300_000  # milliseconds between two readings up to which is interpolated
ONE_HOUR = 3_600_000
LATE = 12 * ONE_HOUR  # so long after an exchange it may be noticed
COARSEST = 36 * 10**9  # joules times 1000: a step of 10 kWh
NANO = 10**9
MODULI = sorted(
    {2**bits * 360 * 10**k for bits in (31, 32) for k in range(5)}
    | {2**32, 2**32 * 1000}
    | {10**k * 3_600_000 for k in range(5, 10)}
)


class Piece(NamedTuple):
    """Two readings of a counter and what stands between them."""

    kind: str
    t1: int
    v1: int
    t2: int
    v2: int


def up(part: int, whole: int) -> int:
    """Return a quotient, rounded up."""
    return -(-part // whole)


def pieces_of(runs: List[List[int]], limit: int, exchanges: List[int]) -> List[Piece]:
    """Return what runs (first_at, first, last_at, last, cuts) and the times between them say."""
    ordered = sorted(runs)
    found = []
    for number, (t1, v1, t2, v2, cuts) in enumerate(ordered):
        if number:
            before = ordered[number - 1]
            found.append(_between(before[2:4], [t1, v1], limit, exchanges, max(before[4], cuts)))
        if t2 > t1:
            found.append(Piece("run", t1, v1, t2, v2))
    return found


def _between(before: List[int], after: List[int], limit: int, exchanges: List[int], cuts: int) -> Piece:
    (t1, v1), (t2, v2) = before, after
    span, rise = t2 - t1, v2 - v1
    fits = limit * span + COARSEST
    carried = [one for one in MODULI if v1 < one and rise + one >= 0 and (rise + one) * 1000 <= fits]
    if rise < 0:
        kind = "rolled" if carried else "reset"
    elif (span <= NEAR and t1 * cuts // ONE_HOUR == t2 * cuts // ONE_HOUR) or rise * 1000 > fits:
        kind = "jumped"
    else:
        kind = "good" if span <= NEAR else "gap"
    if any(t1 < at <= t2 or (kind != "good" and t1 < at < t2 + LATE) for at in exchanges):
        kind = "exchanged"
    return Piece(kind, t1, v1, t2, v2 + carried[0] if kind == "rolled" else v2)


class Pieces:
    """Pieces in order; those of a period are found by search, for a month has thousands of intervals."""

    def __init__(self, pieces: List[Piece]) -> None:
        self._all = pieces
        self._ends = list(accumulate((one.t2 for one in pieces), max))
        self._begins = list(accumulate((one.t1 for one in reversed(pieces)), min))[::-1]
        self.first = pieces[0].t1 if pieces else None
        self.last = pieces[-1].t2 if pieces else None

    def around(self, start: int, end: int) -> List[Piece]:
        """Return every piece of which any may lie in [start, end)."""
        return self._all[bisect_right(self._ends, start) : bisect_left(self._begins, end)]


def counted(pieces: Pieces, limit: int, cap: int, start: int, end: int) -> List[int]:
    """Return least, best, most (joules) and known (microseconds) of a counter in [start, end), ms UTC."""
    least = best = most = known = 0
    for one in pieces.around(start, end):
        since, until = max(start, one.t1), min(end, one.t2)
        if since >= until:
            continue
        span, rise, top = one.t2 - one.t1, one.v2 - one.v1, up(cap * (until - since), 1000)
        if one.kind in ("reset", "jumped", "exchanged"):
            most += top
            continue
        young = one.kind == "gap" and one.v2 * 1000 <= limit * span
        rolled = one.kind == "rolled"
        most += max(rise, top) if young or rolled else rise
        if until - since == span:
            least, best, known = least + (0 if rolled else rise), best + rise, known + span
        elif span <= NEAR:
            best += rise * (until - one.t1) // span - rise * (since - one.t1) // span
            known += until - since
    first = end if pieces.first is None else pieces.first
    last = end if pieces.last is None else pieces.last
    for blind in (min(end, first) - start, end - max(start, last)):
        most += up(cap * max(0, blind), 1000)
    return [least, best, most, known * 1000]


def doubted(pieces: Pieces, start: int, end: int) -> Dict[str, int]:
    """Return for how long (microseconds) energy of a counter in [start, end) is not known, by reason."""
    found: Dict[str, int] = {}
    unread = end - start
    for one in pieces.around(start, end):
        overlap, span = min(end, one.t2) - max(start, one.t1), one.t2 - one.t1
        if overlap <= 0:
            continue
        unread -= overlap
        if one.kind in ("reset", "jumped", "exchanged"):
            found[one.kind] = found.get(one.kind, 0) + overlap * 1000
        elif overlap < span > NEAR:
            why = "coarse" if one.kind == "run" else "gap"
            found[why] = found.get(why, 0) + overlap * 1000
    return {**found, "unread": unread * 1000} if unread else found


def held(hours: Dict[int, Dict[str, Any]], cap: int, start: int, end: int) -> List[int]:
    """Return the same of a power, from its hours, and from the parts of those that are cut."""
    least = best = most = known = 0
    for since, until, span, mean, said in _held(hours, start, end):
        overlap = min(end, until) - max(start, since)
        if overlap < until - since or not span:
            most += cap * max(overlap, 0) * 10**6
            continue
        least += said["min"] * span
        best += mean * span
        most += said["max"] * span + cap * 10**6 * (overlap - span)
        known += span
    return [least // NANO, best // NANO, up(most, NANO), known * 1000]


def _held(
    hours: Dict[int, Dict[str, Any]], start: int, end: int
) -> Iterator[Tuple[int, int, int, int, Dict[str, Any]]]:
    """Yield hours, and the parts of those that do not lie whole in [start, end), each with its mean."""
    for hour in range(start // ONE_HOUR * ONE_HOUR, end, ONE_HOUR):
        said = hours.get(hour) or {"ms": 0, "mean": None}
        parts = [(said["ms"] if said["mean"] is not None else 0, said["mean"])]
        if (hour < start or hour + ONE_HOUR > end) and said.get("parts"):
            parts = [(span, mean) for span, mean in said["parts"]]
        step = ONE_HOUR // len(parts)
        for number, (span, mean) in enumerate(parts):
            yield hour + number * step, hour + (number + 1) * step, span, mean, said
