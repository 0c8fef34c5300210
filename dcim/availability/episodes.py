"""Outages and redundancy events: when each began and ended, as far as that is known. Pure.

up ────[ ? ]lost ──────[ ? ]lost ────[ ? ]up ───
       ├ begins_from           ends_from ┤└ ends_until
       └──▶ begins_until       nobody saw it end in between: one outage, its blind time named
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple, overload

from dcim.availability.account import Account
from dcim.availability.category import LOST, Category, Microseconds
from dcim.availability.columns import Bools, Ints, Smalls
from dcim.late import np

MOST_EVIDENCE: Final = 100
"""Sequences of facts that stand beside an episode, for people to follow."""


class Kind(Enum):
    """What is looked for."""

    OUTAGE = "outage"
    REDUNDANCY = "redundancy"


_NO, _YES, _UNKNOWN = 0, 1, 2
_PLACES: Final = (None, *Category)


def _is(kind: Kind, category: Category | None, decided: bool) -> int:
    """Say whether a category is what is looked for; None is no category, so that they count from 1."""
    if category is Category.BLIND or (kind is Kind.REDUNDANCY and not decided):
        return _UNKNOWN
    wanted = category in LOST if kind is Kind.OUTAGE else category is Category.DEGRADED
    return _YES if wanted else _NO


class Episode(NamedTuple):
    """One outage or redundancy event in a period.

    It began between ``begins_from`` and ``begins_until`` and ended between ``ends_from`` and ``ends_until``;
    each pair is one moment where that is known exactly. ``lasted`` says how long it was known to be so, by
    category; ``blind`` is the time between that in which nobody could tell. ``evidence``: the first sequences
    of facts behind it, ``MOST_EVIDENCE`` at most.
    """

    kind: Kind
    begins_from: Microseconds
    begins_until: Microseconds
    ends_from: Microseconds
    ends_until: Microseconds
    lasted: Mapping[Category, Microseconds]
    blind: Microseconds = 0
    began_before: bool = False  # it was so before the period
    goes_on: bool = False  # nobody saw it end in the period
    evidence: tuple[int, ...] = ()

    @property
    def least(self) -> Microseconds:
        """Return how long it was known to be so."""
        return sum(self.lasted.values())

    @property
    def most(self) -> Microseconds:
        """Return how long it may have been."""
        return self.ends_until - self.begins_from

    @property
    def category(self) -> Category:
        """Return the category that it counts under: the least excusable of those it was in."""
        return max(self.lasted)

    @property
    def begins(self) -> tuple[Fraction, Fraction]:
        """Return when it began: the middle of what is possible, and how far it may be from that."""
        return _middle(self.begins_from, self.begins_until)

    @property
    def ends(self) -> tuple[Fraction, Fraction]:
        """Return when it ended, in the same way."""
        return _middle(self.ends_from, self.ends_until)


def _middle(low: Microseconds, high: Microseconds) -> tuple[Fraction, Fraction]:
    return Fraction(low + high, 2), Fraction(high - low, 2)


RUN: Final[tuple[Category, ...]] = tuple(
    one for one in Category if one not in (Category.BLIND, Category.FULL)
)
"""The categories that an episode may be in."""


@dataclass(frozen=True, slots=True, eq=False)
class Episodes(Sequence[Episode]):
    """The episodes of one account, in order, as columns: each is made when it is asked for.

    ``edges``: a row for each of the four moments; ``lasted``: a row for each category of ``RUN``. ``told``:
    two rows, facts behind the slices in which it was so; ``firsts``: the first of these of each episode.
    """

    kind: Kind
    edges: Ints
    lasted: Ints
    blind: Ints
    began_before: Bools
    goes_on: Bools
    told: Ints
    firsts: Ints

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.blind)

    @overload
    def __getitem__(self, place: int) -> Episode: ...

    @overload
    def __getitem__(self, place: slice) -> list[Episode]: ...

    def __getitem__(self, place: int | slice) -> Episode | list[Episode]:
        """Make one, or several."""
        if isinstance(place, slice):
            return [self[one] for one in range(len(self))[place]]
        first = range(len(self))[place]
        return next(self._made(first, first + 1))

    def __iter__(self) -> Iterator[Episode]:
        """Make every one."""
        return self._made(0, len(self))

    def __eq__(self, other: object) -> bool:
        """Whether two hold the same episodes."""
        return isinstance(other, Episodes) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def begun(self, category: Category) -> int:
        """Count the episodes that began in their period and were in a category for any time."""
        return int(np.count_nonzero((self.lasted[RUN.index(category)] > 0) & ~self.began_before))

    def times(self) -> dict[Category, Microseconds]:
        """Return for how long they lasted together, by category."""
        return {one: int(total) for one, total in zip(RUN, self.lasted.sum(axis=1), strict=True) if total}

    def numbers(self, start: int, end: int) -> Ints:
        """Return some, a row each: edges, blind time, whether it began before, goes on, times by ``RUN``."""
        columns = (*self.edges, self.blind, self.began_before, self.goes_on, *self.lasted)
        rows = np.empty((len(self.blind[start:end]), len(columns)), np.int64)
        for number, one in enumerate(columns):
            rows[:, number] = one[start:end]
        return rows

    def _made(self, start: int, end: int) -> Iterator[Episode]:
        firsts = np.append(self.firsts, self.told.shape[1])[start : end + 1].tolist()
        columns = (self.edges.T, self.lasted.T, self.blind, self.began_before, self.goes_on)
        rows = zip(*(one[start:end].tolist() for one in columns), pairwise(firsts), strict=True)
        for (one, two, three, four), lasted, blind, before, goes_on, (first, after) in rows:
            facts = _facts(self.told[:, first:after].ravel())
            lasts = {category: length for category, length in zip(RUN, lasted, strict=True) if length}
            yield Episode(self.kind, one, two, three, four, lasts, blind, before, goes_on, facts)


def _facts(told: Ints) -> tuple[int, ...]:
    """Return the first sequences of some facts, each once; 0 is none. One episode may have a million."""
    if told.size > MOST_EVIDENCE:
        told = np.sort(told)  # np.unique of a million takes four times as long
        told = told[np.append(True, told[1:] > told[:-1])][: MOST_EVIDENCE + 1]
    return tuple(sorted({*told.tolist()} - {0})[:MOST_EVIDENCE])


def outages(account: Account) -> Episodes:
    """Return the times in which a service was lost, whatever the category."""
    slices = account.slices
    lost, unseen = slices.are(LOST), slices.are(_BLIND)
    return _episodes(account, Kind.OUTAGE, lost, ~lost & ~unseen, before=account.before in LOST)


def redundancy_events(account: Account) -> Episodes:
    """Return the times in which it worked and something was missing."""
    slices, before = account.slices, account.before is Category.DEGRADED and account.before_decided
    missing = slices.are(_DEGRADED) & slices.decided
    ends = slices.decided & ~slices.are(_DEGRADED | _BLIND)
    return _episodes(account, Kind.REDUNDANCY, missing, ends, before=before)


_BLIND, _DEGRADED = frozenset({Category.BLIND}), frozenset({Category.DEGRADED})


def _episodes(account: Account, kind: Kind, is_so: Bools, is_not: Bools, *, before: bool) -> Episodes:
    """Return the runs of slices in which it ``is_so``, which only one in which it ``is_not`` ends."""
    slices, period = account.slices, account.period
    so, ends = np.flatnonzero(is_so), np.flatnonzero(is_not)
    ended = np.searchsorted(ends, so)  # how many ends lie before each
    new = np.ones(len(so), np.bool_)
    np.not_equal(ended[1:], ended[:-1], out=new[1:])
    firsts = np.flatnonzero(new)
    number = ended[firsts]
    last = np.ones(len(so), np.bool_)
    last[:-1] = new[1:]
    edges = np.array(
        [
            np.append(period.start, slices.ends[ends])[number],
            slices.starts[so[firsts]],
            slices.ends[so[last]],
            np.append(slices.starts[ends], period.end)[number],
        ],
        np.int64,
    )
    lasted = _times(slices.lengths[so], slices.categories[so], new)
    since_before = (edges[1] == period.start) & before
    told = np.array([slices.columns[4][so], slices.columns[5][so]], np.int64)
    blind = edges[2] - edges[1] - lasted.sum(axis=0)
    return Episodes(kind, edges, lasted, blind, since_before, number == len(ends), told, firsts)


def _times(lengths: Ints, categories: Smalls, new: Bools) -> Ints:
    """Return for how long each run was in each category of ``RUN``, a row each; each ``new`` one begins."""
    which, wide = np.cumsum(new) - 1, len(_PLACES)
    number = int(which[-1]) + 1 if len(which) else 0
    times = np.bincount(which * wide + categories, lengths, number * wide)  # exact: below 2 ** 53
    return np.ascontiguousarray(times.reshape(number, wide).T[list(RUN)], np.int64)
