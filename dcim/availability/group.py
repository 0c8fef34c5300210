"""Several services as one: their timelines are laid over each other, percentages never multiplied. Pure.

a   full ──────────┐forced ────────────────┐full ──
b   full ─────┐blind ────┐full ────────────────────
all of them   ─┐blind ┐forced ─────────────┐full      one lost: the whole is lost
one of them   ─┐degraded ──────────────────┐full      feeds that fail together show together
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from dcim.availability.account import Account
from dcim.availability.category import LOST, Category, Period
from dcim.availability.columns import Bools, Ints, Smalls
from dcim.availability.slices import Slice, Slices
from dcim.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORST: Final = (Category.FORCED, Category.PLANNED, Category.SCHEDULED, Category.FORCE_MAJEURE)


class _Turns:
    """Every slice of every member in the order of time: after the last of a moment all stand as they will.

    The first of each member is its moment before the period. Columns have millions of rows: each is made when
    it is asked for, and none is held on to.
    """

    def __init__(self, members: Sequence[Account]) -> None:
        self._members = members
        self._firsts = Slices.of([_before(one) for one in members])
        lengths = [len(one.slices) for one in members]
        self._heads = np.cumsum([len(members), *lengths[:-1]])  # where each member's own slices begin
        starts = self._column(0)
        order = np.argsort(starts, kind="stable").astype(
            np.int32
        )  # of two at a moment, that before comes first
        starts = starts[order]
        self._last = np.flatnonzero(np.append(starts[1:] > starts[:-1], True)).astype(np.int32)
        self._order = order
        self.starts: Ints = starts[self._last]
        self.end = members[0].slices.ends[-1:]

    def count(self, *some: Category) -> NDArray[np.int32]:
        """Return how many members are in some categories from each moment on."""
        return self._sums(Slices.in_any(frozenset(some), self._column(2)))

    def ever(self, category: Category) -> bool:
        """Whether any member is in a category at any time."""
        return bool((self._column(2) == category).any())

    def undecided(self) -> NDArray[np.int32]:
        """Return of how many it is not decided whether anything is missing."""
        return self._sums(~self._column(3))

    def told(self, categories: Smalls) -> tuple[Ints, Ints]:
        """Return the facts of the last slice of each moment where that is in the category given, else 0."""
        tells = self._at(2) == categories
        return np.where(tells, self._at(4), 0), np.where(tells, self._at(5), 0)

    def _column(self, column: int) -> NDArray[Any]:
        return np.concatenate(
            [self._firsts.columns[column], *(one.slices.columns[column] for one in self._members)]
        )

    def _sums(self, are: Bools) -> NDArray[np.int32]:
        changes, number = are.astype(np.int8), len(self._members)
        changes[number + 1 :] -= changes[number:-1].copy()
        changes[self._heads] = are[self._heads].astype(np.int8) - are[:number]
        return np.cumsum(changes[self._order], dtype=np.int32)[self._last]

    def _at(self, column: int) -> NDArray[Any]:
        return np.asarray(self._column(column)[self._order[self._last]])


def _before(one: Account) -> Slice:
    """Return the microsecond before the period."""
    start = one.period.start
    return Slice(start - 1, start, one.before, one.before_decided, 0, 0)


def join(members: Sequence[Account], needs: int) -> Slices:
    """Return how a group stands of which so many members have to work, from just before their period on.

    It works where enough are known to work, is lost where too few could, is blind else. Lost time is in the
    least excusable category of the members that are lost then: forced before planned before scheduled.
    """
    turns = _Turns(members)
    categories, decided = _whole(turns, len(members), needs)
    sequences, by = turns.told(categories)  # a fact is evidence of what the whole became with it
    return Slices.between(np.append(turns.starts, turns.end), categories, decided, sequences, by)


def _whole(turns: _Turns, of: int, needs: int) -> tuple[Smalls, Bools]:
    degraded = turns.count(Category.DEGRADED)
    up, blind = degraded + turns.count(Category.FULL), turns.count(Category.BLIND)
    works, lost, full = up >= needs, up + blind < needs, up - degraded == of
    missing = (up + blind < of) | (degraded > turns.undecided())
    categories = np.full(len(up), Category.BLIND, np.uint8)
    for one in filter(turns.ever, reversed(_WORST)):
        categories[lost & (turns.count(one) > 0)] = one
    categories[works] = Category.DEGRADED
    categories[works & full] = Category.FULL
    return categories, ~works | full | missing


class Partial(NamedTuple):
    """How much of a whole was there: shares of weight x time, exact. ``observed`` None: nothing was seen."""

    least: Fraction
    observed: Fraction | None
    most: Fraction


def partial(accounts: Iterable[Account], weights: Mapping[str, Fraction]) -> Partial:
    """Return ``1 - sum(weight x lost) / sum(weight x time)``; a service without a weight has weight 1.

    ``least`` takes blind time as lost, ``most`` as there, ``observed`` leaves it out.
    """
    whole = lost = blind = Fraction(0)
    for one in accounts:
        weight = weights.get(one.subject, Fraction(1))
        whole += weight * one.period.length
        lost += weight * one.tally.lost
        blind += weight * one.tally.blind
    seen = whole - blind
    return Partial(1 - (lost + blind) / whole, 1 - lost / seen if seen else None, 1 - lost / whole)


def affected(
    accounts: Iterable[Account], weights: Mapping[str, Fraction], span: Period
) -> tuple[Fraction, tuple[str, ...]]:
    """Return the weight of the services that were lost at any moment of a time, and which they are."""
    hit = tuple(one.subject for one in accounts if one.slices.over(span).are(LOST).any())
    return sum((weights.get(name, Fraction(1)) for name in hit), Fraction(0)), hit
