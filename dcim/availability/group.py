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
from dcim.availability.slices import Slices
from dcim.late import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WORST: Final = (Category.FORCED, Category.PLANNED, Category.SCHEDULED, Category.FORCE_MAJEURE)


class _Turns:
    """Every slice of every member in the order of time: after the last of a moment all stand as they will."""

    def __init__(self, members: Sequence[Slices]) -> None:
        self._members = members
        starts = np.concatenate([one.starts for one in members])
        self._order = np.argsort(starts, kind="stable")  # of two at a moment, the member before comes first
        ordered = starts[self._order]
        self._last = np.flatnonzero(np.append(ordered[1:] > ordered[:-1], True))
        self.starts: Ints = ordered[self._last]

    def count(self, *some: Category) -> Ints:
        """Return how many members are in some categories from each moment on."""
        return self._sums([one.are(frozenset(some)) for one in self._members])

    def undecided(self) -> Ints:
        """Return of how many it is not decided whether anything is missing."""
        return self._sums([~one.decided for one in self._members])

    def told(self, categories: Smalls) -> tuple[Ints, Ints]:
        """Return the facts of the last slice of each moment where that is in the category given, else 0."""
        tells = self._at([one.categories for one in self._members]) == categories
        sequences = self._at([one.columns[4] for one in self._members])
        by = self._at([one.columns[5] for one in self._members])
        return np.where(tells, sequences, 0), np.where(tells, by, 0)

    def _sums(self, are: Sequence[Bools]) -> Ints:
        changes = np.concatenate([np.diff(one.astype(np.int8), prepend=np.int8(0)) for one in are])
        return np.cumsum(changes[self._order], dtype=np.int64)[self._last]

    def _at(self, columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
        return np.asarray(np.concatenate(columns)[self._order[self._last]])


def join(members: Sequence[Slices], needs: int) -> Slices:
    """Return how a group stands of which so many members have to work; all slices lie over the same period.

    It works where enough are known to work, is lost where too few could, is blind else. Lost time is in the
    least excusable category of the members that are lost then: forced before planned before scheduled.
    """
    turns = _Turns(members)
    categories, decided = _whole(turns, len(members), needs)
    sequences, by = turns.told(categories)  # a fact is evidence of what the whole became with it
    edges = np.append(turns.starts, members[0].ends[-1:])
    return Slices.between(edges, categories, decided, sequences, by)


def _whole(turns: _Turns, of: int, needs: int) -> tuple[Smalls, Bools]:
    degraded, full, blind = map(turns.count, (Category.DEGRADED, Category.FULL, Category.BLIND))
    up = degraded + full
    works, lost = up >= needs, up + blind < needs
    worst = [turns.count(one) > 0 for one in _WORST]
    conditions = [works & (full == of), works, *(lost & one for one in worst)]
    categories = np.select(conditions, [Category.FULL, Category.DEGRADED, *_WORST], Category.BLIND)
    missing = (up + blind < of) | (degraded > turns.undecided())
    return categories.astype(np.uint8), ~works | (full == of) | missing


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
