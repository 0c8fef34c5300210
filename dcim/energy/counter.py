"""Energy between two times from what a counter said: exact, bounded, never invented. Pure.

    run ─ good ─ run ─ gap ─ run ─ reset ─ run        pieces, each with two readings
          |A                         B|               a period takes whole pieces, and parts of the outer ones

The arithmetic is written down in ``docs/energy.md``; ``verify.py`` does it a second time.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import accumulate, pairwise
from typing import Final

from dcim.energy.amount import Amount, Doubt, Method
from dcim.record import dataclass

HOUR: Final = 3_600_000
"""Milliseconds."""

CLOSE: Final = 300_000
"""Milliseconds between two readings up to which a value between them is interpolated: five slow beats."""

_COARSEST: Final = 36_000_000
"""Joules: the largest step of a counter that is still a step, 10 kWh."""

_LATE: Final = 12 * HOUR
"""How long after an exchange it may be noticed: identities are asked every 6 h, twice that is allowed."""

_KWH: Final = 3_600_000

MODULI: Final = tuple(
    sorted(
        {2**bits * 360 * 10**k for bits in (31, 32) for k in range(5)}
        | {2**32, 2**32 * 1000}
        | {10**k * _KWH for k in range(5, 10)}
    )
)
"""Joules at which counters begin again: 31 and 32 bits of 0.1 Wh to 1 kWh, of J and kJ; decimal registers."""


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """Readings of a counter that belong together: its first and its last. Milliseconds UTC; joules."""

    first_at: int
    first: int
    last_at: int
    last: int
    cuts: int = 1  # runs end so many times an hour


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a counter besides its readings.

    ``limit``: watts beyond which a rise is none; ``cap``: most watts there can have been, not above
    ``limit``. ``exchanges``: when other hardware was noticed (ms UTC).
    """

    limit: int
    cap: int
    exchanges: tuple[int, ...] = ()

    def top(self, span: int) -> int:
        """Return the most joules of so many milliseconds."""
        return -(-self.cap * span // 1000)


class Kind(StrEnum):
    """What stands between two readings."""

    RUN = "run"
    GOOD = "good"
    ROLLED = "rolled"
    GAP = "gap"
    RESET = "reset"
    JUMPED = "jumped"
    EXCHANGED = "exchanged"


_UNKNOWN: Final = {
    Kind.RESET: Doubt.RESET,
    Kind.JUMPED: Doubt.JUMPED,
    Kind.EXCHANGED: Doubt.EXCHANGED,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """Two readings and what stands between them; a rolled counter's ``v2`` is already carried on."""

    kind: Kind
    t1: int
    v1: int
    t2: int
    v2: int
    young: bool = False  # low enough that it may have begun at zero since ``t1``

    @property
    def span(self) -> int:
        """Return its milliseconds."""
        return self.t2 - self.t1

    @property
    def rise(self) -> int:
        """Return its joules."""
        return self.v2 - self.v1

    def at(self, time: int) -> int:
        """Return the interpolated joules since ``t1``."""
        return self.rise * (time - self.t1) // self.span


def pieces(runs: Iterable[Run], known: Known) -> list[Piece]:
    """Return what runs and the times between them say, in order of time."""
    ordered = sorted(runs)
    found: list[Piece] = []
    for before, run in pairwise(ordered):
        found += _inside(before)
        found.append(_between(before, run, known))
    return [*found, *_inside(ordered[-1])] if ordered else []


def _inside(run: Run) -> Iterator[Piece]:
    if run.last_at > run.first_at:
        yield Piece(Kind.RUN, run.first_at, run.first, run.last_at, run.last)


def _between(before: Run, after: Run, known: Known) -> Piece:
    t1, v1, t2, v2 = before.last_at, before.last, after.first_at, after.first
    kind, carried = _kind(before, after, known)
    if any(t1 < at <= t2 or (kind is not Kind.GOOD and t1 < at < t2 + _LATE) for at in known.exchanges):
        return Piece(Kind.EXCHANGED, t1, v1, t2, v2)
    young = kind is Kind.GAP and v2 * 1000 <= known.limit * (t2 - t1)
    return Piece(kind, t1, v1, t2, carried, young)


def _kind(before: Run, after: Run, known: Known) -> tuple[Kind, int]:
    """Return what stands between two runs, and the second value, carried on where the counter began again."""
    span, rise = after.first_at - before.last_at, after.first - before.last
    fits = known.limit * span + 1000 * _COARSEST
    if rise < 0:
        rolled = [m for m in MODULI if before.last < m and rise + m >= 0 and (rise + m) * 1000 <= fits]
        return (Kind.ROLLED, after.first + rolled[0]) if rolled else (Kind.RESET, after.first)
    near, cuts = span <= CLOSE, max(before.cuts, after.cuts)
    parted = before.last_at * cuts // HOUR != after.first_at * cuts // HOUR
    if (near and not parted) or rise * 1000 > fits:
        return Kind.JUMPED, after.first
    return (Kind.GOOD if near else Kind.GAP), after.first


def joins(before: Run, after: Run, known: Known) -> bool:
    """Whether nothing doubtful stands between two runs, so that they are one where no edge lies in them."""
    return _between(before, after, known).kind is Kind.GOOD


def between(runs: Iterable[Run], edges: Sequence[int], known: Known) -> list[Amount]:
    """Return the energy of each period between two following edges (ms UTC, rising)."""
    parts = _Ordered(pieces(runs, known))
    return [_amount(parts, start, end, known) for start, end in pairwise(edges)]


class _Ordered:
    """Pieces in order of time, those of any period found by search: a month has thousands of intervals."""

    def __init__(self, parts: Sequence[Piece]) -> None:
        self.parts = parts
        self._ends = list(accumulate((piece.t2 for piece in parts), max))
        self._begins = list(accumulate((piece.t1 for piece in reversed(parts)), min))[::-1]

    def touching(self, start: int, end: int) -> Iterator[Piece]:
        """Yield the pieces of which any lies in a period."""
        some = self.parts[bisect_right(self._ends, start) : bisect_left(self._begins, end)]
        return (piece for piece in some if piece.t2 > start and piece.t1 < end)


def _amount(parts: _Ordered, start: int, end: int, known: Known) -> Amount:
    least = best = most = covered = 0
    doubts: Counter[Doubt] = Counter()
    seen = 0
    for piece in parts.touching(start, end):
        overlap = min(end, piece.t2) - max(start, piece.t1)
        seen += overlap
        low, said, high, doubt = _share(piece, start, end, known)
        least, best, most = least + low, best + said, most + high
        if doubt is None:
            covered += overlap
        else:
            doubts[doubt] += overlap
    unread = end - start - seen
    if unread:
        doubts[Doubt.UNREAD] += unread
        most += _unread(parts.parts, start, end, known)
    return Amount(least, best, most, covered, end - start, Method.COUNTER, tuple(sorted(doubts.items())))


def _unread(parts: Sequence[Piece], start: int, end: int, known: Known) -> int:
    """Return the most of the time before the first piece and after the last."""
    if not parts:
        return known.top(end - start)
    before, after = min(end, parts[0].t1) - start, end - max(start, parts[-1].t2)
    return known.top(max(0, before)) + known.top(max(0, after))


def _share(piece: Piece, start: int, end: int, known: Known) -> tuple[int, int, int, Doubt | None]:
    """Return least, best, most of the part of a piece in a period, and why it is not known if it is not."""
    since, until = max(start, piece.t1), min(end, piece.t2)
    top = known.top(until - since)
    if piece.kind in _UNKNOWN:
        return 0, 0, top, _UNKNOWN[piece.kind]
    whole = until - since == piece.span
    rolled = (
        piece.kind is Kind.ROLLED
    )  # or reset just there: what is likely is measured, what is certain is less
    most = max(piece.rise, top) if piece.young or rolled else piece.rise
    if whole:
        return 0 if rolled else piece.rise, piece.rise, most, None
    if piece.span <= CLOSE:
        return 0, piece.at(until) - piece.at(since), most, None
    return 0, 0, most, Doubt.COARSE if piece.kind is Kind.RUN else Doubt.GAP
